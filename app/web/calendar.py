"""The calendar: what is coming to whoever looks, by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app import agenda
from app.agenda import Coming, Matter
from app.core.zones import ZONES, spell_day
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.web.pages import render
from app.web.presenting import Moment, moment

router = APIRouter()

USUAL_DAYS: Final = 90
SPANS: Final = ((30, "30 days"), (USUAL_DAYS, "3 months"), (366, "A year"))
WORDS: Final = {
    Matter.EMBARGO: "Opens",
    Matter.CHANGE: "Marking",
    Matter.REVIEW: "Review",
    Matter.GRANT: "Access",
    Matter.GRANTED: "Access granted",
    Matter.AGREEMENT: "Agreement",
    Matter.REQUEST: "Request",
    Matter.RECALL: "Recall",
    Matter.INFORMATION: "Conversation",
    Matter.ACCESS_REVIEW: "Review of access",
}


@dataclass(frozen=True)
class Line:
    """One thing that comes, and when, in the words of the page."""

    coming: Coming
    when: Moment | str
    word: str
    days: str


@router.get("/calendar")
def calendar_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    days: Annotated[int, Query(ge=1, le=366)] = USUAL_DAYS,
) -> Response:
    until = work.now + timedelta(days=days)
    found = agenda.upcoming(work, gate, services.review_rules, actor, until)
    zone, _ = ZONES.get(actor.profile.party, (UTC, "UTC"))
    months = groupby(found, lambda one: f"{one.at.astimezone(zone):%B %Y}")
    party, now = actor.profile.party, work.now.astimezone(zone)
    shown = [(month, _lines(list(some), now, party)) for month, some in months]
    return render(request, "calendar.html", {"months": shown, "days": days, "spans": SPANS})


def _lines(found: Sequence[Coming], now: datetime, party: str) -> list[Line]:
    return [
        Line(
            coming=one,
            when=spell_day(one.at.date()) if one.whole_day else moment(one.at, party),
            word=WORDS[one.matter],
            days=_in_days(one, now),
        )
        for one in found
    ]


def _in_days(one: Coming, now: datetime) -> str:
    on = one.at.date() if one.whole_day else one.at.astimezone(now.tzinfo).date()
    count = (on - now.date()).days
    return {0: "today", 1: "tomorrow"}.get(max(count, 0), f"in {count} days")
