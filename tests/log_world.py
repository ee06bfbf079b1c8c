"""Whoever the tests of the log need: a witness in this process, and somebody who verifies all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from app import log, tlog, verifier
from app.core.journal import Event
from app.core.work import Origin
from app.verifier.database import DatabaseSource
from tests.world import StillClock, World

DOOR = Origin(door="log")


@dataclass
class Witness:
    """A witness as the specification says, in a few lines; it cosigns with two keys."""

    name: str
    clock: StillClock
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    asleep: bool = False

    def __post_init__(self) -> None:
        ed25519, mldsa44 = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
        self.signers = [
            tlog.Signer.cosigner_ed25519(f"{self.name}.example/w", ed25519),
            tlog.Signer.cosigner_mldsa44(f"{self.name}.example/w", mldsa44),
        ]

    @property
    def url(self) -> str:
        return f"http://{self.name}.example"

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Answer `add-checkpoint`; it does not look at the log's signature."""
        status, told = self._judge(tlog.AddCheckpoint.parse(body))
        self.answers.append(status)
        return status, told

    def show(self, url: str) -> tuple[int, bytes]:
        """Show the newest checkpoint of a log that it has cosigned."""
        note = self.notes.get(url.split("/")[-2])
        return (404, b"") if note is None else (200, note.encode())

    def _judge(self, asked: tlog.AddCheckpoint) -> tuple[int, bytes]:
        note = tlog.Note.parse(asked.checkpoint)
        new = tlog.Checkpoint.parse(note.text)
        size, root = self.seen.get(new.origin, (0, tlog.EMPTY_ROOT))
        if asked.old_size > new.size:
            return 400, b""
        if asked.old_size != size:
            return 409, f"{size}\n".encode()
        try:
            if size:
                tlog.check_consistency(
                    old_size=size,
                    old_root=root,
                    size=new.size,
                    root=new.root,
                    proof=list(asked.proof),
                )
        except tlog.ProofError:
            return 422, b""
        self.seen[new.origin] = (new.size, new.root)
        self.notes[tlog.origin_hash(new.origin)] = asked.checkpoint
        at = int(self.clock().timestamp())
        lines = [signer.sign(note.text, at).line() for signer in self.signers]
        return 200, "".join(lines).encode()


@dataclass
class Kept:
    """A world whose log is kept step by step, with its witnesses."""

    world: World
    witnesses: list[Witness]
    seconds: float = 0.0

    def keeper(self) -> log.Keeper:
        """A worker's keeper, on a clock that the test moves."""
        return log.Keeper(self.world.log, lambda: self.seconds)

    def ask_all(self) -> None:
        """Ask every witness now, one after the other."""
        for one in log.witnesses(self.world.log.policy()):
            log.ask_witness(self.world.log, one)

    def checkpoint(self, number: int | None = None) -> tlog.Note:
        """The published checkpoint of a log."""
        with self.world.work() as work:
            which = number or log.current(work.session)
            policy = self.world.log.policy()
            return tlog.Note.parse(log.checkpoint(work.session, which, policy))


def keep(world: World, *names: str, quorum: str = "both") -> Kept:
    """Give a world witnesses of these names; all must have cosigned."""
    witnesses = [Witness(name, world.clock) for name in names]

    def post(url: str, body: bytes | None) -> tuple[int, bytes]:
        (witness,) = [one for one in witnesses if url.startswith(one.url)]
        if witness.asleep:
            raise log.NoAnswer(url)
        return witness.show(url) if body is None else witness.answer(body)

    world.log = replace(world.log, post=post)
    if names:
        lines = tuple(
            tlog.WitnessLine(f"{one.name}{number}", signer.vkey, one.url)
            for one in witnesses
            for number, signer in enumerate(one.signers)
        )
        members = tuple(line.name for line in lines if line.name.endswith("0"))
        group = tlog.GroupLine(quorum, len(members), members)
        policy = tlog.TrustPolicy((), lines, (group,), quorum)
        world.log.policy_path.write_text(policy.text())
    return Kept(world, witnesses)


def write(world: World, count: int = 1, type_: str = "records.listed") -> None:
    """Write so many entries, each in a transaction of its own."""
    for number in range(count):
        with world.work() as work:
            work.record(Event(type_, subject=f"number:{number}"))


def step(world: World, rounds: int = 1) -> None:
    """Do what the worker does: places, then a signature, each in a transaction of its own."""
    for _ in range(rounds):
        with world.units.begin(DOOR) as work:
            log.sequence(work, world.log)
        with world.units.begin(DOOR) as work:
            log.sign(work, world.log.keys)


def verify(world: World) -> int:
    """Verify every log from what is published alone; returns how many entries they have.

    Each log's tiles, entries, signed root; the places without gap; every checkpoint consistent.
    """
    total = 0
    with world.work() as work:
        session = work.session
        for number in range(1, log.current(session) + 1):
            total += _verify_log(session, number, world.log.policy())
        assert not session.execute(
            text("SELECT count(*) <> count(DISTINCT entry_id) FROM log_entries")
        ).scalar_one()
    return total


def _verify_log(session: Any, number: int, policy: tlog.TrustPolicy) -> int:
    note = tlog.Note.parse(log.checkpoint(session, number, policy))
    keys = [tlog.VerifierKey.parse(row.vkey) for row in log.keys(session, number)]
    tlog.verify_note(note, keys)
    checkpoint = tlog.Checkpoint.parse(note.text)
    signed = dict(
        session.execute(
            text("SELECT size, root_hash FROM log_checkpoints WHERE log = :log"), {"log": number}
        ).all()
    )
    size = int(max(signed))
    edge = tlog.Frontier()
    roots = {0: tlog.EMPTY_ROOT}
    for bundle in tlog.bundles_of(size):
        entries = tlog.decode_bundle(log.bundle(session, number, bundle), bundle.width)
        for entry in entries:
            edge.append(tlog.leaf_hash(entry))
            roots[edge.size] = edge.root()
    assert roots[checkpoint.size] == checkpoint.root
    reader = tlog.TileReader(size, lambda tile: log.tile(session, number, tile))
    assert tlog.tree_root(size, reader) == roots[size]
    assert {one: roots[one] for one in signed} == {one: bytes(signed[one]) for one in signed}
    return size


@contextmanager
def nth_statement(engine: Engine, nth: int, act: Any) -> Iterator[list[int]]:
    """Call `act` before the nth statement or commit of an engine; yields how many there were."""
    count = [0]

    def counted(*_: Any) -> None:
        count[0] += 1
        if count[0] == nth:
            act()

    event.listen(engine, "before_cursor_execute", counted)
    event.listen(engine, "commit", counted)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", counted)
        event.remove(engine, "commit", counted)


def at_new_year(year: int) -> datetime:
    """The first second of a year, UTC."""
    return datetime.fromisoformat(f"{year}-01-01T00:00:01+00:00")


def prove(world: World, tmp_path: Path) -> list[verifier.Proved]:
    """Verify the database as the application's role."""
    with Session(world.engine) as session:
        source = DatabaseSource.newest(session, world.log.policy())
        return verifier.verify(source, verifier.Asked(kept=verifier.Kept(tmp_path / "state")))


def wrong(world: World, tmp_path: Path) -> verifier.Wrong:
    """Verify the database, which is not as it must be."""
    with pytest.raises(verifier.Wrong) as caught:
        prove(world, tmp_path)
    return caught.value
