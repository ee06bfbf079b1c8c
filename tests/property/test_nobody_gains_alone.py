"""No sequence of acts of one administrator alone lets anybody gain anything, by any verb.

One person tries everything that pages and programs offer, as themselves and as everybody whose way
to sign in they have had in their hands. What is supposed of a change is what making it gives.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app import identity, parties, proposals
from app.access import Action, Actor, Assurance, Gate, Role, all_audiences
from app.core.database import Database
from app.core.errors import Problem
from app.core.ids import ProposalId
from app.core.work import Work
from app.parties import AdmitPerson, AssignRoles, ChangeGroup, FormGroup, SetClearance
from app.parties.apply import difference
from app.parties.deputies import settle
from app.parties.facts import profiles_now
from app.parties.stock import kept, write
from app.proposals import Confirm, Going, Outcome, Step
from app.proposals.rules import OFFICES
from tests import oracle
from tests.proposals_world import add_administrators, add_person
from tests.records_world import marking, released
from tests.world import World, make_world

LEVELS = ["", "OFFICIAL (CLOSED) \\ NON-SENSITIVE", "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"]
FOR = ["party:SG", "group:drill", "group:testers", "org:imda"]
WHOM = ["rita", "nils", "otto", "ines", "olga", "bo"]
STEPS = 40
CAST = [
    ("rita", "imda", ["reader"], LEVELS[1]),
    ("nils", "imda", [], LEVELS[2]),
    ("nora", "imda", ["organisation_administrator"], ""),
]


@pytest.fixture(scope="module")
def shared(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(module_database, tmp_path_factory.mktemp("world"))
    add_administrators(made)
    for name, organisation, held, clearance in CAST:
        add_person(made, name, organisation, *held, clearance=clearance or None)
    with made.work() as work:
        group = FormGroup(slug="drill", name="Drill")
        actor = made.actor(work, "olga")
        proposals.change_group(work, made.gate, actor, "drill", group, Going(step=Step.SAVE))
    for level in LEVELS[1:]:
        for release_to in FOR:
            released(made, marking=marking(level, release_to))
    yield made
    made.close()


class Alone:
    """Olga does what she can, as everybody whom she could sign in as; seeds draw what."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.drawn = random.Random(seed)  # noqa: S311 - a test's, drawn again with its seed
        self.hers = {"olga"}
        self.found: list[ProposalId] = []
        with world.work() as work:
            self.start = profiles_now(work.session, world.schemes, Assurance.MULTI_FACTOR)
            self.audiences = list(all_audiences(work.session).values())

    def step(self) -> None:
        """Take one step, and hold that nobody gained."""
        acts = (self.assign, self.clear, self.admit, self.resume, self.gather)
        self.drawn.choice((*acts, self.take_in_hand, self.confirm, self.confirm))()
        self.nobody_gains()

    def assign(self) -> None:
        """Give somebody roles."""
        person = self.world.people[self.drawn.choice(WHOM)]
        command = AssignRoles(roles=self._roles())
        self._ask(lambda w, g, a, go: proposals.assign_roles(w, g, a, person, command, go))

    def clear(self) -> None:
        """Give somebody a clearance."""
        person = self.world.people[self.drawn.choice(WHOM)]
        command = SetClearance(clearance=self.drawn.choice(LEVELS))
        self._ask(lambda w, g, a, go: proposals.set_clearance(w, g, a, person, command, go))

    def admit(self) -> None:
        """Admit somebody new."""
        email = f"new{self.drawn.randrange(4)}@imda.example"
        level, roles = self.drawn.choice(LEVELS), self._roles()
        command = AdmitPerson(email=email, name="New", roles=roles, clearance=level)
        self._ask(lambda w, g, a, go: proposals.admit(w, g, a, command, go))

    def resume(self) -> None:
        """Suspend somebody, and let them take part again."""
        person = self.world.people["ines"]
        with suppress(Problem), self.world.work() as work:
            parties.suspend(work, self.world.gate, self._actor(work), person)
        self._ask(lambda w, g, a, go: proposals.resume(w, g, a, person, go))

    def gather(self) -> None:
        """Have a group hold others."""
        chosen = self.drawn.sample(["rita@imda.example", "nils@imda.example"], 1)
        command = ChangeGroup(name="Drill", people=frozenset(chosen))
        self._ask(lambda w, g, a, go: proposals.change_group(w, g, a, "drill", command, go))

    def take_in_hand(self) -> None:
        """Take somebody's second factor away, after which Olga may be them."""
        whom = self.drawn.choice(["otto", "nora"])
        with suppress(Problem), self.world.work() as work:
            person = self.world.people[whom]
            identity.reset_second_factor(work, self.world.gate, self._actor(work), person)
            self.hers.add(whom)

    def confirm(self) -> None:
        """Confirm one of Olga's own proposals, as any of hers."""
        if not self.found:
            return
        one = self.drawn.choice(self.found)
        with suppress(Problem), self.world.work() as work:
            actor = self._actor(work)
            seen = proposals.show(work, self.world.gate, actor, one).seen_hash_hex
            proposals.confirm(work, self.world.gate, actor, one, Confirm(seen_hash_hex=seen))
            raise AssertionError("one person confirmed what they had proposed")

    def nobody_gains(self) -> None:
        """Hold everybody's facts of now against those from before Olga began."""
        now, schemes = self.world.clock(), self.world.schemes
        with self.world.work() as work:
            facts = profiles_now(work.session, schemes, Assurance.MULTI_FACTOR)
        for person, profile in facts.items():
            before = self.start.get(person)
            held = before.roles & OFFICES if before and before.active else frozenset()
            gained = profile.roles & OFFICES - held if profile.active else frozenset()
            assert not gained, f"{person} decides on others as {gained}"
            for audience in self.audiences:
                if oracle.may(schemes, profile, Action.READ, audience, now):
                    assert before and oracle.may(schemes, before, Action.READ, audience, now)

    def _roles(self) -> frozenset[Role]:
        return frozenset(self.drawn.sample([*Role], self.drawn.randrange(3)))

    def _actor(self, work: Work) -> Actor:
        return self.world.actor(work, self.drawn.choice(sorted(self.hers)))

    def _ask(self, verb: Callable[[Work, Gate, Actor, Going], Outcome]) -> None:
        going = Going(step=self.drawn.choice([Step.SAVE, Step.PROPOSE, Step.PROPOSE]))
        with suppress(Problem), self.world.work() as work:
            outcome = verb(work, self.world.gate, self._actor(work), going)
            if outcome.proposal_id is not None:
                self.found.append(outcome.proposal_id)


