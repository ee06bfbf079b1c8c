"""Agreements, as the authorities of a party look after those of the organisations it has part of.

An agreement covers whole days, in UTC: from the begin of its first to the end of its last.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from app.access import Actor, Gate, Office, OfficeAction
from app.core.errors import Invalid
from app.core.work import Work
from app.labels import SchemeId
from app.parties import queries
from app.parties.apply import difference
from app.parties.commands import ChangeAgreement
from app.parties.planning import Plan, lock
from app.parties.rules import read_marking
from app.parties.stock import Facts, kept
from app.parties.views import OrganisationAgreement, first_day, last_day


def agreements_page(work: Work, gate: Gate, actor: Actor) -> Sequence[OrganisationAgreement]:
    """Show the agreements of the organisations of the actor's party, having written that.

    Raises:
        Forbidden: the actor does not administer an authority.
    """
    party = actor.profile.party
    office = Office(party)
    event = "agreements.listed"
    gate.enter_office(work, actor, OfficeAction.CHANGE_AGREEMENT, office, event=event)
    return queries.agreements_of(work.session, party, work.now)


def plan_agreement(
    work: Work, gate: Gate, actor: Actor, slug: str, command: ChangeAgreement
) -> Plan:
    """Plan to have an organisation's agreement cover what the command says.

    Raises:
        Forbidden: the actor does not administer an authority of the organisation's party.
        Invalid: the days are in the wrong order, or the ceiling is none of the party's scheme.
    """
    office = Office(queries.parties_of(work.session, [slug]).get(slug, ""), slug)
    permit = gate.decide_office(work, actor, OfficeAction.CHANGE_AGREEMENT, office)
    lock(work.session)
    before = kept(work.session).get(("agreement", slug))
    if command.last_day < command.first_day:
        raise Invalid(fields={"last_day": "Give a last day that is not before the first."})
    schemes = gate.keeper.current.schemes
    scheme = SchemeId(queries.party(work.session, office.party).scheme)
    after = {
        "title": command.title,
        "valid_from": _kept_or(before, "valid_from", command.first_day, timedelta()),
        "valid_until": _kept_or(before, "valid_until", command.last_day, timedelta(days=1)),
        "ceiling": schemes.text(read_marking(schemes, command.ceiling, scheme, "ceiling")),
        "areas": sorted(area.value for area in command.areas),
    }
    return Plan(permit, office, difference("agreement", slug, before, after))


def _kept_or(before: Facts | None, name: str, day: date, after: timedelta) -> datetime:
    """A day that is not changed keeps the moment on it that was declared."""
    known = before and before[name]
    shown = first_day if name == "valid_from" else last_day
    if known and shown(known) == day:
        return known  # type: ignore[no-any-return]
    return datetime.combine(day, time(), UTC) + after
