"""Changes of who may do what, planned and carried out: who takes part, as what, under which terms.

To plan one, the gate lets the actor into the office and the rules look at it; nothing is written,
for what it would do is worked out next. Whoever carries it out has seen to the second person
(`app.proposals`). What no longer fits what is kept is refused, never merged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access import Actor, Gate, Office, OfficeAction, OfficePermit, Role
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import PersonId
from app.core.journal import Detail
from app.core.work import Work
from app.labels import SchemeId, Schemes
from app.parties import queries
from app.parties.apply import APPLY_LOCK, Change, difference
from app.parties.commands import AdmitPerson, AssignRoles, SetClearance
from app.parties.rules import check_below, check_grant, read_marking
from app.parties.standings import note_standings
from app.parties.stock import Facts, hold, kept, write

OUTDATED = "This has changed since. Look at it as it is now, then ask for the change again."


@dataclass(frozen=True)
class Plan:
    """A change that the gate lets the actor plan; `office` is whose change it is.

    `about` names the fact of a person that was asked for, whether or not it differs.
    """

    permit: OfficePermit
    office: Office
    change: Change
    about: str = ""


def plan_admission(work: Work, gate: Gate, actor: Actor, command: AdmitPerson) -> Plan:
    """Plan to admit somebody to the actor's own organisation.

    Raises:
        Forbidden: the actor does not administer their organisation.
        Invalid: the address is taken, the roles do not go together, or the clearance is too high.
    """
    office = Office(actor.profile.party, actor.profile.organisation)
    told: dict[str, Detail] = {"roles": sorted(command.roles), "clearance": command.clearance}
    permit = gate.decide_office(work, actor, OfficeAction.ADMIT, office, details=told)
    lock(work.session)
    organisation = queries.organisation(work.session, office.organisation)
    check_grant(frozenset(), command.roles, organisation.kind)
    if queries.person_by_email(work.session, command.email) is not None:
        message = "Somebody has already been admitted under this e-mail address."
        raise Invalid(message, fields={"email": message})
    facts = {
        "name": command.name,
        "organisation": organisation.slug,
        "roles": sorted(command.roles),
        "clearance": _clearance(work, _schemes(gate), organisation.slug, command.clearance),
        "active": True,
    }
    change = difference("person", command.email, None, facts)
    return Plan(permit, office, change)


def plan_roles(
    work: Work, gate: Gate, actor: Actor, person_id: PersonId, command: AssignRoles
) -> Plan:
    """Plan to give a person exactly the roles of the command.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Invalid: the roles do not go together, or one is not the actor's to give.
    """
    told: dict[str, Detail] = {"roles": sorted(command.roles)}
    permit, office, email, facts = _enter(
        work, gate, actor, OfficeAction.ASSIGN_ROLES, person_id, told
    )
    organisation = queries.organisation(work.session, office.organisation)
    check_grant(frozenset(map(Role, facts["roles"])), command.roles, organisation.kind)
    change = difference("person", email, facts, {**facts, "roles": sorted(command.roles)})
    return Plan(permit, office, change, "roles")


def plan_clearance(
    work: Work, gate: Gate, actor: Actor, person_id: PersonId, command: SetClearance
) -> Plan:
    """Plan to give a person the clearance of the command, at most the ceiling of the agreement.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Invalid: it is no marking of the party's scheme, or exceeds the agreement's ceiling.
    """
    told: dict[str, Detail] = {"clearance": command.clearance}
    permit, office, email, facts = _enter(
        work, gate, actor, OfficeAction.ASSIGN_ROLES, person_id, told
    )
    clearance = _clearance(work, _schemes(gate), office.organisation, command.clearance)
    change = difference("person", email, facts, {**facts, "clearance": clearance})
    return Plan(permit, office, change, "clearance")


def plan_resumption(work: Work, gate: Gate, actor: Actor, person_id: PersonId) -> Plan:
    """Plan to let a suspended person take part again, as before.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Conflict: they are not suspended.
    """
    permit, office, email, facts = _enter(work, gate, actor, OfficeAction.ADMIT, person_id, {})
    if facts["active"]:
        raise Conflict("This person is not suspended.")
    change = difference("person", email, facts, {**facts, "active": True})
    return Plan(permit, office, change)


def carry_out(
    work: Work,
    schemes: Schemes,
    permit: OfficePermit,
    change: Change,
    *,
    about: str = "",
    details: Mapping[str, Detail] | None = None,
) -> str:
    """Make a change, which somebody let through, have the journal tell of it, and give whose it is.

    What is given is `kind:id`. `about` names what was asked for, should nothing differ; `details`
    are told beside what the change itself tells.

    Raises:
        Conflict: what is kept is not what the change begins from.
    """
    lock(work.session)
    hold(work.session, change.kind, change.key)
    check_fits(work.session, change)
    made = write(work, change.kind, change.key, change.before, change.after)
    event, told = _told(change, about) or (made.type, made.details)
    work.record(
        replace(
            permit.entry,
            type=event,
            subject=made.subject,
            organisations=permit.entry.organisations | made.organisations,
            details={**told, **(details or {})},
        )
    )
    # An agreement and a group are facts of many people; a person's own are theirs alone.
    kind, _, key = made.subject.partition(":")
    note_standings(work, schemes, [PersonId(UUID(key))] if kind == "person" else None)
    return made.subject


def check_fits(session: Session, change: Change) -> None:
    """Check that a change begins from what is kept.

    Raises:
        Conflict: it does not.
    """
    if kept(session).get((change.kind, change.key)) != change.before:
        raise Conflict(OUTDATED)


def _told(change: Change, about: str) -> tuple[str, dict[str, Detail]] | None:
    """Say what is done to a person by what differs; None where that says too little."""
    before, after = change.before, change.after
    if change.kind != "person" or after is None:
        return None
    roles: dict[str, Detail] = {"roles": after["roles"]}
    clearance: dict[str, Detail] = {"clearance": after["clearance"] or ""}
    if before is None:
        return "person.admitted", {**roles, **clearance}
    told: dict[str, tuple[str, dict[str, Detail]]] = {
        "active": ("person.resumed" if after["active"] else "person.suspended", {}),
        "roles": ("person.roles-assigned", roles),
        "clearance": ("person.clearance-set", clearance),
    }
    differing = [name for name in after if after[name] != before[name]] or [about]
    return told.get(differing[0]) if len(differing) == 1 else None


def lock(session: Session) -> None:
    """Have changes made one after the other, each worked out on what the one before has left."""
    session.execute(select(func.pg_advisory_xact_lock(APPLY_LOCK)))


def _enter(
    work: Work,
    gate: Gate,
    actor: Actor,
    action: OfficeAction,
    person_id: PersonId,
    told: Mapping[str, Detail],
) -> tuple[OfficePermit, Office, str, Facts]:
    """Enter the office that a person is under, and give their address and the facts as kept."""
    office = queries.office_of(work.session, person_id)
    permit = gate.decide_office(work, actor, action, office, details=told)
    lock(work.session)
    account = queries.account_of(work.session, person_id)
    if account is None:
        raise NotFound
    return permit, office, account.email, kept(work.session)["person", account.email]


def _schemes(gate: Gate) -> Schemes:
    return gate.keeper.current.schemes


def _clearance(work: Work, schemes: Schemes, slug: str, text: str) -> str | None:
    if not text:
        return None
    organisation = queries.organisation(work.session, slug)
    scheme = SchemeId(queries.party(work.session, organisation.party).scheme)
    clearance = read_marking(schemes, text, scheme, "clearance")
    agreement = queries.agreement(work.session, slug)
    if agreement is None:
        raise Invalid(fields={"clearance": "Without an agreement nobody can be cleared."})
    check_below(schemes, clearance, read_marking(schemes, agreement.ceiling, scheme, "clearance"))
    return schemes.text(clearance)
