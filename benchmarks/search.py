"""Measure lists, searches and pages of those who see much, little and nothing, against no filter.

    python benchmarks/search.py [RECORDS ...]        (10000 and 100000 unless told)

Each number is database time in milliseconds, planning and execution, as the server counts it: the
median of runs that were taken in turn, filtered and unfiltered. What is measured are the statements
on content that each question makes, as the application makes them. Unfiltered are those of who sees
everything without their conditions of access, run by the owner, whom row-level security does not
bind. With several numbers of records, how the medians grow from the first to the last is told too.

    list       the 25 newest, with all that their lines show, and the counts of everything in sight
    next       the page after it
    filtered   the 25 newest of one kind and year, and the counts under these filters
    facets     what is kept of every audience alone: how many there are, by every dimension
    rare       a search for a word that few have: page, lines and counts
    common     the same for a word that many have
    best       the same in order of rank
    record     the page of the newest record in sight
"""

import json
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from app import bench, parties, records
from app.access import Actor, Assurance, Gate, PolicyKeeper, register_policies
from app.core.clock import utc_now
from app.core.database import Database
from app.core.embedded import start_embedded
from app.core.journal import Event
from app.core.migrate import migrate
from app.core.work import Origin, Units, Work
from app.records import Kind, Search, counting

POLICIES = Path(__file__).parents[1] / "policies"
ORIGIN = Origin(door="benchmark")
ROUNDS = 15
FREE = "unfiltered"
CONTENT = re.compile(
    r"\b(versions|portions|facets|tallies|attachments|entente_(matches|lines|gaps))\b"
)
# How a statement says which audiences it may show, under whatever name of its parameter.
HOLDS = re.compile(
    r"(\w+\.)?(audience_)?id = ANY \(%\((ids|param_\d+)\)s(::INTEGER\[\])?\)"
    r"|entente_holds\((%\(\w+\)s(::BYTEA)?|sight|\$3|\$4), (\w+\.)?(audience_)?id\)"
)

Statement = tuple[str, Mapping[str, Any]]


class NoJournal:
    """Keeps nothing: the journal's cost is measured elsewhere."""

    def append(self, work: Work, event: Event) -> Any:
        """Forget the event."""


@dataclass(frozen=True)
class Bench:
    """A seeded database, as the application and as its owner."""

    units: Units
    owner: Engine
    gate: Gate

    def actor(self, work: Work, share: str) -> Actor:
        """Give who sees this share."""
        person = parties.person_by_email(work.session, bench.address(share))
        assert person is not None
        schemes = self.gate.keeper.current.schemes
        return parties.actor_for(work, schemes, person, Assurance.MULTI_FACTOR)


