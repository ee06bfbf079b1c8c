"""The page that everybody who is signed in may look up who takes part in."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import parties
from app.edge import SignedInActor, Working
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
