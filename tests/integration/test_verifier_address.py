"""The verifier at an address: the portal's own, and servers that fail, lie or answer too much."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.core.database import Database
from app.core.errors import Invalid, Unavailable
from app.tlog import bundles_of
from app.verifier import Asked, HttpSource, Kept, Kind, Trust, Wrong, open_log, sentence, verify
from tests.api_world import Api, make_api
from tests.log_world import write
from tests.published_log import LOG_SIGNER, Published, entries

URL = "https://entente.example/log"
PINNED = Trust.given([LOG_SIGNER.vkey])
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def log(tmp_path: Path) -> Published:
    """A log of 600 entries."""
    made = Published(tmp_path / "log")
    made.publish(entries(600))
    return made


def serve(log: Published) -> Answer:
    """Answer as a web server of the folder does."""

    def answer(request: httpx.Request) -> httpx.Response:
        file = log.folder / request.url.path.removeprefix("/log/")
        return httpx.Response(200, content=file.read_bytes()) if file.is_file() else NOTHING

    return answer


NOTHING = httpx.Response(404)


def source(answer: Answer, pauses: list[float] | None = None, *, token: bool = True) -> HttpSource:
    """The log at an address where this answers."""
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return HttpSource(client, URL, entries_readable=token, sleep=(pauses or []).append)


def asked(log: Published) -> Asked:
    """What an auditor with a pinned key asks."""
    return Asked(kept=Kept(log.folder.parent / "state"), trust=PINNED)


def test_a_log_at_an_address_is_proved(log: Published) -> None:
    (proved,) = verify(source(serve(log)), asked(log))
    assert proved.size == 600


def test_without_a_token_the_hashes_are_proved_and_this_is_said(log: Published) -> None:
    said = sentence(verify(source(serve(log), token=False), asked(log)))
    assert "600 entries: their hashes lead to the signed checkpoint" in said
    assert "the entries were not read" in said
    assert "complete and unaltered" not in said


def test_without_a_token_a_damaged_tile_is_told(log: Published) -> None:
    path = log.folder / "tile/0/001"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(Wrong) as caught:
        verify(source(serve(log), token=False), asked(log))
    assert (caught.value.kind, caught.value.first) == (Kind.REWRITTEN, 256)


def test_a_busy_server_is_asked_again(log: Published) -> None:
    pauses: list[float] = []
    calm, asked_before = serve(log), set[str]()

    def busy(request: httpx.Request) -> httpx.Response:
        if request.url.path not in asked_before:
            asked_before.add(request.url.path)
            return httpx.Response(429, headers={"Retry-After": "3"})
        return calm(request)

    one = source(busy)
    pauses = []
    (proved,) = verify(HttpSource(one.client, URL, True, pauses.append), asked(log))
    assert proved.size == 600
    assert set(pauses) == {3.0}


def test_a_server_that_never_answers_is_given_up(log: Published) -> None:
    def down(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with pytest.raises(Unavailable, match="does not answer: no route"):
        verify(source(down, [0.0]), asked(log))


def test_more_than_any_tile_is_not_taken_in(log: Published) -> None:
    calm = serve(log)

    def endless(request: httpx.Request) -> httpx.Response:
        if "entries" in request.url.path:
            return httpx.Response(200, content=(b"x" * 2**20 for _ in range(10_000)))
        return calm(request)

    with pytest.raises(Wrong, match="longer than any tile"):
        verify(source(endless), asked(log))


def test_reading_runs_ahead_by_a_bounded_number(log: Published) -> None:
    log.publish(entries(256 * 40))
    calm, seen = serve(log), list[str]()

    def counted(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return calm(request)

    reading = source(counted).read(bundles_of(256 * 40))
    next(reading)
    time.sleep(0.5)  # whatever was asked for is answered meanwhile
    reading.close()  # type: ignore[attr-defined]
    assert len(seen) <= 18


def test_a_token_that_opens_nothing_is_said_so(log: Published) -> None:
    calm = serve(log)

    def closed(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403) if "entries" in request.url.path else calm(request)

    with pytest.raises(Wrong, match="must be an auditor's"):
        verify(source(closed), asked(log))


@pytest.mark.parametrize(
    "url",
    ["http://entente.example", "ftp://localhost/", "entente.example", "https://a:b@c", "https://"],
)
def test_entries_do_not_travel_in_the_open(url: str) -> None:
    with pytest.raises(Invalid):
        open_log(url, "token")


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("https://entente.example", "https://entente.example/log"),
        ("https://entente.example/logs/1/", "https://entente.example/logs/1"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/log"),
        ("http://localhost:8000", "http://localhost:8000/log"),
    ],
)
def test_the_portals_address_is_enough(url: str, prefix: str) -> None:
    assert open_log(url, None).prefix == prefix


@pytest.fixture
def api(peopled_database: Database, tmp_path: Path) -> Iterator[Api]:
    """The real application."""
    made = make_api(peopled_database, tmp_path)
    yield made
    made.portal.world.close()


@pytest.mark.parametrize("name", ["abel", None])
def test_the_portals_own_log_is_proved(api: Api, tmp_path: Path, name: str | None) -> None:
    world = api.portal.world
    write(world, 300)
    token = api.token(name) if name else None
    size = world.sequence()

    def answer(request: httpx.Request) -> httpx.Response:
        got = api.client().get(request.url.raw_path.decode(), headers=dict(request.headers))
        return httpx.Response(got.status_code, content=got.content)

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = httpx.Client(transport=httpx.MockTransport(answer), headers=headers)
    source = HttpSource(client, "http://127.0.0.1:8000/log", entries_readable=bool(token))
    (proved,) = verify(source, Asked(kept=Kept(tmp_path / "state")))
    assert proved.size == size
    assert proved.entries_read is bool(token)
