"""Requests: what is asked for, in full, and the answers; and what can be asked for."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from app import parties, records, requests
from app.access import Actor, Area, Gate
from app.core.errors import Problem
from app.core.ids import RecordId, RequestId
from app.core.work import Work
from app.edge import (
    SafeForm,
    Services,
    SignedInActor,
    TheGate,
    TheServices,
    Working,
    another_unit,
    services_of,
)
from app.requests import AskAccess, GrantAccess, Say
from app.web.choices import choices, names_of
from app.web.forms import errors_of, parse, texts
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/requests")
ASKED = ("reference", "sought", "purpose", "project", "last_day", "area", "markings", "renews")
USUAL = timedelta(days=90)


@router.get("")
def requests_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    done: str = "",
) -> Response:
    page = requests.requests_page(work, gate, services.request_rules, actor)
    return render(request, "requests/list.html", {"page": page, "done": done})


@router.get("/listed")
def listed_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, q: str = ""
) -> Response:
    found = requests.listed(work, gate, actor, q)
    return render(request, "requests/listed.html", {"listings": found, "q": q})


@router.get("/new")
def new_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    reference: str = "",
    renews: RequestId | None = None,
) -> Response:
    typed: dict[str, Any] = {"reference": reference, "markings": "TLP:AMBER"}
    if renews is not None:
        before = requests.show(work, gate, services.request_rules, actor, renews)
        typed |= {"renews": str(renews), "purpose": before.purpose, "project": before.project}
        typed |= {"people": [str(one) for one in before.person_ids], "reference": ""}
    typed["last_day"] = (work.now + USUAL).date().isoformat()
    return _new(request, work, gate, actor, typed)


@router.post("")
def ask(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    form: SafeForm,
) -> RedirectResponse:
    typed: dict[str, Any] = {
        **texts(form, *ASKED),
        "people": _several(form, "people"),
        "terms": _several(form, "terms"),
    }
    redraw_with(request, partial(_new_again, request, typed))
    made = requests.ask(work, gate, services.request_rules, actor, parse(AskAccess, typed))
    return RedirectResponse(f"/requests/{made}?done=asked", 303)


@router.get("/{request_id}")
def request_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    request_id: RequestId,
    done: str = "",
) -> Response:
    return _show(request, work, gate, services, actor, request_id, done=done)


@router.get("/{request_id}/grant")
def grant_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    request_id: RequestId,
    last_day: str = "",
    record_id: str = "",
) -> Response:
    typed = {"last_day": last_day, "record_id": record_id, "text": ""}
    return _granting(request, work, gate, services, actor, request_id, typed)


@router.post("/{request_id}/grant")
def grant(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    form: SafeForm,
    request_id: RequestId,
) -> RedirectResponse:
    typed = texts(form, "last_day", "record_id", "text")
    redraw_with(request, partial(_granting_again, request, request_id, typed))
    command = parse(GrantAccess, typed | {"record_id": typed["record_id"] or None})
    requests.grant(work, gate, services.request_rules, actor, request_id, command)
    return RedirectResponse(f"/requests/{request_id}?done=granted", 303)


@router.post("/{request_id}/answer")
def answer(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    form: SafeForm,
    request_id: RequestId,
) -> RedirectResponse:
    said = _said(request, request_id, "answer", form)
    requests.answer(work, gate, services.request_rules, actor, request_id, said)
    return RedirectResponse(f"/requests/{request_id}?done=answered", 303)


@router.post("/{request_id}/withdraw")
def withdraw(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, request_id: RequestId
) -> RedirectResponse:
    requests.withdraw(work, gate, actor, request_id)
    return RedirectResponse(f"/requests/{request_id}?done=withdrawn", 303)


@router.post("/{request_id}/return")
def return_with_question(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    request_id: RequestId,
) -> RedirectResponse:
    said = _said(request, request_id, "return", form)
    requests.return_with_question(work, gate, actor, request_id, said)
    return RedirectResponse(f"/requests/{request_id}?done=returned", 303)


@router.post("/{request_id}/refuse")
def refuse(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    request_id: RequestId,
) -> RedirectResponse:
    said = _said(request, request_id, "refuse", form)
    requests.refuse(work, gate, actor, request_id, said)
    return RedirectResponse(f"/requests/{request_id}?done=refused", 303)


@router.post("/{request_id}/pass/{record_id}")
def stay_silent(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    _: SafeForm,
    request_id: RequestId,
    record_id: RecordId,
) -> RedirectResponse:
    requests.stay_silent(work, gate, actor, request_id, record_id)
    return RedirectResponse("/requests?done=passed", 303)


def _said(request: Request, request_id: RequestId, step: str, form: FormData) -> Say:
    typed = texts(form, "text")
    redraw_with(request, partial(_show_again, request, request_id, step, typed["text"]))
    return parse(Say, typed)


def _several(form: FormData, name: str) -> list[str]:
    return [one for one in form.getlist(name) if isinstance(one, str)]


def _new(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    typed: Mapping[str, Any],
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    reference = str(typed.get("reference", ""))
    listing = requests.listing_by(work, gate, actor, reference) if reference else None
    slugs = sorted(records.terms_of(work, listing.record_id)) if listing else []
    terms = [parties.show_terms(work, actor, slug) for slug in slugs]
    mine = parties.people_of(work.session, actor.profile.organisation)
    offered = choices(work, gate, actor.profile.party, own=actor.profile.organisation)
    context = {
        "typed": typed,
        "errors": errors or {},
        "listing": listing,
        "terms": [one for one in terms if one.accepted_at is None],
        "people": [one for one in mine if one.active and one.id != actor.person],
        "areas": list(Area),
        "markings": [text for scheme in offered.schemes for text in scheme.markings],
        "today": work.now.date().isoformat(),
    }
    return render(request, "requests/new.html", context, status=status)


def _new_again(
    request: Request, typed: Mapping[str, Any], status: int, problem: Problem
) -> Response:
    with another_unit(request) as (work, asking):
        gate, errors = services_of(request).gate, errors_of(problem, _first)
        return _new(request, work, gate, asking.actor, typed, errors=errors, status=status)


def _show(
    request: Request,
    work: Work,
    gate: Gate,
    services: Services,
    actor: Actor,
    request_id: RequestId,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    view = requests.show(work, gate, services.request_rules, actor, request_id)
    return render(request, "requests/request.html", {"view": view} | more, status=status)


def _show_again(
    request: Request,
    request_id: RequestId,
    step: str,
    text: str,
    status: int,
    problem: Problem,
) -> Response:
    told = errors_of(problem, _first)
    errors = {f"{step}-text" if name == "text" else name: text for name, text in told.items()}
    services = services_of(request)
    with another_unit(request) as (work, asking):
        return _show(
            request,
            work,
            services.gate,
            services,
            asking.actor,
            request_id,
            status=status,
            errors=errors,
            typed={f"{step}-text": text},
        )


def _granting(
    request: Request,
    work: Work,
    gate: Gate,
    services: Services,
    actor: Actor,
    request_id: RequestId,
    typed: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    view = requests.show(work, gate, services.request_rules, actor, request_id)
    chosen = typed.get("record_id") or (view.matches[0].record_id if view.matches else None)
    typed = {**typed, "last_day": typed.get("last_day") or view.last_day.isoformat()}
    command = parse(GrantAccess, {"last_day": typed["last_day"], "record_id": chosen})
    context = {
        "view": view,
        "typed": {**typed, "record_id": str(chosen or "")},
        "errors": errors or {},
        "preview": requests.preview(work, gate, actor, request_id, command),
        "names": names_of(work),
    }
    return render(request, "requests/grant.html", context, status=status)


def _granting_again(
    request: Request,
    request_id: RequestId,
    typed: Mapping[str, str],
    status: int,
    problem: Problem,
) -> Response:
    services, errors = services_of(request), errors_of(problem, _first)
    # A day that is none cannot be previewed: the day asked for is, beside what is wrong.
    typed = {**typed, "last_day": ""} if "last_day" in errors else typed
    with another_unit(request) as (work, asking):
        return _granting(
            request,
            work,
            services.gate,
            services,
            asking.actor,
            request_id,
            typed,
            errors=errors,
            status=status,
        )


def _first(name: str) -> str:
    return name.split(".")[0]
