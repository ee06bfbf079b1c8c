"""The log reaches a SIEM whole and in order, whatever breaks on the way; nothing waits for it."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.audit import Push
from app.audit.exports import pushing
from app.core.errors import Invalid, Unavailable
from app.core.journal import Event
from app.core.settings import Settings
from app.main import assemble
from tests.ocsf_schema import released as ocsf
from tests.syslog_world import Authority, Receiver, make_authority, tls_receiver
from tests.world import World

MANY = 30


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path, "authority")


@pytest.fixture
def receiver(authority: Authority, tmp_path: Path) -> Iterator[Receiver]:
    made = tls_receiver(authority, tmp_path).start()
    yield made
    made.stop()


@pytest.fixture
def push(world: World, receiver: Receiver, authority: Authority) -> Push:
    some(world, MANY)
    url = f"syslog+tls://127.0.0.1:{receiver.port}?ca={authority.file}"
    return Push(world.units, url, "entente.example")


def some(world: World, count: int) -> None:
    for number in range(count):
        with world.work() as work:
            work.record(Event("test.done", subject=f"record:{number}", decision="allow"))
    world.sequence()


def taken(receiver: Receiver) -> list[int]:
    """The places in the log of what the receiver has, in the order in which it came."""
    return [event(message)["metadata"]["sequence"] for message in receiver.messages]


def event(message: bytes) -> dict[str, dict[str, int]]:
    told: dict[str, dict[str, int]] = json.loads(message[message.index(b" {") :])
    return told


def reached(world: World) -> int:
    with world.owner() as session:
        return int(session.execute(text("SELECT index FROM log_pushed")).scalar_one())


def placed(world: World) -> int:
    with world.owner() as session:
        return int(session.execute(text("SELECT count(*) FROM log_entries")).scalar_one())


def test_every_entry_arrives_once_and_in_order(
    world: World, push: Push, receiver: Receiver
) -> None:
    while push.step(limit=7):
        pass
    assert taken(receiver) == list(range(placed(world)))
    some(world, 3)  # and the entry that says that the push began
    assert push.step() == 4
    assert taken(receiver) == list(range(placed(world)))
    assert push.step() == 0
    assert len(world.told("log.push-begun")) == 1


def test_what_arrives_is_ocsf(world: World, push: Push, receiver: Receiver) -> None:
    push.step()
    assert [fault for one in receiver.messages for fault in ocsf().faults(event(one))] == []


@pytest.mark.parametrize("breaks_after", [10, 3000, 9000])
def test_what_broke_half_way_is_sent_again(
    world: World, push: Push, receiver: Receiver, breaks_after: int
) -> None:
    push.step(limit=5)
    receiver.breaks_after = breaks_after
    with pytest.raises(Unavailable):
        push.step()
    assert reached(world) == 4
    push.step()
    assert reached(world) == placed(world) - 1
    came = taken(receiver)
    assert set(came) == set(range(placed(world)))
    assert came[-(placed(world) - 5) :] == list(range(5, placed(world)))


def test_a_receiver_that_does_not_prove_who_it_is_gets_nothing(
    world: World, receiver: Receiver, tmp_path: Path, push: Push
) -> None:
    stranger = make_authority(tmp_path, "stranger")
    url = f"syslog+tls://127.0.0.1:{receiver.port}?ca={stranger.file}"
    with pytest.raises(Unavailable, match="does not prove who it is"):
        Push(world.units, url, "entente.example").step()
    assert receiver.messages == []


def test_the_log_never_leaves_in_the_clear(world: World) -> None:
    with pytest.raises(Invalid):
        Push(world.units, "syslog+tcp://siem.example:601", "entente.example").step()


def test_two_workers_do_not_send_beside_each_other(
    world: World, push: Push, receiver: Receiver
) -> None:
    push.step(limit=1)
    with world.owner() as session:
        session.execute(text("SELECT * FROM log_pushed FOR UPDATE"))
        assert push.step() == 0
    assert push.step() > 0


def test_a_worker_goes_on_by_itself_when_the_receiver_is_back(
    world: World, push: Push, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "POLL_SECONDS", 0.01)
    receiver.breaks_after = 10
    stop = threading.Event()
    thread = threading.Thread(target=push.run, args=(stop,), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while len(receiver.messages) < MANY and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert receiver.connection_count >= 2
    assert set(taken(receiver)) >= set(range(MANY))


def test_a_portal_that_would_push_in_the_clear_does_not_start(world: World) -> None:
    settings = Settings(
        data_dir=world.folder,
        key_passphrase="open",
        syslog_url="syslog+tcp://siem.example:601",
        _env_file=None,
    )
    with pytest.raises(Invalid):
        assemble(settings, world.database)
