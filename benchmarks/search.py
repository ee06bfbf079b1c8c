"""Measure lists and searches of those who see much, little and almost nothing, against no filter.

    python benchmarks/search.py [RECORDS ...]        (10000 and 100000 unless told)

Each number is database time in milliseconds, planning and execution, as the server counts it: the
median of runs that were taken in turn, filtered and unfiltered. Unfiltered is the same statement,
run by the owner, whom row-level security does not bind, without its condition of access.

    list       the 25 newest, with all that their lines show
    counts     how many there are, by every dimension
    filtered   the 25 newest of one kind and year, and the counts under these filters
    rare       a search for a word that few have: page, lines and counts
    common     the same for a word that every seventh portion has
    best       the same in order of rank
"""

import random
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from app.access import Actor, Gate, PolicyKeeper, Scope, register_policies
from app.core.database import Database
from app.core.embedded import start_embedded
from app.core.ids import VersionId
from app.core.journal import Event
from app.core.migrate import migrate
from app.core.work import Origin, Work
from app.records import Kind, Search, finding
from app.records import search_queries as queries
from app.records.restrictions import Restrictions
from benchmarks.seeding import COMMON_WORD, RARE_WORD, SHARES, Seeded, seed

POLICIES = Path(__file__).parents[1] / "policies"
ROUNDS = 15
LIMIT = 26
NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOLDS = re.compile(
    r"audience_id = ANY \(:ids\)|entente_holds\((:sight|sight|\$3|\$4), (v\.|p\.|a\.)?audience_id\)"
)
FREE = "unfiltered"


class NoJournal:
    """Keeps nothing: the journal's cost is measured elsewhere."""

    def append(self, work: Work, event: Event) -> Any:
        """Forget the event."""


@dataclass(frozen=True)
class Bench:
    """A seeded database, as the application and as its owner."""

    application: Engine
    owner: Engine
    gate: Gate
    seeded: Seeded

    @contextmanager
    def scope(self, share: str) -> Iterator[tuple[Session, Scope]]:
        """Open what a profile sees, in a transaction."""
        profile_id, profile = self.seeded.profiles[share]
        with Session(self.application) as session, session.begin():
            work = Work(session, NOW, NoJournal(), Origin(door="benchmark"))
            yield session, self.gate.scope(work, Actor(None, profile, profile_id))


