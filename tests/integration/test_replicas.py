"""Searches are read on a replica that knows all that the authorisation knew, or on the primary."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app import release
from app.core import replicas
from app.core.database import Database, locate_database
from app.core.errors import Unavailable
from app.core.migrate import migrate
from app.core.replicas import Replica, Replicas, open_replicas, position
from app.core.settings import Settings
from app.edge import health
from app.main import create_app
from app.records import Search, finding
from tests.portal import Portal, assemble_portal
from tests.release_world import withdraw
from tests.replica_world import Pair, Server, pair

Value = TypeVar("Value")


class Clock:
    """Seconds that pass when told to, beside those that pass anyway."""

    def __init__(self) -> None:
        self.more = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.more


@pytest.fixture(scope="module")
def two() -> Iterator[Pair]:
    with pair() as made:
        yield made


@pytest.fixture(scope="module")
def shared(two: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal over the pair, with records on it."""
    database = Database(two.primary.url, two.primary.url, (two.replica.url,))
    migrate(database)
    portal = assemble_portal(database, tmp_path_factory.mktemp("pair"), "http://127.0.0.1:8000")
    for number in range(3):
        portal.released(title=f"A practice for case {number}", marking="TLP:GREEN",
                        release_to="org:uni-eu")  # fmt: skip
    yield portal
    portal.world.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def portal(shared: Portal, clock: Clock) -> Iterator[Portal]:
    """The portal, with a replica of which it knows nothing yet."""
    (engine,) = shared.world.database.replica_engines(pool_size=2)
    beside = Replicas([Replica(engine, clock)])
    units = replace(shared.world.units, replicas=beside)
    shared.world.units, before = units, shared.world.units
    yield replace(shared, services=replace(shared.services, units=units))
    shared.world.units = before
    beside.close()


def replica_of(portal: Portal) -> Replica:
    (one,) = portal.services.units.replicas.all
    return one


def found(portal: Portal, name: str = "uma", **asked: str) -> set[str]:
    world = portal.world
    with world.work() as work:
        page = finding.find(work, world.gate, world.actor(work, name), Search(**asked)).page
    return {line.title for line in page.items}


def there(portal: Portal, clock: Clock, read: Callable[[], Value]) -> Value:
    """Read again and again until the replica has caught up and was read from."""
    one = replica_of(portal)
    for _ in range(100):
        before = one.read_count
        value = read()
        if one.read_count > before:
            return value
        clock.more += replicas.FAILED_SECONDS
        time.sleep(0.05)
    raise AssertionError(one.problem)


def found_there(portal: Portal, clock: Clock, **asked: str) -> set[str]:
    return there(portal, clock, lambda: found(portal, **asked))


@contextmanager
def told(server: Server) -> Iterator[Session]:
    """A session of who owns the server."""
    engine = create_engine(server.url, isolation_level="AUTOCOMMIT")
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.mark.parametrize("asked", [{}, {"q": "practice"}, {"kind": "best_practice"}])
def test_what_is_found_on_the_replica_is_what_the_primary_finds(
    portal: Portal, clock: Clock, asked: dict[str, str]
) -> None:
    shown = found_there(portal, clock, **asked)
    portal.world.units = replace(portal.world.units, replicas=Replicas())
    assert shown == found(portal, **asked)
    assert len(shown) == 3
    assert portal.world.entries()[-2]["organisation"] == "uni-eu"  # and the journal holds both


def test_row_level_security_holds_there_too(portal: Portal, clock: Clock) -> None:

    def rows() -> list[str]:
        with portal.world.work() as work:
            gate = portal.world.gate
            scope = gate.scope(work, portal.world.actor(work, "bo"))
            return gate.look(
                work, scope, lambda at: [*at.scalars(text("SELECT id::text FROM versions"))]
            )

    assert there(portal, clock, rows) == []


def test_a_revocation_is_never_stale(portal: Portal, clock: Clock, two: Pair) -> None:
    drafted = portal.draft("ida", title="Taken back", marking="TLP:GREEN", release_to="org:uni-eu")
    portal.release(drafted.version_id, by="iris", author="ida")
    assert "Taken back" in found_there(portal, clock)
    with told(two.replica) as owner:
        owner.execute(text("SELECT pg_wal_replay_pause()"))
        try:
            withdraw(portal.world, drafted.version_id, by="iris")
            read = replica_of(portal).read_count
            clock.more += replicas.FAILED_SECONDS
            assert "Taken back" not in found(portal)
            assert replica_of(portal).read_count == read
            assert replica_of(portal).problem == "it runs behind"
        finally:
            owner.execute(text("SELECT pg_wal_replay_resume()"))
    assert "Taken back" not in found_there(portal, clock)


def test_nor_is_one_that_was_committed_without_waiting_for_the_disk(
    portal: Portal, clock: Clock
) -> None:
    drafted = portal.draft("ida", title="Taken soon", marking="TLP:GREEN", release_to="org:uni-eu")
    portal.release(drafted.version_id, by="iris", author="ida")
    assert "Taken soon" in found_there(portal, clock)
    with portal.world.work() as work:
        work.session.execute(text("SET LOCAL synchronous_commit = off"))
        iris = portal.world.actor(work, "iris")
        release.withdraw(work, portal.world.gate, iris, drafted.version_id, comment="Wrong.")
    assert "Taken soon" not in found(portal)
    assert replica_of(portal).problem == ""  # what was not sent is not its fault


