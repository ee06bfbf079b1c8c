"""What proves the log: its newest checkpoint, who witnessed it, its keys, and how to check."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import audit
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.web.log_standing import ago, commands, sentence_of, warnings_of
from app.web.pages import render

router = APIRouter(prefix="/audit")


@router.get("/proof")
def proof_page(
    request: Request, work: Working, gate: TheGate, services: TheServices, actor: SignedInActor
) -> Response:
    policy, url = services.log.policy(), services.settings.base_url
    standing = audit.standing(work, gate, actor, policy, url)
    state, now, party = standing.state, services.clock(), actor.profile.party
    context = {
        "standing": standing,
        "sentence": sentence_of(state, now, party),
        "warnings": list(warnings_of(state, now)),
        "ago": {one.vkey: ago(now - one.at) for one in state.witnesses if one.at},
        "commands": commands(standing),
    }
    return render(request, "audit/proof.html", context)
