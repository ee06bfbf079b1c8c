"""Grants: one person may read what an originator holds in a record, until an end.

A grant is a fact of the audiences of the parts that are that originator's: it acts like a
`person:` entry, ends by itself, and changes nothing else that is asked of the person. No verb
extends one. What is released later takes over the grants then in force.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.access import (
    Action,
    Actor,
    Area,
    Audience,
    Gate,
    Grant,
    OfficePermit,
    Permit,
    State,
    Subject,
    audiences,
)
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import AudienceId, PersonId, RecordId, VersionId, new_id
from app.core.journal import Detail
from app.core.work import Work
from app.records import lookups, queries, store
from app.records.models import GrantRow, VersionRow
from app.records.parts import audience_ids_of, intern

_GRANTING: Final = frozenset({Action.GRANT, Action.APPROVE})


@dataclass(frozen=True)
class GrantView:
    """A grant: to whom, for which record, until when (exclusive, UTC), from whose information."""

    id: UUID
    record_id: RecordId
    originator: str
    person_id: PersonId
    until: datetime
    granted_by: PersonId
    granted_at: datetime
    request_id: UUID | None
    ended_at: datetime | None

    def holds(self, now: datetime) -> bool:
        """Tell whether it opens anything now."""
        return self.ended_at is None and now < self.until


@dataclass(frozen=True)
class Granting:
    """A released record before a release authority of its originator, and the permit for it."""

    permit: Permit
    reference: str
    area: Area
    title: str


def grant(
    work: Work,
    gate: Gate,
    actor: Actor,
    record_id: RecordId,
    people: Collection[PersonId],
    until: datetime,
    *,
    longest: timedelta,
    request_id: UUID | None = None,
) -> None:
    """Let people read what the actor's organisation originated in the released version, to an end.

    Parts of another originator stay as they are, and portions above a person's clearance closed.

    Args:
        until: exclusive, UTC; within `longest` from now.

    Raises:
        Refused: the actor is no release authority of the originator, or nothing is released.
        Invalid: the end has passed, or is too far away.
        Forbidden: the actor would grant access to themselves.
    """
    by = _person(actor)
    if not work.now < until <= work.now + longest:
        message = f"Choose a day within the next {longest.days} days."
        raise Invalid(message, fields={"until": message})
    if by in people:
        raise Forbidden("Nobody grants access to themselves. Ask another release authority.")
    told: dict[str, Detail] = {
        "people": sorted(map(str, people)),
        "until": until.isoformat(),
        "request": str(request_id or ""),
    }
    permit = as_granter(work, gate, actor, record_id, "access.granted", told).permit
    rows = [
        {
            "id": new_id(),
            "record_id": record_id,
            "originator": actor.profile.organisation,
            "person_id": person,
            "until": until,
            "granted_by": by,
            "granted_at": work.now,
            "request_id": request_id,
        }
        for person in sorted(set(people))
    ]
    work.session.execute(insert(GrantRow), rows)
    carry_over(work, gate, permit, record_id)


def end_grant(work: Work, gate: Gate, actor: Actor, record_id: RecordId, grant_id: UUID) -> None:
    """End a grant before its time, in the released version and in those that it superseded.

    Raises:
        Refused: the actor is no release authority of the originator, or nothing is released.
        Conflict: it has ended already, or is no grant of theirs.
    """
    by = _person(actor)
    told: dict[str, Detail] = {"grant": str(grant_id)}
    permit = as_granter(work, gate, actor, record_id, "access.ended", told).permit
    ended = (
        update(GrantRow)
        .where(
            GrantRow.id == grant_id,
            GrantRow.record_id == record_id,
            GrantRow.originator == actor.profile.organisation,
            GrantRow.until > work.now,
            GrantRow.ended_at.is_(None),
        )
        .values(ended_at=work.now, ended_by=by)
        .returning(GrantRow.id)
    )
    if work.session.scalar(ended) is None:
        raise Conflict("This grant has ended already.")
    carry_over(work, gate, permit, record_id)


def as_granter(
    work: Work,
    gate: Gate,
    actor: Actor,
    record_id: RecordId,
    event: str,
    told: Mapping[str, Detail],
    *,
    shown: bool = False,
) -> Granting:
    """Pass the gate with the parts of the released version that are the actor's to grant.

    `shown`: its title is shown to them.

    Raises:
        Refused: the actor is no release authority of the originator, or nothing is released.
    """
    scope = gate.scope(work, actor, Action.GRANT)
    versions = queries.versions_of_record(work.session, scope, record_id)
    released = next((one for one in versions if one.state is State.RELEASED), None)
    if released is None:
        raise gate.refusal(work, actor, Action.GRANT, Subject("record", record_id))
    known = queries.every_part(work.session, record_id)
    permit = gate.pass_through(
        work,
        actor,
        Action.GRANT,
        audience_ids_of(known, VersionId(released.row.id)) & set(scope.audience_ids),
        subject=Subject("record", record_id),
        event=event,
        served_bytes=len(released.title.encode()) if shown else 0,
        details={"version": released.row.number, **told},
    )
    return Granting(permit, released.reference, Area(released.row.area), released.title)


def carry_over(work: Work, gate: Gate, permit: Permit, record_id: RecordId) -> None:
    """Give the parts of the released version the grants in force, and superseded ones no others."""
    if permit.action not in _GRANTING:
        raise TypeError("the permit is for another act")
    take_over(work, gate, permit, record_id)


def take_over(work: Work, gate: Gate, permit: Permit | OfficePermit, record_id: RecordId) -> None:
    """Do what `carry_over` says, by a permit that was looked at."""
    held = in_force(work.session, record_id, work.now)
    every = {
        (row.originator, Grant(str(row.person_id), row.until))
        for row in _holding(work.session, record_id, work.now)
    }
    known = queries.every_part(work.session, record_id)
    for version_id, state in {(part.version_id, part.state) for part in known}:
        if state not in (State.RELEASED, State.SUPERSEDED):
            continue
        facts = audiences(work.session, audience_ids_of(known, version_id))
        wanted = {
            id_: with_grants(one, held) if state is State.RELEASED else _without_ended(one, every)
            for id_, one in facts.items()
        }
        changed = {id_: wanted[id_] for id_, one in facts.items() if wanted[id_] != one}
        # What was said before a grant stays among those whom it was said to; an end ends it too.
        said = audiences(work.session, lookups.thread_audience_ids(work.session, version_id))
        left = {id_: _without_ended(one, every) for id_, one in said.items()}
        left = {id_: one for id_, one in left.items() if one != said[id_]}
        if changed or left:
            _move(work, gate, permit, version_id, changed, left)


def in_force(
    session: Session, record_id: RecordId, now: datetime
) -> Mapping[str, frozenset[Grant]]:
    """Give the grants of a record that hold now, by originator; of one person the last to end."""
    last: dict[str, dict[str, datetime]] = {}
    for row in _holding(session, record_id, now):
        ends, person = last.setdefault(row.originator, {}), str(row.person_id)
        ends[person] = max(row.until, ends.get(person, row.until))
    return {
        originator: frozenset(Grant(person, until) for person, until in ends.items())
        for originator, ends in last.items()
    }


def _holding(session: Session, record_id: RecordId, now: datetime) -> Iterable[GrantRow]:
    return session.scalars(
        select(GrantRow).where(
            GrantRow.record_id == record_id, GrantRow.until > now, GrantRow.ended_at.is_(None)
        )
    )


def grants_of(work: Work, record_id: RecordId) -> list[GrantView]:
    """Give all grants of a record, the ended ones too; for its originators' release authorities."""
    rows = work.session.scalars(
        select(GrantRow)
        .where(GrantRow.record_id == record_id)
        .order_by(GrantRow.granted_at.desc(), GrantRow.id)
    )
    return [_view(row) for row in rows]


