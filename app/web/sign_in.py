"""Pages for signing in, in up to three steps, and out."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from app import identity
from app.core.errors import Invalid
from app.edge import (
    OpenForm,
    TheServices,
    Working,
    drop_session,
    keep_session,
    session_secret,
    status_of,
)
from app.identity import ChoosePassword, SecondStep, SignedIn, SignIn, SignInRefused
from app.web.forms import local_path, parse, texts
from app.web.pages import render

router = APIRouter()

Goal = Annotated[str, Query(alias="next", max_length=2_000)]
STEPS = {"second-factor": "/sign-in/code", "new-password": "/sign-in/new-password"}


@router.get("/sign-in")
def sign_in_page(request: Request, goal: Goal = "") -> Response:
    return _ask(request, "sign_in.html", {"next": goal})


@router.post("/sign-in")
def sign_in(request: Request, work: Working, services: TheServices, form: OpenForm) -> Response:
    typed = texts(form, "email", "password")
    try:
        command = parse(SignIn, typed)
    except Invalid as problem:
        return _ask(request, "sign_in.html", form, problem.fields, 422)
    replacing = session_secret(request)
    answer = identity.sign_in(work, services.identity, command, replacing=replacing)
    return _answer(request, answer, "sign_in.html", form, field="")


@router.get("/sign-in/code")
def code_page(request: Request, goal: Goal = "") -> Response:
    return _ask(request, "sign_in_code.html", {"next": goal})


@router.post("/sign-in/code")
def give_code(request: Request, work: Working, services: TheServices, form: OpenForm) -> Response:
    secret = session_secret(request)
    try:
        command = parse(SecondStep, texts(form, "code"))
    except Invalid as problem:
        return _ask(request, "sign_in_code.html", form, problem.fields, 422)
    answer = identity.take_second_step(work, services.identity, secret, command)
    return _answer(request, answer, "sign_in_code.html", form, field="code")


@router.get("/sign-in/new-password")
def new_password_page(request: Request, goal: Goal = "") -> Response:
    return _ask(request, "sign_in_new_password.html", {"next": goal})


@router.post("/sign-in/new-password")
def choose_password(
    request: Request, work: Working, services: TheServices, form: OpenForm
) -> Response:
    secret = session_secret(request)
    try:
        command = parse(ChoosePassword, texts(form, "password"))
        answer = identity.choose_password(work, services.identity, secret, command)
    except Invalid as problem:
        return _ask(request, "sign_in_new_password.html", form, problem.fields, 422)
    return _answer(request, answer, "sign_in_new_password.html", form, field="password")


@router.post("/sign-out")
def sign_out(request: Request, work: Working, _: OpenForm) -> Response:
    identity.sign_out(work, session_secret(request))
    response = RedirectResponse("/sign-in?signed-out=1", 303)
    drop_session(request, response)
    return response


def _answer(
    request: Request, answer: SignedIn | SignInRefused, template: str, form: FormData, *, field: str
) -> Response:
    """Go on with whoever was let in, or ask again; a refusal stands beside `field`."""
    if isinstance(answer, SignInRefused):
        errors = {field: answer.problem.detail}
        return _ask(request, template, form, errors, status_of(answer.problem))
    goal = local_path(texts(form, "next")["next"])
    if answer.waits_for is not None:
        goal = f"{STEPS[answer.waits_for]}?{urlencode({'next': goal})}"
    response = RedirectResponse(goal, 303)
    keep_session(request, response, answer)
    return response


def _ask(
    request: Request,
    template: str,
    typed: Mapping[str, object],
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "form": {"email": typed.get("email", "")},
        "next": typed.get("next", ""),
        "errors": dict(errors or {}),
        "minimum": identity.MIN_PASSWORD_LENGTH,
        "signed_out": "signed-out" in request.query_params,
    }
    return render(request, template, context, status=status)
