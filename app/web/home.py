"""The home page: what is new for whoever looks, and what waits for them."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import conversation, membership, proposals, records, release, requests
from app.edge import TheGate, TheServices, Visitor, Working
from app.parties import organisation_names
from app.records import Search
from app.web.pages import render
from app.web.presenting import area_tiles, result_item

router = APIRouter()

NEWS_COUNT = 8


@router.get("/")
def home(
    request: Request, work: Working, gate: TheGate, services: TheServices, actor: Visitor
) -> Response:
    found = records.find(work, gate, actor, Search())
    request.state.waiting_count = release.waiting_count(work, gate, actor)
    news = found.page.items[:NEWS_COUNT]
    names = organisation_names(work.session, {line.originator for line in news})
    context = {
        "news": [result_item(line, names, actor.profile.party) for line in news],
        "areas": area_tiles(found.facets.get("area", ())),
        "waiting_count": request.state.waiting_count,
        "asked_count": conversation.asked_count(work, gate, actor),
        "recalls_count": release.recalls.waiting_task_count(work, actor),
        "review": membership.reviews_due(work, services.review_rules, actor),
        "proposals_count": proposals.waiting_count(work, actor),
        "requests_count": requests.waiting_count(work, gate, actor),
    }
    return render(request, "home.html", context)
