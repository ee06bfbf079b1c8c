"""Drafts: begun, amended by several people without losing anything, revised and discarded."""

from app.access import Actor, Gate
from app.core.ids import BatchId, RecordId, VersionId
from app.core.work import Work
from app.records.commands import DraftInput
from app.records.views import DraftView, RecordLine


def draft(
    work: Work, gate: Gate, actor: Actor, command: DraftInput, *, batch_id: BatchId | None = None
) -> DraftView:
    """Begin a record: its first version exists as a draft of the actor's organisation."""
    raise NotImplementedError


def edit(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> DraftView:
    """Show a draft to somebody who may amend it, whole."""
    raise NotImplementedError


def amend(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    command: DraftInput,
    *,
    edition: int,
) -> DraftView:
    """Replace what a draft says, if it still is the edition that the actor saw."""
    raise NotImplementedError


def revise(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> DraftView:
    """Begin the next version: a draft that says what the released version says."""
    raise NotImplementedError


def discard(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> None:
    """Remove a draft that was never submitted, and its record if it has no other version."""
    raise NotImplementedError


def drafts(work: Work, gate: Gate, actor: Actor) -> list[RecordLine]:
    """List what the actor's organisation drafts and has submitted, newest first."""
    raise NotImplementedError
