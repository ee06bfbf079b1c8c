"""Seen as somebody else: a part shows only to those of them who read its title too."""

from app import records
from app.access import Profile
from tests.records_world import marking, released, section
from tests.world import World


def profile(world: World, name: str) -> Profile:
    with world.work() as work:
        return world.actor(work, name).profile


def seen(world: World, made: records.DraftView, *names: str) -> records.SeenAs:
    profiles = [profile(world, name) for name in names]
    with world.work() as work:
        args = (work, world.gate, world.actor(work, "ida"), made.version_id, profiles)
        return records.seen_as(*args, whom="org:somebody")


def test_whoever_may_not_read_the_title_sees_no_part_not_even_one_for_them(world: World) -> None:
    wider = section("For others", own=marking("TLP:GREEN", "org:uni-eu"))
    fewer = section("For fewer", own=marking("TLP:RED", ""))
    made = released(world, marking=marking("TLP:AMBER", "org:dtc"), sections=[wider, fewer])
    assert seen(world, made, "uma").record is None
    # Of two people one reads the title alone; what only the other could read shows to neither.
    shown = seen(world, made, "dana", "uma").record
    assert shown is not None
    assert {part.heading for part in shown.portions if part.role == "section"} == set()
