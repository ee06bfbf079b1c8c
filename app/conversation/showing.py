"""Showing: the threads at a version, one of them, and those that are open for somebody."""

from collections.abc import Iterable, Mapping, Sequence

from app import parties, records
from app.access import CONTENT_ROLES, Action, Actor, Audience, Gate, Scope, audiences
from app.conversation import labelling, queries, rules, service
from app.conversation.models import MentionRow, MessageRow, ThreadRow
from app.conversation.sight import Sight, scopes, see, see_thread
from app.conversation.views import MessageView, StartView, ThreadsView, ThreadView
from app.core.ids import AudienceId, MessageId, PersonId, PortionId, RecordId, ThreadId, VersionId
from app.core.work import Work
from app.parties import PersonName
from app.records import render


def threads_of(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> ThreadsView:
    """Give the threads at a version that the actor sees, having first written that in the log.

    Where there are none in sight, nothing is shown and nothing written.

    Raises:
        Refused: the version is not in sight.
    """
    sight = see(work, gate, actor, version_id)
    rows = queries.threads_of(work.session, scopes(work, gate, actor), version_id)
    return ThreadsView(version_id, _show_all(sight, rows))


def threads_beside(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> ThreadsView:
    """Give the threads beside a version that is shown; none to who takes no part in any."""
    if actor.person is None or not actor.profile.roles & CONTENT_ROLES:
        return ThreadsView(version_id, ())
    rows = queries.threads_of(work.session, scopes(work, gate, actor), version_id)
    return ThreadsView(
        version_id, _show_all(see(work, gate, actor, version_id), rows) if rows else ()
    )


def thread(work: Work, gate: Gate, actor: Actor, thread_id: ThreadId) -> ThreadView:
    """Give one thread, having first written in the log that the actor read it.

    Raises:
        Refused: it is not in sight.
    """
    sight, row = see_thread(work, gate, actor, thread_id)
    return _show_all(sight, [row])[0]


def open_threads(work: Work, gate: Gate, actor: Actor) -> tuple[ThreadView, ...]:
    """List the open threads that the actor takes part in, or that ask their organisation.

    Those that are due come first.
    """
    if actor.person is None or not actor.profile.roles & CONTENT_ROLES:
        return ()
    seen = scopes(work, gate, actor)
    rows = queries.open_for(work.session, seen, actor.person, actor.profile.organisation)
    shown: list[ThreadView] = []
    ids: dict[Action, set[AudienceId]] = {}
    for row in rows:
        sight = see(work, gate, actor, VersionId(row.version_id))
        shown += _views(sight, [row])
        ids.setdefault(sight.scope.action, set()).update(_ids(sight, [row]))
    _tell_listed(work, gate, actor, seen, shown, ids)
    return tuple(shown)


def asked_count(work: Work, gate: Gate, actor: Actor) -> int:
    """Count the requests for information in sight that the actor's organisation has to answer."""
    if actor.person is None or not actor.profile.roles & CONTENT_ROLES:
        return 0
    seen = scopes(work, gate, actor)
    return queries.asked_count(work.session, seen, actor.profile.organisation)


def about_to_start(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, portion_id: PortionId | None
) -> StartView:
    """Show where a thread would begin, having first written in the log that the actor saw it.

    Raises:
        Refused: the version is not in sight.
        Invalid: the portion is not there any more.
    """
    sight = see(work, gate, actor, version_id)
    circle = labelling.default_circle(sight)
    ground = labelling.ground_of(sight, portion_id, circle)
    place = sight.place(portion_id)
    name = place.name if place else ""
    size = records.text_size(sight.places.title, name)
    sight.pass_gate(sight.standing(portion_id), "conversation.prepared", size)
    return StartView(
        record_id=sight.places.record_id,
        version_id=version_id,
        version_number=sight.places.number,
        reference=sight.places.reference,
        title=sight.places.title,
        portion_id=portion_id,
        place=name,
        marking=records.show_label(work, gate, actor, ground.label),
        circle=circle,
        insider=sight.is_insider(ground.audience),
        asked_of=service.offered(sight, portion_id),
    )


def _show_all(sight: Sight, rows: Sequence[ThreadRow]) -> tuple[ThreadView, ...]:
    shown = _views(sight, rows)
    if shown:
        size = sum(one.text_size for one in shown)
        sight.pass_gate(
            _ids(sight, rows), "conversation.read", size, threads=[str(row.id) for row in rows][:50]
        )
    return shown


def _ids(sight: Sight, rows: Iterable[ThreadRow]) -> frozenset[AudienceId]:
    ids = {sight.places.audience_id}
    for row in rows:
        ids |= service.audience_ids(sight, row)
    return frozenset(ids)


def _tell_listed(
    work: Work,
    gate: Gate,
    actor: Actor,
    seen: Sequence[Scope],
    shown: Sequence[ThreadView],
    ids: Mapping[Action, set[AudienceId]],
) -> None:
    size = sum(one.text_size for one in shown)
    for scope in seen[:1] if not ids else [one for one in seen if one.action in ids]:
        gate.show(
            work,
            actor,
            gate.scope(work, actor, scope.action),
            ids.get(scope.action, set()),
            event="conversations.listed",
            served_bytes=size,
            details={"shown": [str(one.id) for one in shown][:50]},
        )


def _views(sight: Sight, rows: Sequence[ThreadRow]) -> tuple[ThreadView, ...]:
    session = sight.work.session
    said = queries.messages(session, [row.id for row in rows])
    named = queries.mentions(session, [one.id for one in said])
    known = parties.names(session, _people(rows, said, named))
    facts = audiences(session, {AudienceId(row.audience_id) for row in rows})
    slugs = {row.addressee for row in rows if row.addressee}
    organisations = parties.organisation_names(session, slugs)
    return tuple(
        _view(
            sight,
            row,
            facts[AudienceId(row.audience_id)],
            tuple(
                _message(sight, one, [m for m in named if m.message_id == one.id], known)
                for one in said
                if one.thread_id == row.id
            ),
            known,
            organisations,
        )
        for row in rows
    )


def _view(
    sight: Sight,
    row: ThreadRow,
    audience: Audience,
    messages: tuple[MessageView, ...],
    known: Mapping[PersonId, PersonName],
    organisations: Mapping[str, str],
) -> ThreadView:
    portion_id = PortionId(row.portion_id) if row.portion_id else None
    place = sight.place(portion_id)
    return ThreadView(
        id=ThreadId(row.id),
        record_id=RecordId(row.record_id),
        version_id=VersionId(row.version_id),
        version_number=sight.places.number,
        reference=sight.places.reference,
        title=sight.places.title,
        portion_id=portion_id,
        place=place.name if place else "",
        kind=row.kind,  # type: ignore[arg-type]  # a check constraint holds it
        internal=row.internal,
        marking=records.show_label(sight.work, sight.gate, sight.actor, audience.label),
        begun_by=known[PersonId(row.begun_by)],
        begun_at=row.begun_at,
        addressee=row.addressee or "",
        addressee_name=organisations.get(row.addressee or "", ""),
        due_on=row.due_on,
        overdue=row.resolved_at is None
        and rules.overdue(row.due_on, row.answered_at is not None, sight.work.now),
        answered_at=row.answered_at,
        resolved_at=row.resolved_at,
        resolved_by=known[PersonId(row.resolved_by)] if row.resolved_by else None,
        messages=messages,
        may=_may(sight, row, audience),
    )


def _may(sight: Sight, row: ThreadRow, audience: Audience) -> frozenset[str]:
    portion_id = PortionId(row.portion_id) if row.portion_id else None
    too_low = labelling.is_too_low(sight, AudienceId(row.audience_id), portion_id)
    may = set() if too_low else {"say"}
    if may and service.may_answer(sight.actor, row):
        may.add("answer")
    if service.may_settle(sight, row, audience):
        may.add("reopen" if row.resolved_at else "resolve")
    return frozenset(may)


def _message(
    sight: Sight,
    row: MessageRow,
    named: Iterable[MentionRow],
    known: Mapping[PersonId, PersonName],
) -> MessageView:
    return MessageView(
        id=MessageId(row.id),
        person=known[PersonId(row.person_id)],
        said_at=row.said_at,
        body=row.body,
        html=render(row.body, prefix=f"m{row.id.hex[-8:]}-"),
        mentions=tuple(known[PersonId(one.person_id)] for one in named if row.body),
        withdrawn_at=row.withdrawn_at,
        mine=row.person_id == sight.person,
    )


def _people(
    rows: Sequence[ThreadRow], said: Sequence[MessageRow], named: Sequence[MentionRow]
) -> set[PersonId]:
    people = [row.begun_by for row in rows] + [row.resolved_by for row in rows if row.resolved_by]
    people += [one.person_id for one in said] + [one.person_id for one in named]
    return set(map(PersonId, people))
