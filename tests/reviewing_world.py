"""Reviews, statements and alerts for tests: a log with signed checkpoints, read by two auditors."""

import hashlib
from typing import Any

from app.audit import reviews
from app.audit.reviews import NewReview
from app.core.canonical import canonical_bytes
from app.core.ids import ReviewId
from app.log import At, newest
from tests.world import World

SEED = bytes(range(32))


def signed(world: World) -> At:
    """Give every entry its place under a signed checkpoint, and give that place."""
    world.sequence()
    with world.work() as work:
        return newest(work.session)


def seeded(count: int) -> bytes:
    """The seed of the tests where a seed is drawn, and salts of the same bytes."""
    return SEED[:count]


def sign(statement: Any) -> str:
    """A signature for what does not look at it."""
    return "signed." + hashlib.sha256(canonical_bytes(statement)).hexdigest()


def begun(world: World, name: str = "abel", count: int = 3, **selection: Any) -> ReviewId:
    """Begin a review as a person."""
    command = NewReview(name="March, reads", count=count, selection=selection)
    with world.work() as work:
        return reviews.begin(work, world.gate, world.actor(work, name), command, seeded)
