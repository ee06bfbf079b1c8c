"""Asking for access: for a record that one knows of, or for what one can only describe.

Whether something answers a description is never looked up while the requester waits: what they are
told is the same, byte for byte, whatever anybody holds. A worker looks later, for the originators.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert

from app import notices, parties, records
from app.access import Action, Actor, Area, Gate, Office, OfficeAction, OfficePermit, audiences
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.ids import AudienceId, PersonId, RecordId, RequestId, new_id
from app.core.journal import Detail, Typed
from app.core.work import Work
from app.notices import Kind
from app.parties import AcceptTerms
from app.records import MarkingInput
from app.requests import queries
from app.requests.commands import AskAccess, Say
from app.requests.errors import NotInThisStep
from app.requests.models import RequestRow
from app.requests.rules import RequestRules, end_of
from app.requests.steps import (
    about,
    add_step,
    audience_between,
    authorities,
    find,
    intern,
    others,
    person_of,
    tell_journal,
)

# Each waits for people, and looking for what may answer it costs a search of everything.
MOST_OPEN: Final = 100


@dataclass(frozen=True)
class _Asked:
    """Which record is asked for, as far as the requester may know; none where they describe it."""

    record_id: RecordId | None
    originator: str | None
    area: Area


def ask(work: Work, gate: Gate, rules: RequestRules, actor: Actor, command: AskAccess) -> RequestId:
    """Ask for access in one's own name and that of colleagues; gives the request's id.

    Raises:
        Forbidden: the actor holds no role that gives content.
        Invalid: something is missing, a person is of another organisation, the end is too far, or
            terms of use are not accepted.
        Conflict: as many requests of theirs are open as anybody may have.
    """
    person = person_of(actor)
    own = Office(actor.profile.party, actor.profile.organisation)
    permit = gate.decide_office(work, actor, OfficeAction.REQUEST_ACCESS, own)
    if queries.open_count(work.session, gate.scope(work, actor), person) >= MOST_OPEN:
        raise Conflict(
            f"{MOST_OPEN} requests of yours are open. Withdraw one before you make another."
        )
    asked = _asked(work, gate, actor, command)
    people = _people(work, actor, command)
    _check_end(work, rules, command)
    terms = _terms(work, actor, asked, command)
    audience_id = _audience(work, gate, actor, asked, people, command.markings)
    row = RequestRow(
        id=new_id(),
        record_id=asked.record_id,
        originator=asked.originator,
        reference=command.reference,
        area=asked.area,
        organisation=actor.profile.organisation,
        requester=person,
        people=sorted(people),
        audience_id=audience_id,
        sought=command.sought,
        purpose=command.purpose,
        project=command.project,
        last_day=command.last_day,
        terms=terms,
        renews=command.renews,
        state="waiting",
        asked_at=work.now,
        due_at=rules.due_at(work.now),
        escalated=0,
        # What names its record needs no looking for.
        matched_at=work.now if asked.record_id else None,
    )
    work.session.execute(insert(RequestRow).values(**_values(row)))
    add_step(work, actor, row, "asked")
    for slug, version in (one.split(":") for one in terms):
        parties.accept_terms(work, gate, actor, slug, AcceptTerms(version=int(version)))
    _made(work, gate, actor, permit, row)
    return RequestId(row.id)


def answer(
    work: Work, gate: Gate, rules: RequestRules, actor: Actor, request_id: RequestId, command: Say
) -> None:
    """Answer the originator's question; the clock goes on with as much time as was left.

    Raises:
        Refused: there is no such request for the actor.
        Forbidden: somebody else made it.
        NotInThisStep: it was not returned.
    """
    row = _own(work, gate, actor, request_id)
    if row.state != "returned" or row.paused_at is None:
        raise NotInThisStep
    due_at = rules.resumed(row.due_at, row.paused_at, work.now)
    values = {"state": "waiting", "paused_at": None, "due_at": due_at, "escalated": 0}
    if not queries.change(work.session, request_id, ["returned"], **values):
        raise NotInThisStep
    add_step(work, actor, row, "answered", command.text)
    tell_journal(work, actor, row, "request.answered")
    told = others(actor, authorities(work, row.originator or ""))
    path = f"/requests/{row.id}"
    record_id = RecordId(row.record_id) if row.record_id else None
    notices.tell(work, Kind.REQUEST_WAITS, told, path=path, record_id=record_id)


def withdraw(work: Work, gate: Gate, actor: Actor, request_id: RequestId) -> None:
    """Take a request back; what was granted on it stays granted.

    Raises:
        Refused: there is no such request for the actor.
        Forbidden: somebody else made it.
        NotInThisStep: it was answered.
    """
    row = _own(work, gate, actor, request_id)
    values = {"state": "withdrawn", "closed_at": work.now}
    if not queries.change(work.session, request_id, ["waiting", "returned"], **values):
        raise NotInThisStep
    add_step(work, actor, row, "withdrawn")
    tell_journal(work, actor, row, "request.withdrawn")
    notices.settle(work, f"/requests/{row.id}")


def _made(work: Work, gate: Gate, actor: Actor, permit: OfficePermit, row: RequestRow) -> None:
    """Have it written in the journal that something was asked, and tell those who answer."""
    details: dict[str, Detail] = {
        "people": sorted(map(str, row.people)),
        "last_day": row.last_day.isoformat(),
        "purpose": Typed(row.purpose),
    }
    gate.record_office(
        work,
        permit,
        event="request.made",
        details=details,
        subject=about(row),
        concerns=[row.originator] if row.originator else [],
    )
    if row.originator and row.record_id:
        told = others(actor, authorities(work, row.originator))
        path, record_id = f"/requests/{row.id}", RecordId(row.record_id)
        notices.tell(work, Kind.REQUEST_WAITS, told, path=path, record_id=record_id)


def _audience(
    work: Work,
    gate: Gate,
    actor: Actor,
    asked: _Asked,
    people: Collection[PersonId],
    markings: str,
) -> AudienceId:
    """Give the audience of a request under its own marking, which the requester can read."""
    current, own = gate.keeper.current, actor.profile.organisation
    given = MarkingInput(markings=markings)
    label = records.label_of(current.schemes, given, path="request")
    audience = audience_between(own, asked.originator or own, asked.area, label.markings, people)
    if not current.decide(actor.profile, Action.READ, [audience], work.now)[0].allowed:
        message = "You could not read your own request under this marking or in this area."
        raise Invalid(fields={"markings": message})
    return intern(work, gate, audience)


def _own(work: Work, gate: Gate, actor: Actor, request_id: RequestId) -> RequestRow:
    row = find(work, gate, actor, request_id)
    if row.requester != actor.person:
        raise Forbidden("Only who made a request answers a question about it or withdraws it.")
    return row


def _asked(work: Work, gate: Gate, actor: Actor, command: AskAccess) -> _Asked:
    """Find the record that is meant among those that the actor may know of, and no others."""
    known = _renewed(work, gate, actor, command) or _named(work, gate, actor, command)
    if known is not None:
        return known
    if not command.sought and not command.reference:
        raise Invalid(fields={"sought": "Describe what you seek, or name a record."})
    if command.area is None:
        raise Invalid(fields={"area": "Choose the area of cooperation that it belongs to."})
    return _Asked(None, None, command.area)


def _renewed(work: Work, gate: Gate, actor: Actor, command: AskAccess) -> _Asked | None:
    """Give the record of a request that is to be renewed: what was granted on it is known."""
    if command.renews is None:
        return None
    before = find(work, gate, actor, command.renews)
    granted = queries.granted(work.session, gate.scope(work, actor), command.renews)
    if before.requester != actor.person or granted is None or granted.record_id is None:
        raise Invalid(fields={"renews": "Only what was granted to you can be renewed."})
    audience_id = AudienceId(granted.audience_id)
    originator = audiences(work.session, [audience_id])[audience_id].originator
    return _Asked(RecordId(granted.record_id), originator, Area(before.area))


def _named(work: Work, gate: Gate, actor: Actor, command: AskAccess) -> _Asked | None:
    if not command.reference:
        return None
    listed = queries.listing(work.session, gate.scope(work, actor), command.reference)
    if listed is not None:
        return _Asked(RecordId(listed.record_id), listed.originator, Area(listed.area))
    known = records.known_record(work, gate, actor, command.reference)
    return None if known is None else _Asked(known.record_id, known.originator, known.area)


def _people(work: Work, actor: Actor, command: AskAccess) -> frozenset[PersonId]:
    colleagues = parties.people_of(work.session, actor.profile.organisation)
    may = {one.id for one in colleagues if one.active}
    if not command.people <= may:
        raise Invalid(fields={"people": "Choose people of your own organisation."})
    return command.people | {person_of(actor)}


def _check_end(work: Work, rules: RequestRules, command: AskAccess) -> None:
    if not work.now < end_of(command.last_day) <= work.now + rules.longest:
        days = rules.grant.longest_days
        message = f"Choose a day from today on, within the next {days} days."
        raise Invalid(fields={"last_day": message})


def _terms(work: Work, actor: Actor, asked: _Asked, command: AskAccess) -> list[str]:
    """Give the terms of the record, each of which is accepted with the request."""
    slugs = records.terms_of(work, asked.record_id) if asked.record_id else frozenset()
    needed = [parties.show_terms(work, actor, slug) for slug in sorted(slugs)]
    wanted = [f"{one.slug}:{one.version}" for one in needed]
    if not command.terms >= {
        f"{one.slug}:{one.version}" for one in needed if one.accepted_at is None
    }:
        raise Invalid(fields={"terms": "Read the terms of use and accept them to ask."})
    return wanted


def _values(row: RequestRow) -> dict[str, object]:
    return {
        column.name: getattr(row, column.name)
        for column in RequestRow.__table__.columns
        if getattr(row, column.name) is not None
    }
