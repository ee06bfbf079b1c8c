"""Terms of use: read and accepted by readers, issued by release authorities."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app import parties
from app.access import Actor
from app.core.errors import Problem
from app.core.work import Work
from app.edge import SafeForm, SignedInActor, TheGate, Working, another_unit
from app.parties import AcceptTerms, IssueTerms
from app.web.forms import errors_of, local_path, parse, texts
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/terms")
Goal = Annotated[str, Query(alias="next", max_length=2_000)]


@router.get("")
def all_terms_page(request: Request, work: Working, actor: SignedInActor) -> Response:
    return _all(request, work, actor)


@router.post("")
def issue(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, form: SafeForm
) -> RedirectResponse:
    typed = texts(form, "slug", "title", "body")
    redraw_with(request, partial(_all_again, request, typed))
    issued = parties.issue_terms(work, gate, actor, parse(IssueTerms, typed))
    return RedirectResponse(f"/terms/{issued.slug}", 303)


@router.get("/{slug}")
def terms_page(
    request: Request, work: Working, actor: SignedInActor, slug: str, goal: Goal = ""
) -> Response:
    return _terms(request, work, actor, slug, goal)


@router.post("/{slug}/accept")
def accept(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, form: SafeForm, slug: str
) -> RedirectResponse:
    typed = texts(form, "version", "next")
    redraw_with(request, partial(_terms_again, request, slug, typed["next"]))
    command = parse(AcceptTerms, {"version": typed["version"]})
    parties.accept_terms(work, gate, actor, slug, command)
    on = local_path(typed["next"]) if typed["next"] else f"/terms/{slug}"
    return RedirectResponse(on, 303)


def _all(
    request: Request,
    work: Work,
    actor: Actor,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "terms": parties.all_terms(work, actor),
        "own": actor.profile.organisation,
        "typed": typed or {},
        "errors": errors or {},
    }
    return render(request, "requests/all_terms.html", context, status=status)


def _all_again(
    request: Request, typed: Mapping[str, str], status: int, problem: Problem
) -> Response:
    with another_unit(request) as (work, asking):
        errors = errors_of(problem)
        return _all(request, work, asking.actor, typed=typed, errors=errors, status=status)


def _terms(
    request: Request,
    work: Work,
    actor: Actor,
    slug: str,
    next_: str,
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "terms": parties.show_terms(work, actor, slug),
        "next": local_path(next_) if next_ else "",
        "errors": errors or {},
    }
    return render(request, "requests/terms.html", context, status=status)


def _terms_again(
    request: Request, slug: str, next_: str, status: int, problem: Problem
) -> Response:
    with another_unit(request) as (work, asking):
        errors = errors_of(problem)
        return _terms(request, work, asking.actor, slug, next_, errors=errors, status=status)
