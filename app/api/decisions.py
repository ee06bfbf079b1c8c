"""Decisions as they were signed, and the keys that anybody verifies them with."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app import release
from app.access import Actor
from app.api.answers import nouns
from app.core.errors import NotSignedIn
from app.core.work import Work
from app.edge import SignedInActor, TheGate, TheServices, Working, ask, origin_of
from app.release import ApproveSeen, BatchReport, DecisionView

router = nouns("decisions")
public = APIRouter(tags=["decisions"], generate_unique_id_function=lambda route: route.name)


@router.get("/decisions/{decision_id}")
def read_decision(
    work: Working, gate: TheGate, actor: SignedInActor, decision_id: UUID
) -> DecisionView:
    """Read a decision; `signature` is a JWS (RFC 7515) over `statement`."""
    return release.decision(work, gate, actor, decision_id)


@router.post("/desk/approvals")
def approve_several(request: Request, services: TheServices, command: ApproveSeen) -> BatchReport:
    """Approve several submissions, each as you saw it; what changed meanwhile waits."""
    return release.release_chosen(
        services.units,
        services.gate,
        partial(_actor, request),
        command.seen,
        keys=services.identity.keys,
        origin=origin_of(request),
    )


@public.get("/.well-known/jwks.json")
def jwk_set(services: TheServices, response: Response) -> dict[str, Any]:
    """List the public keys that sign approvals and consents, as a JWK Set (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return {"keys": [key.jwk for key in services.identity.keys.verifying.values()]}


def _actor(request: Request, work: Work) -> Actor:
    asking = ask(request, work)
    if asking is None:
        raise NotSignedIn
    return asking.actor
