"""The release desk: what waits for whom, and one version before somebody who decides on it."""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from app import conversation, parties, release
from app.access import Actor, Gate
from app.core.errors import Invalid, Problem
from app.core.ids import PortionId, RecordId, VersionId
from app.core.work import Work
from app.edge import (
    ReviewFindings,
    SafeForm,
    SignedInActor,
    TheGate,
    TheServices,
    Working,
    another_unit,
    findings_to_review,
    services_of,
)
from app.records import OpenedReports
from app.release import Approval, Assent, Desk, Reason, Returning
from app.web.choices import names_of
from app.web.forms import parse, texts
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/desk")
TYPED = ("comment", "override")
AT = "at-"
Agreed = TypeVar("Agreed", bound=Assent)


@router.get("")
def desk_page(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    done: str = "",
    record: RecordId | None = None,
) -> Response:
    desk = release.desk(work, gate, actor)
    request.state.waiting_count = len(desk.to_decide) + len(desk.to_consent)
    slugs = _originators(desk)
    context = {
        "desk": desk,
        "names": parties.organisation_names(work.session, slugs),
        "seen_at": work.now.isoformat(),
        "done": done,
        "done_record": record,
    }
    return render(request, "desk/desk.html", context)


@router.get("/{version_id}")
def review_page(
    request: Request,
    opened: ReviewFindings,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    version_id: VersionId,
) -> Response:
    return _review(request, work, gate, actor, version_id, opened)


@router.post("/{version_id}/approve")
def approve(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    form: SafeForm,
    version_id: VersionId,
) -> RedirectResponse:
    command = _assent(request, version_id, form, "approve", Approval)
    decided = release.approve(
        work,
        gate,
        actor,
        version_id,
        seen_hash=command.seen_hash,
        comment=command.comment,
        override=command.override,
        keys=services.identity.keys,
    )
    if not decided.releases:
        return RedirectResponse("/desk?done=approved", 303)
    return RedirectResponse(f"/desk?done=released&record={decided.record_id}", 303)


@router.post("/{version_id}/return")
def return_to_draft(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    version_id: VersionId,
) -> RedirectResponse:
    said = portions_said(form)
    reason = _reason(request, version_id, form, "return", said)
    release.return_to_draft(work, gate, actor, version_id, comment=reason.comment, at_portions=said)
    return RedirectResponse("/desk?done=returned", 303)


@router.post("/{version_id}/refuse")
def refuse(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    version_id: VersionId,
) -> RedirectResponse:
    reason = _reason(request, version_id, form, "refuse")
    release.refuse(work, gate, actor, version_id, comment=reason.comment)
    return RedirectResponse("/desk?done=refused", 303)


def _assent(
    request: Request, version_id: VersionId, form: FormData, step: str, kind: type[Agreed]
) -> Agreed:
    typed = texts(form, *kind.model_fields)
    redraw_with(request, partial(_review_again, request, version_id, step, typed))
    return parse(kind, typed)


def portions_said(form: FormData) -> dict[PortionId, str]:
    """Give what was typed at single portions, in fields named `at-` and the portion's id."""
    typed = texts(form, *(name for name in form if name.startswith(AT)))
    said = {name.removeprefix(AT): text for name, text in typed.items() if text.strip()}
    return dict(parse(Returning, {"comment": "-", "at_portions": said}).at_portions)


def _reason(
    request: Request,
    version_id: VersionId,
    form: FormData,
    step: str,
    said: Mapping[PortionId, str] | None = None,
) -> Reason:
    typed = texts(form, "comment") | {str(one): text for one, text in (said or {}).items()}
    redraw_with(request, partial(_review_again, request, version_id, step, typed))
    if not typed["comment"].strip():
        raise Invalid(fields={"comment": "Say why, for those who read it later."})
    return parse(Reason, {"comment": typed["comment"]})


def _review(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    opened: OpenedReports,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    review = release.review(work, gate, actor, version_id, opened)
    request.state.waiting_count = release.waiting_count(work, gate, actor)
    context = {
        "review": review,
        "record": review.record,
        "names": names_of(work),
        "talk": conversation.threads_beside(work, gate, actor, version_id),
    }
    return render(request, "desk/review.html", context | more, status=status)


def _review_again(
    request: Request,
    version_id: VersionId,
    step: str,
    typed: Mapping[str, str],
    status: int,
    problem: Problem,
) -> Response:
    """Show the version as it is now, with what was typed and why it could not be done."""
    fields = problem.fields if isinstance(problem, Invalid) else {}
    beside = {f"{step}-{name}": fields[name] for name in TYPED if name in fields}
    errors = beside or {"": problem.detail or problem.title}
    gate = services_of(request).gate
    opened = findings_to_review(request, version_id)
    with another_unit(request) as (work, asking):
        return _review(
            request,
            work,
            gate,
            asking.actor,
            version_id,
            opened,
            status=status,
            errors=errors,
            typed={f"{step}-{name}": text for name, text in typed.items()},
        )


def _originators(desk: Desk) -> set[str]:
    owners = {line.owner for line in desk.to_consent}
    return owners | {line.originator for line in (*desk.to_decide, *desk.for_others)}
