"""How lists and searches are found among many records: by indexes, whatever the share in sight."""

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.access import Actor
from app.core.database import Database
from app.records import Search, finding
from benchmarks.seeding import COMMON_WORD, RARE_WORD, SHARES, Seeded, seed
from tests.world import World, make_world

RECORDS = 4_000  # of three portions each


@pytest.fixture(scope="module")
def filled(
    module_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Seeded]]:
    """A world with many records in it, for all tests of this module."""
    world = make_world(module_database, tmp_path_factory.mktemp("many"))
    with world.owner() as session:
        policies, chance = world.gate.keeper.current, random.Random(1)  # noqa: S311
        made = seed(session, world.schemes, policies, records=RECORDS, chance=chance)
    engine = world.database.owner_engine()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    yield world, made
    world.close()


@pytest.mark.parametrize("share", SHARES)
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
    filled: tuple[World, Seeded], share: str, asked: dict[str, str], tables: set[str]
) -> None:
    world, made = filled
    profile_id, profile = made.profiles[share]
    with world.work() as work:
        actor = Actor(None, profile, profile_id)
        found = finding.find(work, world.gate, actor, Search.model_validate(asked))
        scans = work.session.execute(
            text("SELECT relname, seq_scan, idx_scan FROM pg_stat_xact_user_tables")
        ).all()
    assert found.total >= len(found.page.items)
    by_table = {row.relname: row for row in scans}
    assert by_table["portions"].idx_scan > 0
    assert {table: by_table[table].seq_scan for table in tables} == dict.fromkeys(tables, 0)


def test_both_ways_to_the_newest_page_give_the_same(
    filled: tuple[World, Seeded], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, made = filled
    for share in SHARES:
        profile_id, profile = made.profiles[share]
        pages = []
        for walks in (True, False):
            monkeypatch.setattr(
                "app.records.search_queries.Overview.walks", lambda *_, walks=walks: walks
            )
            with world.work() as work:
                actor = Actor(None, profile, profile_id)
                first = finding.find(work, world.gate, actor, Search())
                cursor = first.page.next_cursor or ""
                second = finding.find(work, world.gate, actor, Search(cursor=cursor))
            pages.append((first, second))
        assert pages[0] == pages[1]
        total = pages[0][0].total
        assert len(pages[0][0].page.items) == min(total, 25)


def test_sparse_and_dense_searches_find_the_same(
    filled: tuple[World, Seeded], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, made = filled
    profile_id, profile = made.profiles["1%"]
    pages = []
    for sparse in (True, False):
        monkeypatch.setattr("app.records.search_queries.Overview.sparse", sparse)
        with world.work() as work:
            actor = Actor(None, profile, profile_id)
            search = Search(q=COMMON_WORD, order="relevance")
            pages.append(finding.find(work, world.gate, actor, search))
    assert pages[0] == pages[1]
    assert pages[0].total > 0
