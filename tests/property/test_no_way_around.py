"""No sequence of acts leads around the rule, whoever takes them in whatever order.

People of several organisations try everything on each other's records, also what is not theirs.
What succeeds is held against the slow oracle and against what this test itself remembers: nobody
approves their own work, nobody reads what the rule forbids, nothing is released without the consent
of each originator to exactly its parts, and no grant outlives what its originator gave.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from app import records, release
from app.access import Action, Actor, Audience
from app.core.database import Database
from app.core.errors import Problem
from app.core.ids import PortionId, RecordId, VersionId
from app.core.work import Work
from app.records import DraftInput
from tests import oracle
from tests import release_world as steps
from tests.records_world import draft_input, marking, section
from tests.world import World, make_world

WRITERS = ("ida", "ivan", "dana", "ella", "emil")
PEOPLE = (*WRITERS, "iris", "ines", "carl", "uma", "bo", "abel", "public")
DECIDING = ("iris", "ivan", "dana", "emil", "ida", "uma")
HOUR = timedelta(hours=1)
MARKS = [
    marking("TLP:GREEN", "community"),
    marking("TLP:AMBER", "org:eu-ai-office; org:imda; org:dtc"),
    marking("SENSITIVE", "party:SG; party:EU", view_only=True),
    marking("TLP:AMBER", "org:uni-eu", eyes_only=True),
]
PARTS = """
SELECT p.id, p.role, p.heading, p.body, p.source_id, a.facts
  FROM portions p JOIN audiences a ON a.id = p.audience_id
 WHERE p.version_id = :version ORDER BY p.position
"""
GIVEN = """
SELECT g.*, p.organisation = g.originator AND 'release_authority' = ANY (p.roles) AS theirs
  FROM grants g JOIN people p ON p.id = g.granted_by
"""
GRANTED = """
SELECT p.record_id, a.facts FROM portions p JOIN audiences a ON a.id = p.audience_id
 WHERE a.facts ? 'grants'
