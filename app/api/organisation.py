"""The organisation: its people, for its administrator."""

from fastapi import Response

from app import identity, membership, parties, proposals
from app.api.answers import nouns
from app.api.proposing import ChangeAnswer, HowFar, answered
from app.core.ids import PersonId
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.identity import GivenPassword
from app.parties import AdmitPerson, AssignRoles, OrganisationView, SetClearance

router = nouns("organisation", "/organisation")


@router.get("")
def show_organisation(work: Working, gate: TheGate, actor: SignedInActor) -> OrganisationView:
    """Show your organisation, its agreement and its people."""
    return parties.organisation_page(work, gate, actor)


@router.post("/people", status_code=201)
def admit_person(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    answer: Response,
    person: AdmitPerson,
    how: HowFar,
) -> ChangeAnswer:
    """Admit somebody to your organisation, or propose it to a second person (202)."""
    outcome = proposals.admit(work, gate, actor, person, how)
    return answered(answer, outcome)


@router.put("/people/{person_id}/roles")
def assign_roles(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    answer: Response,
    person_id: PersonId,
    roles: AssignRoles,
    how: HowFar,
) -> ChangeAnswer:
    """Give somebody exactly these roles, or propose it to a second person (202)."""
    return answered(answer, proposals.assign_roles(work, gate, actor, person_id, roles, how))


@router.put("/people/{person_id}/clearance")
def set_clearance(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    answer: Response,
    person_id: PersonId,
    to: SetClearance,
    how: HowFar,
) -> ChangeAnswer:
    """Give somebody a clearance, at most the agreement's ceiling, or propose it (202)."""
    return answered(answer, proposals.set_clearance(work, gate, actor, person_id, to, how))


@router.post("/people/{person_id}/suspension", status_code=204)
def suspend_person(work: Working, gate: TheGate, actor: SignedInActor, person_id: PersonId) -> None:
    """Suspend somebody: they can do nothing from now on, and their sessions end."""
    membership.suspend(work, gate, actor, person_id)


@router.delete("/people/{person_id}/suspension")
def resume_person(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    answer: Response,
    person_id: PersonId,
    how: HowFar,
) -> ChangeAnswer:
    """Let somebody take part again, or propose it to a second person (202)."""
    return answered(answer, proposals.resume(work, gate, actor, person_id, how))


@router.post("/people/{person_id}/password", status_code=201)
def give_password(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    person_id: PersonId,
) -> GivenPassword:
    """Draw a password to hand to somebody, who must choose another with it."""
    return identity.give_password(work, services.identity, gate, actor, person_id)


@router.delete("/people/{person_id}/second-factor", status_code=204)
def reset_second_factor(
    work: Working, gate: TheGate, actor: SignedInActor, person_id: PersonId
) -> None:
    """Take away the second factor of somebody who lost it."""
    identity.reset_second_factor(work, gate, actor, person_id)


@router.delete("/people/{person_id}/sessions", status_code=204)
def end_sessions(work: Working, gate: TheGate, actor: SignedInActor, person_id: PersonId) -> None:
    """End every session of somebody."""
    identity.end_all_sessions(work, gate, actor, person_id)
