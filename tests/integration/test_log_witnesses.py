"""Witnesses co-sign what they have checked; nothing waits for them, and nothing false is kept."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete

from app import log, tlog
from tests.log_world import DOOR, Kept, keep, write
from tests.world import World


def cosigners(note: tlog.Note) -> set[str]:
    """Whose signatures stand under a checkpoint."""
    return {signature.name.partition(".")[0] for signature in note.signatures}


def state(world: World) -> log.LogState:
    with world.work() as work:
        return log.state(work, world.log.policy())


def test_the_published_checkpoint_is_the_newest_that_enough_have_witnessed(world: World) -> None:
    kept = keep(world, "sg", "eu")
    write(world)
    world.sequence()
    assert not state(world).policy_met
    assert cosigners(kept.checkpoint()) == {"entente"}  # none is met: the newest signed
    kept.ask_all()
    assert cosigners(kept.checkpoint()) == {"entente", "sg", "eu"}
    assert state(world).policy_met
    assert len(kept.checkpoint().signatures) == 6  # everybody signs twice
    write(world)
    world.sequence()
    kept.witnesses[1].asleep = True
    kept_size = tlog.Checkpoint.parse(kept.checkpoint().text).size
    assert kept_size == 2  # the newest is not met yet
    with pytest.raises(log.NoAnswer):
        kept.ask_all()
    assert state(world).published_size == 2 < state(world).signed_size == 3
    kept.witnesses[1].asleep = False
    kept.ask_all()
    assert tlog.Checkpoint.parse(kept.checkpoint().text).size == 3
    with world.work() as work:
        policy = world.log.policy()
        tlog_policy = log.policy_text(work.session, 1, policy, "http://entente.example/logs/1")
    accepted, _ = tlog.TrustPolicy.parse(tlog_policy).accept(kept.checkpoint())
    assert accepted.size == 3


def test_a_witness_that_saw_more_than_we_know_is_asked_from_there(world: World) -> None:
    kept = keep(world, "sg")
    write(world, 300)
    world.sequence()
    kept.ask_all()
    write(world, 30)
    world.sequence()
    with world.owner() as session:
        session.execute(delete(log.CosignatureRow))  # it was not written down
    kept.ask_all()
    assert kept.witnesses[0].answers == [200, 409, 200]
    assert cosigners(kept.checkpoint()) == {"entente", "sg"}


def test_a_witness_that_has_seen_a_longer_log_is_told_on_the_log(world: World) -> None:
    kept = keep(world, "sg")
    write(world)
    world.sequence()
    kept.witnesses[0].seen["entente.example/log/2026"] = (9, b"x" * 32)
    keeper = kept.keeper()
    for _ in range(3):
        with ThreadPoolExecutor() as pool:
            keeper.ask_witnesses(pool)
        kept.seconds += 11
    (told,) = world.told("log.witness-refused")  # the same answer is told once
    assert told["details"] == {"status": 409, "seen_size": 9}


def test_a_witness_that_lies_does_not_stop_the_log(world: World) -> None:
    """It shows a longer log, under the log's name, that the log never signed."""
    kept = keep(world, "sg")
    write(world)
    world.sequence()
    origin = "entente.example/log/2026"
    forger = tlog.Signer.ed25519(origin, Ed25519PrivateKey.generate())
    forged = tlog.Checkpoint(origin, 9, b"x" * 32).text()
    note = tlog.Note(forged, (forger.sign(forged, 1),)).serialised()
    kept.witnesses[0].seen[origin] = (9, b"x" * 32)
    kept.witnesses[0].notes[tlog.origin_hash(origin)] = note
    keeper = kept.keeper()
    with ThreadPoolExecutor() as pool:
        keeper.ask_first(pool)
    assert [told["type"] for told in world.told("log.rolled-back")] == []
    assert len(world.told("log.witness-refused")) == 1
    kept.seconds += 11
    assert keeper.step() == 1
    assert state(world).signed_size == 3


