"""A world that changes hour by hour, and remembers by itself how everything stood at each hour.

What it remembers is read from the tables as they are at that moment, and judged by the slow oracle:
nothing of what the portal keeps of the past is used.
"""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text

from app import parties, records
from app.access import Action, Assurance, Audience, Profile, State, audiences
from app.audit.as_of import AsOf, could_read
from app.core.errors import Problem
from app.core.ids import AudienceId, PersonId, RecordId, VersionId
from app.log import At
from app.parties.stock import Stock, kept
from app.records import MarkingInput
from tests import oracle
from tests import release_world as steps
from tests.records_world import draft_input, section
from tests.world import World

HOUR = timedelta(hours=1)
EVERYTHING = At(log=1000, size=0)
# The steps of the record are theirs, so that they are left as they are.
KEPT = {"ida", "iris", "abel", "olga"}
LABELS: list[dict[str, Any]] = [
    {"markings": "TLP:GREEN", "release_to": "community"},
    {"markings": "TLP:CLEAR", "release_to": "public"},
    {"markings": "TLP:AMBER", "release_to": "org:uni-eu, group:testers"},
    {"markings": "TLP:AMBER", "release_to": "party:EU, partners:SG"},
    {"markings": "CONFIDENTIAL \\ SENSITIVE HIGH", "release_to": "party:SG, party:EU"},
    {"markings": "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL", "release_to": "community"},
]


@dataclass(frozen=True)
class Truth:
    """What somebody could read over some hours, in the words of the answer."""

    could: str
    versions: frozenset[int]
    current: bool
    whole: bool


@dataclass(frozen=True)
class Snapshot:
    """Who there was, and which versions in which audiences: title first, then every part."""

    people: dict[PersonId, Profile]
    versions: dict[int, tuple[Audience, tuple[Audience, ...]]]


@dataclass
class Past:
    """A world with one record, and a snapshot for each hour at which something was done."""

    world: World
    record_id: RecordId
    version_id: VersionId
    snapshots: list[tuple[datetime, Snapshot]] = field(default_factory=list)

    def remember(self) -> None:
        """Look at the tables as they are now."""
        world, people = self.world, {}
        with world.owner() as session:
            for person in world.people.values():
                found = parties.profile_of(session, world.schemes, person, Assurance.MULTI_FACTOR)
                assert found is not None
                people[person] = found
            rows = session.execute(
                text(
                    "SELECT v.number, v.audience_id, ARRAY(SELECT p.audience_id FROM portions p"
                    " WHERE p.version_id = v.id) AS parts FROM versions v WHERE v.record_id = :id"
                ),
                {"id": self.record_id},
            ).all()
            ids = {AudienceId(one) for row in rows for one in (row.audience_id, *row.parts)}
            facts = audiences(session, ids)
        versions = {
            row.number: (facts[row.audience_id], tuple(facts[one] for one in row.parts))
            for row in rows
        }
        self.snapshots.append((world.clock(), Snapshot(people, versions)))

    def at(self, moment: datetime) -> Snapshot:
        """The snapshot that held at a moment."""
        return [snapshot for at, snapshot in self.snapshots if at <= moment][-1]

    def truth(self, day: date, until: datetime) -> dict[PersonId | None, Truth]:
        """What the oracle says of every hour of the day, put together; None is the public."""
        first = self.snapshots[0][0]
        began = datetime.combine(day, time(), first.tzinfo)
        hours = [began + n * HOUR for n in range(24) if first <= began + n * HOUR < until]
        return {
            person: _together([self._seen(person, hour) for hour in hours])
            for person in [None, *self.world.people.values()]
        }

    def _seen(self, person: PersonId | None, moment: datetime) -> Truth:
        snapshot, schemes = self.at(moment), self.world.schemes

        def reads(audience: Audience) -> bool:
            if person is None:
                return oracle.public_may_read(schemes, audience, moment)
            return oracle.may(schemes, snapshot.people[person], Action.READ, audience, moment)

        open_ones = {n: parts for n, (title, parts) in snapshot.versions.items() if reads(title)}
        released = [
            n for n, (title, _) in snapshot.versions.items() if title.state is State.RELEASED
        ]
        current = released[0] if released else max(snapshot.versions)
        return Truth(
            could="all day" if open_ones else "no",
            versions=frozenset(open_ones),
            current=current in open_ones,
            whole=any(all(map(reads, parts)) for parts in open_ones.values()),
        )

    def asked(self, day: date, until: datetime, party: str = "SG", at: At = EVERYTHING) -> AsOf:
        """What the portal answers."""
        with self.world.work() as work:
            return could_read(
                work.session,
                self.world.gate.keeper.current,
                party=party,
                record_id=self.record_id,
                day=day,
                until=until,
                at=at,
            )