@contextmanager
def seeded(folder: Path, size: int, *, profiles: int = 500) -> Iterator[Bench]:
    """Start a database of its own, seed it, and throw it away; nothing of it need be durable."""
    root = make_url(start_embedded(folder)).set(drivername="postgresql+psycopg")
    name = f"records_{size}"
    server = create_engine(root, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '4GB'"):
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = root.set(database=name).render_as_string(hide_password=False)
    database = Database(url, url)
    migrate(database)
    gate = Gate(PolicyKeeper(POLICIES))
    units = Units(database.application_engine(), NoJournal(), utc_now)
    with units.begin(ORIGIN) as work:
        register_policies(work.session, gate.keeper.current, work.now)
    bench.seed(
        database,
        units,
        gate.keeper.current.schemes,
        bench.Plan(size, profiles=profiles),
        lambda done, of: print(f"\r{done:,} of {of:,}", end="", flush=True, file=sys.stderr),
    )
    owner = database.owner_engine()
    with Session(owner) as session, session.begin():
        free_of_access(session)
    yield Bench(units, owner, gate)
    units.engine.dispose()
    owner.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def free_of_access(session: Session) -> None:
    """Make the functions of search once more, without their conditions of access."""
    for name in ("matches", "lines"):
        definition: str = session.scalars(
            text("SELECT pg_get_functiondef(to_regproc(:name))"), {"name": f"entente_{name}"}
        ).one()
        free = HOLDS.sub("true", definition.replace(f"entente_{name}", f"free_{name}"))
        assert "AND true" in free
        session.connection().exec_driver_sql(free.replace("%", "%%"))


def without_access(statement: Statement) -> Statement:
    """Give the statement without its condition of access."""
    sql, parameters = statement
    sql = re.sub(r"entente_(matches|lines)", r"free_\1", HOLDS.sub("true", sql))
    assert "entente_holds" not in sql, sql
    return sql, parameters


Ask = Callable[[Bench, Work, Actor], object]


def _searching(**asked: Any) -> Ask:
    return lambda made, work, actor: records.find(work, made.gate, actor, Search(**asked))


def _next_page(made: Bench, work: Work, actor: Actor) -> object:
    first = records.find(work, made.gate, actor, Search())
    cursor = first.page.next_cursor
    return cursor and records.find(work, made.gate, actor, Search(cursor=cursor))


def _record(made: Bench, work: Work, actor: Actor) -> object:
    found = records.find(work, made.gate, actor, Search()).page.items
    return found and records.read(work, made.gate, actor, found[0].id)


def _facets(made: Bench, work: Work, actor: Actor) -> object:
    scope = made.gate.scope(work, actor)
    return work.session.execute(*counting.overview_statement(scope)).all()


QUESTIONS: dict[str, Ask] = {
    "list": _searching(),
    "facets": _facets,
    "filtered": _searching(kind=Kind.BENCHMARK, year=2023),
    "rare": _searching(q=bench.RARE_WORD),
    "common": _searching(q=bench.COMMON_WORD),
    "best": _searching(q=bench.COMMON_WORD, order="relevance"),
    "next": _next_page,
    "record": _record,
}
# What was asked before the question itself, to know what to ask for.
BEFORE = {"next": "list", "record": "list"}


@contextmanager
def noted(engine: Engine) -> Iterator[list[Statement]]:
    """Note the statements on content that are made meanwhile."""
    made: list[Statement] = []

    def note(_c: Any, _cursor: Any, sql: str, parameters: Any, _x: Any, _many: bool) -> None:
        if sql.lstrip().startswith(("SELECT", "WITH")) and CONTENT.search(sql):
            made.append((sql, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield made
    event.remove(engine, "before_cursor_execute", note)


@contextmanager
def asked(made: Bench, share: str) -> Iterator[tuple[Connection, dict[str, list[Statement]]]]:
    """Ask everything as who sees a share; gives the open transaction, and what was asked of it."""
    for _ in range(3):  # what is remembered from one request to the next is remembered
        with made.units.begin(ORIGIN) as work:
            actor = made.actor(work, share)
            statements: dict[str, list[Statement]] = {}
            for question, ask in QUESTIONS.items():
                with noted(made.units.engine) as noticed:
                    ask(made, work, actor)
                known = statements.get(BEFORE.get(question, ""), [])
                statements[question] = noticed[len(known) :]
    with made.units.begin(ORIGIN) as work:
        made.gate.scope(work, made.actor(work, share))
        yield work.session.connection(), statements


def milliseconds(connection: Connection, statement: Statement) -> float:
    """Give the time that the server says it took to plan and to run a statement."""
    sql, parameters = statement
    explain = "EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF, FORMAT JSON) "
    (told,) = connection.exec_driver_sql(explain + sql, dict(parameters)).scalar_one()
    return float(told["Planning Time"]) + float(told["Execution Time"])


Medians = dict[str, dict[str, float]]


def measure(made: Bench) -> Medians:
    """Give the median time of each question for everybody."""
    with ExitStack() as stack:
        everybody = {share: stack.enter_context(asked(made, share)) for share in bench.SHARES}
        owner = stack.enter_context(made.owner.connect())
        whole = everybody["everything"][1]
        free = {question: list(map(without_access, ones)) for question, ones in whole.items()}
        everybody = {FREE: (owner, free), **everybody}
        times: dict[str, dict[str, list[float]]] = {}
        for question in QUESTIONS:
            of_question = times.setdefault(question, {})
            for _ in range(ROUNDS):
                for name, (connection, statements) in everybody.items():
                    took = [milliseconds(connection, one) for one in statements[question]]
                    of_question.setdefault(name, []).append(sum(took))
    return {
        question: {name: statistics.median(taken) for name, taken in by_name.items()}
        for question, by_name in times.items()
    }


def tell(size: int, medians: Medians) -> None:
    """Print what was measured: milliseconds, and ratios to what is unfiltered."""
    print(f"\n{size:,} records; milliseconds of database time, and filtered / unfiltered")
    print(f"{'':10}{FREE:>10}" + "".join(f"{share:>18}" for share in bench.SHARES))
    for question, by_name in medians.items():
        free = by_name[FREE]
        line = f"{question:10}{free:10.2f}"
        for share in bench.SHARES:
            line += f"{by_name[share]:12.2f}{by_name[share] / free:6.2f}"
        print(line, flush=True)


def tell_growth(sizes: Sequence[int], all_medians: Sequence[Medians]) -> None:
    """Print how many times as long each question took of the last store as of the first."""
    print(f"\nfrom {sizes[0]:,} to {sizes[-1]:,} records, times")
    first, last = all_medians[0], all_medians[-1]
    for question in first:
        names = (FREE, *bench.SHARES)
        grown = [last[question][name] / max(first[question][name], 0.001) for name in names]
        print(f"{question:10}" + "".join(f"{one:12.2f}" for one in grown))


def main(sizes: Sequence[int]) -> None:
    """Print a table for each number of records."""
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            with seeded(Path(folder) / "postgres", size) as made:
                measured.append(measure(made))
                tell(size, measured[-1])
    tell_growth(sizes, measured)
    print(json.dumps(dict(zip(map(str, sizes), measured, strict=True))), file=sys.stderr)


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or [10_000, 100_000])
