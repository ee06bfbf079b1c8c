"""The demonstration's witnesses: two, over HTTP, each with its own state; both must cosign."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app import log, tlog
from app.demo import run_witnesses
from tests.log_world import step, write
from tests.world import World

FOLDERS = ("singapore", "european-union")


@pytest.fixture
def witnessed(world: World, tmp_path: Path) -> Iterator[tlog.TrustPolicy]:
    stop = threading.Event()
    with log.new_client() as client:
        world.log = replace(world.log, post=log.http_post(client))
        yield run_witnesses(world.log, tmp_path, stop)
        stop.set()


def ask_all(world: World) -> None:
    for witness in log.witnesses(world.log.policy()):
        log.ask_witness(world.log, witness)


def published(world: World) -> tlog.Note:
    with world.work() as work:
        number = log.current(work.session)
        return tlog.Note.parse(log.checkpoint(work.session, number, world.log.policy()))


def test_both_witnesses_cosign(world: World, witnessed: tlog.TrustPolicy) -> None:
    assert tlog.TrustPolicy.parse(world.log.policy_path.read_bytes()) == witnessed
    write(world, 3)
    step(world, 2)

    ask_all(world)

    verified = tlog.verify_note(published(world), [one.vkey for one in witnessed.witnesses])
    assert {one.key for one in verified} == {one.vkey for one in witnessed.witnesses}
    assert len({one.key.name for one in verified}) == 2
    assert witnessed.met_by({one.key for one in verified})


def test_they_follow_as_the_log_grows_and_refuse_another(
    world: World, witnessed: tlog.TrustPolicy
) -> None:
    for count in (1, 300, 2):
        write(world, count)
        step(world, 3)
        ask_all(world)
    note = published(world)
    checkpoint = tlog.Checkpoint.parse(note.text)
    signer = world.log.keys.signers(checkpoint.origin)[0]
    forged = tlog.Checkpoint(checkpoint.origin, checkpoint.size, b"a" * 32).text()
    request = tlog.AddCheckpoint(
        checkpoint.size, (), tlog.Note(forged, (signer.sign(forged, 1),)).serialised()
    )

    for url in {one.url for one in witnessed.witnesses}:
        answer = httpx.post(f"{url}add-checkpoint", content=request.serialised())
        served = httpx.get(f"{url}{tlog.origin_hash(checkpoint.origin)}/checkpoint")
        assert answer.status_code == 422
        assert tlog.Note.parse(served.content).text == note.text


def test_each_party_has_its_own_key_and_record(
    world: World, witnessed: tlog.TrustPolicy, tmp_path: Path
) -> None:
    write(world)
    step(world, 2)
    ask_all(world)

    one, other = (tmp_path / "witnesses" / folder for folder in FOLDERS)
    keys = [json.loads((folder / "keys.json").read_text()) for folder in (one, other)]
    assert not set(keys[0].values()) & set(keys[1].values())
    assert [len(list(folder.glob("*.checkpoint"))) for folder in (one, other)] == [1, 1]
    assert (one / "keys.json").stat().st_mode & 0o077 == 0