def _together(hours: list[Truth]) -> Truth:
    said = {one.could for one in hours}
    return Truth(
        could=said.pop() if len(said) == 1 else "part of the day",
        versions=frozenset().union(*(one.versions for one in hours)),
        current=any(one.current for one in hours),
        whole=any(one.whole for one in hours),
    )


def begin_past(world: World) -> Past:
    """A draft of a record, and the first snapshot."""
    with world.work() as work:
        made = records.draft(work, world.gate, world.actor(work, "ida"), draft_input())
    past = Past(world, made.record_id, made.version_id)
    past.remember()
    return past


def change(past: Past, chance: random.Random) -> None:
    """Do something that changes who could read; what the portal refuses changes nothing."""
    act: Callable[[Past, random.Random], None] = chance.choice(ACTS)
    with suppress(Problem):
        act(past, chance)
    past.remember()


def relabel(past: Past, chance: random.Random) -> None:
    """Begin the next version under another label, or write the first draft anew, and release it."""
    world, label = past.world, dict(chance.choice(LABELS))
    if chance.random() < 0.4:
        at = world.clock() + chance.randint(1, 30) * HOUR
        label["changes"] = [{"at": at, "to": ""}]
    if chance.random() < 0.4:
        label["not_before"] = world.clock() + chance.randint(1, 30) * HOUR
    own = MarkingInput(**chance.choice(LABELS))
    said = draft_input(
        marking=MarkingInput(**label), sections=[section("One"), section("Two", own=own)]
    )
    with world.work() as work:
        actor = world.actor(work, "ida", steps.MFA)
        if steps.state(world, past.version_id) == "draft":
            editing = records.edit(work, world.gate, actor, past.version_id)
        else:
            editing = records.revise(work, world.gate, actor, past.record_id)
        records.amend(work, world.gate, actor, editing.version_id, said, edition=editing.edition)
    past.version_id = editing.version_id
    steps.release_it(world, past.version_id)


def submit(past: Past, chance: random.Random) -> None:
    steps.submit(past.world, past.version_id)


def give_back(past: Past, chance: random.Random) -> None:
    steps.give_back(past.world, past.version_id)


def revise(past: Past, chance: random.Random) -> None:
    """Begin a version that says what the last one says."""
    with past.world.work() as work:
        actor = past.world.actor(work, "ida", steps.MFA)
        past.version_id = records.revise(work, past.world.gate, actor, past.record_id).version_id


def withdraw(past: Past, chance: random.Random) -> None:
    steps.withdraw(past.world, past.version_id)


def change_person(past: Past, chance: random.Random) -> None:
    """Suspend somebody or let them back in, clear them otherwise, or give them other roles."""

    def one(stock: Stock) -> None:
        keys = [
            key for key in sorted(stock) if key[0] == "person" and key[1].split("@")[0] not in KEPT
        ]
        key = chance.choice(keys)
        facts = dict(stock[key])
        what = chance.choice(["active", "clearance", "roles"])
        if what == "active":
            facts["active"] = not facts["active"]
        elif what == "clearance":
            facts["clearance"] = None if facts["clearance"] else _ceiling(stock, facts)
        else:
            facts["roles"] = chance.choice([["reader"], ["contributor"], ["release_authority"], []])
        stock[key] = facts

    declare(past.world, one)


