"""Measure the log: appending, signing, witnessing and proving.

python benchmarks/log.py [--seconds 5] [--rounds 3] [--rate 1000] [--entries 1000000]

append     entries a second by 1, 4 and 16 writers, each a process, each entry a transaction,
           while the sequencer works beside them; against the same inserts into a plain table.
           Aims: at least 0.8 at 16; p99 under 25 ms; no writer starves (slowest against mean)
signed     from the commit of an entry to a signed checkpoint over it. Aim: p99 under 1 s
witnessed  from the commit to a checkpoint that both parties' witnesses co-signed. Aim: 3 s
proof      of a random entry of a large log, all of it. Aim: under 2 ms at 1,000,000 entries
"""

import argparse
import bisect
import multiprocessing
import random
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app import log, tlog
from app.core.clock import utc_now
from app.core.database import Database
from app.core.embedded import start_embedded
from app.core.ids import EntryId, new_id
from app.core.journal import Event
from app.core.migrate import migrate
from app.core.work import Origin, Units, Work
from app.demo.witnesses import run_witnesses
from app.log.sequencing import complete

FORK = multiprocessing.get_context("fork")
ORIGIN = Origin(door="api", client_address="192.0.2.1")
EVENT = Event(
    "record.read",
    subject="record:01930000-0000-7000-8000-000000000001",
    actor="01930000-0000-7000-8000-000000000002",
    organisation="uni-eu",
    organisations=frozenset({"imda", "uni-eu"}),
    decision="allow",
    policies=("read-released-to-organisation",),
    markings=("TLP:GREEN",),
    details={"version": 1, "version_hash": "0" * 64},
)
PLAIN = """
CREATE TABLE plain (id uuid PRIMARY KEY, entry bytea NOT NULL, leaf_hash bytea NOT NULL);
CREATE TABLE plain_addresses (
  entry_id uuid PRIMARY KEY REFERENCES plain (id), address text NOT NULL, salt bytea NOT NULL
);
GRANT SELECT, INSERT ON plain, plain_addresses TO entente_app;
"""
INTO_PLAIN = text("""
WITH kept AS (INSERT INTO plain VALUES (:id, :entry, :leaf_hash) RETURNING id)
INSERT INTO plain_addresses SELECT id, :address, :salt FROM kept
""")


@dataclass(frozen=True)
class PlainJournal:
    """Writes the same bytes into a plain table."""

    real: log.DatabaseJournal

    def append(self, work: Work, event: Event) -> EntryId:
        """Make the entry as the journal does, and insert it."""
        entry_id, salt = EntryId(new_id()), secrets.token_bytes(16)
        entry = self.real._entry(work, event, dict(event.details), entry_id, salt)
        leaf = sha256(b"\x00" + entry).digest()
        row = {"id": entry_id, "entry": entry, "leaf_hash": leaf}
        work.session.execute(INTO_PLAIN, row | {"address": "192.0.2.1", "salt": salt})
        return entry_id


def parts_of(database: Database, folder: Path) -> log.LogParts:
    """Put together what keeps the log of a database."""
    units = Units(database.application_engine(), log.DatabaseJournal(secrets.token_bytes), utc_now)
    return log.LogParts(
        units=units,
        keys=log.LogKeys.load_or_create(folder / "log", utc_now),
        origin="benchmark.example/log",
        policy_path=folder / "log" / "policy",
        post=log.http_post(log.new_client()),
    )


def write(
    database: Database, plain: bool, gate: Any, seconds: float, rate: float, told: Any
) -> None:
    """Append for so long, at most at this rate; tells the moment and length of each commit."""
    real = log.DatabaseJournal(secrets.token_bytes)
    units = Units(
        database.application_engine(pool_size=1), PlainJournal(real) if plain else real, utc_now
    )
    with units.begin(ORIGIN) as work:
        work.record(EVENT)
    commits: list[tuple[float, float, str]] = []
    gate.wait()
    end = time.time() + seconds
    due = time.time()
    while time.time() < end:
        if rate:
            due += random.expovariate(rate)
            time.sleep(max(0.0, due - time.time()))
        began = time.time()
        with units.begin(ORIGIN) as work:
            entry_id = units.journal.append(work, EVENT)
        commits.append((time.time(), time.time() - began, str(entry_id)))
    told.put(commits)