def test_a_dead_replica_is_left_alone_for_a_while(portal: Portal, clock: Clock, two: Pair) -> None:
    assert found_there(portal, clock)
    two.replica.kill()
    one, read = replica_of(portal), replica_of(portal).read_count
    try:
        for _ in range(5):
            assert found(portal)
        assert (one.read_count, one.passed_count > 0) == (read, True)
        assert one.problem.startswith("it does not answer")
        passed = one.passed_count
        assert not one.ready()
        assert found(portal)
        assert one.passed_count == passed  # it was not even asked
        clock.more += replicas.FAILED_SECONDS
        assert [one.ready(), one.ready()] == [True, False]  # one looks, the others go on
    finally:
        two.replica.start()
    assert found_there(portal, clock)
    assert one.problem == ""


def test_a_frozen_replica_holds_nobody_up_for_long(portal: Portal, clock: Clock, two: Pair) -> None:
    assert found_there(portal, clock)
    two.replica.freeze()
    try:
        began = time.monotonic()
        assert found(portal)
        assert time.monotonic() - began < 10
        began = time.monotonic()
        assert found(portal)
        assert time.monotonic() - began < 1
    finally:
        two.replica.freeze(thaw=True)
    assert found_there(portal, clock)


def test_a_query_that_is_cancelled_there_is_answered_here(
    portal: Portal, clock: Clock, two: Pair
) -> None:
    with told(two.primary) as owner:
        owner.execute(text("CREATE TABLE passing AS SELECT 1 AS one"))
        owner.execute(text("GRANT SELECT ON passing TO entente_app"))
    assert found_there(portal, clock)
    where: list[bool] = []

    def look(at: Session) -> int:
        where.append(bool(at.scalar(text("SELECT pg_is_in_recovery()"))))
        if not where[-1]:
            return -1
        at.execute(text("SELECT * FROM passing"))
        with told(two.primary) as owner:  # what is read there is taken away beneath it
            owner.execute(text("DROP TABLE passing"))
        return int(at.scalar(text("SELECT 1 FROM pg_sleep(1.5)")) or 0)

    with portal.world.work() as work:
        scope = portal.world.gate.scope(work, portal.world.actor(work, "uma"))
        assert portal.world.gate.look(work, scope, look) == -1
    assert where == [True, False]
    assert replica_of(portal).problem.startswith("it does not answer")


def test_nothing_is_ever_written_there(portal: Portal, clock: Clock) -> None:
    assert found_there(portal, clock)
    (engine,) = portal.world.database.replica_engines(pool_size=1)
    with engine.connect() as connection:
        shown = connection.scalar(text("SHOW default_transaction_read_only"))
        role = connection.scalar(text("SELECT current_user"))
    engine.dispose()
    assert (shown, role) == ("on", "entente_app")


def test_what_is_wrong_with_it_is_told_to_the_operator(
    portal: Portal, clock: Clock, two: Pair
) -> None:
    assert found_there(portal, clock)
    with told(two.replica) as owner:
        owner.execute(text("SELECT pg_wal_replay_pause()"))
        portal.draft("ida", title="Written meanwhile")
        found(portal)
        owner.execute(text("SELECT pg_wal_replay_resume()"))
    (check,) = [one for one in health(portal.services) if one.part == "replica 1"]
    assert (check.ready, check.problem) == (True, "it runs behind")
    client = TestClient(create_app(portal.services), client=("127.0.0.1", 50000))
    figures = client.get("/metrics").text
    assert 'entente_replica_used{replica="1"} 0.0' in figures
    assert (
        f'entente_replica_passed_total{{replica="1"}} {replica_of(portal).passed_count}' in figures
    )


def test_a_primary_that_tells_no_position_has_no_replicas(two: Pair) -> None:
    database = Database(two.replica.url, two.replica.url, (two.replica.url,))
    with pytest.raises(Unavailable, match="how far it has written"):
        open_replicas(database.owner_engine(), database.replica_engines())


def test_the_embedded_database_has_no_replicas(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, replica_urls="postgresql://elsewhere/entente", _env_file=None
    )
    with pytest.raises(Unavailable, match="it has none"):
        locate_database(settings)


# What the following does to the pair cannot be undone, so it stands last.
def test_a_replica_of_another_history_is_not_read(portal: Portal, clock: Clock, two: Pair) -> None:
    assert found_there(portal, clock)
    one = replica_of(portal)
    with portal.world.work() as work:
        here = position(work.session)
    for other in (
        replace(here, system=here.system + 1),
        replace(here, timeline=here.timeline + 1),
    ):
        with pytest.raises(Exception, match="does not follow"), one.session(other):
            raise AssertionError("it was read")
    two.replica.promote()
    # It holds all that was written until now, but is nobody's replica any more.
    for timeline in (here.timeline, here.timeline + 1):
        same = replace(here, timeline=timeline)
        with pytest.raises(Exception, match="does not follow"), one.session(same):
            raise AssertionError("it was read")
    clock.more += replicas.FAILED_SECONDS
    read = one.read_count
    assert found(portal)
    assert one.read_count == read
