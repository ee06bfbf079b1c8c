"""A small world for tests: two parties, their bodies, two partners, and a person of each role."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, TextClause, insert, select, text
from sqlalchemy.orm import Session

from app.access import (
    Actor,
    Area,
    Assurance,
    Gate,
    PolicyKeeper,
    register_policies,
)
from app.core.database import Database
from app.core.ids import PersonId, new_id
from app.core.work import Origin, Units, Work
from app.labels import Schemes
from app.log import DatabaseJournal, LogKeys, LogParts, NoAnswer, sequence, sign
from app.parties import note_standings
from app.parties.models import (
    AgreementRow,
    GroupOrganisationRow,
    GroupPersonRow,
    GroupRow,
    OrganisationRow,
    PartyRow,
    PersonRow,
)

POLICIES = Path(__file__).parents[1] / "policies"
MOST_SECONDS = 60  # that another database's transaction may hold entries back
DUE = text("SELECT (SELECT count(*) FROM journal) <> (SELECT count(*) FROM log_entries)")
UNSIGNED = text(
    "SELECT EXISTS (SELECT FROM log_entries WHERE log = (SELECT max(number) FROM logs) AND index >="
    " (SELECT coalesce(max(size), 0) FROM log_checkpoints c WHERE c.log = log_entries.log))"
)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

ORGANISATIONS = [
    ("imda", "Infocomm Media Development Authority", "authority", "SG"),
    ("dtc", "Digital Trust Centre", "authority", "SG"),
    ("eu-ai-office", "EU AI Office", "authority", "EU"),
    ("dg-connect", "DG CONNECT", "authority", "EU"),
    ("uni-eu", "A university in the EU", "partner", "EU"),
    ("biz-sg", "A business in Singapore", "partner", "SG"),
]
SG_CEILING = "CONFIDENTIAL \\ SENSITIVE HIGH"
EU_CEILING = "RESTREINT UE/EU RESTRICTED"
CEILINGS = {
    "imda": SG_CEILING,
    "dtc": SG_CEILING,
    "eu-ai-office": EU_CEILING,
    "dg-connect": EU_CEILING,
    "uni-eu": "SENSITIVE",
    "biz-sg": "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL",
}
PEOPLE = [
    ("ida", "imda", ["contributor"]),
    ("ivan", "imda", ["contributor", "release_authority"]),
    ("iris", "imda", ["release_authority"]),
    ("ines", "imda", ["reader"]),
    ("abel", "imda", ["auditor"]),
    ("olga", "imda", ["organisation_administrator"]),
    ("dana", "dtc", ["contributor", "release_authority"]),
    ("ella", "eu-ai-office", ["contributor"]),
    ("emil", "eu-ai-office", ["release_authority"]),
    ("eric", "eu-ai-office", ["reader"]),
    ("aude", "eu-ai-office", ["auditor"]),
    ("carl", "dg-connect", ["reader"]),
    ("uma", "uni-eu", ["reader"]),
    ("bo", "biz-sg", ["reader"]),
    ("sys", "imda", ["system_administrator"]),
]


@dataclass
class StillClock:
    """A clock that moves when told to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, span: timedelta) -> None:
        """Move on."""
        self.now += span


