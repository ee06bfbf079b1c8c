"""What the verifier says of the log in the database, also to who can write every table."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app import log
from app.core.database import Database
from app.log.turning import turn
from app.verifier import Kind
from tests.log_world import DOOR, keep, prove, step, write, wrong
from tests.world import World, make_world

SIZE = 300
TABLES = ("journal", "log_entries", "log_nodes", "log_checkpoints", "logs")


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[World]:
    """A world whose log has 300 entries, of which every fiftieth was signed."""
    made = make_world(database, tmp_path)
    kept = keep(made, "sg", "eu")
    step(made)
    for _ in range(6):
        write(made, 50)
        made.sequence()
    kept.ask_all()
    yield made
    made.close()


def tamper(world: World, *statements: str) -> None:
    """Do what only the owner of the tables can, having taken the triggers away."""
    with world.owner() as session:
        for table in TABLES:
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for constraint in ("uq_log_entries_entry_id", "fk_log_entries_entry_id"):
            session.execute(
                text(f"ALTER TABLE log_entries DROP CONSTRAINT IF EXISTS {constraint} CASCADE")
            )
        for statement in statements:
            assert session.execute(text(statement)).rowcount, statement  # type: ignore[attr-defined]


def at(index: int) -> str:
    """Name the journal's row of an entry."""
    return f"id = (SELECT entry_id FROM log_entries WHERE index = {index})"


def test_the_log_in_the_database_is_proved(world: World, tmp_path: Path) -> None:
    (proved,) = prove(world, tmp_path)
    assert proved.size >= SIZE
    assert len({witness.name for witness in proved.witnesses}) == 4
    assert proved.first_at


def test_a_changed_entry_is_named(world: World, tmp_path: Path) -> None:
    tamper(
        world,
        "UPDATE journal SET entry = convert_to(replace(convert_from(entry, 'UTF8'),"
        f" 'records.listed', 'records.missed'), 'UTF8') WHERE {at(70)}",
    )
    found = wrong(world, tmp_path)
    assert (found.kind, found.first) == (Kind.CHANGED, 70)


def test_a_changed_entry_with_all_its_hashes_is_named_as_near_as_can_be(
    world: World, tmp_path: Path
) -> None:
    prove(world, tmp_path)
    tamper(
        world,
        "UPDATE journal SET entry = convert_to(replace(convert_from(entry, 'UTF8'),"
        f" 'records.listed', 'records.missed'), 'UTF8') WHERE {at(70)}",
        f"UPDATE journal SET leaf_hash = sha256('\\x00'::bytea || entry) WHERE {at(70)}",
        "UPDATE log_entries l SET leaf_hash = j.leaf_hash, type = 'records.missed'"
        " FROM journal j WHERE j.id = l.entry_id AND l.index = 70",
    )
    found = wrong(world, tmp_path)
    assert (found.kind, found.first) == (Kind.REWRITTEN, 0)
    assert "up to 255" in found.detail


def test_a_removed_entry_is_named(world: World, tmp_path: Path) -> None:
    tamper(world, f"DELETE FROM journal WHERE {at(70)}")
    found = wrong(world, tmp_path)
    assert (found.kind, found.first) == (Kind.REMOVED, 70)


def test_a_removed_entry_whose_place_was_closed_is_named(world: World, tmp_path: Path) -> None:
    tamper(
        world,
        f"DELETE FROM journal WHERE {at(70)}",
        "DELETE FROM log_entries WHERE index = 70",
        "UPDATE log_entries SET index = -index WHERE index > 70",
        "UPDATE log_entries SET index = -index - 1 WHERE index < -70",
    )
    assert wrong(world, tmp_path).kind in {Kind.REWRITTEN, Kind.REMOVED, Kind.CUT_OFF}


def test_reordered_entries_are_named(world: World, tmp_path: Path) -> None:
    tamper(
        world,
        "UPDATE log_entries a SET entry_id = b.entry_id FROM log_entries b"
        " WHERE a.index IN (70, 90) AND b.index = 160 - a.index AND b.log = a.log",
    )
    found = wrong(world, tmp_path)
    assert (found.kind, found.first) == (Kind.REORDERED, 70)


def test_a_truncated_log_is_named(world: World, tmp_path: Path) -> None:
    tamper(world, "DELETE FROM log_entries WHERE index >= 290")
    found = wrong(world, tmp_path)
    assert (found.kind, found.first) == (Kind.CUT_OFF, 290)


def test_a_database_rolled_back_is_told(world: World, tmp_path: Path) -> None:
    (proved,) = prove(world, tmp_path)
    tamper(
        world,
        "DELETE FROM log_cosignatures",
        "DELETE FROM log_checkpoints WHERE size > 200",
        "DELETE FROM log_entries WHERE index >= (SELECT max(size) FROM log_checkpoints)",
        "DELETE FROM log_nodes",
    )
    world.log.policy_path.write_text("quorum none\n")
    found = wrong(world, tmp_path)
    assert found.kind is Kind.ROLLED_BACK
    assert found.first < proved.size


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("type = 'record.read'", "type"),
        ("at = at + interval '1 second'", "time"),
        ("organisation = 'imda'", "organisation"),
        ("organisations = '{imda}'", "organisations"),
        ("decision = 'deny'", "decision"),
        ("actor = gen_random_uuid()", "actor"),
        ("record = gen_random_uuid()", "record"),
        ("subject = ''", "subject"),
        ("markings = '{TLP:RED}'", "markings"),
        ("audience_id = 3", "audience"),
        ("served_bytes = 7", "bytes served"),
        ("door = 'api'", "door"),
    ],
)
def test_a_column_that_does_not_tell_its_entry_is_named(
    world: World, tmp_path: Path, change: str, column: str
) -> None:
    tamper(world, f"UPDATE log_entries SET {change} WHERE index = 70")
    found = wrong(world, tmp_path)
    assert (found.kind, found.first) == (Kind.COLUMNS, 70)
    assert f"its {column} differ" in found.detail