"""


@dataclass(frozen=True)
class Part:
    """A portion as it stands: what it says, and who it is for."""

    id: PortionId
    says: tuple[str, str, str, str]
    audience: Audience


@dataclass
class Case:
    """A version that somebody began, with all who ever wrote in it or submitted it."""

    record_id: RecordId
    version_id: VersionId
    hands: set[str] = field(default_factory=set)
    consented: dict[str, set[object]] = field(default_factory=dict)


class Around(RuleBasedStateMachine):
    """Everybody tries everything; what succeeds must have been theirs to do."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[Case] = []

    @initialize(mark=st.sampled_from(MARKS), other=st.sampled_from(MARKS[:2]))
    def first(self, mark: Any, other: Any) -> None:
        """Begin with a release of one organisation, quoted in a draft of another."""
        self.begin("ida", other, "")
        self.submit(0, "ida")
        self.approve(0, "iris")
        self.begin("ella", mark, "")
        self.quote(0, 1, "ella")
        self.begin("ida", other, "")
        self.alone(2, "iris")
        assert steps.state(self.world, self.cases[0].version_id) == "released"
        assert self._parts(self.cases[1])[-1].audience.originator == "imda"

    @rule(
        by=st.sampled_from(WRITERS),
        mark=st.sampled_from(MARKS),
        whose=st.sampled_from(["", "", "dtc", "eu-ai-office"]),
    )
    def begin(self, by: str, mark: Any, whose: str) -> None:
        """Begin a record."""

        def act(work: Work, actor: Actor) -> None:
            said = draft_input(marking=mark, originator=whose, sections=[section("Method")])
            made = records.draft(work, self.world.gate, actor, said)
            self.cases.append(Case(made.record_id, made.version_id, {by}))

        self._try(by, act)

    @rule(at=st.integers(0, 9), by=st.sampled_from(WRITERS), mark=st.sampled_from(MARKS))
    def amend(self, at: int, by: str, mark: Any) -> None:
        """Say something else, marked otherwise."""
        case = self._case(at)
        before = self._parts(case)

        def act(work: Work, actor: Actor) -> None:
            draft = records.edit(work, self.world.gate, actor, case.version_id)
            bare = [
                one.model_copy(update={"source": None, "marking": mark})
                for one in draft.input.sections
            ]
            said = {**draft.input.model_dump(), "sections": [one.model_dump() for one in bare]}
            command = DraftInput.model_validate(said)
            records.amend(
                work, self.world.gate, actor, case.version_id, command, edition=draft.edition
            )
            self._rightly(actor, Action.AMEND, before)

        if self._try(by, act):
            case.hands.add(by)
            kept = {part.says[2]: part.audience.originator for part in self._parts(case)}
            was = {part.says[2]: part.audience.originator for part in before}
            assert kept == was, "a link was lost"

    @rule(at=st.integers(0, 9), into=st.integers(0, 9), by=st.sampled_from(WRITERS))
    def quote(self, at: int, into: int, by: str) -> None:
        """Quote the last part of one in another."""
        source, case = self._case(at), self._case(into)
        part = self._parts(source)[-1]

        def act(work: Work, actor: Actor) -> None:
            records.quote(work, self.world.gate, actor, case.version_id, part.id)
            self._rightly(actor, Action.READ, [part])

        if self._try(by, act):
            case.hands.add(by)
            assert self._parts(case)[-1].audience.originator == part.audience.originator

    @rule(at=st.integers(0, 9), by=st.sampled_from(WRITERS))
    def submit(self, at: int, by: str) -> None:
        """Ask for a release."""
        case = self._case(at)
        before = self._parts(case)

        def act(work: Work, actor: Actor) -> None:
            release.submit(work, self.world.gate, actor, case.version_id)
            self._rightly(actor, Action.SUBMIT, before)

        if self._try(by, act):
            case.hands.add(by)

    @rule(at=st.integers(0, 9), by=st.sampled_from(DECIDING))
    def consent(self, at: int, by: str) -> None:
        """Let one's own parts go on."""
        case = self._case(at)

        def act(work: Work, actor: Actor) -> None:
            own = [one for one in self._parts(case) if _of(one) == actor.profile.organisation]
            seen = release.consent_view(work, self.world.gate, actor, case.version_id).seen_hash
            release.consent(
                work, self.world.gate, actor, case.version_id, seen_hash=seen, keys=steps.KEYS
            )
            assert own
            self._rightly(actor, Action.CONSENT, own)
            case.consented.setdefault(actor.profile.organisation, set()).add(_exactly(own))

        self._try(by, act)

    @rule(at=st.integers(0, 9), by=st.sampled_from(DECIDING))
    def approve(self, at: int, by: str) -> None:
        """Release it."""
        case = self._case(at)
        before = self._parts(case)

        def act(work: Work, actor: Actor) -> None:
            seen = release.review(work, self.world.gate, actor, case.version_id).seen_hash
            release.approve(
                work, self.world.gate, actor, case.version_id, seen_hash=seen, keys=steps.KEYS
            )
            self._rightly(actor, Action.APPROVE, before)

        if self._try(by, act):
            assert by not in case.hands, "somebody approved their own work"
            if steps.state(self.world, case.version_id) == "released":
                self._consented(case, before)

    @rule(at=st.integers(0, 9), by=st.sampled_from(("ivan", "iris", "dana", "emil")))
    def alone(self, at: int, by: str) -> None:
        """Submit it and release it all by oneself, whoever wrote it."""
        self.submit(at, by)
        self.approve(at, by)

    @rule(
        at=st.integers(0, 9),
        by=st.sampled_from(DECIDING),
        how=st.sampled_from(["return_to_draft", "refuse", "decline", "withdraw"]),
    )
    def send_back(self, at: int, by: str, how: str) -> None:
        """Return, refuse, decline or withdraw it."""
        case = self._case(at)
        before = self._parts(case)
        action = {
            "return_to_draft": Action.RETURN,
            "refuse": Action.REFUSE,
            "decline": Action.CONSENT,
            "withdraw": Action.WITHDRAW,
        }[how]

        def act(work: Work, actor: Actor) -> None:
            verb: Callable[..., object] = getattr(release, how)
            verb(work, self.world.gate, actor, case.version_id, comment="No.")
            own = [one for one in before if _of(one) == actor.profile.organisation]
            self._rightly(actor, action, own if how == "decline" else before)

        if self._try(by, act) and how != "withdraw":
            assert by not in case.hands

    @rule(at=st.integers(0, 9), by=st.sampled_from(DECIDING), to=st.sampled_from(PEOPLE[:-1]))
    def grant(self, at: int, by: str, to: str) -> None:
        """Let somebody read it for a while."""
        case = self._case(at)

        def act(work: Work, actor: Actor) -> None:
            records.grant(
                work,
                self.world.gate,
                actor,
                case.record_id,
                [self.world.people[to]],
                work.now + 5 * HOUR,
                longest=timedelta(days=1),
            )
            assert to != by

        self._try(by, act)

    @rule(at=st.integers(0, 9), by=st.sampled_from(PEOPLE))
    def read(self, at: int, by: str) -> None:
        """Read it: no part may come that the rule keeps from them."""
        case = self._case(at)

        def act(work: Work, actor: Actor) -> None:
            shown = records.read(work, self.world.gate, actor, case.record_id)
            parts = {part.id: part for part in self._parts_of(shown.version_id)}
            seen = [parts[one.id] for one in shown.portions if one.id in parts]
            self._rightly(actor, Action.READ, seen)

        self._try(by, act)

    @rule(hours=st.integers(1, 6))
    def wait(self, hours: int) -> None:
        """Let time pass: grants end by themselves."""
        self.world.clock.pass_time(hours * HOUR)

    @invariant()
    def no_grant_without_its_originator(self) -> None:
        """Every grant that a part carries was given, to that end, by its own originator."""
        with self.world.owner() as session:
            rows = session.execute(text(GIVEN)).all()
            carried = session.execute(text(GRANTED)).all()
        assert all(row.theirs for row in rows)
        ends = {(row.record_id, row.originator, str(row.person_id), row.until) for row in rows}
        for row in carried:
            audience = Audience.from_json(row.facts)
            for one in audience.grants:
                assert (row.record_id, audience.originator, one.person, one.until) in ends

    def _consented(self, case: Case, before: list[Part]) -> None:
        owner = before[0].audience.owner
        for originator in {_of(one) for one in before} - {owner}:
            own = [one for one in before if _of(one) == originator]
            assert _exactly(own) in case.consented.get(originator, set()), "no consent to this"

    def _rightly(self, actor: Actor, action: Action, parts: list[Part]) -> None:
        for part in parts:
            allowed = oracle.may(
                self.world.schemes, actor.profile, action, part.audience, self.world.clock()
            )
            assert allowed, f"{action} of {part.says} by {actor.profile}"

    def _case(self, at: int) -> Case:
        return self.cases[at % len(self.cases)]

    def _parts(self, case: Case) -> list[Part]:
        return self._parts_of(case.version_id)

    def _parts_of(self, version_id: VersionId) -> list[Part]:
        with self.world.owner() as session:
            rows = session.execute(text(PARTS), {"version": version_id}).all()
        return [
            Part(
                PortionId(row.id),
                (row.role, row.heading, row.body, str(row.source_id or "")),
                Audience.from_json(row.facts),
            )
            for row in rows
        ]

    def _try(self, by: str, act: Callable[[Work, Actor], None]) -> bool:
        """Take the act as this person; tell whether the portal let them."""
        done = False
        with suppress(Problem), self.world.work() as work:
            act(work, self.world.actor(work, by, steps.MFA))
            done = True
        return done


def _of(part: Part) -> str:
    return part.audience.originator


def _exactly(parts: list[Part]) -> object:
    """Give exactly what these parts say and who they are for, whatever state they are in."""
    return tuple((part.says, str(part.audience.label.to_json())) for part in parts)


@pytest.fixture(scope="module")
def world(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(module_database, Path(tmp_path_factory.mktemp("world")))
    steps.enrol(made, *made.people)
    yield made
    made.close()


def test_there_is_no_way_around(world: World) -> None:
    Around.world = world
    run_state_machine_as_test(
        Around,
        settings=settings(
            max_examples=4,
            stateful_step_count=20,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
