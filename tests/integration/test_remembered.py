"""What a process remembers of its database: never more than stands there, and never what ended."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from app.access import Action, Profile, intern_profile, profiles
from app.access.remembered import remembered
from app.access.visibility import allowed
from app.core.ids import ProfileId
from app.core.work import Work
from tests.integration.test_gate import intern
from tests.world import World


class Undone(Exception):
    """Ends a transaction without a commit."""


def profile(world: World, work: Work, **changes: object) -> Profile:
    return replace(world.actor(work, "uma").profile, **changes)  # type: ignore[arg-type]


def test_a_profile_that_was_never_committed_is_not_remembered(world: World) -> None:
    made: list[ProfileId] = []
    with pytest.raises(Undone), world.work() as work:
        facts = profile(world, work, groups=frozenset({"never-seen"}))
        made += [intern_profile(work.session, facts, work.now) for _ in range(2)]
        raise Undone

    with world.work() as work:
        id_ = intern_profile(work.session, facts, work.now)
        assert id_ not in made
        assert profiles(work.session, [id_]) == {id_: facts}


def test_what_another_process_decided_meanwhile_is_read(world: World) -> None:
    """Another process wrote the rows between our look at the set and our reading of the answers."""
    with world.work() as work:
        first = intern(world, work, "org:uni-eu")
        facts = profile(world, work)
        id_ = intern_profile(work.session, facts, work.now)
    policies = world.gate.keeper.current
    with world.work() as work:
        allowed(work.session, policies, id_, facts, Action.READ, work.now)
    moved = iter([world.clock() + timedelta(seconds=1)])

    def decide_anew(_: object, __: object, statement: str, *___: object) -> None:
        if "JOIN visibility ON" in statement and (at := next(moved, None)):
            with world.owner() as session:
                session.execute(text("UPDATE visibility_sets SET decided_at = :at"), {"at": at})

    other = Action.DOWNLOAD
    with world.work() as work:
        allowed(work.session, policies, id_, facts, other, work.now)
    with world.owner() as session:
        session.execute(text("UPDATE visibility_sets SET decided_at = decided_at + '1 min'"))
    event.listen(world.engine, "before_cursor_execute", decide_anew)
    with world.work() as work:
        found = allowed(work.session, policies, id_, facts, other, work.now)
    event.remove(world.engine, "before_cursor_execute", decide_anew)

    assert next(moved, None) is None
    assert found.all == (first,)


def test_asking_again_costs_one_look(world: World) -> None:
    with world.work() as work:
        intern(world, work, "org:uni-eu")
        actor = world.actor(work, "uma")
        world.gate.scope(work, actor)
    asked: list[str] = []
    event.listen(
        world.engine,
        "before_cursor_execute",
        lambda _, __, statement, *___: asked.append(statement),
    )
    with world.work() as work:
        world.gate.scope(work, actor)

    assert [one for one in asked if "FROM visibility" in one] == []
    assert len([one for one in asked if "visibility_sets" in one]) == 1


def test_a_single_decision_ends_with_its_moment(world: World) -> None:
    with world.work() as work:
        embargo = world.clock() + timedelta(hours=1)
        later = intern(world, work, "org:uni-eu", not_before=embargo)
        actor = world.actor(work, "uma")
        assert world.gate.may(work, actor, Action.READ, [later]) == frozenset()
    world.clock.pass_time(timedelta(hours=1))
    with world.work() as work:
        assert world.gate.may(work, actor, Action.READ, [later]) == {later}
        assert world.gate.may(work, world.actor(work, "bo"), Action.READ, [later]) == frozenset()


def test_nothing_is_added_to_what_other_policies_decided(world: World) -> None:
    """Another process decided all of it by other policies after this one had looked."""
    with world.work() as work:
        hidden = intern(world, work, "org:dtc")
        facts = profile(world, work)
        id_ = intern_profile(work.session, facts, work.now)
    policies = world.gate.keeper.current
    with world.work() as work:
        for action in (Action.READ, Action.DOWNLOAD):
            assert allowed(work.session, policies, id_, facts, action, work.now).all == ()
    with world.work() as work:
        shown = intern(world, work, "org:uni-eu")
    with world.work() as work:
        allowed(work.session, policies, id_, facts, Action.READ, work.now)
        with world.owner() as session:
            session.execute(text("INSERT INTO policy_sets VALUES ('other', now(), '{}')"))
            session.execute(
                text("UPDATE visibility_sets SET policy_set = 'other' WHERE action = 'download'")
            )
            session.execute(text("UPDATE visibility SET allowed = true WHERE action = 'download'"))
        found = allowed(work.session, policies, id_, facts, Action.DOWNLOAD, work.now)

    assert hidden not in found.all
    assert found.all == (shown,)


def test_one_answer_is_remembered_for_each_profile_and_action(world: World) -> None:
    for name in ("uni-eu", "dtc", "mddi"):
        with world.work() as work:
            intern(world, work, f"org:{name}")
            world.gate.scope(work, world.actor(work, "uma"))
            kept = remembered(work.session)._kinds["allowed"]

    assert len(kept) == 1
