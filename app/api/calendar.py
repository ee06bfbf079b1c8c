"""The calendar: what is coming."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from app import agenda
from app.agenda import Coming
from app.api.answers import nouns
from app.edge import SignedInActor, TheGate, TheServices, Working

router = nouns("calendar")


@router.get("/calendar")
def show_calendar(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    days: Annotated[int, Query(ge=1, le=366)] = 90,
) -> list[Coming]:
    """List what comes of the records that you see, of your access and of your offices."""
    until = work.now + timedelta(days=days)
    return agenda.upcoming(work, gate, services.review_rules, actor, until)
