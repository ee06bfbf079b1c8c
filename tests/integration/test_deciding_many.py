"""A profile is decided about all audiences at once, and what rests on each policy is counted."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from app.access import Action, Audience, intern_audience, intern_profile
from app.access.models import VisibilityRow, VisibilitySetRow
from app.access.policy_counts import standing_answers
from app.access.visibility import allowed
from tests.drawn import NOW, Drawn
from tests.world import World

ACTIONS = (Action.READ, Action.DOWNLOAD)


def intern(world: World, audiences: Sequence[Audience]) -> dict[int, Audience]:
    with world.work() as work:
        return {intern_audience(work.session, world.schemes, one, NOW): one for one in audiences}


def test_what_is_kept_is_what_cedar_says_of_each_and_is_counted(world: World) -> None:
    world.clock.now = NOW
    policies = world.gate.keeper.current
    drawn = Drawn(world.schemes, 5, organisations=6, persons=8)
    audiences, profiles = drawn.audiences(60), drawn.profiles(6)
    counted = Counter[str]()
    facts = intern(world, audiences[:40])
    for profile in profiles:
        with world.work() as work:
            id_ = intern_profile(work.session, profile, NOW)
            for action in ACTIONS:
                allowed(work.session, policies, id_, profile, action, NOW)
    # Those that come later are decided beside what is kept, and counted with it.
    facts |= intern(world, audiences[40:])
    for profile in profiles:
        with world.work() as work:
            id_ = intern_profile(work.session, profile, NOW)
            for action in ACTIONS:
                seen = allowed(work.session, policies, id_, profile, action, NOW)
                said = policies.decide(profile, action, list(facts.values()), NOW)
                kept = {
                    row.audience_id: (row.allowed, tuple(row.policies))
                    for row in work.session.scalars(
                        select(VisibilityRow).filter_by(profile_id=id_, action=action)
                    )
                }
                held = work.session.scalars(
                    select(VisibilitySetRow).filter_by(profile_id=id_, action=action)
                ).one()

                decisions = dict(zip(facts, said, strict=True))
                assert kept == {one: (d.allowed, d.policies) for one, d in decisions.items()}
                assert set(seen.all) == {one for one, d in decisions.items() if d.allowed}
                assert held.policy_counts == Counter(id_ for d in said for id_ in d.policies)
                ends = [d.holds_until for d in said if d.holds_until]
                assert held.holds_until == min(ends, default=None)
                counted.update(held.policy_counts)
    with world.work() as work:
        assert standing_answers(work.session, policies.version) == counted
        assert standing_answers(work.session, "another") == {}
