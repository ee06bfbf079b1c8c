"""Pages that everybody who is signed in may look things up in: who takes part, and the policies."""

from itertools import groupby

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import parties
from app.edge import SignedInActor, TheGate, Working
from app.web.pages import render

router = APIRouter()


@router.get("/parties")
def parties_page(request: Request, work: Working, _: SignedInActor) -> Response:
    every = parties.organisations(work.session)
    context = {
        "sides": [
            (party, [one for one in every if one.party == party.code])
            for party in parties.parties(work.session)
        ],
        "groups": parties.groups(work.session),
    }
    return render(request, "reference/parties.html", context)


@router.get("/policies")
def policies_page(request: Request, gate: TheGate, _: SignedInActor) -> Response:
    current = gate.keeper.current
    by_file = groupby(current.policies.values(), key=lambda policy: policy.file)
    context = {
        "files": [(name, list(policies)) for name, policies in by_file],
        "version": current.version,
    }
    return render(request, "reference/policies.html", context)
