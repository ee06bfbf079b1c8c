"""Pages for auditors who review a sample: list, draw, mark, sign off, and the report on paper."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import parties
from app.access import Actor, Gate
from app.audit import reviews
from app.core.errors import NotFound, Problem
from app.core.ids import PersonId, ReviewId
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
from app.identity import sign_statement
from app.web.forms import errors_of, parse, texts
from app.web.log_words import EVENT_WORDS, LogItem, log_item
from app.web.pages import redraw_with, render
from app.web.printing import pdf
from app.web.review_report import report, selection_words

router = APIRouter(prefix="/audit/reviews")

SELECTION: Final = (
    *("from", "to", "type", "decision", "person", "organisation", "record", "marking", "at"),
)
PDF: Final = "application/pdf"


@router.get("")
def reviews_page(request: Request, work: Working, gate: TheGate, actor: SignedInActor) -> Response:
    listed = reviews.reviews(work, gate, actor)
    return render(request, "audit/reviews.html", {"reviews": listed})


@router.get("/new")
def new_review_page(request: Request, work: Working, _: SignedInActor) -> Response:
    return _form(request, work, dict(request.query_params))


@router.post("")
def begin(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    form: SafeForm,
) -> RedirectResponse:
    typed = texts(form, "name", "count", *SELECTION)
    redraw_with(request, partial(_form_again, request, typed))
    chosen = {name: typed[name] for name in SELECTION if typed[name].strip()}
    asked = {"name": typed["name"], "count": typed["count"], "selection": chosen}
    command = parse(reviews.NewReview, asked)
    review_id = reviews.begin(work, gate, actor, command, services.identity.random_bytes)
    return RedirectResponse(f"/audit/reviews/{review_id}", 303)


@router.get("/{review_id}")
def review_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, review_id: ReviewId
) -> Response:
    return _review(request, work, gate, actor, review_id)


@router.post("/{review_id}/items/{number}")
def mark(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    review_id: ReviewId,
    number: int,
) -> RedirectResponse:
    typed = texts(form, "mark", "note")
    redraw_with(request, partial(_review_again, request, review_id, {"number": number, **typed}))
    reviews.mark(work, gate, actor, review_id, number, parse(reviews.MarkItem, typed))
    return RedirectResponse(f"/audit/reviews/{review_id}#item-{number}", 303)


@router.post("/{review_id}/sign-off")
def sign_off(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    form: SafeForm,
    review_id: ReviewId,
) -> RedirectResponse:
    typed = texts(form, "conclusion")
    redraw_with(request, partial(_review_again, request, review_id, typed))
    sign = partial(sign_statement, services.identity.keys, typ=reviews.JWS_TYPE)
    reviews.sign_off(work, gate, actor, review_id, parse(reviews.SignOff, typed), sign)
    return RedirectResponse(f"/audit/reviews/{review_id}", 303)


@router.get("/{review_id}/report.pdf")
def review_report(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor, review_id: ReviewId
) -> Response:
    view = reviews.review(work, gate, actor, review_id)
    items = _items(work, view, actor.profile.party)
    settings = services.settings
    data = report(view, items, actor.profile.party, settings.arrangement, settings.base_url)
    headers = {"Content-Disposition": f'attachment; filename="entente-review-{review_id}.pdf"'}
    return Response(pdf("report", data, made_at=work.now), media_type=PDF, headers=headers)


@router.get("/{review_id}/signed.json")
def signed_review(
    work: Working, gate: TheGate, actor: SignedInActor, review_id: ReviewId
) -> Response:
    """Give what was signed at the sign-off, as a JSON Web Signature."""
    view = reviews.review(work, gate, actor, review_id)
    if not view.statement:
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="entente-review-{review_id}.json"'}
    text = json.dumps(dict(view.flattened), indent=1)
    return Response(text, media_type="application/jose+json", headers=headers)


def _review(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    review_id: ReviewId,
    *,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    view = reviews.review(work, gate, actor, review_id)
    context = {
        "review": view,
        "items": _items(work, view, actor.profile.party),
        "selection": selection_words(view),
        "log_href": "/audit/log?" + urlencode({**view.filters, "at": view.at}),
        "typed": typed or {},
        "errors": errors or {},
    }
    return render(request, "audit/review.html", context, status=status)


def _review_again(
    request: Request,
    review_id: ReviewId,
    typed: Mapping[str, Any],
    status: int,
    problem: Problem,
) -> Response:
    errors = errors_of(problem, _unselected)
    if "number" in typed and "note" in errors:
        errors = {f"note-{typed['number']}": errors["note"]}
    with another_unit(request) as (work, asking):
        gate = services_of(request).gate
        return _review(
            request, work, gate, asking.actor, review_id, typed=typed, errors=errors, status=status
        )


def _form(
    request: Request,
    work: Work,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "typed": typed,
        "errors": errors or {},
        "types": sorted(EVENT_WORDS.items(), key=lambda one: one[1]),
        "organisations": [(one.slug, one.name) for one in parties.organisations(work.session)],
        "most": reviews.MAX_SAMPLE,
    }
    return render(request, "audit/review_new.html", context, status=status)


def _form_again(
    request: Request, typed: Mapping[str, str], status: int, problem: Problem
) -> Response:
    with another_unit(request) as (work, _):
        return _form(request, work, typed, errors_of(problem, _unselected), status)


def _items(work: Work, view: reviews.ReviewView, party: str) -> dict[int, LogItem]:
    """Give the entries of the sample in words, by their number."""
    entries = {item.number: item.entry for item in view.items if item.entry}
    about = {one.subject.partition(":") for one in entries.values()}
    people = {PersonId(UUID(what)) for kind, _, what in about if kind == "person" and what}
    named = {
        f"person:{one}": name.name for one, name in parties.names(work.session, people).items()
    }
    return {number: log_item(entry, party, named) for number, entry in entries.items()}


def _unselected(name: str) -> str:
    return name.removeprefix("selection.")