@contextmanager
def bench(folder: Path, records: int) -> Iterator[Bench]:
    """Start a database of its own, seed it, and throw it away."""
    root = make_url(start_embedded(folder)).set(drivername="postgresql+psycopg")
    name = f"records_{records}"
    server = create_engine(root, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = root.set(database=name).render_as_string(hide_password=False)
    database = Database(url, url)
    migrate(database)
    keeper = PolicyKeeper(POLICIES)
    owner = database.owner_engine()
    with Session(owner) as session, session.begin():
        register_policies(session, keeper.current, NOW)
        schemes = keeper.current.schemes
        made = seed(session, schemes, keeper.current, records=records, chance=random.Random(1))
        free_of_access(session)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    application = database.application_engine()
    yield Bench(application, owner, Gate(keeper), made)
    application.dispose()
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


@dataclass(frozen=True)
class Asker:
    """Somebody in a transaction: what they see, and how their statements are changed."""

    session: Session
    scope: Scope
    seen: queries.Overview
    change: Callable[[queries.Statement], queries.Statement]

    def statements(self, question: str) -> list[queries.Statement]:
        """Give the statements of a question, the page's own first."""
        if question == "counts":
            return [self.change(queries.overview_statement(self.scope, NOW))]
        search = QUESTIONS[question]
        asked = finding.question_of(search, self.seen)
        order = finding.order_of(search)
        chosen = {name: getattr(search, name) for name in ("kind", "year") if getattr(search, name)}
        only = Restrictions(chosen)
        page = self.change(
            queries.matching_statement(self.scope, self.seen, asked, only, order, limit=LIMIT)
            if search.q
            else queries.newest_statement(self.scope, self.seen, only, order, limit=LIMIT)
        )
        rows = self.session.execute(*page)
        shown = [VersionId(row.version_id) for row in rows if row.version_id is not None][:25]
        rest = [
            queries.shown_statement(self.scope, shown, asked),
            *([queries.counted_statement(self.scope, self.seen, only)] if chosen else []),
        ]
        return [page, *map(self.change, rest)]


QUESTIONS = {
    "list": Search(),
    "counts": Search(),
    "filtered": Search(kind=Kind.BENCHMARK, year=2020),
    "rare": Search(q=RARE_WORD),
    "common": Search(q=COMMON_WORD),
    "best": Search(q=COMMON_WORD, order="relevance"),
}


def without_access(statement: queries.Statement) -> queries.Statement:
    """Give the statement without its condition of access."""
    sql, parameters = statement
    free = HOLDS.sub("true", sql.text).replace("entente_", "free_").replace(":sight", "NULL")
    assert ":ids" not in free
    return text(free), parameters


@contextmanager
def askers(bench: Bench) -> Iterator[dict[str, Asker]]:
    """Open a transaction for everybody: the owner, and each profile."""
    with ExitStack() as stack:
        opened = {share: stack.enter_context(bench.scope(share)) for share in SHARES}
        owner = stack.enter_context(Session(bench.owner))
        _, any_scope = opened[SHARES[0]]
        whole = queries.overview_of(
            owner.execute(*without_access(queries.overview_statement(any_scope, NOW))).all()
        )
        yield {
            FREE: Asker(owner, any_scope, whole, without_access),
            **{
                share: Asker(session, scope, queries.overview(session, scope, NOW), lambda one: one)
                for share, (session, scope) in opened.items()
            },
        }


def milliseconds(session: Session, statement: queries.Statement) -> float:
    """Give the time that the server says it took to plan and to run a statement."""
    sql, parameters = statement
    explained = text("EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF, FORMAT JSON) " + sql.text)
    bound = explained.bindparams(*sql._bindparams.values())
    (told,) = session.scalars(bound, parameters).one()
    return float(told["Planning Time"]) + float(told["Execution Time"])


def measure(bench: Bench) -> dict[str, dict[str, list[float]]]:
    """Give the median time of each question for everybody: of the page alone, and of all."""
    times: dict[str, dict[str, list[tuple[float, float]]]] = {}
    with askers(bench) as everybody:
        for question in QUESTIONS:
            asked = {name: asker.statements(question) for name, asker in everybody.items()}
            for _ in range(ROUNDS):
                for name, statements in asked.items():
                    took = [milliseconds(everybody[name].session, one) for one in statements]
                    times.setdefault(question, {}).setdefault(name, []).append((took[0], sum(took)))
    return {
        question: {
            name: [statistics.median(column) for column in zip(*rows, strict=True)]
            for name, rows in by_name.items()
        }
        for question, by_name in times.items()
    }


def main(sizes: Sequence[int]) -> None:
    """Print a table for each number of records."""
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            with bench(Path(folder) / "postgres", size) as made:
                tell(size, measure(made))


def tell(size: int, times: dict[str, dict[str, list[float]]]) -> None:
    """Print what was measured: milliseconds of the page and of everything, and ratios."""
    print(f"\n{size:,} records; milliseconds of database time, and filtered / unfiltered")
    print(f"{'':10}{'unfiltered':>20}" + "".join(f"{share:>28}" for share in SHARES))
    print(f"{'':10}{'page    all':>20}" + f"{'page    all   ratio':>28}" * len(SHARES))
    for question, by_name in times.items():
        page, whole = by_name[FREE]
        line = f"{question:10}{page:12.2f}{whole:8.2f}"
        for share in SHARES:
            own_page, own_whole = by_name[share]
            line += f"{own_page:12.2f}{own_whole:8.2f}{own_whole / whole:8.2f}"
        print(line)


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or [10_000, 100_000])
