"""The gate and the visibility beneath it, on the real database."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.access import (
    Action,
    Area,
    Audience,
    Office,
    OfficeAction,
    Permit,
    Scope,
    State,
    Subject,
    intern_audience,
)
from app.core.errors import Forbidden, Refused
from app.core.ids import AudienceId, new_id
from app.core.work import Work
from app.labels import Label, parse_releasability
from tests.world import World

SUBJECT = Subject("record", new_id())


def intern(world: World, work: Work, release_to: str, **more: object) -> AudienceId:
    label = Label(
        markings=(world.schemes.parse("TLP:GREEN"),),
        releasability=parse_releasability(release_to),
        **more,  # type: ignore[arg-type]
    )
    facts = Audience(State.RELEASED, "imda", "imda", label, Area.RESEARCH)
    return intern_audience(work.session, world.schemes, facts, work.now)


def may_read(world: World, name: str) -> set[AudienceId]:
    with world.work() as work:
        return set(world.gate.scope(work, world.actor(work, name)).audience_ids)


def test_equal_facts_are_one_audience(world: World) -> None:
    with world.work() as work:
        assert intern(world, work, "org:dtc") == intern(world, work, "org:dtc")
        assert intern(world, work, "org:dtc") != intern(world, work, "org:imda")


def test_a_new_audience_is_decided_before_anything_is_answered(world: World) -> None:
    with world.work() as work:
        first = intern(world, work, "org:uni-eu")
    assert may_read(world, "uma") == {first}
    with world.work() as work:
        second = intern(world, work, "group:testers")
        intern(world, work, "org:biz-sg")
    assert may_read(world, "uma") == {first, second}


def test_an_embargo_lifts_when_asked_and_no_job_runs(world: World) -> None:
    with world.work() as work:
        later = intern(world, work, "org:uni-eu", not_before=world.clock() + timedelta(hours=1))
    assert may_read(world, "uma") == set()
    world.clock.pass_time(timedelta(hours=1))
    assert may_read(world, "uma") == {later}


def test_an_agreement_lapses_when_asked(world: World) -> None:
    with world.work() as work:
        audience = intern(world, work, "community")
    assert may_read(world, "uma") == {audience}
    world.clock.pass_time(timedelta(days=400))
    assert may_read(world, "uma") == set()


def test_suspending_somebody_holds_from_the_next_request_on(world: World) -> None:
    with world.work() as work:
        intern(world, work, "community")
    assert may_read(world, "uma")
    with world.owner() as session:
        session.execute(
            text("UPDATE people SET active = false WHERE id = :id"), {"id": world.people["uma"]}
        )
    assert may_read(world, "uma") == set()


def test_passing_writes_the_event_first(world: World) -> None:
    with world.work() as work:
        audience = intern(world, work, "org:uni-eu")
        permit = world.gate.pass_through(
            work,
            world.actor(work, "uma"),
            Action.READ,
            [audience],
            subject=SUBJECT,
            event="record.read",
        )
    assert permit.audience_ids == {audience}
    (told,) = world.entries()
    assert (told["type"], told["decision"], told["audience"]) == ("record.read", "allow", audience)
    assert told["organisations"] == ["imda", "uni-eu"]
    assert told["markings"] == ["TLP:GREEN"]
    assert "read-released-to-organisation" in told["policies"]


@pytest.mark.parametrize("asked", [["seen", "unseen"], ["unseen"], []])
def test_one_audience_out_of_sight_refuses_the_whole_act(world: World, asked: list[str]) -> None:
    with world.work() as work:
        ids = {"seen": intern(world, work, "org:uni-eu"), "unseen": intern(world, work, "org:dtc")}
    with pytest.raises(Refused), world.work() as work:
        world.gate.pass_through(
            work,
            world.actor(work, "uma"),
            Action.READ,
            [ids[name] for name in asked],
            subject=SUBJECT,
            event="record.read",
        )
    assert world.events() == [("read.refused", "uma", str(SUBJECT))]


def test_a_permit_to_read_changes_nothing(world: World) -> None:
    with world.work() as work:
        audience = intern(world, work, "org:uni-eu")
        permit = world.gate.pass_through(
            work,
            world.actor(work, "uma"),
            Action.READ,
            [audience],
            subject=SUBJECT,
            event="record.read",
        )
        with pytest.raises(TypeError):
            world.gate.admit(work, permit, [audience])


def test_only_the_gate_makes_proofs() -> None:
    with pytest.raises(TypeError):
        Permit(Action.DOWNLOAD, SUBJECT, frozenset(), maker=object())
    with pytest.raises(TypeError):
        Scope(Action.READ, (), (), maker=object())


def test_offices_are_judged_and_remembered(world: World) -> None:
    with world.work() as work:
        world.gate.enter_office(
            work,
            world.actor(work, "abel"),
            OfficeAction.REVIEW_LOG,
            Office(party="SG"),
            event="log.reviewed",
        )
    with pytest.raises(Forbidden), world.work() as work:
        world.gate.enter_office(
            work,
            world.actor(work, "abel"),
            OfficeAction.REVIEW_LOG,
            Office(party="EU"),
            event="log.reviewed",
        )
    assert world.events() == [
        ("log.reviewed", "abel", "party:SG"),
        ("review-log.refused", "abel", "party:EU"),
    ]


def test_an_act_names_the_record_that_it_is_about(world: World) -> None:
    with world.work() as work:
        audience = intern(world, work, "org:uni-eu")
        for subject in (Subject("version", new_id()), Subject("attachment", new_id())):
            with pytest.raises(TypeError, match="names the record"):
                world.gate.pass_through(
                    work,
                    world.actor(work, "uma"),
                    Action.READ,
                    [audience],
                    subject=subject,
                    event="record.read",
                )


def test_a_list_shows_only_what_is_in_its_scope(world: World) -> None:
    with world.work() as work:
        hidden = intern(world, work, "org:biz-sg")
        actor = world.actor(work, "uma")
        scope = world.gate.scope(work, actor)
        with pytest.raises(TypeError, match="in its scope"):
            world.gate.show(
                work,
                actor,
                scope,
                [hidden],
                event="records.listed",
                served_bytes=1,
                details={},
            )
