"""Pages of changes that wait for a second person."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import proposals
from app.access import Actor, Gate
from app.core.errors import Conflict, Invalid
from app.core.ids import ProposalId
from app.core.work import Work
from app.edge import SafeForm, SignedInActor, TheGate, Working
from app.proposals import Confirm, Decline
from app.web.change_words import STATES, gainers, lead_of, proposal_words, rows_of, title_of
from app.web.forms import parse, texts
from app.web.pages import draw_again, redraw_with, render

router = APIRouter(prefix="/proposals")
NO_REASON = "Say why, for whoever proposed it."


@router.get("")
def proposals_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor
) -> Response:
    shown = proposals.proposals_page(work, gate, actor)
    context = {"proposals": shown, "words": proposal_words, "states": STATES}
    return render(request, "proposals/list.html", context)


@router.get("/{proposal_id}")
def proposal_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, proposal_id: ProposalId
) -> Response:
    return _proposal(request, work, gate, actor, proposal_id)


@router.post("/{proposal_id}/confirm")
def confirm(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    proposal_id: ProposalId,
) -> RedirectResponse:
    redraw_with(request, draw_again(request, _proposal, proposal_id, typed={}), also=Conflict)
    command = parse(Confirm, texts(form, "seen_hash_hex"))
    proposals.confirm(work, gate, actor, proposal_id, command)
    return _see(proposal_id, "confirmed")


@router.post("/{proposal_id}/decline")
def decline(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    proposal_id: ProposalId,
) -> RedirectResponse:
    typed = texts(form, "reason")
    redraw_with(request, draw_again(request, _proposal, proposal_id, typed=typed), also=Conflict)
    if not typed["reason"].strip():
        raise Invalid(fields={"reason": NO_REASON})
    proposals.decline(work, gate, actor, proposal_id, parse(Decline, typed))
    return _see(proposal_id, "declined")


@router.post("/{proposal_id}/take-back")
def take_back(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, proposal_id: ProposalId
) -> RedirectResponse:
    proposals.take_back(work, gate, actor, proposal_id)
    return _see(proposal_id, "taken-back")


def _proposal(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    proposal_id: ProposalId,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    shown = proposals.show(work, gate, actor, proposal_id)
    context = {
        "proposal": shown,
        "title": proposal_words(shown.worked_out.changes),
        "changes": [(title_of(one), rows_of(one)) for one in shown.worked_out.changes],
        "lead": lead_of(shown.worked_out),
        "people": gainers(shown.worked_out),
        "state": STATES[shown.state],
        "done": request.query_params.get("done", ""),
    }
    return render(request, "proposals/proposal.html", context | more, status=status)


def _see(proposal_id: ProposalId, done: str) -> RedirectResponse:
    return RedirectResponse(f"/proposals/{proposal_id}?done={done}", 303)