def test_one_administrator_alone_lets_nobody_gain_anything(shared: World) -> None:
    alone = Alone(shared, seed=28)
    for _ in range(STEPS):
        alone.step()
    tried = [kind for kind, *_ in shared.events()]
    assert alone.hers > {"olga"}
    assert tried.count("change.proposed") > 1 and tried.count("confirm-change.refused") > 1


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_what_is_supposed_is_what_making_the_change_gives(shared: World, data: Any) -> None:
    with suppress(_Undone), shared.work() as work:
        stock = kept(work.session)
        key = data.draw(st.sampled_from(sorted(one for one in stock if one[0] != "party")))
        change = difference(key[0], key[1], stock[key], _otherwise(data, key[0], stock[key]))
        before = profiles_now(work.session, shared.schemes, Assurance.MULTI_FACTOR)
        supposed = parties.suppose(work.session, shared.schemes, [change])
        write(work, change.kind, change.key, change.before, change.after)
        settle(work.session, work.now)
        after = profiles_now(work.session, shared.schemes, Assurance.MULTI_FACTOR)
        assert supposed.after == {
            person: profile for person, profile in after.items() if profile != before[person]
        }
        assert supposed.before == {person: before[person] for person in supposed.after}
        raise _Undone


class _Undone(Exception):
    """What was tried is not kept."""


def _otherwise(data: Any, kind: str, facts: Any) -> dict[str, Any]:
    if kind == "person":
        return {
            **facts,
            "roles": sorted(data.draw(st.sampled_from([[], ["reader"], ["release_authority"]]))),
            "clearance": data.draw(st.sampled_from([None, *LEVELS[1:]])),
            "active": data.draw(st.booleans()),
        }
    if kind == "group":
        people = data.draw(
            st.frozensets(st.sampled_from(["ida@imda.example", "bo@biz-sg.example"]))
        )
        houses = data.draw(st.frozensets(st.sampled_from(["imda", "uni-eu"])))
        return {**facts, "people": sorted(people), "organisations": sorted(houses)}
    if kind == "organisation":
        return {**facts, "active": data.draw(st.booleans())}
    return {**facts, "areas": ["research"], "ceiling": "TLP:AMBER"}
