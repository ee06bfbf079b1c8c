"""Small random histories of a log, for tests that hold every question to a slow, obvious oracle."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app import audit
from app.audit import Answer, QuestionFilter, QuestionName, Thresholds, load_thresholds
from app.core.ids import AudienceId, new_id
from app.core.journal import Event
from tests.world import ORGANISATIONS, POLICIES, World

PARTY = {slug: party for slug, _, _, party in ORGANISATIONS}
AUDITORS = {"SG": "abel", "EU": "aude"}
OPENED = (
    *("record.read", "record.reviewed", "record.compared", "draft.read", "tombstone.read"),
    "inspection.read",
    *("attachment.downloaded", "attachment.page-viewed", "decisions.read"),
)
OFFICIAL = ("person.roles-assigned", "person.clearance-set", "password.given", "policies.loaded")
STEPS = (0, 0, 1, 2, 7, 30, 240, 900)  # minutes; often several entries have the same moment
Entry = dict[str, Any]


@dataclass
class History:
    """What happened, as the bytes of the entries say, each with its place in the log."""

    world: World
    thresholds: Thresholds
    entries: list[Entry] = field(default_factory=list)
    records: list[UUID] = field(default_factory=list)

    def sight(self, party: str) -> list[Entry]:
        """What the auditors of a party may see, newest first."""
        ours = {slug for slug, of in PARTY.items() if of == party}
        seen = [
            one
            for one in self.entries
            if not one["organisations"] or ours & set(one["organisations"])
        ]
        return sorted(seen, key=place, reverse=True)

    def ask(self, party: str, name: QuestionName, **given: Any) -> Answer:
        """The answer that the auditor of a party gets."""
        with self.world.work() as work:
            actor = self.world.actor(work, AUDITORS[party])
            asked = QuestionFilter.model_validate(given)
            return audit.answer(
                work, self.world.gate, actor, name, asked, thresholds=self.thresholds
            )

    def whole(self, party: str, name: QuestionName, **given: Any) -> tuple[Answer, list[audit.Row]]:
        """The answer with every row."""
        with self.world.work() as work:
            actor = self.world.actor(work, AUDITORS[party])
            asked = QuestionFilter.model_validate(given)
            with audit.answer_whole(
                work, self.world.gate, actor, name, asked, thresholds=self.thresholds
            ) as whole:
                return whole.answer, list(whole.rows)

    def settle(self) -> None:
        """Give every entry its place, sign, and read the entries anew."""
        self.world.sequence()
        with self.world.owner() as session:
            rows = session.execute(text("SELECT entry_id, log, index FROM log_entries")).all()
        places = {str(entry_id): (log, index) for entry_id, log, index in rows}
        self.entries = [{**one, "place": places[one["id"]]} for one in self.world.entries()]


def place(entry: Entry) -> tuple[datetime, int, int]:
    """Where an entry stands in every table: by time, then by its place in the log."""
    return (at(entry), *entry["place"])


def at(entry: Entry) -> datetime:
    """When it happened."""
    return datetime.fromisoformat(entry["time"]).astimezone(UTC)


def totals(answer: Answer) -> Mapping[str, Any]:
    """The numbers of an answer by their names."""
    return {one.name: one.value for one in answer.totals}


def ids(rows: list[audit.Row]) -> list[str]:
    """The entries that rows are proved by."""
    return [str(row.entry) for row in rows]


def make_history(world: World, seed: int, length: int = 240) -> History:
    """Let things happen at random, through the journal as in life."""
    chance = random.Random(seed)  # noqa: S311
    history = History(world, load_thresholds(POLICIES), records=[new_id() for _ in range(3)])
    walk = Walk(history, chance)
    for _ in range(length):
        walk.step()
    history.settle()
    return history


@dataclass
class Walk:
    """One thing after the other."""

    history: History
    chance: random.Random
    versions: list[tuple[UUID, UUID]] = field(default_factory=list)

    def step(self) -> None:
        """Let some time pass, and one thing happen."""
        world, chance = self.history.world, self.chance
        world.clock.pass_time(timedelta(minutes=chance.choice(STEPS)))
        acts: list[tuple[int, Callable[[], Event]]] = [
            (10, self.opened),
            (3, self.refused),
            (2, self.searched),
            (4, self.decided),
            (2, self.left),
            (1, self.agreed),
            (1, self.official),
            (1, self.relabelled),
            (1, self.exported),
        ]
        (act,) = chance.choices([act for _, act in acts], [weight for weight, _ in acts])
        with world.work() as work:
            work.record(act())

    def actor(self, *, public: bool = False) -> dict[str, Any]:
        """Somebody of the world, and whom their act concerns."""
        names = ["uma", "bo", "ida", "eric", "carl", *(["public"] if public else [])]
        name = self.chance.choice(names)
        owner = self.chance.choice(["imda", "dtc", "eu-ai-office"])
        if name == "public":
            return {"organisations": frozenset({owner})}
        slug = next(slug for slug, *_ in ORGANISATIONS if slug == WHERE[name])
        return {
            "actor": str(self.history.world.people[name]),
            "organisation": slug,
            "organisations": frozenset({slug, owner}),
        }

    def opened(self) -> Event:
        """Somebody, or the public, opened a record or one of its files."""
        record, type_ = self.chance.choice(self.history.records), self.chance.choice(OPENED)
        kind = "attachment" if type_.startswith("attachment") else "record"
        files = [UUID(int=record.int ^ n) for n in range(1, 4)]
        return Event(
            type_,
            subject=f"{kind}:{self.chance.choice(files) if kind == 'attachment' else record}",
            record=record,
            decision="allow",
            audience=AudienceId(1),
            markings=(self.chance.choice(["TLP:AMBER", "SENSITIVE"]),),
            served_bytes=self.chance.choice([0, 10]),
            **self.actor(public=True),
        )

    def refused(self) -> Event:
        """Somebody was refused, or could not sign in."""
        if self.chance.random() < 0.3:
            return Event("sign-in.refused", decision="deny", details={"reason": "wrong"})
        record = self.chance.choice([*self.history.records, None])
        return Event(
            self.chance.choice(["read.refused", "download.refused"]),
            subject=f"record:{record or new_id()}",
            record=record,
            decision="deny",
            details={"exists": record is not None},
            **self.actor(public=True),
        )

    def searched(self) -> Event:
        """Somebody listed records: nothing that any question counts."""
        return Event("records.listed", decision="allow", **self.actor())

    def decided(self) -> Event:
        """A version went a step on, not always in order."""
        if not self.versions or self.chance.random() < 0.3:
            self.versions.append((self.chance.choice(self.history.records), new_id()))
        record, version = self.chance.choice(self.versions)
        kinds = ("submitted", "submitted", "consented", "released", "returned", "refused")
        return Event(
            f"record.{self.chance.choice(kinds)}",
            subject=f"version:{version}",
            record=record,
            decision="allow",
            audience=AudienceId(1),
            markings=("TLP:AMBER",),
            **self.actor(),
        )

    def left(self) -> Event:
        """Somebody, or an organisation, was suspended or let back in."""
        verb = self.chance.choice(["suspended", "resumed"])
        name = self.chance.choice(["uma", "bo", "eric", "carl", ""])
        slug = WHERE[name] if name else self.chance.choice(["uni-eu", "biz-sg"])
        what = f"person:{self.history.world.people[name]}" if name else f"organisation:{slug}"
        kind = what.partition(":")[0]
        return Event(f"{kind}.{verb}", subject=what, organisations=frozenset({slug}))

    def agreed(self) -> Event:
        """An agreement has other days: it ends soon, or begins later."""
        now, slug = self.history.world.clock.now, self.chance.choice(["uni-eu", "biz-sg"])
        begins = now + timedelta(hours=self.chance.choice([-48, -48, 3, 30]))
        ends = begins + timedelta(hours=self.chance.choice([1, 60, 2000]))
        told = {"valid_from": begins.isoformat(), "valid_until": ends.isoformat()}
        return Event(
            "agreement.changed",
            subject=f"agreement:{slug}",
            organisations=frozenset({slug}),
            details=told,
        )

    def official(self) -> Event:
        """An administrative act, some of them by the operator."""
        type_ = self.chance.choice(OFFICIAL)
        if type_ == "policies.loaded":
            return Event(type_, subject="policy-set:1")
        about = self.history.world.people[self.chance.choice(["uma", "bo"])]
        return Event(type_, subject=f"person:{about}", decision="allow", **self.actor())

    def relabelled(self) -> Event:
        """A draft or a file got another marking."""
        return Event(
            self.chance.choice(["draft.relabelled", "attachment.relabelled", "draft.amended"]),
            subject=f"version:{new_id()}",
            record=self.chance.choice(self.history.records),
            decision="allow",
            audience=AudienceId(1),
            details={"labels": ["title: TLP:RED becomes TLP:AMBER"]},
            **self.actor(),
        )

    def exported(self) -> Event:
        """The log was exported."""
        return Event("log.exported", subject="party:SG", decision="allow", **self.actor())


WHERE = {
    "uma": "uni-eu",
    "bo": "biz-sg",
    "ida": "imda",
    "eric": "eu-ai-office",
    "carl": "dg-connect",
}