def test_a_witness_that_has_seen_another_log_refuses(world: World) -> None:
    kept = keep(world, "sg")
    write(world)
    world.sequence()
    kept.witnesses[0].seen["entente.example/log/2026"] = (1, b"x" * 32)
    with pytest.raises(log.Refusal, match="422"):
        kept.ask_all()
    assert cosigners(kept.checkpoint()) == {"entente"}


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""),
        (200, b"nonsense"),
        (200, "— sg.example/w AAAAAAAAAAAA\n".encode()),
        (200, "— somebody.example/w AAAAAAAAAAAA\n".encode()),
        (409, b"007\n"),
        (409, b"-1\n"),
        (409, b""),
        (500, b""),
        (302, b""),
    ],
)
def test_what_does_not_verify_is_not_kept(world: World, answer: tuple[int, bytes]) -> None:
    kept = keep(world, "sg")
    write(world)
    world.sequence()
    object.__setattr__(world.log, "post", lambda *_: answer)
    with pytest.raises((log.Refusal, tlog.TlogError)):
        kept.ask_all()
    assert cosigners(kept.checkpoint()) == {"entente"}


def test_a_signature_over_another_checkpoint_is_not_kept(world: World) -> None:
    kept = keep(world, "sg")
    write(world)
    world.sequence()
    other = tlog.Checkpoint("entente.example/log/2026", 2, b"y" * 32).text()
    line = kept.witnesses[0].signers[0].sign(other, 1_800_000_000).line()
    object.__setattr__(world.log, "post", lambda *_: (200, line.encode()))
    with pytest.raises(tlog.NoteError):
        kept.ask_all()
    assert cosigners(kept.checkpoint()) == {"entente"}


def test_each_minute_the_same_checkpoint_is_cosigned_again_without_an_entry(world: World) -> None:
    kept = keep(world, "sg")
    write(world)
    world.sequence()
    keeper = kept.keeper()

    def ask() -> None:
        with ThreadPoolExecutor() as pool:
            keeper.ask_witnesses(pool)

    ask()
    first = state(world).witnesses[0].at
    entries = len(world.entries())
    for _ in range(7):
        ask()
        kept.seconds += 10
        world.clock.pass_time(timedelta(seconds=10))
    again = state(world).witnesses[0].at
    assert first is not None and again is not None
    assert again - first == timedelta(seconds=60)
    assert kept.witnesses[0].answers == [200, 200]
    assert len(world.entries()) == entries


def test_a_missing_or_late_witness_is_shown(world: World) -> None:
    kept = keep(world, "sg", "eu")
    write(world)
    world.sequence()
    assert all(one.late for one in state(world).witnesses)
    kept.ask_all()
    assert not any(one.late for one in state(world).witnesses)
    world.clock.pass_time(timedelta(minutes=4))
    assert all(one.late for one in state(world).witnesses)


def test_a_witness_that_hangs_holds_nothing_up(world: World) -> None:
    kept = keep(world, "sg", "eu")
    slow, post = kept.witnesses[0], world.log.post

    def hanging(url: str, body: bytes | None) -> tuple[int, bytes]:
        if slow.url in url:
            time.sleep(1.5)
        return post(url, body)

    object.__setattr__(world.log, "post", hanging)
    write(world)
    world.sequence()
    keeper = kept.keeper()
    pool = ThreadPoolExecutor()
    began = time.monotonic()
    keeper.ask_witnesses(pool)
    for _ in range(3):
        write(world)
        kept.seconds += 1
        keeper.step()
        keeper.ask_witnesses(pool)
    assert time.monotonic() - began < 1.4
    pool.shutdown()
    assert kept.witnesses[1].answers  # the other one answered meanwhile


def test_a_policy_that_is_none_stops_what_needs_it(world: World) -> None:
    world.log.policy_path.write_text("nonsense\n")
    with pytest.raises(Exception, match="policy cannot be read"), world.units.begin(DOOR):
        world.log.policy()


def test_without_a_policy_no_witness_is_needed(world: World) -> None:
    kept = Kept(world, [])
    write(world)
    world.sequence()
    kept.ask_all()
    assert state(world).policy_met
    assert state(world).witnesses == []
