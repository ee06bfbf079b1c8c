"""Whatever happens, what is answered about a moment is what the portal itself decided then.

A random history of policies, memberships, agreements, releases and grants; at each step the portal
is asked who reads which version. Later the same is asked of the past: of one person and the record,
of a whole day, and of all that a person could read.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from sqlalchemy import text

from app.access import Action, PolicySet, register_policies
from app.access.policy_set import assemble
from app.audit.explaining_then import Asked as AskedThen
from app.audit.explaining_then import Asker, explanation
from app.audit.reach import reach
from app.core.ids import AudienceId, PersonId
from app.core.work import Work
from tests import release_world as steps
from tests.past_world import HOUR, Past, begin_past, change
from tests.world import ORGANISATIONS, World

PARTY_OF = {slug: party for slug, _, _, party in ORGANISATIONS}
REWRITTEN = text(
    "SELECT EXISTS (SELECT FROM entente_history(:record) h WHERE h.created_at <= :at"
    " AND h.amended_at > :at AND (h.released_at IS NULL OR h.released_at > :at))"
)


@dataclass
class Decided:
    """What the portal decided at a moment: the numbers of the versions that each could read."""

    at: datetime
    open: dict[PersonId | None, frozenset[int]] = field(default_factory=dict)


def decide_now(past: Past) -> Decided:
    """Ask the gate, as every page does, about the record's titles as they stand now."""
    world, made = past.world, Decided(past.world.clock())
    with world.owner() as session:
        rows = session.execute(
            text("SELECT number, audience_id FROM versions WHERE record_id = :id"),
            {"id": past.record_id},
        ).all()
    titles = {row.number: AudienceId(row.audience_id) for row in rows}
    with world.work() as work:
        for name, person in [("public", None), *world.people.items()]:
            may = world.gate.may(work, world.actor(work, name), Action.READ, titles.values())
            made.open[person] = frozenset(n for n, id_ in titles.items() if id_ in may)
    return made


def change_policies(world: World, chance: random.Random, shipped: PolicySet) -> None:
    """Take a permit away for a while, or go back to the policies as they are shipped."""
    known = shipped.policies
    permits = sorted(id_ for id_, one in known.items() if id_.startswith("read-"))
    gone = chance.choice([*permits, ""])
    left = [one for id_, one in known.items() if id_ != gone]
    policies = assemble(left, shipped.schema, shipped.schemes)
    world.gate.keeper.current = policies
    with world.work() as work:
        register_policies(work.session, policies, work.now)


@pytest.mark.parametrize("seed", range(4))
def test_the_past_is_answered_as_the_portal_decided_it(world: World, seed: int) -> None:
    chance, shipped = random.Random(seed), world.gate.keeper.current  # noqa: S311
    past = begin_past(world)
    steps.release_it(world, past.version_id)
    history = [decide_now(past)]
    try:
        for _ in range(10):
            world.clock.pass_time(chance.randint(1, 9) * HOUR)
            if chance.random() < 0.3:
                change_policies(world, chance, shipped)
            else:
                change(past, chance)
            history.append(decide_now(past))
        world.clock.pass_time(HOUR)
        with world.work() as work:
            for one in chance.sample(history, 6):
                check(work, past, one)
    finally:
        world.gate.keeper.current = shipped


def check(work: Work, past: Past, one: Decided) -> None:
    """Ask about the moment in each way.

    What a draft said before it was written in again is not kept: its own people are left out.
    """
    session, current = work.session, past.world.gate.keeper.current
    rewritten = session.scalar(REWRITTEN, {"record": past.record_id, "at": one.at})
    for person, numbers in one.open.items():
        asked = AskedThen(person, past.record_id, one.at, Action.READ)
        told = explanation(session, current, asked, Asker(None, PARTY_OF))
        assert told is not None
        if rewritten and told.organisation == "imda":
            continue
        assert told.judged.allowed is bool(numbers), (person, one.at)
        assert not told.judged.allowed or told.version_number in numbers
        if person is not None:
            found = reach(
                session,
                current,
                party=PARTY_OF[told.organisation],
                party_of=PARTY_OF,
                person=person,
                moment=one.at,
            )
            assert found is not None
            assert sum(found.told.values()) == bool(numbers), (person, one.at)
