"""How lists and searches are found among many records: by indexes, whatever the share in sight."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app import bench, parties
from app.access import Actor, Assurance
from app.bench import COMMON_WORD, RARE_WORD, SHARES
from app.core.database import Database
from app.core.errors import Conflict
from app.core.work import Work
from app.records import Search, finding
from tests.world import World, make_world

PLAN = bench.Plan(records=4_000, audiences=200, profiles=25, organisations=8)
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


def test_both_ways_to_the_newest_page_give_the_same(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = filled
    for share in SEEING:
        pages = []
        for walks in (True, False):
            monkeypatch.setattr(
                "app.records.search_queries.Overview.walks", lambda *_, walks=walks: walks
            )
            with world.work() as work:
                asking = actor(world, work, share)
                first = finding.find(work, world.gate, asking, Search())
                cursor = first.page.next_cursor or ""
                second = finding.find(work, world.gate, asking, Search(cursor=cursor))
            pages.append((first, second))
        assert pages[0] == pages[1]
        total = pages[0][0].total
        assert len(pages[0][0].page.items) == min(total, 25)


def test_sparse_and_dense_searches_find_the_same(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = filled
    pages = []
    for sparse in (True, False):
        monkeypatch.setattr("app.records.search_queries.Overview.sparse", sparse)
        with world.work() as work:
            asking = actor(world, work, "1%")
            search = Search(q=COMMON_WORD, order="relevance")
            pages.append(finding.find(work, world.gate, asking, search))
    assert pages[0] == pages[1]
    assert pages[0].total > 0
