"""What the owner does with a released record: begins its next version, or takes it back."""

from collections.abc import Mapping
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
from app.release import Withdrawal
from app.web.choices import names_of
from app.web.forms import errors_of, parse, texts
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
    typed = texts(form, *Withdrawal.model_fields, "version_id")
    redraw_with(request, partial(_page_again, request, record_id, version, typed))
    if not typed["comment"].strip():
        raise Invalid(fields={"comment": "Say why, for those who could read it."})
    version_id = _version_id(typed.pop("version_id"))
    asked = parse(Withdrawal, typed | {"recall": typed["recall"] == "true"})
    release.withdraw(work, gate, actor, version_id, **asked.model_dump())
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
    typed: Mapping[str, str] | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    errors = errors_of(problem)
    record = records.read_version(work, gate, actor, record_id, version)
    context = {
        "record": record,
        "losing": release.who_loses(work, gate, actor, record.version_id),
        "names": names_of(work),
        "typed": typed or {},
        "errors": errors,
    }
    return render(request, "records/withdraw.html", context, status=status)


def _page_again(
    request: Request,
    record_id: RecordId,
    version: int,
    typed: Mapping[str, str],
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
            typed=typed,
            problem=problem,
            status=status,
        )
