"""Reads a log from its address, several tiles at a time and only so far ahead as is checked.

Without a token the hashes are read and the entries are not: tiles are public, entries are for the
auditors of the parties. Whatever comes back is as little believed as a file.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

import httpx

from app.core.errors import Invalid, Unavailable
from app.tlog import Checkpoint, Note, Tile, TlogError, tile_within
from app.verifier.sources import MAX_TILE_BYTES, Claim, whole_or_part
from app.verifier.verdict import Kind, Wrong

AT_ONCE: Final = 4
AHEAD: Final = 16
TRIES: Final = 7
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 60.0
TIMEOUT_SECONDS: Final = 30.0
AGAIN: Final = frozenset({429, 502, 503, 504})

Sleep = Callable[[float], None]


def open_log(url: str, token: str | None) -> "HttpSource":
    """Open the log at an address: that of the portal, or that under which the log lies.

    Raises:
        Invalid: it is not an address of https, nor one of http on this machine.
    """
    parts = urlsplit(url)
    local = parts.scheme == "http" and _is_loopback(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise Invalid("The address begins with https://, or with http:// on this machine only.")
    if parts.username or parts.query or parts.fragment:
        raise Invalid("The address has no password, question mark or number sign.")
    prefix = url.rstrip("/") if parts.path.strip("/") else f"{url.rstrip('/')}/log"
    headers = {"Accept-Encoding": "gzip"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    limits = httpx.Limits(max_connections=AT_ONCE)
    client = httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS, limits=limits)
    return HttpSource(client, prefix, entries_readable=bool(token))


@dataclass(frozen=True)
class HttpSource:
    """A log at `prefix`, without a last slash; `sleep` waits before trying again."""

    client: httpx.Client
    prefix: str
    entries_readable: bool
    sleep: Sleep = time.sleep

    def checkpoint(self) -> bytes | None:
        """Get `checkpoint`."""
        return self._get("checkpoint")

    def keys(self) -> bytes | None:
        """Get `keys`, or where a log publishes but one, `vkey`."""
        return self._get("keys") or self._get("vkey")

    def policy(self) -> bytes | None:
        """Get `policy`."""
        return self._get("policy")

    def read(self, tiles: Iterable[Tile]) -> Iterator[bytes | None]:
        """Get each tile, a few at once and a bounded number ahead of who reads."""
        coming = iter(tiles)
        with ThreadPoolExecutor(AT_ONCE) as pool:

            def begin(tile: Tile) -> Future[bytes | None]:
                return pool.submit(whole_or_part, tile, self._get)

            under_way = deque(map(begin, islice(coming, AHEAD)))
            try:
                while under_way:
                    data = under_way.popleft().result()
                    under_way.extend(map(begin, islice(coming, 1)))
                    yield data
            finally:
                for future in under_way:
                    future.cancel()

    def earlier(self, number: int) -> "HttpSource | None":
        """Find an earlier log beside this one: `/logs/<number>`."""
        base = self.prefix.removesuffix("/log")
        if base == self.prefix:
            base = base.rpartition("/logs/")[0]
        if not base:
            return None
        source = HttpSource(self.client, f"{base}/logs/{number}", self.entries_readable, self.sleep)
        return source if source._is_there() else None

    def _is_there(self) -> bool:
        """Tell whether the log is published still, and not in an archive."""
        try:
            size = Checkpoint.parse(Note.parse(self.checkpoint() or b"").text).size
            return bool(whole_or_part(tile_within(size, 0, 0), self._get))
        except TlogError:
            return False

    def claims(self, size: int) -> Iterable[Claim]:
        """Give nothing: one checkpoint is published."""
        return ()

    def check(self, size: int) -> None:
        """Find nothing: only the log is published."""

    def _get(self, path: str) -> bytes | None:
        """Get what is published under a path; nothing where there is nothing.

        Raises:
            Unavailable: it does not answer, also not after several tries.
            Wrong: the token opens nothing, or what comes back is beyond all bounds.
        """
        pause, why = FIRST_PAUSE_SECONDS, ""
        for attempt in range(TRIES):
            if attempt:
                self.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            try:
                with self.client.stream("GET", f"{self.prefix}/{path}") as answer:
                    if answer.status_code not in AGAIN:
                        return _body(answer, path)
                    why = f"it answers {answer.status_code}"
                    pause = max(pause, _asked_pause(answer))
            except httpx.TransportError as error:
                why = str(error) or type(error).__name__
        raise Unavailable(f"{self.prefix}/{path} does not answer: {why}.")


def _body(answer: httpx.Response, path: str) -> bytes | None:
    if answer.status_code in (404, 410):
        return None
    if answer.status_code in (401, 403):
        reason = f"the token does not open {path}; it must be an auditor's."
        raise Wrong(Kind.UNREADABLE, reason=reason)
    if answer.status_code != 200:
        raise Wrong(Kind.UNREADABLE, reason=f"{path} answers {answer.status_code}.")
    parts, length = [], 0
    for part in answer.iter_bytes():
        length += len(part)
        if length > MAX_TILE_BYTES:
            raise Wrong(Kind.UNREADABLE, reason=f"{path} is longer than any tile.")
        parts.append(part)
    return b"".join(parts)


def _asked_pause(answer: httpx.Response) -> float:
    told = answer.headers.get("Retry-After", "")
    return min(float(told), LONGEST_PAUSE_SECONDS) if told.isdecimal() else 0.0


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
