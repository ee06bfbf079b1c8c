"""Attachments are opened with a permit, and only then."""

from collections.abc import Callable

from app.access import Action, Actor, Gate, Subject, audiences
from app.core.ids import AttachmentId, AudienceId, RecordId
from app.core.work import Work
from app.records import queries
from app.records.sealing import commitment_of, leaving, stored_leaving
from app.records.showing import Showing
from app.records.views import OpenedAttachment


def open_attachment(
    work: Work,
    gate: Gate,
    actor: Actor,
    attachment_id: AttachmentId,
    *,
    arrangement: str,
    served: Callable[[int], int] = lambda size_bytes: size_bytes,
) -> OpenedAttachment:
    """Let the actor have an attachment's bytes, having first written that in the log.

    The permit is for the attachment as it was first sealed: a revision carries the same bytes.

    Args:
        served: says, once the size is known, how many bytes will be served.

    Raises:
        Refused: there is no such attachment, or none that the actor may download.
    """
    scope = gate.scope(work, actor, Action.DOWNLOAD)
    found = queries.attachment(work.session, scope, attachment_id)
    if found is None:
        raise gate.refusal(work, actor, Action.DOWNLOAD, Subject("attachment", attachment_id))
    row, originator, number = found
    sealed = leaving(row)
    audience_id = AudienceId(row.audience_id)
    permit = gate.pass_through(
        work,
        actor,
        Action.DOWNLOAD,
        [audience_id],
        subject=Subject("attachment", sealed.attachment, row.record_id),
        event="attachment.downloaded",
        served_bytes=served(sealed.envelope.size_bytes),
        details={
            "version": number,
            "commitment": commitment_of(stored_leaving(row))["commitment"],
        },
    )
    showing = Showing(gate, work, actor, audiences(work.session, [audience_id]))
    return OpenedAttachment(
        permit=permit,
        view=showing.attachments([row])[0],
        record_id=RecordId(row.record_id),
        envelope=sealed.envelope,
        binding=sealed.binding(row, originator, arrangement),
        seal_label=sealed.seal_label(showing.label(audience_id)),
    )
