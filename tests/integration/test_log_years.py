"""A log ends and another goes on: at new year, after a restored backup; and keys change."""

import json
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from app import log, tlog
from app.core.database import Database
from app.core.errors import Conflict, Invalid, Unavailable
from app.core.journal import Event
from app.core.work import Units
from tests.log_world import DOOR, Kept, Witness, at_new_year, keep, step, verify, write
from tests.world import World


def turn(kept: Kept, rounds: int = 4) -> None:
    """Let the keeper work for a while, and the witnesses answer in between."""
    keeper = kept.keeper()
    for _ in range(rounds):
        kept.seconds += 11
        keeper.step()
        kept.ask_all()


def first_entry(world: World, number: int) -> dict[str, object]:
    """The first entry of a log."""
    with world.work() as work:
        bundle = log.bundle(work.session, number, tlog.Tile(-1, 0, 1))
    (entry,) = tlog.decode_bundle(bundle, 1)
    told: dict[str, object] = json.loads(entry)
    return told


def test_at_new_year_the_final_checkpoint_opens_the_new_log(world: World) -> None:
    kept = keep(world, "sg", "eu")
    write(world, 5)
    turn(kept)
    world.clock.now = at_new_year(2027)
    write(world, 3)
    turn(kept)
    write(world, 2)
    turn(kept)
    final = kept.checkpoint(1)
    told = first_entry(world, 2)
    assert told["type"] == "log.begun"
    details = told["details"]
    assert isinstance(details, dict)
    assert (details["origin"], details["reason"]) == ("entente.example/log/2027", "new-year")
    assert details["previous_origin"] == "entente.example/log/2026"
    carried = tlog.Note.parse(details["previous_checkpoint"])
    assert carried.text == final.text
    assert {one.name for one in carried.signatures} >= {"sg.example/w", "eu.example/w"}
    assert tlog.Checkpoint.parse(kept.checkpoint(2).text).size >= 3
    assert verify(world) == 5 + 3 + 2 + 2  # all entries, and the first of each log
    with world.work() as work:
        assert log.newest(work.session).log == 2


def test_the_year_does_not_turn_before_those_who_must_have_cosigned(world: World) -> None:
    kept = keep(world, "sg", "eu")
    write(world, 2)
    turn(kept)
    kept.witnesses[0].asleep = True
    write(world)
    world.sequence()
    world.clock.now = at_new_year(2027)
    keeper = kept.keeper()
    write(world, 2)
    for _ in range(10):
        kept.seconds += 11
        keeper.step()
    with world.work() as work:
        assert log.current(work.session) == 1
    world.sequence()
    assert len(world.entries()) == verify(world)  # after a while the old log goes on
    kept.witnesses[0].asleep = False
    for _ in range(12):
        kept.seconds += 11
        keeper.step()
        kept.ask_all()
    with world.work() as work:
        assert log.current(work.session) == 2
    write(world)
    turn(kept)
    assert len(world.entries()) == verify(world)


def test_what_runs_over_the_turn_of_the_year_is_not_lost(world: World) -> None:
    kept = keep(world, "sg")
    write(world)
    turn(kept)
    with world.work() as late:
        late.record(Event("records.listed", subject="before midnight"))
        late.session.flush()
        world.clock.now = at_new_year(2027)
        turn(kept)
        write(world)
        turn(kept)
        with world.work() as work:
            assert log.current(work.session) == 2
    world.sequence()
    assert len(world.entries()) == verify(world)


def test_a_new_key_signs_beside_the_old_one_until_that_is_retired(world: World) -> None:
    kept = Kept(world, [])
    write(world)
    world.sequence()
    before = keys(world)
    with world.work() as work:
        added = log.rotate(work, world.log.keys)
    world.sequence()
    note = kept.checkpoint()
    assert {one.key.text() for one in verified(world, note)} == {*before, *added}
    with world.work() as work:
        assert sorted(log.retire(work, world.log.keys)) == sorted(before)
    world.sequence()
    assert {one.key.text() for one in verified(world, kept.checkpoint())} == set(added)
    with world.work() as work:
        assert log.vkey(work.session, 1) in added
    assert len(world.log.keys.pairs()) == 1
    assert [told["type"] for told in world.entries()][-2:] == ["log.key-added", "log.key-retired"]
    assert world.told("log.key-retired")[0]["details"]["keys"] == sorted(before)
    with pytest.raises(Conflict), world.work() as work:
        log.retire(work, world.log.keys)
    assert verify(world) == len(world.entries())


def keys(world: World) -> set[str]:
    with world.work() as work:
        return {row.vkey for row in log.keys(work.session, log.current(work.session))}


def verified(world: World, note: tlog.Note) -> tuple[tlog.Verified, ...]:
    return tlog.verify_note(note, [tlog.VerifierKey.parse(key) for key in keys(world)])


def test_a_pair_that_a_crash_left_in_the_file_is_taken_up(world: World) -> None:
    world.sequence()
    with pytest.raises(RuntimeError), world.work() as work:
        log.rotate(work, world.log.keys)
        raise RuntimeError("the machine stops before the commit")
    write(world)
    world.sequence()  # the pair that nobody registered signs nothing
    with world.work() as work:
        log.rotate(work, world.log.keys)
    assert len(world.log.keys.pairs()) == 2
    world.sequence()


