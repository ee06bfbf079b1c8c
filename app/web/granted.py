"""Who was granted access to a record, and how it is listed, for its originator's authorities."""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import requests
from app.access import Actor, Gate
from app.core.errors import Problem
from app.core.ids import RecordId
from app.core.work import Work
from app.edge import SafeForm, SignedInActor, TheGate, Working, another_unit, services_of
from app.requests import ListRecord
from app.web.forms import errors_of, parse, texts
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/records/{record_id}/access")
LISTED = ("title", "description", "markings", "release_to")


@router.get("")
def access_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, record_id: RecordId
) -> Response:
    return _access(request, work, gate, actor, record_id)


@router.post("/list")
def list_record(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    record_id: RecordId,
) -> RedirectResponse:
    typed = texts(form, *LISTED)
    redraw_with(request, partial(_access_again, request, record_id, typed))
    requests.list_record(work, gate, actor, record_id, parse(ListRecord, typed))
    return RedirectResponse(f"/records/{record_id}/access", 303)


@router.post("/unlist")
def unlist(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, record_id: RecordId
) -> RedirectResponse:
    requests.unlist(work, gate, actor, record_id)
    return RedirectResponse(f"/records/{record_id}/access", 303)


@router.post("/grants/{grant_id}/end")
def end_grant(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    _: SafeForm,
    record_id: RecordId,
    grant_id: UUID,
) -> RedirectResponse:
    requests.end_grant(work, gate, actor, record_id, grant_id)
    return RedirectResponse(f"/records/{record_id}/access", 303)


def _access(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    record_id: RecordId,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    view = requests.access_page(work, gate, actor, record_id)
    usual = {"title": "", "description": "", "markings": "TLP:GREEN", "release_to": "community"}
    context = {"view": view, "typed": typed or usual, "errors": errors or {}}
    return render(request, "requests/access.html", context, status=status)


def _access_again(
    request: Request,
    record_id: RecordId,
    typed: Mapping[str, str],
    status: int,
    problem: Problem,
) -> Response:
    errors = errors_of(problem)
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        actor = asking.actor
        return _access(
            request, work, gate, actor, record_id, typed=typed, errors=errors, status=status
        )