def grants_ending(
    work: Work,
    until: datetime,
    *,
    person: PersonId | None = None,
    originator: str | None = None,
) -> list[GrantView]:
    """Give the grants in force that end by a moment, soonest first; of everybody by default."""
    chosen = select(GrantRow).where(
        GrantRow.until > work.now, GrantRow.until <= until, GrantRow.ended_at.is_(None)
    )
    if person is not None:
        chosen = chosen.where(GrantRow.person_id == person)
    if originator is not None:
        chosen = chosen.where(GrantRow.originator == originator)
    rows = work.session.scalars(chosen.order_by(GrantRow.until, GrantRow.id))
    return [_view(row) for row in rows]


def with_grants(audience: Audience, held: Mapping[str, frozenset[Grant]]) -> Audience:
    """Give the audience of a part with the grants that its originator has in force."""
    return replace(audience, grants=held.get(audience.originator, frozenset()))


def _person(actor: Actor) -> PersonId:
    if actor.person is None:
        raise NotFound
    return actor.person


def _without_ended(audience: Audience, every: Collection[tuple[str, Grant]]) -> Audience:
    """Give what was superseded with the grants that it had and that nobody ended since."""
    kept = {one for one in audience.grants if (audience.originator, one) in every}
    return replace(audience, grants=frozenset(kept))


def _move(
    work: Work,
    gate: Gate,
    permit: Permit | OfficePermit,
    version_id: VersionId,
    changed: Mapping[AudienceId, Audience],
    said: Mapping[AudienceId, Audience],
) -> None:
    """Move the parts of a version to these audiences, and what is said at it to those of `said`."""
    moved = dict(zip(changed, intern(work, gate, list(changed.values())), strict=True))
    threads = dict(zip(said, intern(work, gate, list(said.values())), strict=True))
    ids = [*moved, *moved.values(), *threads, *threads.values()]
    if isinstance(permit, OfficePermit):
        gate.admit_ending(work, permit, ids)
    else:
        gate.admit(work, permit, ids)
    title = work.session.scalar(
        select(VersionRow.audience_id).where(VersionRow.id == version_id).with_for_update()
    )
    of_title = moved.get(AudienceId(title)) if title is not None else None
    store.move_parts(work.session, version_id, moved, title_id=of_title)
    store.move_threads(work.session, version_id, threads)


def _view(row: GrantRow) -> GrantView:
    return GrantView(
        id=row.id,
        record_id=RecordId(row.record_id),
        originator=row.originator,
        person_id=PersonId(row.person_id),
        until=row.until,
        granted_by=PersonId(row.granted_by),
        granted_at=row.granted_at,
        request_id=row.request_id,
        ended_at=row.ended_at,
    )
