"""Grants: a person reads until an end, and no longer; nobody but the originator gives one."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app import records
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import RecordId
from tests.records_world import begin, marking, read, release, released, section
from tests.world import World

DAY = timedelta(days=1)
LONGEST = timedelta(days=366)


def grant(world: World, record_id: RecordId, *names: str, days: int = 30, by: str = "iris") -> None:
    with world.work() as work:
        people = [world.people[name] for name in names]
        until = work.now + timedelta(days=days)
        actor = world.actor(work, by)
        records.grant(work, world.gate, actor, record_id, people, until, longest=LONGEST)


def restricted(world: World) -> RecordId:
    """A record for IMDA alone, one section of which is marked above what a university may see."""
    high = marking("CONFIDENTIAL \\ SENSITIVE HIGH", "")
    made = released(
        world,
        marking=marking("TLP:AMBER", ""),
        sections=[section("Method"), section("Weak points", "They are weak.", high)],
    )
    return made.record_id


def test_a_grant_opens_what_the_person_is_cleared_for_until_its_end(world: World) -> None:
    record_id = restricted(world)
    with pytest.raises(NotFound):
        read(world, "uma", record_id)
    grant(world, record_id, "uma")
    assert [part.heading for part in read(world, "uma", record_id).portions[1:]][-1] == "Method"
    with pytest.raises(NotFound):
        read(world, "bo", record_id)
    world.clock.pass_time(30 * DAY - timedelta(microseconds=1))
    read(world, "uma", record_id)
    world.clock.pass_time(timedelta(microseconds=1))
    with pytest.raises(NotFound):
        read(world, "uma", record_id)
    told = world.told("access.granted")[-1]
    assert told["details"]["people"] == [str(world.people["uma"])]


def test_only_a_release_authority_of_the_originator_grants_and_never_to_themselves(
    world: World,
) -> None:
    record_id = restricted(world)
    for name in ("ida", "ines", "dana", "emil", "uma"):
        with pytest.raises(NotFound):
            grant(world, record_id, "bo", by=name)
    with pytest.raises(Forbidden):
        grant(world, record_id, "iris", by="iris")
    for days in (0, -1, 367):
        with pytest.raises(Invalid):
            grant(world, record_id, "uma", days=days)


def test_a_grant_is_carried_over_to_the_next_version_and_not_to_what_it_ended_before(
    world: World,
) -> None:
    record_id = restricted(world)
    grant(world, record_id, "uma", days=10)
    grant(world, record_id, "bo", days=1)
    world.clock.pass_time(2 * DAY)
    with world.work() as work:
        draft = records.revise(work, world.gate, world.actor(work, "ida"), record_id)
    release(world, draft.version_id)
    assert read(world, "uma", record_id).version_number == 2
    with pytest.raises(NotFound):
        read(world, "bo", record_id)
    with world.work() as work:
        held = records.grants_ending(work, work.now + 30 * DAY, person=world.people["uma"])
        assert record_id in {one.record_id for one in held}


def test_a_grant_ended_before_its_time_is_gone_from_superseded_versions_too(world: World) -> None:
    record_id = restricted(world)
    grant(world, record_id, "uma")
    with world.work() as work:
        draft = records.revise(work, world.gate, world.actor(work, "ida"), record_id)
    release(world, draft.version_id)
    with world.work() as work:
        (one,) = [one for one in records.grants_of(work, record_id) if one.holds(work.now)]
        actor = world.actor(work, "iris")
        records.end_grant(work, world.gate, actor, record_id, one.id)
    with world.work() as work, pytest.raises(NotFound):
        records.read_version(work, world.gate, world.actor(work, "uma"), record_id, 1)
    with world.work() as work, pytest.raises(Conflict):
        records.end_grant(work, world.gate, world.actor(work, "iris"), record_id, one.id)


def test_no_row_of_a_grant_is_written_anew(world: World) -> None:
    grant(world, restricted(world), "uma")
    for change in ("until = until + interval '1 day'", "person_id = granted_by"):
        with pytest.raises(ProgrammingError), world.work() as work:
            work.session.execute(text(f"UPDATE grants SET {change}"))


def test_a_draft_has_no_grants_of_its_record(world: World) -> None:
    record_id = restricted(world)
    grant(world, record_id, "uma")
    with world.work() as work:
        draft = records.revise(work, world.gate, world.actor(work, "ida"), record_id)
    assert begin(world).version_id != draft.version_id
    assert read(world, "uma", record_id).version_number == 1
