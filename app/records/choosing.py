"""What becomes of a file in a draft once it was inspected: which of its two forms leaves."""

from app.access import Action, Actor, Gate, Subject
from app.core.ids import AttachmentId, VersionId
from app.core.journal import Detail
from app.core.work import Work
from app.records import inspections, queries, store
from app.records.attachments import of_draft, view_of_draft, write_in
from app.records.errors import NotInThisState
from app.records.inspection_views import OpenedReports, state_of
from app.records.models import AttachmentRow
from app.records.parts import amendable, writer_of
from app.records.sealing import commitment_of
from app.records.views import AttachmentView
from app.vault import Form


def choose_form(
    work: Work, gate: Gate, actor: Actor, attachment_id: AttachmentId, form: Form
) -> AttachmentView:
    """Have the original leave, or the cleaned copy in its place: then the original never does.

    Raises:
        Refused: there is no such attachment of a draft that the actor may amend.
        NotInThisState: there is no cleaned copy, or the draft was submitted meanwhile.
    """
    row, _ = of_draft(work, gate, actor, attachment_id)
    found = inspections.of_blobs(work.session, [row.blob]).get(row.blob)
    if form == "cleaned" and (row.cleaned is None or state_of(found) != "done"):
        raise NotInThisState("There is no cleaned copy of this file.")
    stored = row.cleaned if form == "cleaned" else row.envelope
    told = {"commitment": commitment_of(stored or {})["commitment"]}
    _pass(work, gate, actor, row, f"attachment.{form}-chosen", told)
    store.update_attachment(work.session, attachment_id, leaves=form)
    return view_of_draft(work, gate, actor, attachment_id)


def inspect_again(
    work: Work, gate: Gate, actor: Actor, attachment_id: AttachmentId
) -> AttachmentView:
    """Have a file of a draft inspected anew; its cleaned copy is made anew too.

    Raises:
        Refused: there is no such attachment of a draft that the actor may amend.
        NotInThisState: it is being inspected, or the draft was submitted meanwhile.
    """
    row, _ = of_draft(work, gate, actor, attachment_id)
    _pass(work, gate, actor, row, "inspection.asked", {})
    store.update_attachment(work.session, attachment_id, leaves="original", cleaned=None)
    if not inspections.again(work.session, attachment_id, work.now):
        raise NotInThisState(
            "This file is being inspected already, or a version that was submitted has it too."
            " Attach it anew to have it inspected anew."
        )
    return view_of_draft(work, gate, actor, attachment_id)


def draft_of(work: Work, gate: Gate, actor: Actor, attachment_id: AttachmentId) -> VersionId:
    """Give the draft that an attachment hangs on.

    Raises:
        Refused: there is no such attachment of a draft that the actor may amend.
    """
    row, _ = of_draft(work, gate, actor, attachment_id)
    return VersionId(row.version_id)


def attachment_in_draft(
    work: Work, gate: Gate, actor: Actor, attachment_id: AttachmentId, opened: OpenedReports
) -> AttachmentView:
    """Show an attachment of a draft with what was found in it; the log holds that by then.

    Raises:
        Refused: there is no such attachment of a draft that the actor may amend.
    """
    row, _ = of_draft(work, gate, actor, attachment_id)
    if attachment_id not in opened:
        version, ids = amendable(work, gate, actor, VersionId(row.version_id))
        gate.pass_through(
            work,
            actor,
            Action.AMEND,
            ids,
            subject=Subject("attachment", attachment_id, row.record_id),
            event="inspection.read",
            served_bytes=len(row.name.encode()),
            details={"version": version.row.number},
        )
    return view_of_draft(work, gate, actor, attachment_id, opened)


def waiting_count(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> int:
    """Count the files of a draft whose inspection is awaited; nothing of them is shown.

    Raises:
        Refused: there is no such draft, or the actor may not amend every part of it.
    """
    amendable(work, gate, actor, version_id)
    scope = gate.scope(work, actor, Action.AMEND)
    blobs = [row.blob for row in queries.attachments(work.session, scope, [version_id])]
    found = inspections.of_blobs(work.session, blobs)
    return sum(state_of(found.get(blob)) in ("waiting", "running") for blob in blobs)


def _pass(
    work: Work,
    gate: Gate,
    actor: Actor,
    row: AttachmentRow,
    event: str,
    details: dict[str, Detail],
) -> None:
    version, ids = amendable(work, gate, actor, VersionId(row.version_id))
    gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("attachment", row.id, row.record_id),
        event=event,
        details={"version": version.row.number, **details},
    )
    write_in(work, version, writer_of(actor))
