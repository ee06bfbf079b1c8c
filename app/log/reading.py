"""Gives the entries themselves to who verifies the whole log; each fetch is an event too."""

from app.access import Actor, Gate, Office, OfficeAction
from app.core.work import Work
from app.log import places, published
from app.tlog import TILE_WIDTH, Tile


def read_bundle(work: Work, gate: Gate, actor: Actor, log: int, asked: Tile) -> bytes:
    """Give the entries of a bundle, having first written in the log who fetched them.

    Raises:
        NotFound: the log's newest checkpoint does not cover it.
        Forbidden: the actor is not an auditor of an authority.
    """
    published.check_signed(work.session, log, asked)
    start = asked.index * TILE_WIDTH
    gate.enter_office(
        work,
        actor,
        OfficeAction.VERIFY_LOG,
        Office(party=actor.profile.party),
        event="log.entries-read",
        served_bytes=places.bundle_bytes(work.session, log, start, start + asked.width),
        details={"log": log, "from": start, "count": asked.width},
    )
    return published.bundle(work.session, log, asked)
