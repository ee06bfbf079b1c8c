"""What the owner does with a released record: begins its next version, or takes it back."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import records, release
from app.access import Actor, Gate
from app.core.errors import Invalid, NotFound, Problem
from app.core.ids import RecordId, VersionId
from app.core.work import Work
from app.edge import SafeForm, SignedInActor, TheGate, Working, another_unit, services_of
from app.release import Reason
from app.web.choices import names_of
from app.web.forms import parse, texts
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/records/{record_id}")


@router.post("/revise")
def revise(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, record_id: RecordId
) -> RedirectResponse:
    draft = records.revise(work, gate, actor, record_id)
    return RedirectResponse(f"/drafts/{draft.version_id}", 303)


@router.get("/withdraw")
def withdraw_page(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    record_id: RecordId,
    version: int,
) -> Response:
    return _page(request, work, gate, actor, record_id, version)


@router.post("/withdraw")
def withdraw(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    record_id: RecordId,
    version: int,
) -> RedirectResponse:
    typed = texts(form, "comment", "version_id")
    redraw_with(request, partial(_page_again, request, record_id, version, typed["comment"]))
    if not typed["comment"].strip():
        raise Invalid(fields={"comment": "Say why, for those who could read it."})
    reason = parse(Reason, {"comment": typed["comment"]})
    release.withdraw(work, gate, actor, _version_id(typed["version_id"]), comment=reason.comment)
    return RedirectResponse(f"/records/{record_id}", 303)


def _version_id(text: str) -> VersionId:
    try:
        return VersionId(UUID(text))
    except ValueError as error:
        raise NotFound from error


def _page(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    record_id: RecordId,
    version: int,
    *,
    comment: str = "",
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    fields = problem.fields if isinstance(problem, Invalid) else {}
    errors = fields or ({"": problem.detail or problem.title} if problem else {})
    record = records.read_version(work, gate, actor, record_id, version)
    context = {
        "record": record,
        "losing": release.who_loses(work, gate, actor, record.version_id),
        "names": names_of(work),
        "comment": comment,
        "errors": errors,
    }
    return render(request, "records/withdraw.html", context, status=status)


def _page_again(
    request: Request,
    record_id: RecordId,
    version: int,
    comment: str,
    status: int,
    problem: Problem,
) -> Response:
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        return _page(
            request,
            work,
            gate,
            asking.actor,
            record_id,
            version,
            comment=comment,
            problem=problem,
            status=status,
        )
