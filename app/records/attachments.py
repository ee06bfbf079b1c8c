"""Attachments of drafts: judged before bytes flow, kept once sealed, opened with a permit."""

from app.access import Actor, Gate
from app.core.ids import AttachmentId, VersionId
from app.core.work import Work
from app.records.commands import MarkingInput
from app.records.views import AttachingFacts, AttachmentView, OpenedAttachment
from app.vault import KeyProvider, Sealed


def authorise_attaching(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    marking: MarkingInput | None,
    *,
    arrangement: str,
) -> AttachingFacts:
    """Judge, before any bytes flow, whether the actor may attach a file, and say what seals it."""
    raise NotImplementedError


def attach(
    work: Work,
    gate: Gate,
    actor: Actor,
    facts: AttachingFacts,
    sealed: Sealed,
    *,
    name: str,
    media_type: str,
) -> AttachmentView:
    """Make a sealed file an attachment of the draft that it was sealed for."""
    raise NotImplementedError


def detach(work: Work, gate: Gate, actor: Actor, attachment_id: AttachmentId) -> VersionId:
    """Take an attachment off its draft; give the draft."""
    raise NotImplementedError


def relabel(
    work: Work,
    gate: Gate,
    actor: Actor,
    attachment_id: AttachmentId,
    marking: MarkingInput,
    *,
    arrangement: str,
    keys: KeyProvider,
) -> AttachmentView:
    """Give an attachment of a draft another marking; its key is wrapped anew under it."""
    raise NotImplementedError


def open_attachment(
    work: Work,
    gate: Gate,
    actor: Actor,
    attachment_id: AttachmentId,
    *,
    arrangement: str,
    served_bytes: int | None = None,
) -> OpenedAttachment:
    """Let the actor have an attachment's bytes, having first written that in the log."""
    raise NotImplementedError
