"""What the application's role cannot write, since the log would stop at it: no row is removed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.canonical import canonical_bytes
from app.core.database import Database
from app.core.ids import new_id
from app.log import places as log_places
from tests.log_world import DOOR, verify, write
from tests.world import World, make_world

PLACE = """
INSERT INTO log_entries SELECT {log}, {index}, j.id, {leaf}, now(), 'x', 'x', NULL, NULL, '',
  '{{}}', '', '{{}}', NULL, 0, '' FROM journal j
  WHERE NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id)
  ORDER BY j."transaction", j.position LIMIT 1 OFFSET {offset}
"""
LEAF = "sha256('\\x00'::bytea || j.entry)"


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[World]:
    made = make_world(database, tmp_path)
    yield made
    made.close()


def refused(world: World, statement: str, **values: object) -> None:
    """Say something to the database as the application, which is refused."""
    with pytest.raises(DBAPIError), world.work() as work:
        work.session.execute(text(statement), values)


def goes_on(world: World) -> None:
    """The log takes entries and is signed."""
    write(world, 3)
    world.sequence()
    assert len(world.entries()) == verify(world)


def an_entry(world: World) -> dict[str, Any]:
    write(world)
    told: dict[str, Any] = world.entries()[-1] | {"id": str(new_id())}
    return told


def without(name: str) -> Callable[[dict[str, Any]], bytes]:
    return lambda told: canonical_bytes({key: told[key] for key in told if key != name})


def with_(name: str, value: object) -> Callable[[dict[str, Any]], bytes]:
    return lambda told: canonical_bytes(told | {name: value})


SPOILT: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "no text": lambda _: b"\xff",
    "no JSON": lambda _: b"{",
    "no object": lambda _: b"[]",
    "too long": with_("details", {"much": "x" * 66_000}),
    "NUL": lambda told: canonical_bytes(told)[:-1] + b',"z":"\\u0000"}',
    "another id": with_("id", str(new_id())),
    "time": with_("time", "infinity"),
    "long type": with_("type", "x" * 1001),
    "long subject": with_("subject", "x" * 1001),
    "long organisation": with_("organisation", "x" * 1001),
    "record": with_("record", "that one"),
    "actor": with_("actor", "mallory"),
    "organisations": with_("organisations", "sg"),
    "markings": with_("markings", {}),
    "audience": with_("audience", 2**40),
    "served": with_("served_bytes", "much"),
}
NEEDED = "id time type subject organisation organisations decision markings served_bytes door"
SPOILT |= {f"without {name}": without(name) for name in f"{NEEDED} record actor".split()}
APPEND = f"""
INSERT INTO journal (id, entry, leaf_hash) SELECT CAST(:id AS uuid), j.entry, {LEAF}
FROM (SELECT CAST(:entry AS bytea) AS entry) j
"""


def test_what_the_sequencer_could_not_read_is_no_entry(world: World) -> None:
    for name, spoil in SPOILT.items():
        told = an_entry(world)
        with world.work() as work:
            nested = work.session.begin_nested()
            values = {"id": told["id"], "entry": canonical_bytes(told)}
            work.session.execute(text(APPEND), values)  # unspoilt it is taken
            nested.rollback()
            with pytest.raises(DBAPIError):
                work.session.execute(text(APPEND), values | {"entry": spoil(told)})
                raise AssertionError(name)
            work.session.rollback()
    goes_on(world)


def test_an_entry_has_its_own_hash_and_the_databases_order(world: World) -> None:
    told = an_entry(world)
    values = {"id": told["id"], "entry": canonical_bytes(told)}
    columns, given = "id, entry, leaf_hash", ":id, CAST(:entry AS bytea), sha256(:entry)"
    refused(world, f"INSERT INTO journal ({columns}) VALUES ({given})", **values)
    given = given.replace("sha256(:entry)", "sha256('\\x00'::bytea || :entry)")
    for name, value in (("transaction", "'9000000000'::xid8"), ("position", "1")):
        told_ = f'INSERT INTO journal ({columns}, "{name}") OVERRIDING SYSTEM VALUE'
        refused(world, f"{told_} VALUES ({given}, {value})", **values)
    goes_on(world)


@pytest.mark.parametrize(
    "place",
    [
        {"index": 99},
        {"leaf": "sha256('x')"},
        {"offset": 1},
        {"index": -1},
    ],
)
def test_a_place_is_given_in_turn_only(world: World, place: dict[str, object]) -> None:
    write(world)
    world.sequence()
    size = len(world.entries())
    write(world, 3)
    asked = {"log": 1, "index": size, "leaf": LEAF, "offset": 0} | place
    refused(world, PLACE.format(**asked))
    goes_on(world)


def test_places_have_no_gap_between_them(world: World) -> None:
    write(world)
    world.sequence()
    size = len(world.entries())
    write(world, 2)
    index = f"{size} + 2 * (row_number() OVER (ORDER BY j.position) - 1)"
    asked = PLACE.format(log=1, index=index, leaf=LEAF, offset=0).replace("LIMIT 1", "LIMIT 2")
    refused(world, asked)
    refused(world, asked.replace("2 * (", "1 - ("))  # in the other order
    goes_on(world)


def test_what_its_own_transaction_wrote_has_no_place_yet(world: World) -> None:
    write(world)
    world.sequence()
    told = an_entry(world)
    world.sequence()
    asked = {"log": 1, "index": len(world.entries()), "leaf": LEAF, "offset": 0}
    with pytest.raises(DBAPIError), world.work() as work:
        values = {"id": told["id"], "entry": canonical_bytes(told)}
        work.session.execute(text(APPEND), values)
        work.session.execute(text(PLACE.format(**asked)))
    goes_on(world)


def test_a_log_that_has_ended_takes_no_entry(world: World) -> None:
    write(world)
    world.sequence()
    size = len(world.entries())
    with world.owner() as session:
        session.execute(
            text("INSERT INTO logs SELECT 2, 'second', began_at, 'x', 1, after FROM logs")
        )
    write(world)
    refused(world, PLACE.format(log=1, index=size, leaf=LEAF, offset=0))


@pytest.mark.parametrize(
    ("level", "index", "hash_"),
    [(1, 1, "sha256('x')"), (1, 9, "sha256('x')"), (2, 0, "sha256('x')")],
)
def test_a_node_is_the_root_of_what_lies_below(
    world: World, level: int, index: int, hash_: str
) -> None:
    write(world, 300)
    world.sequence()
    refused(world, f"INSERT INTO log_nodes VALUES (1, {level}, {index}, {hash_})")
    write(world, 300)
    goes_on(world)


def test_nodes_that_nobody_wrote_are_written_with_the_next_entries(world: World) -> None:
    write(world, 250)
    world.sequence()
    write(world, 10)
    with world.units.begin(DOOR) as work:
        current = log_places.current_log(work.session)
        assert current is not None
        log_places.place_due(
            work.session, current, log_places.last_place(work.session, current), 100
        )
    goes_on(world)
