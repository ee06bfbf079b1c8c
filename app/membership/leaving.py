"""Leaving: an administrator sees what a person can reach, and ends all of it at once."""

from collections.abc import Sequence

from app import identity, notices, parties, records
from app.access import Actor, Gate, Office, OfficeAction, OfficePermit
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import PersonId, new_id
from app.core.journal import Detail, Typed
from app.core.work import Work
from app.membership import queries
from app.membership.commands import EndAccess
from app.membership.reaching import hanging_on, reach_of, references
from app.membership.views import Hanging, LeavingView, ReceiptLine
from app.notices import Kind
from app.parties import PersonView

REMAINS = ("own-draft", "shared-draft", "submission", "request", "recall-task")


def leaving_page(work: Work, gate: Gate, actor: Actor, person_id: PersonId) -> LeavingView:
    """Show an administrator what one of their people can reach, having written that they looked.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
    """
    office = parties.office_of(work.session, person_id)
    reach = reach_of(work, gate, person_id) if _own(actor, office) else None
    gate.enter_office(
        work,
        actor,
        OfficeAction.SUSPEND,
        office,
        event="person.reach-shown",
        details={"records": reach.total if reach else 0},
    )
    if reach is None:
        raise NotFound
    people = parties.people_of(work.session, office.organisation)
    receipts = queries.leavings(work.session, person_id)
    return LeavingView(
        person=next(one for one in people if one.id == person_id),
        organisation=office.organisation,
        reach=reach,
        hanging=hanging_on(work, person_id),
        heirs=_heirs(people, person_id),
        receipts=tuple(ReceiptLine(row.id, row.ended_at, row.reason) for row in receipts),
    )


def suspend(work: Work, gate: Gate, actor: Actor, person_id: PersonId) -> None:
    """Suspend a person for now: they can do nothing, and every session of theirs ends.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Conflict: they are suspended already.
    """
    parties.suspend(work, gate, actor, person_id)
    identity.end_all_sessions(work, gate, actor, person_id)


def end_all(
    work: Work, gate: Gate, actor: Actor, person_id: PersonId, command: EndAccess
) -> ReceiptLine:
    """End all access of a person in this transaction, and keep a receipt of it.

    They are suspended; sessions, API clients with their tokens, feeds, what they follow, grants
    and delegations end. What they wrote stays with the organisation.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Invalid: the heir is not somebody else who takes part for the organisation.
        Conflict: all of it has ended already.
    """
    office = parties.office_of(work.session, person_id)
    permit = gate.decide_office(work, actor, OfficeAction.SUSPEND, office)
    return end_by(work, gate, actor, permit, office, person_id, command)


def end_by(
    work: Work,
    gate: Gate,
    actor: Actor,
    permit: OfficePermit,
    office: Office,
    person_id: PersonId,
    command: EndAccess,
) -> ReceiptLine:
    """Do what `end_all` says, by an office that the gate let the actor into."""
    _check_heir(work, office, person_id, command.heir)
    by = _person(actor)
    before = hanging_on(work, person_id)
    ended = _ended(work, gate, permit, person_id, by, before.get("grant", ()))
    if not parties.suspend_now(work, gate.keeper.current.schemes, person_id) and not any(
        ended.values()
    ):
        raise Conflict("All access of this person has ended already.")
    ended["delegations"] = len(before.get("delegation", ()))
    remains = references(before, *REMAINS)
    told: dict[str, Detail] = {
        "reason": Typed(command.reason),
        "heir": str(command.heir or ""),
        **{kind: len(found) if isinstance(found, list) else found for kind, found in ended.items()},
    }
    gate.record_office(work, permit, event="person.left", details=told)
    entry_id, _ = work.appended[-1]
    receipt = ReceiptLine(new_id(), work.now, command.reason)
    queries.keep_leaving(
        work.session,
        id=receipt.id,
        person_id=person_id,
        organisation=office.organisation,
        reason=command.reason,
        ended_by=by,
        ended_at=work.now,
        heir_id=command.heir,
        ended=ended,
        remains=remains,
        entries=[entry_id],
    )
    if command.heir is not None and remains["own-draft"] and command.heir != by:
        notices.tell(work, Kind.DRAFTS_INHERITED, [command.heir], path="/drafts")
    return receipt


def _ended(
    work: Work,
    gate: Gate,
    permit: OfficePermit,
    person_id: PersonId,
    by: PersonId,
    grants: Sequence[Hanging],
) -> dict[str, int | list[str]]:
    sessions_count, clients = identity.end_access(work, person_id)
    feed, followed_count = notices.end_for(work, person_id)
    records.end_grants_of(work, gate, permit, person_id, by)
    return {
        "sessions": sessions_count,
        "api_clients": list(clients),
        "feeds": int(feed),
        "subscriptions": followed_count,
        "grants": [f"{one.reference} until {one.until:%Y-%m-%d}" for one in grants],
    }


def _check_heir(work: Work, office: Office, leaver: PersonId, heir: PersonId | None) -> None:
    people = parties.people_of(work.session, office.organisation) if heir else []
    if heir and heir not in {one.id for one in _heirs(people, leaver)}:
        message = "Choose somebody who prepares records for your organisation."
        raise Invalid(message, fields={"heir": message})


def _heirs(people: list[PersonView], leaver: PersonId) -> tuple[PersonView, ...]:
    """Give who could see to somebody's drafts: who prepares records, too."""
    writing = {"contributor", "release_authority"}
    return tuple(
        one for one in people if one.active and one.id != leaver and writing & set(one.roles)
    )


def _own(actor: Actor, office: Office) -> bool:
    return bool(office.organisation) and actor.profile.organisation == office.organisation


def _person(actor: Actor) -> PersonId:
    if actor.person is None:
        raise NotFound
    return actor.person
