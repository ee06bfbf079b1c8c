"""What the verifier says of what stands beside the log, and after the end of an earlier one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import log
from app.core.database import Database
from app.core.journal import Event, Typed
from app.core.work import Origin, Units
from app.log.turning import turn
from app.verifier import Kind
from tests.log_world import DOOR, prove, write, wrong
from tests.world import World, make_world


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[World]:
    made = make_world(database, tmp_path)
    with made.units.begin(Origin(door="api", client_address="192.0.2.7")) as work:
        work.record(Event("records.listed", details={"query": Typed("weather in Lisbon")}))
    made.sequence()
    yield made
    made.close()


def as_application(world: World, *statements: str) -> None:
    """Do what the application's own role can do to the tables."""
    with Session(world.engine) as session, session.begin():
        for statement in statements:
            assert session.execute(text(statement)).rowcount, statement  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("table", "column"), [("journal_texts", "value"), ("journal_addresses", "address")]
)
def test_what_was_typed_and_from_where_is_what_the_entry_committed_to(
    world: World, tmp_path: Path, table: str, column: str
) -> None:
    names = "entry_id, name, value, salt" if table == "journal_texts" else "entry_id, address, salt"
    others = names.replace(column, "'something else'")
    prove(world, tmp_path)
    as_application(
        world,
        f"CREATE TEMP TABLE kept AS SELECT * FROM {table}",
        f"DELETE FROM {table}",
        f"INSERT INTO {table} ({names}) SELECT {others} FROM kept",
    )
    assert wrong(world, tmp_path).kind is Kind.COLUMNS


def test_what_was_erased_is_missed_by_nobody(world: World, tmp_path: Path) -> None:
    as_application(world, "DELETE FROM journal_texts", "DELETE FROM journal_addresses")
    assert prove(world, tmp_path)


def hide_in_the_first_log(world: World) -> None:
    """Give an entry that waits a place in a log that nobody signs any more, as an owner can."""
    write(world)
    statement = (
        "INSERT INTO log_entries SELECT 1, (SELECT COALESCE(max(index), 0) + 1"
        " FROM log_entries WHERE log = 1),"
        " j.id, j.leaf_hash, (e->>'time')::timestamptz, e->>'type', e->>'subject', NULL, NULL,"
        " '', '{}', '', '{}', NULL, 0, e->>'door' FROM journal j,"
        " LATERAL (SELECT convert_from(j.entry, 'UTF8')::jsonb AS e) t"
        " WHERE NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id)"
    )
    with world.owner() as session:
        session.execute(text("ALTER TABLE log_entries DISABLE TRIGGER in_turn"))
        session.execute(text(statement))


def turn_the_year(world: World) -> None:
    world.clock.now = world.clock.now.replace(year=world.clock.now.year + 1)
    with world.units.begin(DOOR) as work:
        assert turn(work, world.log)
    write(world, 3)
    world.sequence()


def test_an_entry_hidden_after_the_end_of_an_earlier_log_is_told(
    world: World, tmp_path: Path
) -> None:
    turn_the_year(world)
    prove(world, tmp_path)
    hide_in_the_first_log(world)
    caught = wrong(world, tmp_path)
    assert caught.kind is Kind.STRAY
    assert "after the end of the log 1" in str(caught)


def test_an_entry_hidden_in_an_archived_log_is_told(world: World, tmp_path: Path) -> None:
    turn_the_year(world)
    with world.owner() as session:
        session.execute(
            text(
                "SELECT entente_archive_log(1, (SELECT count(*) FROM log_entries WHERE log = 1),"
                " sha256(''), 'infinity', now(), 'owner')"
            )
        )
    prove(world, tmp_path)
    hide_in_the_first_log(world)
    assert wrong(world, tmp_path).kind is Kind.STRAY


def test_what_had_a_place_and_no_signature_is_bound_by_the_recovered_log(
    world: World, tmp_path: Path
) -> None:
    write(world, 3)
    with world.units.begin(DOOR) as work:
        assert log.sequence(work, world.log)
    engine = world.database.owner_engine()
    with Units(engine, world.units.journal, world.clock).begin(DOOR) as work:
        log.recover(work, world.log, reason="The disk broke.")
    engine.dispose()
    world.sequence()
    older, newer = prove(world, tmp_path)
    assert newer.size
    with world.owner() as session:
        for table in ("journal", "log_entries"):
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        session.execute(
            text(
                "WITH last AS (DELETE FROM log_entries WHERE log = 1 AND index ="
                " (SELECT max(index) FROM log_entries WHERE log = 1) RETURNING entry_id)"
                " SELECT count(*) FROM last"
            )
        )
        session.execute(
            text(
                "DELETE FROM journal j WHERE NOT EXISTS"
                " (SELECT FROM log_entries l WHERE l.entry_id = j.id)"
            )
        )
    assert older.size
    assert wrong(world, tmp_path).kind is Kind.STRAY
