"""What an organisation administrator does alone: see their people, and suspend one.

Each act enters the organisation's office through the gate, which writes it in the journal; nobody
acts on themselves. A change holds from the next request on: profiles are made of these rows.
"""

from app.access import Actor, Gate, Office, OfficeAction
from app.core.errors import Conflict
from app.core.ids import PersonId
from app.core.work import Work
from app.labels import Schemes
from app.parties import queries
from app.parties.standings import note_standings
from app.parties.views import OrganisationView


def organisation_page(work: Work, gate: Gate, actor: Actor) -> OrganisationView:
    """Show the administrator their organisation and its people, having written that they looked.

    Raises:
        Forbidden: the actor does not administer their organisation.
    """
    own = Office(actor.profile.party, actor.profile.organisation)
    gate.enter_office(work, actor, OfficeAction.ADMIT, own, event="organisation.shown")
    row = queries.organisation(work.session, actor.profile.organisation)
    agreement = queries.agreement(work.session, row.slug)
    return OrganisationView(
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        party=queries.party(work.session, row.party),
        active=row.active,
        agreement=None if agreement is None else queries.agreement_view(agreement, work.now),
        people=queries.people_of(work.session, row.slug),
    )


def suspend(work: Work, gate: Gate, actor: Actor, person_id: PersonId) -> None:
    """Suspend a person: from now on they can do nothing, whatever session or token they hold.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Conflict: they are suspended already.
    """
    office = queries.office_of(work.session, person_id)
    gate.enter_office(work, actor, OfficeAction.SUSPEND, office, event="person.suspended")
    row = queries.person(work.session, person_id)
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


def _schemes(gate: Gate) -> Schemes:
    return gate.keeper.current.schemes
