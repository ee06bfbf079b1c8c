"""A decision as it was signed: what it says in words, and what anybody verifies it with."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import release
from app.core.errors import NotFound
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.web.pages import render

router = APIRouter(prefix="/decisions")


@router.get("/{decision_id}")
def decision_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    decision_id: UUID,
) -> Response:
    shown = release.decision(work, gate, actor, decision_id)
    words = release.verify_decision(services.identity.keys, shown) if shown.signature else ""
    return render(request, "desk/decision.html", {"decision": shown, "words": words})


@router.get("/{decision_id}/signature")
def signature_file(
    work: Working, gate: TheGate, actor: SignedInActor, decision_id: UUID
) -> Response:
    shown = release.decision(work, gate, actor, decision_id)
    if shown.signature is None:
        raise NotFound
    name = f"{shown.statement['reference']}-{shown.kind}-{str(shown.id)[-12:]}.jws"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(shown.signature, media_type="application/jose", headers=headers)
