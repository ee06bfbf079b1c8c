"""Drafts: begun, and amended by several people without losing anything."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from app.access import Action, Actor, Area, Gate, Permit, Subject, audiences
from app.core.errors import Invalid, Refused
from app.core.ids import AudienceId, BatchId, EntryId, PersonId, RecordId, VersionId, new_id
from app.core.journal import Event
from app.core.work import Work
from app.records import content, lookups, queries, store
from app.records.commands import DraftInput
from app.records.editor import open_draft
from app.records.errors import EditedMeanwhile, NotInThisState
from app.records.inspection_views import OpenedReports
from app.records.labels_told import label_changes
from app.records.listing import lines
from app.records.parts import Plan, amendable, audience_ids_of, intern, plan, writer_of
from app.records.sources import sources, with_links
from app.records.views import DraftView, RecordLine


def draft(
    work: Work, gate: Gate, actor: Actor, command: DraftInput, *, batch_id: BatchId | None = None
) -> DraftView:
    """Begin a record: its first version exists as a draft of the actor's organisation.

    Raises:
        Forbidden: the actor writes for no organisation.
        Invalid: something needs another look, or is marked so that its writer could not open it.
    """
    command = with_links(command, ())
    writer, owner = writer_of(actor), actor.profile.organisation
    originator = command.originator or owner
    if not lookups.organisation_exists(work.session, originator):
        raise Invalid(fields={"originator": "There is no organisation of this name."})
    planned = plan(work, gate, actor, command, owner=owner, originator=originator)
    record_id, version_id = RecordId(new_id()), VersionId(new_id())
    gate.pass_through(
        work,
        actor,
        Action.AMEND,
        planned.audience_ids,
        subject=Subject("record", record_id),
        event="record.drafted",
        details={"version": 1, "batch": str(batch_id or "")},
    )
    _begin(work, command, planned, record_id, version_id, owner, originator, writer, batch_id)
    return open_draft(work, gate, actor, version_id)


def edit(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    opened: OpenedReports | None = None,
) -> DraftView:
    """Show a draft to somebody who may amend it, having written in the log that they read it.

    Args:
        opened: reports on its files that were opened for this person.

    Raises:
        Refused: there is no such draft, or the actor may not amend every part of it.
    """
    version, ids = amendable(work, gate, actor, version_id)
    scope = gate.scope(work, actor, Action.AMEND)
    portions = queries.portions(work.session, scope, [version_id])
    attachments = queries.attachments(work.session, scope, [version_id])
    shown = content.shown(version, portions, attachments, audiences(work.session, ids))
    gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("version", version_id, version.row.record_id),
        event="draft.read",
        served_bytes=shown.size_bytes,
        details={**shown.told, "edition": version.row.edition},
    )
    return open_draft(work, gate, actor, version_id, opened)


def amend(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    command: DraftInput,
    *,
    edition: int,
) -> DraftView:
    """Replace what a draft says, if it still is the edition that the actor saw.

    Raises:
        EditedMeanwhile: it is not; nothing was written, and the error carries the newer draft.
        NotInThisState: it was submitted meanwhile.
        Refused: there is no such draft, or the actor may not amend every part of it.
        Invalid: something needs another look.
    """
    version, ids = amendable(work, gate, actor, version_id)
    row = version.row
    if command.originator not in ("", row.originator):
        raise Invalid(fields={"originator": "Whose information it is stays as it was."})
    planned = _plan_with_links(work, gate, actor, version, command)
    labels = _relabelled(work, gate, actor, version, command.area, planned)
    permit = gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("version", version_id, row.record_id),
        event="draft.relabelled" if labels else "draft.amended",
        details={"version": row.number, "edition": edition + 1}
        | ({"labels": labels} if labels else {}),
    )
    gate.admit(work, permit, planned.audience_ids)
    said = _said(command, planned)
    if not store.amend_version(
        work.session, version_id, edition, writer=writer_of(actor), amended_at=work.now, **said
    ):
        raise _meanwhile(work, gate, actor, version_id)
    record_id = RecordId(row.record_id)
    _check_sight(work, record_id, version_id, ids)
    store.replace_portions(work.session, record_id, version_id, command.language, planned.parts)
    if row.area != command.area:
        _move(work, gate, permit, version_id, command.area)
    return open_draft(work, gate, actor, version_id)


def _plan_with_links(
    work: Work, gate: Gate, actor: Actor, version: queries.Version, command: DraftInput
) -> Plan:
    """Read a draft whose sections carry on where they come from."""
    row = version.row
    scope = gate.scope(work, actor, Action.AMEND)
    parts = queries.portions(work.session, scope, [VersionId(row.id)])
    return plan(
        work,
        gate,
        actor,
        with_links(command, parts),
        owner=row.owner,
        originator=row.originator,
        links=sources(work.session, [part.source_id for part in parts]),
    )


def drafts(work: Work, gate: Gate, actor: Actor) -> list[RecordLine]:
    """List what the actor's organisation drafts and has submitted, newest first."""
    scope = gate.scope(work, actor)
    found = queries.open_versions(work.session, scope, actor.profile.organisation)
    return lines(work, gate, actor, scope, found, event="drafts.listed")