def keep(database: Database, folder: Path, witnessed: bool, stop: Any) -> None:
    """Keep the log as a worker does, with both parties' witnesses beside it."""
    parts, ends = parts_of(database, folder), threading.Event()
    if witnessed:
        run_witnesses(parts, folder, ends)
    threading.Thread(target=log.run, args=(parts, ends), daemon=True).start()
    stop.wait()
    ends.set()


@contextmanager
def keeping(database: Database, folder: Path, *, witnessed: bool = False) -> Iterator[None]:
    """Have a process keep the log until the block ends."""
    stop = FORK.Event()
    worker = FORK.Process(target=keep, args=(database, folder, witnessed, stop))
    worker.start()
    yield
    stop.set()
    worker.join()


Commits = list[list[tuple[float, float, str]]]


def run_writers(
    database: Database, count: int, seconds: float, *, plain: bool = False, rate: float = 0
) -> Commits:
    """Let so many processes write at once; gives what each told."""
    gate, told = FORK.Barrier(count), FORK.Queue()
    values = (database, plain, gate, seconds, rate / count, told)
    writers = [FORK.Process(target=write, args=values) for _ in range(count)]
    for writer in writers:
        writer.start()
    commits = [told.get() for _ in writers]
    for writer in writers:
        writer.join()
    return commits


def measure_appends(database: Database, folder: Path, seconds: float, rounds: int) -> None:
    """Compare with a plain table, in turn."""
    with database.owner_engine().begin() as connection:
        connection.execute(text(PLAIN))
    for writers in (1, 4, 16):
        ratios, lengths, shares, rates = [], [], [], []
        for _ in range(rounds):
            bare = sum(map(len, run_writers(database, writers, seconds, plain=True)))
            with keeping(database, folder):
                ours = run_writers(database, writers, seconds)
            each = [len(one) for one in ours]
            ratios.append(sum(each) / bare)
            rates.append(sum(each) / seconds)
            lengths += [length for one in ours for _, length, _ in one]
            shares.append(min(each) / statistics.mean(each))
        print(
            f"append, {writers:2} writers: {statistics.median(ratios):.2f} of plain inserts"
            f" ({statistics.median(rates):,.0f}/s), p50 {at(lengths, 0.5) * 1000:.1f} ms,"
            f" p99 {at(lengths, 0.99) * 1000:.1f} ms, smallest share {min(shares):.2f} of the mean"
        )


def at(values: Sequence[float], part: float) -> float:
    """Give a quantile."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


SIGNED = "SELECT max(size) FROM log_checkpoints"
WITNESSED = (
    "SELECT max(size) FROM (SELECT size FROM log_cosignatures GROUP BY size"
    " HAVING count(*) = 2) met"
)


def watch(database: Database, stop: threading.Event, seen: dict[str, list[Any]]) -> None:
    """Look every few milliseconds how far the log is signed and witnessed."""
    engine = database.owner_engine()
    while not stop.wait(0.005):
        for what, asked in (("signed", SIGNED), ("witnessed", WITNESSED)):
            with engine.connect() as connection:
                size = connection.execute(text(asked)).scalar() or 0
            if not seen[what] or size > seen[what][-1][0]:
                seen[what].append((size, time.time()))


def measure_latency(database: Database, folder: Path, seconds: float, rate: float) -> None:
    """Write at a steady rate, and find when each entry was covered."""
    seen: dict[str, list[Any]] = {"signed": [], "witnessed": []}
    stop = threading.Event()
    with keeping(database, folder, witnessed=True):
        time.sleep(5)  # what waited from before
        watcher = threading.Thread(target=watch, args=(database, stop, seen))
        watcher.start()
        commits = [one for told in run_writers(database, 4, seconds, rate=rate) for one in told]
        time.sleep(5)
        stop.set()
        watcher.join()
    places = dict(rows(database, "SELECT entry_id::text, index FROM log_entries"))
    print(f"{len(commits) / seconds:,.0f} entries a second:")
    for what, reached in seen.items():
        sizes = [size for size, _ in reached]
        waits, missing = [], 0
        for committed, _, entry_id in commits:
            first = bisect.bisect_right(sizes, places[entry_id])
            if first == len(sizes):
                missing += 1
            else:
                waits.append(max(0.0, reached[first][1] - committed))
        print(
            f"commit to {what}: p50 {at(waits, 0.5):.2f} s, p99 {at(waits, 0.99):.2f} s,"
            f" longest {max(waits):.2f} s, not within 5 s {missing}"
        )


def rows(database: Database, asked: str) -> Sequence[Any]:
    """Ask as the owner."""
    with database.owner_engine().connect() as connection:
        return connection.execute(text(asked)).all()


FILL = text("""
INSERT INTO log_entries
SELECT :log, n, gen_random_uuid(), sha256(int8send(n)), now(), 'record.read', 'record:1', NULL,
  NULL, 'uni-eu', '{imda,uni-eu}', 'allow', '{TLP:GREEN}', NULL, 0, 'api'
