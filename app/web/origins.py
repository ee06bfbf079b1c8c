"""Pages of originator control: quoting a part in a draft, and the chain that a record stands in."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import parties, records, release
from app.access import Actor, Gate
from app.core.errors import Invalid, Problem
from app.core.ids import AttachmentId, PortionId, RecordId, VersionId
from app.core.work import Work
from app.edge import (
    SafeForm,
    SignedInActor,
    TheGate,
    Visitor,
    Working,
    another_unit,
    carry_file,
    services_of,
)
from app.records import OriginsView
from app.web.pages import redraw_with, render
from app.web.records import names_of

router = APIRouter(prefix="/records/{record_id}")


@router.get("/origins")
def origins_page(
    request: Request, work: Working, gate: TheGate, actor: Visitor, record_id: RecordId
) -> Response:
    chain = records.origins(work, gate, actor, record_id)
    consents = [
        one
        for one in release.history(work, gate, actor, record_id)
        if one.kind == "consent" and one.version_id == chain.version_id
    ]
    names = names_of(work, [part.marking for part in chain.parts], _organisations(chain))
    context = {"chain": chain, "consents": consents, "names": names}
    return render(request, "records/origins.html", context)


@router.get("/parts/{part_id}/quote")
def choose_draft(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    record_id: RecordId,
    part_id: UUID,
    file: bool = False,
) -> Response:
    return _choose(request, work, gate, actor, record_id, part_id, file=file)


@router.post("/parts/{part_id}/quote")
def quote_part(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    record_id: RecordId,
    part_id: UUID,
) -> RedirectResponse:
    redraw_with(request, partial(_choose_again, request, record_id, part_id, file=False))
    draft = records.quote(work, gate, actor, _chosen(form.get("draft")), PortionId(part_id))
    place = len(draft.input.sections) - 1
    return RedirectResponse(f"/drafts/{draft.version_id}#sections.{place}", 303)


@router.post("/files/{part_id}/attach")
def attach_part(
    request: Request, form: SafeForm, record_id: RecordId, part_id: UUID
) -> RedirectResponse:
    redraw_with(request, partial(_choose_again, request, record_id, part_id, file=True))
    version_id = _chosen(form.get("draft"))
    carry_file(request, version_id, AttachmentId(part_id))
    return RedirectResponse(f"/drafts/{version_id}#attachments", 303)


def _chosen(draft: object) -> VersionId:
    try:
        return VersionId(UUID(str(draft)))
    except ValueError as error:
        raise Invalid(fields={"draft": "Choose a draft."}) from error


def _choose(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    record_id: RecordId,
    part_id: UUID,
    *,
    file: bool,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    lines = [one for one in records.drafts(work, gate, actor) if one.state == "draft"]
    fields = problem.fields if isinstance(problem, Invalid) else {}
    told = fields.get("draft") or " ".join(fields.values())
    context = {
        "drafts": [one for one in lines if one.id != record_id],
        "names": parties.organisation_names(work.session, {one.originator for one in lines}),
        "record_id": record_id,
        "part_id": part_id,
        "file": file,
        "errors": {"draft": told or problem.detail or problem.title} if problem else {},
    }
    return render(request, "records/quote.html", context, status=status)


def _choose_again(
    request: Request,
    record_id: RecordId,
    part_id: UUID,
    status: int,
    problem: Problem,
    *,
    file: bool,
) -> Response:
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        return _choose(
            request,
            work,
            gate,
            asking.actor,
            record_id,
            part_id,
            file=file,
            problem=problem,
            status=status,
        )


def _organisations(chain: OriginsView) -> set[str]:
    steps = {step.owner for part in chain.parts for step in part.steps}
    onward = {use.owner for use in chain.onward or ()}
    parts = {part.originator for part in chain.parts}
    return {chain.owner, chain.originator, *steps, *onward, *parts} - {""}
