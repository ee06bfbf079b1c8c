"""The gate and the visibility beneath it, on the real database."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.access import Action, Area, Audience, Gate, Permit, State, Subject, intern_audience
from app.core.errors import Refused
from app.core.ids import AudienceId, new_id
from app.labels import Label, parse_releasability
from tests.world import World


def audience(world: World, work, release_to: str, marking: str = "TLP:GREEN", **label) -> AudienceId:
    made = Label(
        markings=(world.schemes.parse(marking),),
        releasability=parse_releasability(release_to),
        **label,
    )
    facts = Audience(State.RELEASED, "imda", "imda", made, Area.RESEARCH)
    return intern_audience(work.session, world.schemes, facts, work.now)


def test_smoke(world: World) -> None:
    with world.work() as work:
        a = audience(world, work, "org:uni-eu")
        b = audience(world, work, "org:uni-eu", not_before=world.clock() + timedelta(days=1))
    with world.work() as work:
        scope = world.gate.scope(work, world.actor(work, "uma"))
        assert scope.audience_ids == (a,)
    world.clock.pass_time(timedelta(days=1))
    with world.work() as work:
        scope = world.gate.scope(work, world.actor(work, "uma"))
        assert scope.audience_ids == (a, b)
        assert work.session.execute(text("select current_user")).scalar() == "entente_app"
    subject = Subject("record", new_id())
    with world.work() as work:
        world.gate.pass_through(
            work, world.actor(work, "uma"), Action.READ, [a], subject=subject, event="record.read"
        )
    with pytest.raises(Refused), world.work() as work:
        world.gate.pass_through(
            work, world.actor(work, "bo"), Action.READ, [a], subject=subject, event="record.read"
        )
    assert world.events() == [
        ("record.read", "uma", str(subject)),
        ("read.refused", "bo", str(subject)),
    ]
