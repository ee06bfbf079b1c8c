"""Measure every question of the auditors on a year of entries, against its bare SQL.

    python benchmarks/questions.py [ENTRIES]        (1000000 unless told)

`ms` is the median time of a whole answer: the office entered and its event written, filters
resolved, counted, a page of 50 rows with their names. `bare` is that of the statements on the log's
entries alone, the same ones, sent by the driver and fetched, with nothing made of them. Both are
taken in turn. A first line says how long filling took.
"""

import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from app import audit, parties
from app.access import Gate, PolicyKeeper, register_policies
from app.access.facts import Assurance
from app.audit import QuestionFilter, QuestionName, load_thresholds
from app.core.database import Database
from app.core.embedded import start_embedded
from app.core.migrate import migrate
from app.core.work import Origin, Units
from app.log import DatabaseJournal
from benchmarks.year import Year, fill

POLICIES = Path(__file__).parents[1] / "policies"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROUNDS = 11
AIM_MS, AIM_TIMES = 300, 1.5


@dataclass(frozen=True)
class Bench:
    """A filled database, and what answers are made with."""

    engine: Engine
    units: Units
    gate: Gate
    year: Year

    def answer(self, name: QuestionName, asked: QuestionFilter) -> audit.Answer:
        """Answer as the API does."""
        with self.units.begin(Origin(door="benchmark")) as work:
            actor = parties.actor_for(
                work, self.gate.keeper.current.schemes, self.year.auditor, Assurance.MULTI_FACTOR
            )
            thresholds = load_thresholds(POLICIES)
            return audit.answer(work, self.gate, actor, name, asked, thresholds=thresholds)


def cases(year: Year) -> list[tuple[str, QuestionName, Mapping[str, str]]]:
    """Give every question with its default filters, and with typical ones."""
    month = {"from": "2026-10-01", "to": "2026-10-31"}
    person, organisation, record = str(year.busy_person), year.busy_organisation, year.busy_record
    q = QuestionName
    return [
        ("a record, ever", q.RECORD_OPENED, {"record": str(record)}),
        ("a record, a month", q.RECORD_OPENED, {"record": str(record), **month}),
        ("all organisations", q.ORGANISATION_OPENED, {}),
        ("an organisation, ever", q.ORGANISATION_OPENED, {"organisation": organisation}),
        (
            "an organisation, a month",
            q.ORGANISATION_OPENED,
            {"organisation": organisation, **month},
        ),
        ("a person, ever", q.PERSON_OPENED, {"person": person}),
        ("refused, ever", q.REFUSED, {}),
        ("refused, a month", q.REFUSED, month),
        ("refused to a person", q.REFUSED, {"person": person}),
        ("after leaving", q.AFTER_LEAVING, {}),
        ("unusual, last days", q.UNUSUAL, {}),
        ("unusual, an organisation", q.UNUSUAL, {"organisation": organisation}),
        ("administration, ever", q.ADMINISTRATION, {}),
        ("labels changed, ever", q.LABELS_CHANGED, {}),
        ("releases, ever", q.RELEASES, {}),
        ("releases, a month", q.RELEASES, month),
        ("requests, ever", q.REQUESTS, {}),
        ("bulk, last days", q.BULK, {}),
        ("bulk, a person, ever", q.BULK, {"person": person, "from": "2025-11-25"}),
    ]


@contextmanager
def bench(folder: Path, entries: int) -> Iterator[Bench]:
    """Fill a database of its own."""
    server = start_embedded(folder / "postgres")
    database = Database(server, server)
    migrate(database)
    owner = database.owner_engine()
    with Session(owner) as session, session.begin():
        year = fill(session, entries)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    owner.dispose()
    gate = Gate(PolicyKeeper(POLICIES))
    engine = database.application_engine()
    units = Units(engine, DatabaseJournal(secrets.token_bytes), lambda: NOW)
    with units.begin(Origin(door="benchmark")) as work:
        register_policies(work.session, gate.keeper.current, work.now)
    yield Bench(engine, units, gate, year)
    engine.dispose()


def statements_of(bench: Bench, name: QuestionName, asked: QuestionFilter) -> list[tuple[str, Any]]:
    """Give the statements on the log's entries that an answer sends."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")) and "log_entries" in statement:
            sent.append((statement, parameters))

    event.listen(bench.engine, "before_cursor_execute", note)
    bench.answer(name, asked)
    event.remove(bench.engine, "before_cursor_execute", note)
    return sent


def bare(bench: Bench, sent: Sequence[tuple[str, Any]]) -> None:
    """Send statements by the driver alone, and fetch what they give."""
    connection = bench.engine.raw_connection()
    cursor = connection.cursor()
    for statement, parameters in sent:
        cursor.execute(statement, parameters)
        cursor.fetchall()
    connection.rollback()
    connection.close()


def seconds(act: Any) -> float:
    """Give how long an act takes."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def main() -> None:
    """Measure, and print a table."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="entente-bench-") as folder:
        begun = time.perf_counter()
        with bench(Path(folder), entries) as made:
            print(f"{entries:,} entries filled in {time.perf_counter() - begun:.0f} s\n")
            print(f"{'question':28}{'ms':>8}{'bare':>8}{'times':>8}")
            for label, name, given in cases(made.year):
                asked = QuestionFilter.model_validate(given)
                sent = statements_of(made, name, asked)
                whole, alone = [], []
                for _ in range(ROUNDS):
                    whole.append(seconds(lambda: made.answer(name, asked)))  # noqa: B023
                    alone.append(seconds(lambda: bare(made, sent)))  # noqa: B023
                ms, bare_ms = statistics.median(whole) * 1000, statistics.median(alone) * 1000
                over = " !" if ms > AIM_MS or ms > AIM_TIMES * bare_ms else ""
                print(f"{label:28}{ms:8.1f}{bare_ms:8.1f}{ms / bare_ms:8.2f}{over}", flush=True)


if __name__ == "__main__":
    main()
