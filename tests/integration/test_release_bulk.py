"""What was imported together is submitted and released together, each with the same care."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app import records, release
from app.access import Actor
from app.core.errors import Unavailable
from app.core.ids import BatchId, VersionId, new_id
from app.core.work import Origin, Work
from app.release import BatchReport
from tests.records_world import draft_input, marking, section
from tests.release_world import KEYS, approve, consent, desk, give_back, state, submit
from tests.world import World

ORIGIN = Origin(door="test")


def make_batch(world: World, count: int = 3, **changes: object) -> tuple[BatchId, list[VersionId]]:
    """Drafts that Ida imported together; what is imported comes without fields."""
    batch_id = BatchId(new_id())
    made = []
    for number in range(count):
        with world.work() as work:
            said = draft_input(title=f"Document {number}", fields={}, **changes)
            actor = world.actor(work, "ida")
            made.append(records.draft(work, world.gate, actor, said, batch_id=batch_id).version_id)
    return batch_id, made


def actor_maker(world: World, name: str) -> release.bulk.MakeActor:
    def make(work: Work) -> Actor:
        return world.actor(work, name)

    return make


def submit_all(world: World, batch_id: BatchId, name: str = "ida") -> BatchReport:
    seen: list[tuple[int, int]] = []
    report = release.submit_batch(
        world.units,
        world.gate,
        actor_maker(world, name),
        batch_id,
        lambda *count: seen.append(count),
        origin=ORIGIN,
    )
    assert seen == [(one + 1, len(seen)) for one in range(len(seen))]
    return report


def release_all(world: World, batch_id: BatchId, name: str = "iris", **more: object) -> BatchReport:
    return release.release_batch(
        world.units,
        world.gate,
        actor_maker(world, name),
        batch_id,
        lambda *_: None,
        keys=KEYS,
        origin=ORIGIN,
        **more,  # type: ignore[arg-type]
    )


def test_a_batch_is_submitted_and_released_by_a_second_person(world: World) -> None:
    batch_id, versions = make_batch(world)
    report = submit_all(world, batch_id)
    assert report == BatchReport(batch_id, tuple(versions), (), 0)
    (line,) = desk(world, "iris").batches
    assert (line.batch_id, line.count, line.mine_count) == (batch_id, 3, 3)
    assert line.titles == ("Document 0", "Document 1", "Document 2")
    assert line.submitted_by is not None
    assert line.submitted_by.name == "Ida"
    assert release_all(world, batch_id) == BatchReport(batch_id, tuple(versions), (), 0)
    assert {state(world, one) for one in versions} == {"released"}
    assert desk(world, "iris").batches == ()


def test_running_it_again_changes_nothing(world: World) -> None:
    batch_id, _ = make_batch(world, 2)
    submit_all(world, batch_id)
    release_all(world, batch_id)
    assert submit_all(world, batch_id) == BatchReport(batch_id, (), (), 2)
    assert release_all(world, batch_id) == BatchReport(batch_id, (), (), 2)


def test_each_version_is_judged_alone(world: World) -> None:
    batch_id, (first, second, third) = make_batch(world)
    submit(world, first, "ida")
    submit(world, second, "ivan")
    submit(world, third, "ida")
    report = release_all(world, batch_id, "ivan")
    assert report.done == (first, third)
    (refused,) = report.refused
    assert refused.version_id == second
    assert refused.reason.startswith("ENT-2026-")
    assert "You submitted this version" in refused.reason
    assert state(world, second) == "submitted"


def test_what_lacks_something_is_listed_with_the_reason(world: World) -> None:
    batch_id, (version_id,) = make_batch(world, 1, originator="eu-ai-office")
    submit_all(world, batch_id)
    assert (
        "has to consent to exactly its parts first"
        in release_all(world, batch_id).refused[0].reason
    )
    consent(world, version_id, "emil")
    assert release_all(world, batch_id).done == (version_id,)


@pytest.mark.parametrize("name", ["ida", "ines", "dana", "emil", "uma"])
def test_nobody_else_releases_a_batch(world: World, name: str) -> None:
    batch_id, versions = make_batch(world, 1)
    submit_all(world, batch_id)
    assert release_all(world, batch_id, name).done == ()
    assert {state(world, one) for one in versions} == {"submitted"}


def test_what_was_submitted_after_the_look_waits(world: World) -> None:
    batch_id, (first, second) = make_batch(world, 2)
    submit_all(world, batch_id)
    looked_at = world.clock()
    world.clock.pass_time(timedelta(minutes=1))
    give_back(world, first)
    submit(world, first)
    report = release_all(world, batch_id, seen_at=looked_at)
    assert report.done == (second,)
    assert "after you looked" in report.refused[0].reason


def test_what_was_released_stays_released_when_it_breaks_off(world: World) -> None:
    batch_id, (first, second) = make_batch(world, 2)
    submit_all(world, batch_id)

    class Broken(Exception):
        pass

    def progress(done: int, total: int) -> None:
        raise Broken

    with pytest.raises(Broken):
        release.release_batch(
            world.units,
            world.gate,
            actor_maker(world, "iris"),
            batch_id,
            progress,
            keys=KEYS,
            origin=ORIGIN,
        )
    assert (state(world, first), state(world, second)) == ("released", "submitted")
    assert release_all(world, batch_id).done == (second,)


def test_a_database_that_is_gone_is_no_refusal(world: World) -> None:
    batch_id, _ = make_batch(world, 1)
    submit_all(world, batch_id)

    calls: list[Work] = []

    def make(work: Work) -> Actor:
        calls.append(work)
        if len(calls) == 1:
            return world.actor(work, "iris")
        work.session.execute(text("SET LOCAL statement_timeout = '1ms'"))
        work.session.execute(text("SELECT pg_sleep(1)"))
        raise AssertionError

    with pytest.raises(Unavailable):
        release.release_batch(
            world.units, world.gate, make, batch_id, print, keys=KEYS, origin=ORIGIN
        )


def test_a_single_version_of_a_batch_can_be_decided_alone(world: World) -> None:
    high = section("High", own=marking("RESTRICTED", "party:SG"))
    batch_id, (version_id,) = make_batch(world, 1, sections=[high])
    submit_all(world, batch_id)
    approve(world, version_id)
    assert release_all(world, batch_id).skipped_count == 1