def change_agreement(past: Past, chance: random.Random) -> None:
    """End an agreement within hours, conclude it anew, or narrow its areas."""

    def one(stock: Stock) -> None:
        slug = chance.choice(["dtc", "eu-ai-office", "dg-connect", "uni-eu", "biz-sg"])
        facts = dict(stock["agreement", slug])
        now = past.world.clock()
        what = chance.choice(["ends", "runs", "areas", "suspended"])
        if what == "ends":
            facts["valid_until"] = now + chance.randint(1, 30) * HOUR
        elif what == "runs":
            facts["valid_from"] = now + chance.randint(0, 12) * HOUR
            facts["valid_until"] = now + timedelta(days=300)
        elif what == "areas":
            facts["areas"] = chance.choice([["trends"], ["research", "trends"]])
        else:
            whole = stock["organisation", slug]
            stock["organisation", slug] = {**whole, "active": not whole["active"]}
        stock["agreement", slug] = facts

    declare(past.world, one)


def change_group(past: Past, chance: random.Random) -> None:
    """Let others be of the group of testers."""

    def one(stock: Stock) -> None:
        stock["group", "testers"] = {
            **stock["group", "testers"],
            "organisations": chance.sample(["dtc", "dg-connect", "biz-sg"], k=chance.randint(0, 2)),
            "people": chance.choice([[], ["uma@uni-eu.example"], ["eric@eu-ai-office.example"]]),
        }

    declare(past.world, one)


def grant(past: Past, chance: random.Random) -> None:
    """Let somebody read what is released for some hours."""
    world, who = past.world, chance.choice(["uma", "bo", "carl", "dana"])
    with world.work() as work:
        records.grant(
            work,
            world.gate,
            world.actor(work, "iris", steps.MFA),
            past.record_id,
            [world.people[who]],
            world.clock() + chance.randint(1, 40) * HOUR,
            longest=timedelta(days=30),
        )


def end_grant(past: Past, chance: random.Random) -> None:
    """End a grant before its time."""
    world = past.world
    with world.work() as work:
        held = [one for one in records.grants_of(work, past.record_id) if one.holds(work.now)]
        if held:
            actor = world.actor(work, "iris", steps.MFA)
            one = chance.choice(sorted(held, key=lambda one: (one.until, str(one.person_id))))
            records.end_grant(work, world.gate, actor, past.record_id, one.id)


ACTS = [
    *(grant, grant, grant, end_grant),
    *(relabel, relabel, relabel, submit, give_back, revise, withdraw),
    *(
        change_person,
        change_person,
        change_person,
        change_agreement,
        change_agreement,
        change_group,
    ),
]


def declare(world: World, one: Callable[[Stock], None]) -> None:
    """Change what is declared, and apply the file that says so."""
    with world.work() as work:
        stock = kept(work.session)
        one(stock)
        parties.apply_file(work, world.schemes, toml(stock).encode())


def toml(stock: Stock) -> str:
    """The file that declares this."""
    lines: list[str] = []
    for (kind, key), facts in sorted(stock.items()):
        if kind == "person":
            lines += ["[[people]]", f"email = {json.dumps(key)}"]
        elif kind == "agreement":
            lines += [f"[organisations.{key}.agreement]"]
        else:
            plural = {"party": "parties", "organisation": "organisations", "group": "groups"}
            lines += [f"[{plural[kind]}.{key}]"]
        names = {"valid_from": "from", "valid_until": "until"}
        for name, value in facts.items():
            if value is not None:
                said = value.isoformat() if isinstance(value, datetime) else json.dumps(value)
                lines.append(f"{names.get(name, name)} = {said}")
    return "\n".join(lines)


def _ceiling(stock: Stock, facts: Any) -> str:
    return str(stock["agreement", facts["organisation"]]["ceiling"])