@dataclass
class World:
    """Everything a verb needs, over a database of the test's own."""

    database: Database
    folder: Path
    engine: Engine
    clock: StillClock
    units: Units
    gate: Gate
    log: LogParts
    people: dict[str, PersonId] = field(default_factory=dict)

    @property
    def schemes(self) -> Schemes:
        """The marking schemes in force."""
        return self.gate.keeper.current.schemes

    @contextmanager
    def work(self) -> Iterator[Work]:
        """One transaction, as a request has it."""
        with self.units.begin(Origin(door="test")) as work:
            yield work

    @cached_property
    def _owner_engine(self) -> Engine:
        return self.database.owner_engine()

    @contextmanager
    def owner(self) -> Iterator[Session]:
        """A transaction of the owner, whom row-level security does not bind."""
        with Session(self._owner_engine) as session, session.begin():
            yield session

    def actor(self, work: Work, name: str, assurance: Assurance = Assurance.MULTI_FACTOR) -> Actor:
        """The person of this short name (or "public"), signed in."""
        from app.parties import actor_for, public_actor

        if name == "public":
            return public_actor(work)
        return actor_for(work, self.schemes, self.people[name], assurance)

    def entries(self) -> list[dict[str, Any]]:
        """The entries of the journal as their bytes say, oldest first."""
        with self.owner() as session:
            rows = session.scalars(
                text('SELECT entry FROM journal ORDER BY "transaction", position')
            )
            return [json.loads(entry) for entry in rows]

    def told(self, type_: str) -> list[dict[str, Any]]:
        """The entries of one type, oldest first."""
        return [entry for entry in self.entries() if entry["type"] == type_]

    def sequence(self) -> int:
        """Give every entry its place in the log, and sign, as the worker does; gives the size.

        Whoever serves the world may keep its log at the same time, and be the one who does it.
        """
        self._until(sequence, DUE)
        self._until(lambda work, log: sign(work, log.keys), UNSIGNED)
        with self.units.begin(Origin(door="log")) as work:
            return int(work.session.execute(text("SELECT count(*) FROM log_entries")).scalar_one())

    def _until(self, step: Callable[[Work, LogParts], object], left: TextClause) -> None:
        """Repeat a step until nothing is left; another database's transaction can hold it up."""
        deadline = time.monotonic() + MOST_SECONDS
        while True:
            with self.units.begin(Origin(door="log")) as work:
                step(work, self.log)
                if not work.session.execute(left).scalar_one():
                    return
            assert time.monotonic() < deadline, "a transaction does not end"
            time.sleep(0.02)

    def events(self) -> list[tuple[str, str, str]]:
        """What the journal holds, oldest first: type, actor's short name, subject."""
        names = {str(person): name for name, person in self.people.items()}
        return [
            (entry["type"], names.get(entry["actor"], entry["actor"]), entry["subject"])
            for entry in self.entries()
        ]

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
        if "_owner_engine" in vars(self):
            self._owner_engine.dispose()


def nobody_answers(url: str, _: bytes | None) -> tuple[int, bytes]:
    """Stand for witnesses where a test has none."""
    raise NoAnswer(f"nobody answers at {url}")


_KEEPERS: list[PolicyKeeper] = []


def make_world(database: Database, folder: Path) -> World:
    """Build the world, or find it settled already; the policies are parsed once a run."""
    if not _KEEPERS:
        _KEEPERS.append(PolicyKeeper(POLICIES))
    engine = database.application_engine(pool_size=4)
    clock = StillClock()
    units = Units(engine, DatabaseJournal(secrets.token_bytes), clock)
    world = World(
        database=database,
        folder=folder,
        engine=engine,
        clock=clock,
        units=units,
        gate=Gate(_KEEPERS[0]),
        log=LogParts(
            units=units,
            keys=LogKeys.load_or_create(folder / "log", clock),
            origin="entente.example/log",
            policy_path=folder / "log" / "policy",
            post=nobody_answers,
        ),
    )
    with world.work() as work:
        world.people |= _settled(work.session)
        if not world.people:
            register_policies(work.session, world.gate.keeper.current, work.now)
            _settle(work.session, world)
            note_standings(work, world.schemes)
    return world


def _settled(session: Session) -> dict[str, PersonId]:
    """Give the people of a database that was cloned from a settled one."""
    rows = session.execute(select(PersonRow.email, PersonRow.id))
    return {email.partition("@")[0]: PersonId(id_) for email, id_ in rows}


def _settle(session: Session, world: World) -> None:
    parties = [("SG", "Singapore", "sg"), ("EU", "European Union", "eu")]
    session.execute(insert(PartyRow), [{"code": c, "name": n, "scheme": s} for c, n, s in parties])
    session.execute(
        insert(OrganisationRow),
        [
            {"slug": slug, "name": name, "kind": kind, "party": party, "active": True}
            for slug, name, kind, party in ORGANISATIONS
        ],
    )
    session.execute(
        insert(AgreementRow),
        [
            {
                "organisation": slug,
                "title": "Administrative Arrangement",
                "valid_from": NOON - timedelta(days=400),
                "valid_until": NOON + timedelta(days=400),
                "ceiling": ceiling,
                "areas": [area.value for area in Area],
            }
            for slug, ceiling in CEILINGS.items()
        ],
    )
    for name, organisation, roles in PEOPLE:
        person = PersonId(new_id())
        world.people[name] = person
        session.execute(
            insert(PersonRow).values(
                id=person,
                email=f"{name}@{organisation}.example",
                name=name.title(),
                organisation=organisation,
                roles=roles,
                clearance=CEILINGS[organisation],
                active=True,
                admitted_at=NOON,
            )
        )
    session.execute(insert(GroupRow).values(slug="testers", name="Joint testing network"))
    session.execute(insert(GroupPersonRow).values(group="testers", person_id=world.people["uma"]))
    session.execute(insert(GroupOrganisationRow).values(group="testers", organisation="dtc"))
    assert session.scalar(select(PartyRow.code).limit(1))
