"""The calendar: what is coming."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from app import agenda
from app.agenda import Coming
from app.api.answers import nouns
from app.edge import SignedInActor, TheGate, Working

router = nouns("calendar")


@router.get("/calendar")
def show_calendar(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    days: Annotated[int, Query(ge=1, le=366)] = 90,
) -> list[Coming]:
    """List what comes of the records that you see, of your access and of your offices."""
    return agenda.upcoming(work, gate, actor, work.now + timedelta(days=days))
