"""Who took something back sees who has answered, who is late, and reminds them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app import parties, records
from app.access import Action, Actor, Gate, Role, Scope, Subject, audiences
from app.core.errors import NotFound
from app.core.ids import AudienceId, PersonId, RecallId, RecordId, VersionId
from app.core.journal import Detail
from app.core.work import Work
from app.parties import PersonName
from app.release.recalls import answering, queries
from app.release.recalls.beginning import add_takers, tell_takers
from app.release.recalls.models import RecallRow, RecallTaskRow
from app.release.recalls.views import (
    RecallPage,
    RecallsView,
    RecallTaskView,
    RecallView,
)


def recalls(work: Work, gate: Gate, actor: Actor) -> RecallsView:
    """Give what the actor is asked to delete, and the recalls that they see as an authority."""
    mine = answering.own_tasks(work, actor)
    ours: tuple[RecallView, ...] = ()
    scope = gate.scope(work, actor)
    rows = queries.recalls(work.session, scope) if _is_authority(actor) else []
    if rows:
        ours = _views(work, gate, actor, scope, rows)
    ids = {AudienceId(row.audience_id) for row in rows}
    size = sum(len(one.reference) + len(one.title.encode()) for one in ours)
    size += sum(_size_of(one) for one in mine)
    told: dict[str, Detail] = {"mine": len(mine), "shown": [str(one.id) for one in ours][:50]}
    gate.show(work, actor, scope, ids, event="recalls.listed", served_bytes=size, details=told)
    return RecallsView(mine, ours)


def recall_page(work: Work, gate: Gate, actor: Actor, recall_id: RecallId) -> RecallPage:
    """Show one recall: to who has to answer it, what they took; to its authorities, all of it.

    Raises:
        Refused: it asks the actor nothing, and is not theirs to follow.
    """
    mine = answering.own_task(work, actor, recall_id)
    scope = gate.scope(work, actor)
    row = _row(work, scope, actor, recall_id)
    if row is None and mine is None:
        raise gate.refusal(work, actor, Action.READ, Subject("recall", recall_id))
    whole = None
    if row is not None:
        _add_late_takers(work, row, actor)
        whole = _views(work, gate, actor, scope, [row])[0]
        _pass(work, gate, actor, row, "recall.read", _size_of_whole(whole))
    own = answering.own_row(work, actor, recall_id)
    if mine is not None and own is not None:
        size = _size_of(mine)
        answering.tell_own(work, actor, "recall.task-read", own, {"files": len(mine.taken)}, size)
    return RecallPage(recall_id, mine, whole)


def whole(
    work: Work, gate: Gate, actor: Actor, recall_id: RecallId, event: str
) -> tuple[RecallRow, RecallView]:
    """Give all of a recall to an authority, having first written in the log that they got it.

    Raises:
        Refused: it is not theirs to follow.
    """
    scope = gate.scope(work, actor)
    row = _row(work, scope, actor, recall_id)
    if row is None:
        raise gate.refusal(work, actor, Action.READ, Subject("recall", recall_id))
    _add_late_takers(work, row, actor)
    view = _views(work, gate, actor, scope, [row])[0]
    _pass(work, gate, actor, row, event, _size_of_whole(view))
    return row, view


def remind(work: Work, gate: Gate, actor: Actor, recall_id: RecallId) -> int:
    """Tell everybody without an answer again; returns how many were told, once a day at most.

    Raises:
        Refused: the recall is not theirs to follow.
    """
    scope = gate.scope(work, actor)
    row = _row(work, scope, actor, recall_id)
    if row is None or actor.person is None:
        raise gate.refusal(work, actor, Action.READ, Subject("recall", recall_id))
    _add_late_takers(work, row, actor)
    _pass(work, gate, actor, row, "recall.reminded", 0)
    people = set(queries.remind(work.session, recall_id, work.now)) - {actor.person}
    key = f"reminded:{work.now:%Y-%m-%d}"
    tell_takers(work, recall_id, people, reference=row.reference, due_on=row.due_on, key=key)
    return len(people)


def _is_authority(actor: Actor) -> bool:
    return actor.person is not None and Role.RELEASE_AUTHORITY in actor.profile.roles


def _row(work: Work, scope: Scope, actor: Actor, recall_id: RecallId) -> RecallRow | None:
    """Give a recall that the actor sees as a release authority of its owner or originator."""
    if not _is_authority(actor):
        return None
    row = queries.recall(work.session, scope, recall_id)
    ours = row is not None and actor.profile.organisation in (row.owner, row.originator)
    return row if ours else None


def _add_late_takers(work: Work, row: RecallRow, actor: Actor) -> None:
    person = actor.person
    if person is None:
        raise NotFound
    add_takers(
        work,
        RecallId(row.id),
        VersionId(row.version_id),
        until=row.begun_at,
        reference=row.reference,
        due_on=row.due_on,
        actor=person,
    )


def _pass(
    work: Work, gate: Gate, actor: Actor, row: RecallRow, event: str, served_bytes: int
) -> None:
    gate.pass_through(
        work,
        actor,
        Action.READ,
        [AudienceId(row.audience_id)],
        subject=Subject("recall", row.id, row.record_id),
        event=event,
        served_bytes=served_bytes,
        details={"version": row.number},
    )


def _views(
    work: Work, gate: Gate, actor: Actor, scope: Scope, rows: Sequence[RecallRow]
) -> tuple[RecallView, ...]:
    tasks = queries.tasks(work.session, [row.id for row in rows])
    people = {PersonId(row.begun_by) for row in rows} | {PersonId(one.person_id) for one in tasks}
    names = parties.names(work.session, people)
    slugs = {slug for row in rows for slug in (row.owner, row.originator)}
    asking = parties.organisation_names(work.session, slugs)
    facts = audiences(work.session, {AudienceId(row.audience_id) for row in rows})
    titles = {row.id: records.places(work, scope, VersionId(row.version_id)) for row in rows}
    found = []
    for row in rows:
        seen = titles[row.id]
        label = facts[AudienceId(row.audience_id)].label
        found.append(
            RecallView(
                id=RecallId(row.id),
                record_id=RecordId(row.record_id),
                reference=row.reference,
                number=row.number,
                title=seen.title if seen else row.reference,
                marking=records.show_label(work, gate, actor, label),
                reason=row.reason,
                due_on=row.due_on,
                begun_by=names[PersonId(row.begun_by)],
                begun_at=row.begun_at,
                tasks=tuple(
                    _task(row, one, names, asking, work.now)
                    for one in tasks
                    if one.recall_id == row.id
                ),
            )
        )
    return tuple(found)


def _task(
    row: RecallRow,
    one: RecallTaskRow,
    names: Mapping[PersonId, PersonName],
    asking: Mapping[str, str],
    now: datetime,
) -> RecallTaskView:
    return RecallTaskView(
        recall_id=RecallId(row.id),
        reference=row.reference,
        number=row.number,
        asked_by=tuple(asking[slug] for slug in dict.fromkeys((row.owner, row.originator))),
        due_on=row.due_on,
        overdue=one.answer is None and row.due_on < now.date(),
        begun_at=row.begun_at,
        person_id=PersonId(one.person_id),
        person=names[PersonId(one.person_id)],
        taken=answering.taken_views(one.taken),
        answer=one.answer,  # type: ignore[arg-type]  # a check constraint holds it
        answered_at=one.answered_at,
        said=one.said,
        signature=one.signature,
        reminded_at=one.reminded_at,
    )


def _size_of(task: RecallTaskView) -> int:
    return records.text_size(task.reference, *(one.name + one.copy for one in task.taken))


def _size_of_whole(view: RecallView) -> int:
    own = records.text_size(view.reference, view.title, view.reason)
    return own + sum(map(_size_of, view.tasks))
