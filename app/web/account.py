"""Pages on one's own account: sessions, password, second factor, API clients, and own acts."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import segno
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app import audit, identity
from app.core.errors import Invalid, Problem
from app.core.work import Work
from app.edge import (
    SafeForm,
    SignedInAsking,
    TheServices,
    Working,
    keep_session,
    services_of,
    status_of,
)
from app.identity import (
    Asking,
    ChangePassword,
    EnrolSecondFactor,
    NewApiClient,
    SecondStep,
    SignedIn,
    SignInRefused,
)
from app.web.forms import parse, texts
from app.web.log_words import folded, own_item
from app.web.pages import render

router = APIRouter(prefix="/account")


@router.get("")
def account_page(request: Request, work: Working, asking: SignedInAsking) -> Response:
    return _account(request, work, asking)


@router.get("/acts")
def acts_page(
    request: Request,
    work: Working,
    asking: SignedInAsking,
    page: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    acts = audit.own_acts(work, asking.actor, page)
    items = folded(own_item(entry, asking) for entry in acts.items)
    return render(request, "account_acts.html", {"items": items, "page": acts})


@router.post("/sessions/{session}/end")
def end_session(
    work: Working, asking: SignedInAsking, _: SafeForm, session: UUID
) -> RedirectResponse:
    identity.end_own_session(work, asking, session)
    return _done("session-ended")


@router.post("/password")
def change_password(
    request: Request, work: Working, services: TheServices, asking: SignedInAsking, form: SafeForm
) -> Response:
    try:
        command = parse(ChangePassword, texts(form, "current", "password"))
        answer = identity.change_password(work, services.identity, asking, command)
    except Invalid as problem:
        return _account(request, work, asking, problem=problem)
    if isinstance(answer, SignInRefused):
        return _account(request, work, asking, {"current": answer.problem.detail}, answer.problem)
    return _with_session(request, answer, "password-changed")


@router.post("/second-factor")
def enrol_second_factor(
    request: Request, work: Working, services: TheServices, asking: SignedInAsking, form: SafeForm
) -> Response:
    try:
        command = parse(EnrolSecondFactor, texts(form, "password"))
    except Invalid as problem:
        return _account(request, work, asking, {"enrol": problem.fields["password"]}, problem)
    answer = identity.enrol_second_factor(work, services.identity, asking, command)
    if isinstance(answer, SignInRefused):
        return _account(request, work, asking, {"enrol": answer.problem.detail}, answer.problem)
    # The secret is shown this once: it is in no address that could be opened again.
    picture = segno.make(answer.uri, error="m").svg_data_uri(scale=5, border=4, light="white")
    context = {"picture": picture, "secret": answer.secret}
    return render(request, "account_second_factor.html", context)


@router.post("/second-factor/confirm")
def confirm_second_factor(
    request: Request, work: Working, services: TheServices, asking: SignedInAsking, form: SafeForm
) -> Response:
    template = "account_second_factor.html"
    try:
        command = parse(SecondStep, texts(form, "code"))
    except Invalid as problem:
        return render(request, template, {"errors": problem.fields}, status=422)
    answer = identity.confirm_second_factor(work, services.identity, asking, command)
    if isinstance(answer, SignInRefused):
        errors = {"code": answer.problem.detail}
        return render(request, template, {"errors": errors}, status=status_of(answer.problem))
    return _with_session(request, answer, "second-factor-set")


@router.post("/api-clients")
def create_api_client(
    request: Request, work: Working, services: TheServices, asking: SignedInAsking, form: SafeForm
) -> Response:
    typed = texts(form, "name")
    try:
        command = parse(NewApiClient, typed)
    except Invalid as problem:
        return _account(request, work, asking, problem=problem, typed=typed)
    created = identity.create_api_client(work, services.identity, asking.actor, command)
    return _account(request, work, asking, created=created)


@router.post("/api-clients/{client_id}/revoke")
def revoke_api_client(
    work: Working, asking: SignedInAsking, _: SafeForm, client_id: str
) -> RedirectResponse:
    identity.revoke_api_client(work, asking.actor, client_id)
    return _done("client-revoked")


def _account(
    request: Request,
    work: Work,
    asking: Asking,
    errors: Mapping[str, str] | None = None,
    problem: Problem | None = None,
    **more: Any,
) -> Response:
    """Draw the page; `errors` stand beside the fields of these ids, by default the problem's."""
    said = problem.fields if isinstance(problem, Invalid) else {}
    context = {
        "profile": asking.actor.profile,
        "clearance": _clearance(request, asking),
        "this_session": asking.session,
        "sessions": identity.sessions_of(work.session, asking.person, work.now),
        "clients": identity.api_clients_of(work.session, asking.person),
        "facts": identity.sign_in_facts(work.session, [asking.person])[asking.person],
        "minimum": identity.MIN_PASSWORD_LENGTH,
        "done": request.query_params.get("done", ""),
        "errors": dict(said if errors is None else errors),
    }
    return render(
        request, "account.html", context | more, status=status_of(problem) if problem else 200
    )


def _clearance(request: Request, asking: Asking) -> str:
    held = asking.actor.profile.clearance
    return services_of(request).gate.keeper.current.schemes.text(held) if held else "None"


def _with_session(request: Request, signed_in: SignedIn, done: str) -> Response:
    response = _done(done)
    keep_session(request, response, signed_in)
    return response


def _done(what: str) -> RedirectResponse:
    return RedirectResponse(f"/account?done={what}", 303)
