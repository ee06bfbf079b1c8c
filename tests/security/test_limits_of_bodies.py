"""Whatever is sent, no more of it is taken in than the limit says, and nobody waits for it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import QueuePool
from starlette.requests import Request
from starlette.types import Message, Scope

from app.core.database import Database
from app.core.errors import Invalid, TooLarge
from app.edge import parse_range, receive_form
from app.main import MAX_FORM_BYTES
from tests.api_world import Api, make_api
from tests.loops import run

PIECE = b"x" * 2**20


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("api"))
    yield made
    made.portal.world.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/v1/drafts/attachments"),
        ("POST", "/api/v1/drafts"),
        ("POST", "/api/v1/drafts/uploads"),
        ("PATCH", "/api/v1/uploads"),
        ("PATCH", "/uploads/x/y"),
        ("POST", "/drafts/attachments"),
        ("POST", "/sign-in"),
        ("POST", "/organisation/people/attachments"),
    ],
)
def test_no_address_takes_a_body_without_end(api: Api, method: str, path: str) -> None:
    taken = 0

    def body() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(3 * MAX_FORM_BYTES // len(PIECE)):
            taken += len(PIECE)
            yield PIECE

    statuses: list[int] = []
    pieces = body()

    async def receive() -> Message:
        piece = next(pieces, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = _scope(method, path, api.token("ida"), api.portal.cookie("ida"))
    run(api.portal.app(scope, receive, send))
    assert taken <= MAX_FORM_BYTES + len(PIECE)
    assert statuses
    assert statuses[0] >= 400


@pytest.mark.parametrize(
    "path", ["/drafts/new", "/desk/x/approve", "/account/password", "/sign-in"]
)
def test_a_slow_form_holds_no_transaction(api: Api, path: str) -> None:
    pool = api.portal.world.engine.pool
    assert isinstance(pool, QueuePool)
    held: list[int] = []
    pieces = iter([b"a=1", b"&b=2", b""])

    async def receive() -> Message:
        held.append(pool.checkedout())
        piece = next(pieces)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: Message) -> None:
        assert message

    scope = _scope("POST", path, api.token("ida"), api.portal.cookie("ida"))
    run(api.portal.app(scope, receive, send))
    assert held == [0, 0, 0]


class Sealing:
    """Takes the bytes of a file, and throws them away."""

    blocks = False

    def write(self, data: object) -> None:
        """Take a piece."""


@pytest.mark.parametrize(
    "part",
    [
        b"N" * 2**16,
        b"X-Header: " + b"v" * 2**17 + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (n, b"v" * 1000) for n in range(2**10)),
    ],
)
def test_the_headers_of_a_part_have_an_end(part: bytes) -> None:
    with pytest.raises((TooLarge, Invalid)):
        run(_receive([b"--b\r\n", *(part[at : at + 999] for at in range(0, len(part), 999))]))


def test_a_broken_form_is_told_as_one() -> None:
    with pytest.raises(Invalid):
        run(_receive([b"--b\r\nno colon\x00here\r\n\r\n"]))


@pytest.mark.parametrize(
    "header", ["bytes=" + "9" * 5_000 + "-", "bytes=\u0663-", "bytes=-" + "9" * 19]
)
def test_a_range_beyond_any_size_is_answered_with_the_whole(header: str) -> None:
    assert parse_range(header, 10) is None


async def _receive(pieces: list[bytes]) -> None:
    given = iter(pieces)

    async def receive() -> Message:
        piece = next(given, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"content-type", b"multipart/form-data; boundary=b")],
    }
    await receive_form(Request(scope, receive), Sealing(), file_field="file")  # type: ignore[arg-type]


def _scope(method: str, path: str, token: str, cookie: str) -> Scope:
    headers = [
        (b"host", b"127.0.0.1:8000"),
        (
            b"content-type",
            b"application/json" if "api" in path else b"application/x-www-form-urlencoded",
        ),
        (b"authorization", f"Bearer {token}".encode()),
        (b"cookie", f"entente={cookie}".encode()),
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
