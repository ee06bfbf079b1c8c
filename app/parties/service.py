"""What an organisation administrator does: see their people, admit, suspend, assign.

Each act enters the organisation's office through the gate, which writes it in the journal; nobody
acts on themselves. A change holds from the next request on: profiles are made of these rows.
"""

from sqlalchemy.exc import IntegrityError

from app.access import Actor, Area, Gate, Office, OfficeAction, Role
from app.core.errors import Conflict, Invalid
from app.core.ids import PersonId, new_id
from app.core.journal import Detail
from app.core.work import Work
from app.labels import SchemeId, Schemes
from app.parties import queries
from app.parties.commands import AdmitPerson, AssignRoles, SetClearance
from app.parties.models import AgreementRow, OrganisationRow, PersonRow
from app.parties.rules import check_below, check_grant, read_marking
from app.parties.standings import note_standings
from app.parties.views import AgreementView, OrganisationView, PersonView


def organisation_page(work: Work, gate: Gate, actor: Actor) -> OrganisationView:
    """Show the administrator their organisation and its people, having written that they looked.

    Raises:
        Forbidden: the actor does not administer their organisation.
    """
    _enter_own(work, gate, actor, "", "organisation.shown")
    row = queries.organisation(work.session, actor.profile.organisation)
    agreement = queries.agreement(work.session, row.slug)
    return OrganisationView(
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        party=queries.party(work.session, row.party),
        active=row.active,
        agreement=None if agreement is None else _agreement_view(work, agreement),
        people=queries.people_of(work.session, row.slug),
    )


def admit(work: Work, gate: Gate, actor: Actor, command: AdmitPerson) -> PersonView:
    """Admit somebody to the actor's own organisation.

    Raises:
        Forbidden: the actor does not administer their organisation.
        Invalid: the address is taken, the roles do not go together, or the clearance is too high.
    """
    person_id = PersonId(new_id())
    details: dict[str, Detail] = {
        "roles": sorted(command.roles),
        "clearance": command.clearance,
    }
    _enter_own(work, gate, actor, str(person_id), "person.admitted", details)
    organisation = queries.organisation(work.session, actor.profile.organisation)
    check_grant(frozenset(), command.roles, organisation.kind)
    row = PersonRow(
        id=person_id,
        email=command.email,
        name=command.name,
        organisation=organisation.slug,
        roles=sorted(command.roles),
        clearance=_clearance(work, _schemes(gate), organisation, command.clearance),
        active=True,
        admitted_at=work.now,
    )
    work.session.add(row)
    try:
        # Now, not at the commit: whether the address is taken is for the form to say.
        work.session.flush()
    except IntegrityError as error:
        message = "Somebody has already been admitted under this e-mail address."
        raise Invalid(message, fields={"email": message}) from error
    note_standings(work, _schemes(gate), [person_id])
    return queries.person_view(row)


def suspend(work: Work, gate: Gate, actor: Actor, person_id: PersonId) -> None:
    """Suspend a person: from now on they can do nothing, whatever session or token they hold.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Conflict: they are suspended already.
    """
    row = _take(work, gate, actor, OfficeAction.SUSPEND, person_id, "person.suspended")
    if not row.active:
        raise Conflict("This person is suspended already.")
    row.active = False
    note_standings(work, _schemes(gate), [person_id])


def suspend_now(work: Work, schemes: Schemes, person_id: PersonId) -> bool:
    """Suspend somebody whom the gate let a reviewer remove, or whom a review let lapse.

    Tells whether they took part until now; the journal is the caller's to write.
    """
    row = queries.person(work.session, person_id)
    was_active, row.active = row.active, False
    note_standings(work, schemes, [person_id])
    return was_active


def resume(work: Work, gate: Gate, actor: Actor, person_id: PersonId) -> None:
    """Let a suspended person take part again, as before.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Conflict: they are not suspended.
    """
    row = _take(work, gate, actor, OfficeAction.ADMIT, person_id, "person.resumed")
    if row.active:
        raise Conflict("This person is not suspended.")
    row.active = True
    note_standings(work, _schemes(gate), [person_id])


def assign_roles(
    work: Work, gate: Gate, actor: Actor, person_id: PersonId, command: AssignRoles
) -> PersonView:
    """Give a person exactly the roles of the command.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Invalid: the roles do not go together, or one is not the actor's to give.
    """
    row = _take(
        work,
        gate,
        actor,
        OfficeAction.ASSIGN_ROLES,
        person_id,
        "person.roles-assigned",
        {"roles": sorted(command.roles)},
    )
    organisation = queries.organisation(work.session, row.organisation)
    check_grant(frozenset(map(Role, row.roles)), command.roles, organisation.kind)
    row.roles = sorted(command.roles)
    note_standings(work, _schemes(gate), [person_id])
    return queries.person_view(row)


def set_clearance(
    work: Work, gate: Gate, actor: Actor, person_id: PersonId, command: SetClearance
) -> PersonView:
    """Give a person the clearance of the command, at most the ceiling of the agreement.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Invalid: it is no marking of the party's scheme, or exceeds the agreement's ceiling.
    """
    row = _take(
        work,
        gate,
        actor,
        OfficeAction.ASSIGN_ROLES,
        person_id,
        "person.clearance-set",
        {"clearance": command.clearance},
    )
    organisation = queries.organisation(work.session, row.organisation)
    row.clearance = _clearance(work, _schemes(gate), organisation, command.clearance)
    note_standings(work, _schemes(gate), [person_id])
    return queries.person_view(row)


def _enter_own(
    work: Work,
    gate: Gate,
    actor: Actor,
    person: str,
    event: str,
    details: dict[str, Detail] | None = None,
) -> None:
    own = Office(actor.profile.party, actor.profile.organisation, person)
    gate.enter_office(work, actor, OfficeAction.ADMIT, own, event=event, details=details)


def _take(
    work: Work,
    gate: Gate,
    actor: Actor,
    action: OfficeAction,
    person_id: PersonId,
    event: str,
    details: dict[str, Detail] | None = None,
) -> PersonRow:
    """Take a person's row, once the gate has let the actor into the office that they are under."""
    office = queries.office_of(work.session, person_id)
    gate.enter_office(work, actor, action, office, event=event, details=details)
    return queries.person(work.session, person_id)


def _schemes(gate: Gate) -> Schemes:
    return gate.keeper.current.schemes


def _clearance(
    work: Work, schemes: Schemes, organisation: OrganisationRow, text: str
) -> str | None:
    if not text:
        return None
    scheme = SchemeId(queries.party(work.session, organisation.party).scheme)
    clearance = read_marking(schemes, text, scheme, "clearance")
    agreement = queries.agreement(work.session, organisation.slug)
    if agreement is None:
        raise Invalid(fields={"clearance": "Without an agreement nobody can be cleared."})
    check_below(schemes, clearance, read_marking(schemes, agreement.ceiling, scheme, "clearance"))
    return schemes.text(clearance)


def _agreement_view(work: Work, row: AgreementRow) -> AgreementView:
    return AgreementView(
        title=row.title,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        ceiling=row.ceiling,
        areas=tuple(area for area in Area if area in row.areas),
        running=row.valid_from <= work.now < row.valid_until,
    )
