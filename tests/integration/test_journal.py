"""The journal: kept with the act or not at all, and never rewritten by anybody."""

import hashlib
import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app.core.errors import Refused, Unavailable
from app.core.journal import Event
from app.core.work import Origin
from app.log import DatabaseJournal
from tests.world import World

MOST_LOOKS = 2_000
EVENT = Event(
    "record.read",
    subject="record:1",
    actor="01900000-0000-7000-8000-000000000001",
    details={"version": 1},
)


def test_an_entry_commits_with_its_act_and_goes_with_it(world: World) -> None:
    with pytest.raises(KeyError), world.work() as work:
        work.record(EVENT)
        raise KeyError
    assert world.events() == []

    with world.work() as work:
        work.record(EVENT)
    assert world.events() == [("record.read", "01900000-0000-7000-8000-000000000001", "record:1")]


def test_a_refusal_outlives_the_rollback_of_what_was_refused(world: World) -> None:
    with pytest.raises(Refused), world.work() as work:
        work.record(EVENT)
        raise Refused(Event("read.refused", subject="record:1"))
    assert world.events() == [("read.refused", "", "record:1")]


def test_the_leaf_hash_is_that_of_the_entry_and_the_entry_is_canonical(world: World) -> None:
    with world.units.begin(Origin(door="web", client_address="192.0.2.1")) as work:
        work.record(EVENT)
    with world.owner() as session:
        row = session.execute(text("SELECT * FROM journal")).one()
        address = session.execute(text("SELECT * FROM journal_addresses")).one()
    assert row.leaf_hash == hashlib.sha256(b"\x00" + row.entry).digest()
    entry = json.loads(row.entry)
    assert entry["subject"] == "record:1"
    assert len(bytes.fromhex(entry["nonce"])) == 16
    assert "192.0.2.1" not in row.entry.decode()
    commitment = hashlib.sha256(address.salt + address.address.encode()).hexdigest()
    assert entry["address_commitment"] == commitment


def test_equal_events_have_different_leaves(world: World) -> None:
    with world.work() as work:
        work.record(EVENT)
        work.record(EVENT)
    with world.owner() as session:
        assert session.execute(text("SELECT count(DISTINCT leaf_hash) FROM journal")).scalar() == 2


def test_an_entry_that_the_log_could_not_hold_stops_the_act(world: World) -> None:
    with pytest.raises(Unavailable), world.work() as work:
        work.record(Event("records.searched", details={"q": "x" * 70_000}))
    assert world.events() == []


@pytest.mark.parametrize(
    "event",
    [
        Event("records.searched", details={"q": "a\x00b"}),
        Event("records.searched", details={"q": "a\\\x00b"}),
        Event("records.searched", subject="x" * 1_001),
        Event("x" * 1_001),
        Event("records.searched", organisation="\u00e9" * 501),
    ],
)
def test_what_the_sequencer_could_not_read_stops_the_act(world: World, event: Event) -> None:
    with pytest.raises(Unavailable), world.work() as work:
        work.record(event)
    assert world.events() == []


def test_what_only_looks_like_it_is_kept(world: World) -> None:
    with world.work() as work:
        work.record(Event("records.searched", details={"q": "\\u0000"}))
    world.sequence()
    assert world.entries()[-1]["type"] in ("records.searched", "log.begun")


@pytest.mark.parametrize("table", ["journal", "decisions", "audiences", "profiles"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nobody_rewrites_not_even_the_owner(world: World, table: str, act: str) -> None:
    with world.work() as work:
        world.actor(work, "uma")
        work.record(EVENT)
    with pytest.raises(ProgrammingError), world.work() as work:
        work.session.execute(text(act.format(table)))
    if table == "journal" or act.startswith("TRUNCATE"):
        with pytest.raises(DBAPIError), world.owner() as session:
            session.execute(text(act.format(table)))
    assert len(world.events()) == 1


def test_a_journal_row_knows_its_transaction_for_the_sequencer(world: World) -> None:
    with world.work() as work:
        work.record(EVENT)
        own = work.session.execute(text("SELECT pg_current_xact_id()::text")).scalar_one()
        assert safe_entries(world) == 0
    with world.owner() as session:
        kept = session.execute(text('SELECT "transaction"::text FROM journal')).scalar_one()
    assert kept == own
    # Other databases of the server have transactions too: the row is safe once those have ended.
    assert any(safe_entries(world) for _ in range(MOST_LOOKS))


def safe_entries(world: World) -> int:
    """How many entries no transaction that still runs could come before."""
    with world.owner() as session:
        found = session.execute(
            text(
                'SELECT count(*) FROM journal WHERE "transaction"'
                " < pg_snapshot_xmin(pg_current_snapshot())"
            )
        )
        return int(found.scalar_one())


def test_the_source_of_salts_is_an_argument() -> None:
    assert DatabaseJournal(lambda count: b"\x00" * count).random_bytes(2) == b"\x00\x00"


def test_the_application_was_never_given_the_right_to_rewrite(world: World) -> None:
    with world.owner() as session:
        rights = session.execute(
            text(
                "SELECT t, p FROM unnest(ARRAY['journal', 'log_entries', 'decisions',"
                " 'audiences', 'profiles', 'facets', 'tallies']) t,"
                " unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) p"
                " WHERE has_table_privilege('entente_app', t, p)"
            )
        ).all()
    assert rights == []
