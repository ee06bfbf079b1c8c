"""The sequencer: no committed entry is skipped, doubled or moved, whatever happens and when."""

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import log
from app.core.errors import Conflict, Unavailable
from app.core.journal import Event
from app.core.work import Units
from app.log import places as log_places
from tests.log_world import DOOR, nth_statement, step, verify, write
from tests.world import World


def places(world: World) -> list[tuple[int, str]]:
    """Every place with its subject, in the order of the log."""
    with world.owner() as session:
        rows = session.execute(text("SELECT index, subject FROM log_entries ORDER BY log, index"))
        return [(index, subject) for index, subject in rows]


def subjects(world: World) -> list[str]:
    """The subjects in the order of the log, without the first entry; the indices have no gap."""
    found = places(world)
    assert [index for index, _ in found] == list(range(len(found)))
    return [subject for _, subject in found[1:]]


def place_until(world: World, size: int, limit: int = 5_000) -> None:
    """Give places, and sign nothing, until there are so many."""
    deadline = time.monotonic() + 60
    while len(places(world)) < size:
        assert time.monotonic() < deadline, "entries get no place"
        with world.units.begin(DOOR) as work:
            log.sequence(work, world.log, limit)


def test_an_entry_that_commits_late_is_not_skipped(world: World) -> None:
    world.sequence()
    with world.work() as late:
        late.record(Event("records.listed", subject="late"))
        late.session.flush()
        with world.work() as early:
            early.record(Event("records.listed", subject="early"))
        step(world, 3)
        assert subjects(world) == []  # one that could still come before it is running
    world.sequence()
    assert subjects(world) == ["late", "early"]
    assert verify(world) == 3


def test_what_is_rolled_back_leaves_no_gap(world: World) -> None:
    write(world)
    with pytest.raises(Unavailable), world.work() as work:
        work.record(Event("records.listed", subject="gone"))
        raise Unavailable
    write(world)
    world.sequence()
    assert subjects(world) == ["number:0", "number:0"]


def test_one_transactions_entries_stay_in_their_order(world: World) -> None:
    with world.work() as work:
        for number in range(20):
            work.record(Event("records.listed", subject=f"number:{number}"))
    world.sequence()
    assert subjects(world) == [f"number:{number}" for number in range(20)]


def test_a_batch_ends_in_the_middle_and_the_next_goes_on(world: World) -> None:
    with world.work() as work:  # the first batches end within one transaction
        for number in range(250):
            work.record(Event("records.listed", subject=f"of one:{number}"))
    write(world, 450)
    place_until(world, 701, limit=97)
    assert subjects(world) == [
        *(f"of one:{number}" for number in range(250)),
        *(f"number:{number}" for number in range(450)),
    ]
    world.sequence()
    assert verify(world) == 701


