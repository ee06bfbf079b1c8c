"""Several submissions decided on with the same care: one page, each ticked as seen; and batches."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from app import release
from app.access import Actor, Gate
from app.core.errors import Invalid, NotSignedIn, Problem
from app.core.ids import BatchId, VersionId
from app.core.work import Work
from app.edge import (
    SafeForm,
    SignedInActor,
    TheGate,
    TheServices,
    Working,
    another_unit,
    ask,
    origin_of,
    services_of,
)
from app.web.choices import names_of
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/desk")
DAMAGED = "Open the desk again, then approve."


@router.get("/together")
def together_page(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    version: Annotated[list[VersionId] | None, Query(max_length=100)] = None,
) -> Response:
    return _page(request, work, gate, actor, version or [])


@router.post("/together")
def approve_together(request: Request, services: TheServices, form: SafeForm) -> Response:
    """Approve what was ticked, and show what became of it: the report is kept nowhere."""
    looked_at = [_id(text) for text in form.getlist("version")]
    redraw_with(request, partial(_again, request, looked_at))
    report = release.release_chosen(
        services.units,
        services.gate,
        partial(_actor, request),
        _ticked(form),
        keys=services.identity.keys,
        origin=origin_of(request),
    )
    return render(request, "desk/batch.html", {"report": report})


@router.post("/batches/{batch_id}/approve")
def approve_batch(
    request: Request, services: TheServices, form: SafeForm, batch_id: BatchId
) -> Response:
    """Release what waits of a batch, and show what became of it: the report is kept nowhere."""
    report = release.release_batch(
        services.units,
        services.gate,
        partial(_actor, request),
        batch_id,
        _untold,
        keys=services.identity.keys,
        origin=origin_of(request),
        seen_at=_seen_at(form),
    )
    return render(request, "desk/batch.html", {"report": report})


def _page(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    versions: list[VersionId],
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    lines = release.look_together(work, gate, actor, versions)
    request.state.waiting_count = release.waiting_count(work, gate, actor)
    context = {"lines": lines, "names": names_of(work), "errors": errors or {}}
    return render(request, "desk/together.html", context, status=status)


def _again(request: Request, versions: list[VersionId], status: int, problem: Problem) -> Response:
    """Show the submissions as they are now, and what was missing."""
    gate = services_of(request).gate
    errors = {"": problem.detail or problem.title}
    with another_unit(request) as (work, asking):
        return _page(request, work, gate, asking.actor, versions, errors=errors, status=status)


def _ticked(form: FormData) -> dict[VersionId, str]:
    """Give of each version that was ticked the hash of what was shown of it."""
    pairs = [text.partition(":") for text in form.getlist("seen") if isinstance(text, str)]
    return {_id(version): seen_hash for version, _, seen_hash in pairs}


def _id(text: object) -> VersionId:
    try:
        return VersionId(UUID(str(text)))
    except ValueError as error:
        raise Invalid(DAMAGED) from error


def _actor(request: Request, work: Work) -> Actor:
    """Give who asks, as they stand when each version is decided on."""
    asking = ask(request, work)
    if asking is None:
        raise NotSignedIn
    return asking.actor


def _untold(done_count: int, count: int) -> None:
    """Tell nobody how far a batch is: its page comes when all of it is done."""


def _seen_at(form: FormData) -> datetime:
    text = form.get("seen_at")
    try:
        seen_at = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError as error:
        raise Invalid(DAMAGED) from error
    if seen_at.tzinfo is None:
        raise Invalid(DAMAGED)
    return seen_at
