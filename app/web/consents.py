"""An originator's own parts of another's submission: looked at, consented to or declined."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import release
from app.access import Actor, Gate
from app.core.errors import Invalid, Problem
from app.core.ids import VersionId
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
from app.release import Assent, Reason
from app.web.choices import names_of
from app.web.forms import parse, texts
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/desk/{version_id}")


@router.get("/consent")
def consent_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId
) -> Response:
    return _show(request, work, gate, actor, version_id)


@router.post("/consent")
def consent(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    form: SafeForm,
    version_id: VersionId,
) -> RedirectResponse:
    typed = texts(form, *Assent.model_fields)
    redraw_with(request, partial(_show_again, request, version_id, "consent", typed))
    command = parse(Assent, typed)
    release.consent(
        work,
        gate,
        actor,
        version_id,
        seen_hash=command.seen_hash,
        comment=command.comment,
        keys=services.identity.keys,
    )
    return RedirectResponse("/desk?done=consented", 303)


@router.post("/decline")
def decline(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    version_id: VersionId,
) -> RedirectResponse:
    typed = texts(form, "comment")
    redraw_with(request, partial(_show_again, request, version_id, "decline", typed))
    if not typed["comment"].strip():
        raise Invalid(fields={"comment": "Say why, for those who read it later."})
    reason = parse(Reason, typed)
    release.decline(work, gate, actor, version_id, comment=reason.comment)
    return RedirectResponse("/desk?done=declined", 303)


def _show(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    asked = release.consent_view(work, gate, actor, version_id)
    request.state.waiting_count = release.waiting_count(work, gate, actor)
    context = {"asked": asked, "names": names_of(work), "typed": {}, "errors": {}}
    return render(request, "desk/consent.html", context | more, status=status)


def _show_again(
    request: Request,
    version_id: VersionId,
    step: str,
    typed: Mapping[str, str],
    status: int,
    problem: Problem,
) -> Response:
    """Show the parts as they are now, with what was typed and why it could not be done."""
    fields = problem.fields if isinstance(problem, Invalid) else {}
    told = fields.get("comment")
    errors = {f"{step}-comment": told} if told else {"": problem.detail or problem.title}
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        return _show(
            request,
            work,
            gate,
            asking.actor,
            version_id,
            status=status,
            errors=errors,
            typed={f"{step}-comment": typed.get("comment", "")},
        )