def _begin(
    work: Work,
    command: DraftInput,
    planned: Plan,
    record_id: RecordId,
    version_id: VersionId,
    owner: str,
    originator: str,
    writer: PersonId,
    batch_id: BatchId | None,
) -> None:
    store.insert_record(
        work.session,
        id=record_id,
        reference=lookups.new_reference(work.session, work.now.year),
        owner=owner,
        originator=originator,
        created_by=writer,
        created_at=work.now,
    )
    store.insert_version(
        work.session,
        id=version_id,
        record_id=record_id,
        number=1,
        owner=owner,
        originator=originator,
        writers=[writer],
        batch_id=batch_id,
        created_at=work.now,
        amended_at=work.now,
        **_said(command, planned),
    )
    store.replace_portions(work.session, record_id, version_id, command.language, planned.parts)


def _said(command: DraftInput, planned: Plan) -> dict[str, object]:
    return {
        "kind": command.kind.value,
        "area": command.area.value,
        "language": command.language,
        "change_note": command.change_note,
        "review_by": command.review_by,
        "audience_id": planned.title_id,
    }


def _move(work: Work, gate: Gate, permit: Permit, version_id: VersionId, area: Area) -> None:
    """Move the attachments of a draft to another area, where its portions are already."""
    moved = _in_area(work, gate, version_id, area)
    gate.admit(work, permit, moved.values())
    store.move_attachments(work.session, version_id, moved)


def _in_area(
    work: Work, gate: Gate, version_id: VersionId, area: Area
) -> Mapping[AudienceId, AudienceId]:
    """Give for each audience of the attachments the one that they have in another area."""
    ids = lookups.audience_ids_of_attachments(work.session, version_id)
    known = audiences(work.session, ids)
    moved = [replace(known[one], area=area) for one in ids]
    return dict(zip(ids, intern(work, gate, moved), strict=True))


def _check_sight(
    work: Work, record_id: RecordId, version_id: VersionId, ids: Collection[AudienceId]
) -> None:
    """Check, once nobody else can write in a draft, that no part came that is out of sight.

    Raises:
        NotInThisState: one came.
    """
    known = queries.every_part(work.session, record_id)
    if not audience_ids_of(known, version_id) <= set(ids):
        raise NotInThisState("A file came to this draft meanwhile. Save again.")


def _relabelled(
    work: Work, gate: Gate, actor: Actor, version: queries.Version, area: Area, planned: Plan
) -> list[str]:
    """Say of each part that stays whether its markings or its audience change, and how."""
    scope = gate.scope(work, actor, Action.AMEND)
    kept = queries.portions(work.session, scope, [VersionId(version.row.id)])
    ids = {(row.role, row.position): AudienceId(row.audience_id) for row in kept}
    known = audiences(work.session, {*ids.values(), *planned.audience_ids})
    return label_changes(
        gate.keeper.current.schemes,
        {place: known[audience_id].label for place, audience_id in ids.items()},
        {part.place: known[audience_id].label for part, audience_id in planned.parts},
        areas=(Area(version.row.area), area),
    )


class _Kept:
    """A journal that only holds what it is given."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, work: Work, event: Event) -> EntryId:
        self.events.append(event)
        return EntryId(new_id())


def _meanwhile(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId
) -> EditedMeanwhile | NotInThisState:
    """Read the newer draft for its editor; that event outlives the rollback, others do not."""
    kept = _Kept()
    try:
        current = edit(replace(work, journal=kept), gate, actor, version_id)
    except Refused:
        return NotInThisState("This is not a draft any more.")
    return EditedMeanwhile(current, kept.events[-1])