def test_a_leaf_hash_in_the_journal_that_is_not_its_entrys_is_named(
    world: World, tmp_path: Path
) -> None:
    tamper(world, f"UPDATE journal SET leaf_hash = sha256('') WHERE {at(70)}")
    found = wrong(world, tmp_path)
    assert (found.kind, found.first) == (Kind.COLUMNS, 70)


def test_a_leaf_hash_in_the_log_that_is_not_its_entrys_is_named(
    world: World, tmp_path: Path
) -> None:
    tamper(world, "UPDATE log_entries SET leaf_hash = sha256('') WHERE index = 70")
    found = wrong(world, tmp_path)
    assert (found.kind, found.first) == (Kind.HASHES, 70)


def test_a_node_that_is_not_its_entries_is_named(world: World, tmp_path: Path) -> None:
    tamper(world, "UPDATE log_nodes SET hash = sha256('')")
    found = wrong(world, tmp_path)
    assert (found.kind, found.first) == (Kind.HASHES, 0)


def test_a_row_that_was_passed_over_is_told(world: World, tmp_path: Path) -> None:
    tamper(
        world,
        'INSERT INTO journal (id, entry, leaf_hash, "transaction") SELECT gen_random_uuid(),'
        ' entry, leaf_hash, "transaction" FROM journal ORDER BY "transaction", position LIMIT 1',
    )
    found = wrong(world, tmp_path)
    assert found.kind is Kind.NO_PLACE
    assert found.detail.startswith("1 rows of the journal have no place in the log")


def test_a_row_that_waits_too_long_is_told_and_a_new_one_is_not(
    world: World, tmp_path: Path
) -> None:
    with world.owner() as session:
        entry = session.scalar(text("SELECT entry FROM journal LIMIT 1"))
        now = session.scalar(text("SELECT now()"))
    for back, waits in ((0, False), (60, True)):
        told = json.loads(bytes(entry or b""))
        told["time"] = (now - type(now - now)(seconds=back)).isoformat()
        with world.owner() as session:
            session.execute(text("ALTER TABLE journal DISABLE TRIGGER USER"))
            session.execute(
                text(
                    "INSERT INTO journal (id, entry, leaf_hash) VALUES (gen_random_uuid(), :e, '')"
                ),
                {"e": json.dumps(told).encode()},
            )
        if waits:
            assert wrong(world, tmp_path).kind is Kind.NO_PLACE
        else:
            prove(world, tmp_path)


def test_a_row_that_cannot_be_read_is_told(world: World, tmp_path: Path) -> None:
    tamper(
        world,
        "INSERT INTO journal (id, entry, leaf_hash) VALUES (gen_random_uuid(), '\\xff', '')",
    )
    assert wrong(world, tmp_path).kind is Kind.STRAY


def test_a_place_far_behind_the_last_is_told(world: World, tmp_path: Path) -> None:
    tamper(
        world,
        "INSERT INTO log_entries SELECT log, 9999, entry_id, leaf_hash, at, type, subject, record,"
        " actor, organisation, organisations, decision, markings, audience_id, served_bytes, door"
        " FROM log_entries WHERE index = 3",
    )
    assert wrong(world, tmp_path).kind is Kind.STRAY


def test_a_signed_checkpoint_that_the_entries_do_not_lead_to_is_told(
    world: World, tmp_path: Path
) -> None:
    tamper(
        world,
        "UPDATE log_checkpoints SET root_hash = sha256('')"
        " WHERE size = (SELECT min(size) FROM log_checkpoints)",
    )
    found = wrong(world, tmp_path)
    assert found.kind is Kind.STRAY
    assert "a checkpoint of" in found.detail


def test_a_key_that_was_rotated_is_believed_by_who_kept_the_old_one(
    world: World, tmp_path: Path
) -> None:
    prove(world, tmp_path)
    for change in (log.rotate, log.retire):
        with world.work() as work:
            change(work, world.log.keys)
        world.sequence()
        world.log.policy_path.write_text("quorum none\n")
        prove(world, tmp_path)


def test_a_key_that_nobody_vouched_for_is_not_believed(world: World, tmp_path: Path) -> None:
    prove(world, tmp_path)
    for change in (log.rotate, log.retire):
        with world.work() as work:
            change(work, world.log.keys)
        world.sequence()
    world.log.policy_path.write_text("quorum none\n")
    # Nothing that the old key signed covers the entry which adds the new one.
    assert wrong(world, tmp_path).kind is Kind.KEY


def test_the_log_of_a_new_year_is_proved_with_the_old_one(world: World, tmp_path: Path) -> None:
    world.log.policy_path.write_text("quorum none\n")
    world.sequence()
    world.clock.now = world.clock.now.replace(year=world.clock.now.year + 1)
    with world.units.begin(DOOR) as work:
        assert turn(work, world.log)
    write(world, 3)
    world.sequence()
    older, newer = prove(world, tmp_path)
    assert older.origin != newer.origin
    assert older.size >= SIZE
    assert older.follows == ""
