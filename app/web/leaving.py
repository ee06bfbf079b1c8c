"""Pages on which access ends: of who leaves, of whom a review removes, and the receipt of it."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import membership
from app.access import Actor, Gate
from app.core.errors import Invalid, Problem
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
from app.membership import AnswerReview, EndAccess
from app.web.forms import errors_of, parse, texts
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/organisation")
NOBODY_TICKED = "Tick each person whom you looked at."
NO_REASON = "Say why, for whoever reads the receipt."


@router.get("/people/{person_id}/leaving")
def leaving_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, person_id: PersonId
) -> Response:
    return _leaving(request, work, gate, actor, person_id)


@router.post("/people/{person_id}/leaving")
def end_all(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    person_id: PersonId,
) -> RedirectResponse:
    typed = texts(form, "reason", "heir")
    redraw_with(request, partial(_leaving_again, request, person_id, typed))
    if not typed["reason"].strip():
        raise Invalid(fields={"reason": NO_REASON})
    command = parse(EndAccess, {"reason": typed["reason"], "heir": typed["heir"] or None})
    receipt = membership.end_all(work, gate, actor, person_id, command)
    return RedirectResponse(f"/organisation/leavings/{receipt.id}", 303)


@router.get("/leavings/{leaving_id}")
def receipt_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    leaving_id: UUID,
) -> Response:
    keys, log = services.identity.keys, services.log
    receipt = membership.receipt(work, gate, actor, leaving_id, keys=keys, log=log)
    return render(request, "organisation/receipt.html", {"receipt": receipt})


@router.get("/leavings/{leaving_id}/receipt.json")
def receipt_json(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor, leaving_id: UUID
) -> Response:
    """Give what was signed (`facts`), its JWS, and the proofs of the entries that tell of it."""
    keys, log = services.identity.keys, services.log
    told = membership.receipt(work, gate, actor, leaving_id, keys=keys, log=log)
    signed = {"facts": told.facts, "signature": told.signature, "proofs": dict(told.entries)}
    headers = {"Content-Disposition": f'attachment; filename="entente-leaving-{leaving_id}.json"'}
    return Response(json.dumps(signed, indent=1), 200, headers, "application/json")


@router.get("/review")
def review_page(request: Request, work: Working, gate: TheGate, actor: SignedInActor) -> Response:
    return _review(request, work, gate, actor)


@router.post("/review")
def answer_review(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    form: SafeForm,
) -> RedirectResponse:
    people = [one for one in form.getlist("people") if isinstance(one, str)]
    typed = {"people": people, "answer": texts(form, "answer")["answer"]}
    redraw_with(request, partial(_review_again, request, typed))
    if not people:
        raise Invalid(fields={"people": NOBODY_TICKED})
    command = parse(AnswerReview, typed)
    membership.answer_review(work, gate, services.review_rules, actor, command)
    return RedirectResponse(f"/organisation/review?done={command.answer}", 303)


@router.get("/review/coverage")
def coverage_page(
    request: Request, work: Working, gate: TheGate, services: TheServices, actor: SignedInActor
) -> Response:
    covered = membership.coverage(work, gate, services.review_rules, actor)
    return render(request, "organisation/coverage.html", {"covered": covered})


def _leaving(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    person_id: PersonId,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    leaving = membership.leaving_page(work, gate, actor, person_id)
    return render(request, "organisation/leaving.html", {"leaving": leaving} | more, status=status)


def _leaving_again(
    request: Request, person_id: PersonId, typed: Mapping[str, str], status: int, problem: Problem
) -> Response:
    gate, errors = services_of(request).gate, errors_of(problem)
    with another_unit(request) as (work, asking):
        return _leaving(
            request,
            work,
            gate,
            asking.actor,
            person_id,
            status=status,
            typed=typed,
            errors=errors,
        )


def _review(
    request: Request, work: Work, gate: Gate, actor: Actor, *, status: int = 200, **more: Any
) -> Response:
    rules = services_of(request).review_rules
    review = membership.access_review(work, gate, rules, actor)
    context = {"review": review, "done": request.query_params.get("done", "")}
    return render(request, "organisation/review.html", context | more, status=status)


def _review_again(
    request: Request, typed: Mapping[str, Any], status: int, problem: Problem
) -> Response:
    gate, errors = services_of(request).gate, errors_of(problem)
    with another_unit(request) as (work, asking):
        return _review(request, work, gate, asking.actor, status=status, typed=typed, errors=errors)
