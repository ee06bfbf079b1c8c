"""Speaks syslog to a SIEM: messages of RFC 5424, counted in octets, over TLS.

Syslog acknowledges nothing. So a batch has a connection of its own, and counts as taken only when
the receiver has read all of it and has closed its side after ours.
Source: RFC 5424, section 6; RFC 5425, sections 4.3 (framing) and 4.4 (closing).
"""

import fcntl
import json
import os
import re
import socket
import ssl
import sys
import termios
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from app.core.errors import Invalid, Unavailable

LOG_AUDIT: Final = 13  # the facility
WARNING, INFORMATIONAL = 4, 6
DENIED: Final = 2
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
PORTS: Final = {"syslog+tls": 6514, "syslog+tcp": 601}
TIMEOUT_SECONDS: Final = 20
SENT_AT_ONCE_BYTES: Final = 64 * 2**10
_NOT_PRINTABLE: Final = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True)
class SyslogTarget:
    """Where messages go; `ca_file` holds the authorities to trust, empty for the machine's own."""

    host: str
    port: int
    tls: bool
    ca_file: str = ""

    @classmethod
    def parse(cls, url: str) -> "SyslogTarget":
        """Read `syslog+tls://host:6514?ca=FILE`, or `syslog+tcp://` for this machine itself.

        Raises:
            Invalid: it is neither, or would send the log in the clear over a network.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise Invalid("ENTENTE_SYSLOG_URL has a port that is no number.") from error
        host = parts.hostname or ""
        options = parse_qs(parts.query)
        if (
            parts.scheme not in PORTS
            or not host
            or parts.path.strip("/")
            or options.keys() - {"ca"}
        ):
            raise Invalid("ENTENTE_SYSLOG_URL must be syslog+tls://host:port, with ?ca=FILE.")
        if parts.scheme == "syslog+tcp" and host not in LOOPBACK:
            raise Invalid("The log leaves this machine over TLS only: use syslog+tls://.")
        return cls(host, port, parts.scheme == "syslog+tls", options.get("ca", [""])[0])

    def send(self, messages: Iterable[bytes], *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Hand the messages over, in order; returns once the receiver has read all of them.

        Raises:
            Unavailable: the receiver cannot be reached, does not prove who it is, or went away
                before it had read everything; it may have some of the messages.
        """
        try:
            with self._connect(timeout_seconds) as connection:
                _send_all(connection, messages)
                _close_in_order(connection, timeout_seconds)
        except ssl.SSLCertVerificationError as error:
            reason = f"{self.host} does not prove who it is: {error.verify_message}"
            raise Unavailable(reason) from error
        except OSError as error:
            raise Unavailable(f"The syslog receiver {self.host} does not answer.") from error

    def _connect(self, timeout_seconds: float) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), timeout_seconds)
        if not self.tls:
            return plain
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            return context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def syslog_message(event: Mapping[str, Any], host: str) -> bytes:
    """Give the message of an OCSF event: its JSON, in ASCII, after the header.

    `host` is the name of the log's machine, as far as a header can hold it.
    """
    severity = WARNING if event.get("action_id") == DENIED else INFORMATIONAL
    header = (
        f"<{LOG_AUDIT * 8 + severity}>1",
        event["metadata"]["original_time"],
        _word(host, 255),
        "entente",
        "-",
        _word(event["metadata"]["event_code"], 32),
        "-",
    )
    body = json.dumps(event, separators=(",", ":"), sort_keys=True)
    return f"{' '.join(header)} {body}".encode("ascii")


def framed(message: bytes) -> bytes:
    """Put the length in octets before a message (RFC 5425, section 4.3)."""
    return b"%d %s" % (len(message), message)


def _word(text: str, longest: int) -> str:
    return _NOT_PRINTABLE.sub("?", text)[:longest] or "-"


def _send_all(connection: socket.socket, messages: Iterable[bytes]) -> None:
    waiting = bytearray()
    for message in messages:
        waiting += framed(message)
        if len(waiting) >= SENT_AT_ONCE_BYTES:
            connection.sendall(waiting)
            waiting.clear()
    connection.sendall(waiting)


def _close_in_order(connection: socket.socket, timeout_seconds: float) -> None:
    """Close our side, and wait until the other has read everything and closed its own.

    Many receivers close without a word of TLS. Then TCP tells: who closes with unread bytes, or
    is sent some after closing, answers with a reset; what was read is acknowledged.

    Raises:
        OSError: the receiver went away, or did not answer in time.
    """
    if isinstance(connection, ssl.SSLSocket):
        with suppress(ssl.SSLEOFError, ssl.SSLZeroReturnError):
            connection.unwrap()
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(4096):
        pass
    deadline = time.monotonic() + timeout_seconds
    while _unacknowledged_bytes(connection):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.005)


def _unacknowledged_bytes(connection: socket.socket) -> int:
    error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, os.strerror(error))
    answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4))
    return int.from_bytes(answer, sys.byteorder)
