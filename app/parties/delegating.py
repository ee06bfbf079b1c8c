"""A release authority is away: somebody of the same organisation stands in, until a set end.

What a deputy may do is a fact of their profile, looked at whenever they ask (`facts`). It is less
than what the one away may do in one point: nobody names who stands in for a deputy.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from app.access import Actor, Gate, Office, OfficeAction
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import PersonId, new_id
from app.core.journal import Detail
from app.core.work import Work
from app.parties import deputies, queries
from app.parties.commands import NameDeputy
from app.parties.models import DelegationRow
from app.parties.standings import note_standings
from app.parties.views import AwayView, DelegationView, DeputyChoice


def away(work: Work, gate: Gate, actor: Actor) -> AwayView:
    """Show whom the actor named their deputy, for whom they stand in, and whom they may name."""
    person = _person(actor)
    may_name = deputies.holds_authority(work.session, person)
    shown = _show(work, deputies.of_person(work.session, person))
    found = deputies.choices(work.session, person) if may_name else []
    return AwayView(
        may_name=may_name,
        longest_days=gate.keeper.approvals.delegation.longest_days,
        named=tuple(one for one in shown if one.delegator_id == person),
        standing_in=tuple(one for one in shown if one.deputy_id == person and one.state != "over"),
        choices=tuple(DeputyChoice(id_, name) for id_, name in found),
    )


def name_deputy(work: Work, gate: Gate, actor: Actor, command: NameDeputy) -> DelegationView:
    """Have somebody hold release authority in the actor's place, from a day to the end of another.

    Raises:
        Forbidden: the actor is no release authority, or only somebody's deputy.
        Invalid: this person cannot be one, or the days do not make a window that is short enough.
    """
    person = _person(actor)
    _check_own(work, gate, actor, command.deputy)
    since, until = _window(work, gate, command)
    if command.deputy not in dict(deputies.choices(work.session, person)):
        raise Invalid(fields={"deputy": "Choose somebody of your organisation who may stand in."})
    told: dict[str, Detail] = {
        "deputy": str(command.deputy),
        "since": since.isoformat(),
        "until": until.isoformat(),
    }
    _enter(work, gate, actor, command.deputy, "deputy.named", told)
    row = DelegationRow(
        id=new_id(),
        delegator_id=person,
        deputy_id=command.deputy,
        since=since,
        until=until,
        reason=command.reason,
        named_at=work.now,
        ended_at=None,
    )
    work.session.add(row)
    note_standings(work, gate.keeper.current.schemes, [command.deputy])
    return _show(work, [row])[0]


def revoke_deputy(work: Work, gate: Gate, actor: Actor, delegation_id: UUID) -> PersonId:
    """End at once what the actor handed over; gives who stood in.

    Raises:
        NotFound: the actor named no such deputy.
        Conflict: it has ended already.
    """
    row = deputies.take(work.session, delegation_id)
    if row is None or row.delegator_id != actor.person:
        raise NotFound
    if _state(row, work.now) == "over":
        raise Conflict("This has ended already.")
    deputy = PersonId(row.deputy_id)
    _enter(work, gate, actor, deputy, "deputy.revoked", {"deputy": str(deputy)})
    row.ended_at = work.now
    note_standings(work, gate.keeper.current.schemes, [deputy])
    return deputy


def _person(actor: Actor) -> PersonId:
    if actor.person is None:
        raise Forbidden("Sign in first.")
    return actor.person


def _office(actor: Actor, deputy: PersonId) -> Office:
    return Office(actor.profile.party, actor.profile.organisation, str(deputy))


def _check_own(work: Work, gate: Gate, actor: Actor, deputy: PersonId) -> None:
    """Check that release authority is the actor's own: what is lent is not lent on."""
    permit = gate.decide_office(work, actor, OfficeAction.NAME_DEPUTY, _office(actor, deputy))
    if not deputies.holds_authority(work.session, _person(actor)):
        denied = replace(permit.entry, type="name-deputy.refused", decision="deny")
        raise Forbidden("You stand in for somebody, and cannot hand that on.", event=denied)


def _enter(
    work: Work, gate: Gate, actor: Actor, deputy: PersonId, event: str, told: dict[str, Detail]
) -> None:
    office = _office(actor, deputy)
    gate.enter_office(work, actor, OfficeAction.NAME_DEPUTY, office, event=event, details=told)


def _window(work: Work, gate: Gate, command: NameDeputy) -> tuple[datetime, datetime]:
    """Give the moments from which and until which, exclusive: whole days, in UTC.

    Raises:
        Invalid: one of the days has passed, they are in the wrong order, or too far apart.
    """
    today = work.now.date()
    first = command.since or today
    if first < today:
        raise Invalid(fields={"since": "Give a day that has not passed, or leave it empty."})
    if command.until < first:
        raise Invalid(fields={"until": "Give a last day that is not before the first."})
    longest = gate.keeper.approvals.longest_delegation
    if command.until - first >= longest:
        raise Invalid(fields={"until": f"Somebody stands in for {longest.days} days at most."})
    return max(_begin(first), work.now), _begin(command.until + timedelta(days=1))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _show(work: Work, rows: Sequence[DelegationRow]) -> tuple[DelegationView, ...]:
    people = {PersonId(one) for row in rows for one in (row.delegator_id, row.deputy_id)}
    names = queries.names(work.session, people)
    return tuple(
        DelegationView(
            id=row.id,
            delegator_id=PersonId(row.delegator_id),
            delegator=names[PersonId(row.delegator_id)].name,
            deputy_id=PersonId(row.deputy_id),
            deputy=names[PersonId(row.deputy_id)].name,
            since=row.since,
            until=row.until,
            reason=row.reason,
            ended_at=row.ended_at,
            state=_state(row, work.now),
        )
        for row in rows
    )


def _state(row: DelegationRow, now: datetime) -> Literal["coming", "now", "over"]:
    if row.ended_at is not None or row.until <= now:
        return "over"
    return "now" if row.since <= now else "coming"