def test_the_key_file_is_its_owners_alone(world: World) -> None:
    path = world.folder / "log" / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    world.log.keys.add()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.fixture
def restored(world: World, server: Engine) -> Iterator[tuple[Kept, Kept]]:
    """A portal that went on after its backup, and the same one from the backup."""
    kept = keep(world, "sg", "eu")
    write(world, 300)
    step(world)
    world.sequence()
    kept.ask_all()
    write(world, 2)  # not sequenced in the backup
    world.engine.dispose()
    source = world.engine.url.database
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {source}_backup TEMPLATE {source}"))
    write(world, 20)
    world.sequence()
    kept.ask_all()
    url = server.url.set(database=f"{source}_backup").render_as_string(hide_password=False)
    backup = from_backup(world, Database(url, url), kept.witnesses)
    yield kept, backup
    backup.world.engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {source}_backup WITH (FORCE)"))


def from_backup(world: World, database: Database, witnesses: list[Witness]) -> Kept:
    """The same portal over another database."""
    engine = database.application_engine(pool_size=4)
    units = Units(engine, world.units.journal, world.clock)
    parts = replace(world.log, units=units)
    other = replace(world, database=database, engine=engine, units=units, log=parts)
    return Kept(other, witnesses)


def recovered(kept: Kept, kept_note: str = "") -> None:
    """What `entente audit recover` does."""
    engine = kept.world.database.owner_engine()
    units = Units(engine, kept.world.units.journal, kept.world.clock)
    with units.begin(DOOR) as work:
        log.recover(work, kept.world.log, reason="The disk broke.", kept=kept_note)
    engine.dispose()


def test_after_a_restored_backup_witnesses_refuse_and_a_new_log_goes_on(
    restored: tuple[Kept, Kept],
) -> None:
    lost, kept = restored
    world = kept.world
    with pytest.raises(log.Refusal) as refused:
        kept.ask_all()
    assert (refused.value.status, refused.value.seen) == (409, 323)
    with world.work() as work:
        log.check(work)
    keeper = kept.keeper()
    with ThreadPoolExecutor() as pool:
        keeper.ask_first(pool)
    assert keeper.step() == 0
    with world.work() as work, pytest.raises(Unavailable, match="put back"):
        log.check(work)
    (told,) = world.told("log.rolled-back")
    assert tlog.Checkpoint.parse(tlog.Note.parse(told["details"]["checkpoint"]).text).size == 323
    write(world, 40)  # and somebody signs on all the same
    world.sequence()
    with pytest.raises(log.Refusal) as refused:
        kept.ask_all()
    assert refused.value.status == 422
    write(world, 3)
    newest = lost.checkpoint().serialised()
    recovered(kept, newest)
    world.sequence()
    kept.ask_all()
    begun = first_entry(world, 2)["details"]
    assert isinstance(begun, dict)
    assert begun["origin"] == "entente.example/log/2026-2"
    assert begun["reason"] == "recovered"
    assert begun["why"] == "The disk broke."
    assert begun["kept_checkpoint"] == newest
    carried = tlog.Checkpoint.parse(tlog.Note.parse(begun["previous_checkpoint"]).text)
    assert carried.size == 301  # what the witnesses had co-signed
    write(world, 5)
    world.sequence()
    kept.ask_all()
    assert {one.name for one in kept.checkpoint(2).signatures} >= {"sg.example/w", "eu.example/w"}
    assert len(world.entries()) == verify(world)


def test_what_the_backup_counted_further_gets_its_place_too(world: World) -> None:
    kept = Kept(world, [])
    write(world, 3)
    world.sequence()
    write(world, 2)
    with world.owner() as session:
        session.execute(text("SET session_replication_role = replica"))
        session.execute(
            text(
                'UPDATE journal SET "transaction" = ("transaction"::text::int8 + 90000000)'
                "::text::xid8"
            )
        )
    write(world, 1)
    with pytest.raises(log.RunsBehind):
        step(world)
    recovered(kept)
    write(world, 4)
    world.sequence()
    step(world, 2)
    assert len(world.entries()) == verify(world)
    with world.work() as work:
        log.check(work)


def test_nobody_writes_while_a_log_is_recovered(world: World) -> None:
    write(world)
    world.sequence()
    engine = world.database.owner_engine()
    with Units(engine, world.units.journal, world.clock).begin(DOOR) as work:
        log.recover(work, world.log, reason="A test.")
        writer = threading.Thread(target=write, args=(world,))
        writer.start()
        writer.join(timeout=0.5)
        assert writer.is_alive()
    writer.join()
    engine.dispose()
    world.sequence()
    assert len(world.entries()) == verify(world)


@pytest.mark.parametrize("note", ["nonsense", "another"])
def test_only_a_checkpoint_of_the_old_log_is_carried(world: World, note: str) -> None:
    write(world)
    world.sequence()
    if note == "another":
        signer = world.log.keys.signers("other.example/log")[0]
        text_ = tlog.Checkpoint("other.example/log", 1, b"x" * 32).text()
        note = tlog.Note(text_, (signer.sign(text_, 1),)).serialised()
    with pytest.raises(Invalid):
        recovered(Kept(world, []), note)