def test_sequencers_side_by_side_double_nothing(world: World) -> None:
    stop = threading.Event()
    failed: list[BaseException] = []

    def work_on() -> None:
        while not stop.is_set():
            try:
                step(world)
            except Conflict:
                pass
            except BaseException as error:
                failed.append(error)
                return

    workers = [threading.Thread(target=work_on) for _ in range(3)]
    writers = [threading.Thread(target=write, args=(world, 40)) for _ in range(2)]
    for thread in (*workers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in workers:
        thread.join()
    assert failed == []
    world.sequence()
    assert len(subjects(world)) == 80
    assert verify(world) == 81


def in_another_process(world: World, act: Callable[[Units], Any]) -> int:
    """Do something in a process of its own, with connections of its own; returns how it ended."""
    world.engine.dispose()
    child = os.fork()
    if child == 0:
        engine = world.database.application_engine(pool_size=2)
        try:
            act(Units(engine, world.units.journal, world.clock))
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def waited(child: int) -> int:
    """How a process ended: 0, 1, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def step_with(world: World, units: Units) -> None:
    with units.begin(DOOR) as work:
        log.sequence(work, world.log)
    with units.begin(DOOR) as work:
        log.sign(work, world.log.keys)


def test_processes_side_by_side_double_nothing(world: World) -> None:
    def work_on(units: Units) -> None:
        for _ in range(25):
            try:
                step_with(world, units)
            except Conflict:
                continue

    write(world, 300)
    children = [in_another_process(world, work_on) for _ in range(3)]
    write(world, 50)
    assert [waited(child) for child in children] == [0, 0, 0]
    world.sequence()
    assert len(subjects(world)) == 350
    assert verify(world) == 351


def statements_of_a_round(world: World) -> int:
    """How many statements and commits a round has that fills a tile, at most."""
    with nth_statement(world.engine, 0, lambda: None) as count:
        step(world)
    return count[0]


def test_killed_before_any_statement_the_log_goes_on(world: World) -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def killed_at(nth: int) -> Callable[[Units], Any]:
        def act(units: Units) -> None:
            with nth_statement(units.engine, nth, die):
                step_with(world, units)

        return act

    world.sequence()
    written, killed = 0, 0
    for nth in range(1, 60):
        write(world, 30)
        written += 30
        ended = waited(in_another_process(world, killed_at(nth)))
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        killed += 1
        assert_published_holds(world)
    assert killed >= 15
    world.sequence()
    assert len(subjects(world)) == written
    assert verify(world) == written + 1


def assert_published_holds(world: World) -> None:
    """What is published now verifies, whatever stands unsigned behind it."""
    assert verify(world) >= 1


def test_a_fault_in_any_statement_leaves_a_log_that_goes_on(world: World) -> None:
    def fail() -> None:
        raise OperationalError("the fault", None, Exception("injected"))

    world.sequence()
    written, nth = 0, 0
    while True:
        nth += 1
        write(world, 20)
        written += 20
        try:
            with nth_statement(world.engine, nth, fail):
                step(world)
        except (OperationalError, Unavailable):
            assert_published_holds(world)
            continue
        break
    assert nth > 15
    world.sequence()
    assert len(subjects(world)) == written
    assert verify(world) == written + 1


def test_two_signers_cannot_follow_the_same_checkpoint(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even without the lock, and although the second signs another size."""
    world.sequence()
    write(world, 3)
    with world.units.begin(DOOR) as work:
        log.sequence(work, world.log)
    monkeypatch.setattr("app.log.places.be_the_one", lambda _: True)
    refused: list[str] = []

    def second() -> None:
        try:
            with world.units.begin(DOOR) as work:
                log.sign(work, world.log.keys)
        except Conflict as conflict:
            refused.append(conflict.detail)

    with world.units.begin(DOOR) as first:
        with monkeypatch.context() as shorter:
            whole = log_places.current_log(first.session)
            assert whole is not None and whole.size == 4
            known = replace(whole, size=3)  # as the first came to know it, a moment before
            shorter.setattr("app.log.places.current_log", lambda _: known)
            assert log.sign(first, world.log.keys)
        other = threading.Thread(target=second)
        other.start()
        other.join(timeout=1.0)
        assert other.is_alive()  # it waits for how the first ends
    other.join()
    assert refused == ["Another signer was first."]
    world.sequence()
    assert verify(world) == 4


def meddled(world: World, *statements: str) -> None:
    """Change rows as only the owner of the server can, who takes the triggers away."""
    with world.owner() as session:
        session.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET entry = entry || ' '::bytea WHERE id = (SELECT entry_id FROM"
        " log_entries ORDER BY index DESC LIMIT 1)",
        "UPDATE log_entries SET leaf_hash = sha256('x') WHERE index = 305",
        "UPDATE log_entries SET leaf_hash = sha256('x') WHERE index = 300",
        "UPDATE log_nodes SET hash = sha256('x')",
        "DELETE FROM log_nodes",
        "DELETE FROM log_entries WHERE index = 305",
        "DELETE FROM log_entries WHERE index = 258",
        "DELETE FROM log_entries WHERE index >= 200",
        "DELETE FROM journal WHERE id = (SELECT entry_id FROM log_entries WHERE index = 305)",
        "UPDATE log_checkpoints SET root_hash = sha256('x')",
    ],
)
def test_over_changed_rows_nothing_is_signed(world: World, statement: str) -> None:
    write(world, 300)
    world.sequence()
    write(world, 10)
    with world.units.begin(DOOR) as work:
        log.sequence(work, world.log)
    meddled(world, statement)
    with pytest.raises(log.RefusesToSign), world.units.begin(DOOR) as work:
        log.sign(work, world.log.keys)


def test_over_a_node_that_is_not_of_its_leaves_nothing_is_signed(world: World) -> None:
    """It lies wholly behind what was signed, so no proof of consistency would show it."""
    write(world, 255)
    assert world.sequence() == 256
    write(world, 300)
    place_until(world, 556)
    meddled(world, "UPDATE log_nodes SET hash = sha256('x') WHERE index = 1")
    with pytest.raises(log.RefusesToSign), world.units.begin(DOOR) as work:
        log.sign(work, world.log.keys)


def test_a_database_that_counts_from_before_is_refused(world: World) -> None:
    write(world, 3)
    world.sequence()
    meddled(
        world,
        "UPDATE journal SET \"transaction\" = '99999999'::xid8 WHERE id ="
        " (SELECT entry_id FROM log_entries ORDER BY index DESC LIMIT 1)",
    )
    write(world)
    with pytest.raises(log.RunsBehind), world.units.begin(DOOR) as work:
        log.sequence(work, world.log)
    with pytest.raises(log.RunsBehind), world.work() as work:
        log.check(work)


def test_keys_that_are_lost_sign_nothing(world: World) -> None:
    write(world)
    world.sequence()
    write(world)
    (world.folder / "log" / "keys.json").unlink()
    log.LogKeys.load_or_create(world.folder / "log", world.clock)
    with pytest.raises(Unavailable, match="not in the file"), world.units.begin(DOOR) as work:
        log.sequence(work, world.log)
        log.sign(work, world.log.keys)
