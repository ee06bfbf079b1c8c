"""The real application over a small world, on a port of its own, for whoever drives it."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import uvicorn
from fastapi import FastAPI
from sqlalchemy import func, select

from app import log, records, release
from app.access import Actor, Area, Assurance
from app.core.database import Database
from app.core.ids import RecordId, VersionId
from app.core.settings import Settings
from app.core.work import Work
from app.edge import Services
from app.identity import Identity, Passwords, set_password
from app.identity.models import CredentialRow
from app.identity.sessions import open_session
from app.main import assemble, create_app
from app.records import DraftInput, Kind, MarkingInput
from app.vault import Cost, LocalKeys, begin_seal, ensure_key
from tests.release_world import approve_too
from tests.world import ORGANISATIONS, StillClock, World, make_world

PASSWORD = "four words that nobody guesses"
KEY_PASSPHRASE = "the passphrase of a test"


class RunningClock(StillClock):
    """A clock that starts at the world's moment and runs, so that things have an order."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._started = time.monotonic()

    def __call__(self) -> datetime:
        """Give the world's moment."""
        run = time.monotonic() - self._started
        return self.now + type(self.now - self.now)(seconds=run)


@dataclass
class Portal:
    """A portal that answers at `url`, and the world it stands in."""

    url: str
    world: World
    services: Services
    app: FastAPI

    def cookie(self, name: str, assurance: Assurance = Assurance.MULTI_FACTOR) -> str:
        """Open a session for a person, and give its secret: the value of the cookie `entente`."""
        with self.world.work() as work:
            person = self.world.people[name]
            signed_in = open_session(work, self.services.identity, person, assurance)
        return signed_in.secret

    def draft(
        self, author: str, files: Mapping[str, bytes] | None = None, **content: Any
    ) -> records.DraftView:
        """Draft a record as a person; `content` overrides `draft_input`'s."""
        with self.world.work() as work:
            actor = self.world.actor(work, author)
            drafted = records.draft(work, self.world.gate, actor, draft_input(**content))
            for name, data in (files or {}).items():
                self._attach(work, actor, drafted.version_id, name, data)
        return drafted

    def release(self, version_id: VersionId, *, by: str, author: str) -> None:
        """Let a version's author submit it and another person release it."""
        gate, keys = self.world.gate, self.services.identity.keys
        with self.world.work() as work:
            release.submit(work, gate, self.world.actor(work, author), version_id)
        with self.world.work() as work:
            actor = self.world.actor(work, by)
            seen = release.review(work, gate, actor, version_id).seen_hash
            made = release.approve(work, gate, actor, version_id, seen_hash=seen, keys=keys)
        if not made.releases:
            approve_too(self.world, version_id, keys)

    def released(
        self,
        author: str = "ida",
        by: str = "iris",
        files: Mapping[str, bytes] | None = None,
        **content: Any,
    ) -> RecordId:
        """Draft, submit and release a record."""
        drafted = self.draft(author, files, **content)
        self.release(drafted.version_id, by=by, author=author)
        return drafted.record_id

    def revised(
        self, record_id: RecordId, author: str = "ida", by: str = "iris", **content: Any
    ) -> None:
        """Release another version of a record."""
        with self.world.work() as work:
            actor = self.world.actor(work, author)
            opened = records.revise(work, self.world.gate, actor, record_id)
            records.amend(
                work,
                self.world.gate,
                actor,
                opened.version_id,
                draft_input(**content),
                edition=opened.edition,
            )
        self.release(opened.version_id, by=by, author=author)

    def _attach(
        self, work: Work, actor: Actor, version_id: VersionId, name: str, data: bytes
    ) -> None:
        services, gate = self.services, self.world.gate
        facts = records.authorise_attaching(
            work, gate, actor, version_id, None, arrangement=services.settings.arrangement
        )
        sealing = begin_seal(
            facts.binding, facts.seal_label, keys=services.keys, blobs=services.blobs
        )
        with sealing:
            sealing.write(data)
            sealed = sealing.finish()
        records.attach(
            work, gate, actor, facts, sealed, name=name, media_type="application/octet-stream"
        )
        services.blobs.promote(sealed.blob)


def draft_input(**content: Any) -> DraftInput:
    """Give what a draft says: a small best practice, public, but for what is given.

    `marking` and `release_to` may be given as texts.
    """
    marking = content.pop("marking", "TLP:CLEAR")
    release_to = content.pop("release_to", "public")
    said: dict[str, Any] = {
        "kind": Kind.BEST_PRACTICE,
        "area": Area.RESEARCH,
        "title": "A practice",
        "marking": MarkingInput(markings=marking, release_to=release_to)
        if isinstance(marking, str)
        else marking,
        "summary": "What was learned.",
        "fields": {"practice": "Do it like this."},
    }
    return DraftInput(**said | content)


def assemble_portal(database: Database, folder: Path, base_url: str) -> Portal:
    """Put the application together over a world whose people all have `PASSWORD`."""
    world = make_world(database, folder)
    world.clock = RunningClock(world.clock.now)
    world.units = replace(world.units, clock=world.clock)
    key_file = folder / "keys" / "organisations.json"
    cost = Cost(memory_kib=64)
    keys = LocalKeys(key_file, KEY_PASSPHRASE, now=world.clock, cost=cost)
    for slug, *_ in ORGANISATIONS:
        ensure_key(keys, slug)
    settings = Settings(
        data_dir=folder, base_url=base_url, key_passphrase=KEY_PASSPHRASE, _env_file=None
    )
    with patch("app.main.PolicyKeeper", lambda _: world.gate.keeper):  # parsed once a run
        made = assemble(settings, database)
    made.units.engine.dispose()
    services = replace(
        made,
        units=world.units,
        gate=world.gate,
        clock=world.clock,
        identity=Identity(
            keys=made.identity.keys,
            base_url=base_url,
            passwords=Passwords(memory_kib=64, passes=1),
        ),
        log=replace(made.log, units=world.units),
    )
    world.log = services.log
    with world.work() as work:
        if work.session.scalar(select(func.count()).select_from(CredentialRow)) == 0:
            for person in world.people.values():
                set_password(work, services.identity, person, PASSWORD)
    return Portal(base_url, world, services, create_app(services))


@contextmanager
def serving(database: Database, folder: Path) -> Iterator[Portal]:
    """Serve a portal from a thread until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        portal = assemble_portal(database, folder, f"http://127.0.0.1:{listening.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(portal.app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        stop = threading.Event()
        keeping = threading.Thread(target=log.run, args=(portal.services.log, stop), daemon=True)
        keeping.start()
        yield portal
        stop.set()
        server.should_exit = True
        thread.join()
        keeping.join()
    portal.world.close()
