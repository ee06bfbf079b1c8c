"""Pages for an organisation's administrator: its people, and one of them."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from app import identity, membership, parties, proposals
from app.access import Actor, Gate, Role
from app.core.errors import NotFound, Problem
from app.core.ids import PersonId
from app.core.work import Work
from app.edge import (
    SafeForm,
    SignedInActor,
    TheGate,
    TheServices,
    Working,
    another_unit,
    services_of,
)
from app.labels import SchemeId
from app.parties import AdmitPerson, AssignRoles, OrganisationView, SetClearance
from app.proposals import Outcome
from app.web.forms import errors_of, parse, texts
from app.web.pages import redraw_with, render
from app.web.proposing import answer, going_of

router = APIRouter(prefix="/organisation")
PERSON = "/organisation/people/{key}"


@router.get("")
def organisation_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor
) -> Response:
    return _organisation(request, work, gate, actor)


@router.post("/people")
def admit(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, form: SafeForm
) -> Response:
    typed = {**texts(form, "email", "name", "clearance"), "roles": _roles(form)}
    redraw_with(request, partial(_organisation_again, request, typed))
    command, going = parse(AdmitPerson, typed), going_of(form)
    outcome = proposals.admit(work, gate, actor, command, going)
    done = PERSON + "?done=admitted"
    return answer(request, outcome, typed, back="/organisation#admit", done=done)


@router.get("/people/{person_id}")
def person_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, person_id: PersonId
) -> Response:
    return _person(request, work, gate, actor, person_id)


@router.post("/people/{person_id}/roles")
def assign_roles(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    person_id: PersonId,
) -> Response:
    typed = {"roles": _roles(form)}
    redraw_with(request, partial(_person_again, request, person_id, typed))
    command, going = parse(AssignRoles, typed), going_of(form)
    outcome = proposals.assign_roles(work, gate, actor, person_id, command, going)
    return _answer(request, outcome, typed, person_id, "roles")


@router.post("/people/{person_id}/clearance")
def set_clearance(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    person_id: PersonId,
) -> Response:
    typed = texts(form, "clearance")
    redraw_with(request, partial(_person_again, request, person_id, typed))
    command, going = parse(SetClearance, typed), going_of(form)
    outcome = proposals.set_clearance(work, gate, actor, person_id, command, going)
    return _answer(request, outcome, typed, person_id, "clearance")


@router.post("/people/{person_id}/suspend")
def suspend(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, person_id: PersonId
) -> RedirectResponse:
    membership.suspend(work, gate, actor, person_id)
    return _see(person_id, "suspended")


@router.post("/people/{person_id}/resume")
def resume(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    person_id: PersonId,
) -> Response:
    redraw_with(request, partial(_person_again, request, person_id, {}))
    outcome = proposals.resume(work, gate, actor, person_id, going_of(form))
    return _answer(request, outcome, {}, person_id, "resumed")


@router.post("/people/{person_id}/sessions/end")
def end_sessions(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, person_id: PersonId
) -> RedirectResponse:
    identity.end_all_sessions(work, gate, actor, person_id)
    return _see(person_id, "sessions")


@router.post("/people/{person_id}/second-factor/reset")
def reset_second_factor(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, person_id: PersonId
) -> RedirectResponse:
    identity.reset_second_factor(work, gate, actor, person_id)
    return _see(person_id, "second-factor")


@router.post("/people/{person_id}/password")
def give_password(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    _: SafeForm,
    person_id: PersonId,
) -> Response:
    """Draw a password and show it this once: it stands in no address that could be opened again."""
    given = identity.give_password(work, services.identity, gate, actor, person_id)
    return _person(request, work, gate, actor, person_id, given=given)


def _organisation(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    *,
    typed: dict[str, Any] | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    shown = parties.organisation_page(work, gate, actor)
    people = [person.id for person in shown.people]
    context = {
        "organisation": shown,
        "facts_of": identity.sign_in_facts(work.session, people),
        "roles": list(Role),
        "clearances": _clearances(gate, shown),
        "typed": typed or {},
        "errors": errors_of(problem),
    }
    return render(request, "organisation/organisation.html", context, status=status)


def _organisation_again(
    request: Request, typed: dict[str, Any], status: int, problem: Problem
) -> Response:
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        return _organisation(
            request, work, gate, asking.actor, typed=typed, problem=problem, status=status
        )


def _person(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    person_id: PersonId,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    shown = parties.organisation_page(work, gate, actor)
    person = next((one for one in shown.people if one.id == person_id), None)
    if person is None:
        raise NotFound
    context = {
        "organisation": shown,
        "person": person,
        "oneself": person_id == actor.person,
        "sign_in": identity.sign_in_facts(work.session, [person_id])[person_id],
        "clients": identity.api_clients_of(work.session, person_id),
        "roles": list(Role),
        "clearances": _clearances(gate, shown, person.clearance),
        "done": request.query_params.get("done", ""),
    }
    return render(request, "organisation/person.html", context | more, status=status)


def _person_again(
    request: Request, person_id: PersonId, typed: dict[str, Any], status: int, problem: Problem
) -> Response:
    gate, errors = services_of(request).gate, errors_of(problem)
    with another_unit(request) as (work, asking):
        return _person(
            request,
            work,
            gate,
            asking.actor,
            person_id,
            typed=typed,
            errors=errors,
            status=status,
        )


def _clearances(gate: Gate, organisation: OrganisationView, held: str = "") -> list[str]:
    """Give the markings that the agreement covers, low to high, and the one that is held."""
    if organisation.agreement is None:
        return [held] if held else []
    schemes = gate.keeper.current.schemes
    ceiling = schemes.parse(organisation.agreement.ceiling)
    offered = schemes.markings(SchemeId(organisation.party.scheme))
    texts_of = {schemes.text(one): schemes.dominates(ceiling, one) for one in offered}
    return [text for text, covered in texts_of.items() if covered or text == held]


def _roles(form: FormData) -> list[str]:
    return [text for text in form.getlist("roles") if isinstance(text, str)]


def _answer(
    request: Request, outcome: Outcome, typed: dict[str, Any], person_id: PersonId, done: str
) -> Response:
    here = PERSON.format(key=person_id)
    return answer(request, outcome, typed, back=here, done=f"{here}?done={done}")


def _see(person_id: PersonId, done: str) -> RedirectResponse:
    return RedirectResponse(f"/organisation/people/{person_id}?done={done}", 303)
