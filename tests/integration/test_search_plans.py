"""How lists and searches are found among many records: by indexes, whatever the share in sight."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, text

from app import bench, parties, records
from app.access import Actor, Assurance
from app.bench import COMMON_WORD, RARE_WORD, SHARES
from app.core.database import Database
from app.core.errors import Conflict
from app.core.work import Work
from app.records import Search, counting, finding
from app.records.restrictions import Order, Restrictions
from app.records.search_queries import WAYS, newest_statement
from tests.world import World, make_world

PLAN = bench.Plan(records=4_000, audiences=200, profiles=25, organisations=8)
CONTENT = ("versions", "portions", "records")  # the others are empty here
DECISIONS = ("visibility", "visibility_sets")
SEEING = tuple(share for share in SHARES if share != "nothing")


@pytest.fixture(scope="module")
def filled(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with many records in it, for all tests of this module."""
    world = make_world(module_database, tmp_path_factory.mktemp("many"))
    bench.seed(world.database, world.units, world.schemes, PLAN, lambda *_: None)
    yield world
    world.close()


def actor(world: World, work: Work, share: str) -> Actor:
    """Who sees this share."""
    person = parties.person_by_email(work.session, bench.address(share))
    assert person is not None
    return parties.actor_for(work, world.schemes, person, Assurance.MULTI_FACTOR)


def test_everybody_sees_their_share(filled: World) -> None:
    for share, part in SHARES.items():
        with filled.work() as work:
            found = finding.find(work, filled.gate, actor(filled, work, share), Search())
        # Of 4,000 one in ten thousand is one all the same.
        assert found.total == (1 if share == "0.01%" else part * PLAN.records), share


def test_a_store_that_holds_records_is_not_seeded(filled: World) -> None:
    with pytest.raises(Conflict, match="holds records"):
        bench.seed(filled.database, filled.units, filled.schemes, PLAN, lambda *_: None)


@pytest.mark.parametrize("share", SEEING)
@pytest.mark.parametrize(
    ("asked", "tables"),
    [
        ({}, {"versions", "portions"}),
        ({"kind": "benchmark", "q": RARE_WORD}, {"versions", "portions"}),
        ({"q": COMMON_WORD}, {"portions"}),
        ({"q": COMMON_WORD, "order": "relevance"}, {"portions"}),
    ],
)
def test_content_is_never_gone_through_from_end_to_end(
    filled: World, share: str, asked: dict[str, str], tables: set[str]
) -> None:
    world = filled
    with world.work() as work:
        found = finding.find(
            work, world.gate, actor(world, work, share), Search.model_validate(asked)
        )
        scans = work.session.execute(
            text("SELECT relname, seq_scan, idx_scan FROM pg_stat_xact_user_tables")
        ).all()
    assert found.total >= len(found.page.items)
    by_table = {row.relname: row for row in scans}
    assert by_table["portions"].idx_scan > 0
    assert {table: by_table[table].seq_scan for table in tables} == dict.fromkeys(tables, 0)


ASKED: list[dict[str, str]] = [{}, {"kind": "benchmark"}, {"kind": "benchmark", "year": "2023"}]


@pytest.mark.parametrize("share", SEEING)
def test_plans_read_what_is_shown_and_decide_nothing_row_by_row(filled: World, share: str) -> None:
    world = filled
    with world.work() as work:
        asking = actor(world, work, share)
        with noted(work) as statements:
            for asked in ASKED:
                found = finding.find(work, world.gate, asking, Search.model_validate(asked))
            first = finding.find(work, world.gate, asking, Search()).page.items[0]
            finding.find(work, world.gate, asking, Search(cursor=found.page.next_cursor or ""))
            records.read(work, world.gate, asking, first.id)
        connection = work.session.connection()
        assert len(statements) > 12
        for sql, parameters in statements:
            explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
            plan = explained.scalar_one()[0]["Plan"]
            for node in nodes(plan):
                name = node.get("Relation Name", "")
                assert not (node["Node Type"] == "Seq Scan" and name in CONTENT), sql
                assert name not in DECISIONS, sql


@contextmanager
def noted(work: Work) -> Iterator[list[tuple[str, Any]]]:
    """The statements on content that are made meanwhile."""
    made: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        if any(f" {table}" in sql for table in (*CONTENT, "attachments", "facets", "tallies")):
            made.append((sql, parameters))

    connection = work.session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield made
    event.remove(connection, "before_cursor_execute", note)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The steps of a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def test_the_newest_of_little_are_merged_from_an_index_alone(filled: World) -> None:
    world = filled
    with world.work() as work:
        scope = world.gate.scope(work, actor(world, work, "1%"))
        seen = counting.overview(work.session, scope, work.now)
        large = replace(seen, total=10_000, store_count=1_000_000)
        assert large.way(Restrictions(), 26, len(scope.released_ids)) == "merging"
        sql, given = newest_statement(scope, large, Restrictions(), Order(), limit=26)
        plan = work.session.scalar(
            text(f"EXPLAIN (FORMAT JSON) {sql.text}").bindparams(*sql._bindparams.values()), given
        )
    scans = [one for one in nodes(plan[0]["Plan"]) if one.get("Relation Name") == "versions"]
    assert len(scans) == 2
    for scan in scans:
        assert scan["Index Name"] == "ix_versions_audience_newest"
        assert scan["Node Type"] == "Index Only Scan"


def test_all_ways_to_the_newest_page_give_the_same(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = filled
    # The first pages of everything are remembered; these are asked for each time.
    since = {"from": "2000-01-01"}
    for share in SEEING:
        pages = []
        for way in WAYS:
            monkeypatch.setattr("app.records.counting.Overview.way", lambda *_, way=way: way)
            with world.work() as work:
                asking = actor(world, work, share)
                first = finding.find(work, world.gate, asking, Search.model_validate(since))
                cursor = first.page.next_cursor or ""
                given = since | {"cursor": cursor}
                second = finding.find(work, world.gate, asking, Search.model_validate(given))
            pages.append((first, second))
        assert pages[0] == pages[1] == pages[2]
        total = pages[0][0].total
        assert len(pages[0][0].page.items) == min(total, 25)


def test_sparse_and_dense_searches_find_the_same(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = filled
    pages = []
    for sparse in (True, False):
        monkeypatch.setattr("app.records.counting.Overview.sparse", sparse)
        with world.work() as work:
            asking = actor(world, work, "1%")
            search = Search(q=COMMON_WORD, order="relevance")
            pages.append(finding.find(work, world.gate, asking, search))
    assert pages[0] == pages[1]
    assert pages[0].total > 0
