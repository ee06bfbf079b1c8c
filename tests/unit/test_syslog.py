"""Syslog to a real receiver: framing, TLS, and nothing taken for received that was not."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.audit.exports.ocsf import Place, StillKnown, ocsf_event
from app.audit.exports.syslog import SyslogTarget, framed, syslog_message
from app.core.errors import Invalid, Unavailable
from tests.syslog_world import Authority, Receiver, make_authority, tls_receiver, unframed
from tests.unit.test_ocsf import PERSON, THING, entry

MANY = [b"%d %s" % (number, b"x" * 900) for number in range(3000)]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path, "authority")


@pytest.fixture
def receiver(authority: Authority, tmp_path: Path) -> Iterator[Receiver]:
    made = tls_receiver(authority, tmp_path)
    made.start()
    yield made
    made.stop()


def target(receiver: Receiver, authority: Authority) -> SyslogTarget:
    return SyslogTarget.parse(f"syslog+tls://127.0.0.1:{receiver.port}?ca={authority.file}")


@pytest.mark.parametrize("polite", [True, False])
def test_messages_arrive_in_order_and_whole(
    receiver: Receiver, authority: Authority, polite: bool
) -> None:
    receiver.polite = polite
    target(receiver, authority).send(MANY)
    assert receiver.messages == MANY


@pytest.mark.parametrize("breaks_after", [1, 1000, 100_000, 2_000_000])
def test_a_receiver_that_goes_away_half_way_has_not_taken_them(
    receiver: Receiver, authority: Authority, breaks_after: int
) -> None:
    receiver.breaks_after = breaks_after
    with pytest.raises(Unavailable):
        target(receiver, authority).send(MANY)
    assert len(receiver.messages) < len(MANY)


def test_a_receiver_that_goes_away_before_a_short_batch_is_read_has_not_taken_it(
    receiver: Receiver, authority: Authority
) -> None:
    receiver.breaks_after = 1000
    with pytest.raises(Unavailable):
        target(receiver, authority).send([b"y" * 900, b"z" * 9000])


def test_a_receiver_that_closes_its_side_without_reading_has_not_taken_them() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        held = []

        def close_unread() -> None:
            connection, _ = listening.accept()
            connection.shutdown(socket.SHUT_WR)
            held.append(connection)

        threading.Thread(target=close_unread, daemon=True).start()
        where = SyslogTarget("127.0.0.1", listening.getsockname()[1], tls=False)
        with pytest.raises(Unavailable):
            where.send(MANY[:200], timeout_seconds=1)
        held[0].close()


def test_a_stranger_s_certificate_is_refused(
    authority: Authority, receiver: Receiver, tmp_path: Path
) -> None:
    another = make_authority(tmp_path, "another")
    with pytest.raises(Unavailable, match="does not prove who it is"):
        target(receiver, another).send(MANY)
    assert receiver.messages == []


def test_another_machine_s_certificate_is_refused(authority: Authority, tmp_path: Path) -> None:
    wrong = tls_receiver(authority, tmp_path, address="127.0.0.2").start()
    with pytest.raises(Unavailable, match="does not prove who it is"):
        target(wrong, authority).send(MANY)
    wrong.stop()
    assert wrong.messages == []


def test_nobody_there_is_a_problem_of_its_own(receiver: Receiver, authority: Authority) -> None:
    where = target(receiver, authority)
    receiver.stop()
    with pytest.raises(Unavailable, match="does not answer"):
        where.send(MANY)


def test_this_machine_may_be_reached_in_the_clear() -> None:
    plain = Receiver(None).start()
    SyslogTarget.parse(f"syslog+tcp://127.0.0.1:{plain.port}").send(MANY)
    plain.stop()
    assert plain.messages == MANY


@pytest.mark.parametrize(
    "url",
    [
        "syslog+tcp://siem.example:601",
        "syslog+tcp://127.0.0.1.siem.example",
        "syslog://siem.example",
        "syslog+tls://",
        "syslog+tls://siem.example:x",
        "syslog+tls://siem.example/path",
        "syslog+tls://siem.example?verify=no",
        "https://siem.example",
    ],
)
def test_an_unsafe_or_unclear_address_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        SyslogTarget.parse(url)


def test_the_port_is_that_of_the_standard() -> None:
    assert SyslogTarget.parse("syslog+tls://siem.example").port == 6514


def test_a_message_is_that_of_the_standard() -> None:
    place = Place("portal.example/log/2026", 7, bytes(32))
    told = ocsf_event(
        entry("read.refused", f"record:{THING}", "deny"), place, StillKnown({PERSON: "Zoë"})
    )
    message = syslog_message(told, "portal.example")
    head, _, body = message.partition(b" {")
    assert head == (
        b"<108>1 2026-03-02T12:00:00.123456+00:00 portal.example entente - read.refused -"
    )
    assert json.loads(b"{" + body) == told
    assert message.isascii()


def test_a_header_holds_no_more_than_it_may() -> None:
    place = Place("o", 7, bytes(32))
    told = ocsf_event(entry("x" * 40, f"record:{THING}"), place, StillKnown())
    head = syslog_message(told, "a host\n").partition(b" {")[0].split(b" ")
    assert head[2:6] == [b"a?host?", b"entente", b"-", b"x" * 32]
    assert head[0] == b"<110>1"


def test_framing_counts_octets() -> None:
    assert framed("é".encode()) == b"2 \xc3\xa9"
    assert unframed(framed(b"a b") + framed(b"c")) == [b"a b", b"c"]