FROM generate_series(CAST(:start AS bigint), CAST(:stop AS bigint) - 1) n
""")


def measure_proofs(database: Database, folder: Path, entries: int) -> None:
    """Prove random entries of a log that is filled without a journal."""
    parts = parts_of(database, folder)
    with parts.units.begin(ORIGIN) as work:
        log.sequence(work, parts)
    engine = database.owner_engine()
    units = Units(engine, parts.units.journal, utc_now)
    size = rows(database, "SELECT max(index) + 1 FROM log_entries")[0][0]
    with units.begin(ORIGIN) as work:
        work.session.execute(text("SET session_replication_role = replica"))
        work.session.execute(FILL, {"log": 1, "start": size, "stop": entries})
        complete(work.session, 1, entries)
        root = tlog.tree_root(entries, log.reader_of(work.session, 1, entries))
        body = tlog.Checkpoint("benchmark.example/log/0", entries, root).text()
        note = tlog.Note(body, (parts.keys.signers("benchmark.example/log/0")[0].sign(body, 1),))
        work.session.execute(
            text("INSERT INTO log_checkpoints VALUES (1, :size, 0, :root, now(), :note)"),
            {"size": entries, "root": root, "note": note.serialised()},
        )
        work.session.execute(text("DELETE FROM log_checkpoints WHERE size < :n"), {"n": entries})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE log_entries, log_nodes, log_checkpoints"))
    ids = rows(database, "SELECT entry_id FROM log_entries TABLESAMPLE SYSTEM (0.2) LIMIT 600")
    times = []
    with parts.units.begin(ORIGIN) as work:
        for (entry_id,) in random.sample(list(ids), min(500, len(ids))):
            began = time.perf_counter()
            proof = log.proof_of(work.session, entry_id)
            times.append(time.perf_counter() - began)
            tlog.check_inclusion(
                proof.leaf_hash,
                index=proof.index,
                size=proof.size,
                proof=list(proof.proof),
                root=root,
            )
    print(
        f"an inclusion proof at {entries:,}: p50 {at(times, 0.5) * 1000:.2f} ms,"
        f" p99 {at(times, 0.99) * 1000:.2f} ms"
    )


def main() -> None:
    """Measure each in a database of its own."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=5)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--rate", type=float, default=1000)
    asked.add_argument("--entries", type=int, default=1_000_000)
    given = asked.parse_args()
    measures: list[Callable[[Database, Path], None]] = [
        lambda database, folder: measure_appends(database, folder, given.seconds, given.rounds),
        lambda database, folder: measure_latency(database, folder, given.seconds, given.rate),
        lambda database, folder: measure_proofs(database, folder, given.entries),
    ]
    for measure in measures:
        with tempfile.TemporaryDirectory() as folder:
            url = start_embedded(Path(folder) / "postgres").replace(
                "postgresql://", "postgresql+psycopg://"
            )
            database = Database(url, url)
            migrate(database)
            measure(database, Path(folder))


if __name__ == "__main__":
    main()
