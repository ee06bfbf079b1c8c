"""The portal and its floors in one server process, and a client that reads and writes them.

A floor is what the same server does with a plain file: the best loop that plain ASGI allows,
Starlette's own `FileResponse`, a body that is written or only hashed.
"""

import hashlib
import http.client
import json
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from app import identity, parties, records
from app.access import Assurance
from app.core.database import locate_database
from app.core.migrate import migrate
from app.core.settings import Settings
from app.core.work import Origin
from app.edge import Services
from app.identity import NewApiClient
from app.main import assemble, create_app
from app.records import DraftInput, Kind, MarkingInput, SectionInput

MIB = 2**20
PIECE_BYTES = MIB
PARTIES = Path(__file__).parents[1] / "app" / "demo" / "parties.toml"
WRITER = "contributor@imda.example"


@dataclass(frozen=True)
class Server:
    """A running server process: its doors by name, and what was made in the portal behind them."""

    told: dict[str, str]
    process: psutil.Process


@contextmanager
def running() -> Iterator[Server]:
    """Serve the portal (`url`) and its floors (`floor`)."""
    with tempfile.TemporaryDirectory() as folder:
        context = multiprocessing.get_context("spawn")
        told = context.Queue()
        process = context.Process(target=_serve, args=(Path(folder), told))
        process.start()
        try:
            yield Server(told.get(timeout=120), psutil.Process(process.pid))
        finally:
            process.terminate()
            process.join()


def timed(act: Callable[[], object]) -> float:
    """Give the seconds that an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


class Client:
    """Reads and writes one door over one connection that it keeps open."""

    def __init__(self, server: Server, door: str = "url") -> None:
        address = urlsplit(server.told[door])
        self._connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=600
        )
        self._headers = {"Authorization": f"Bearer {server.told['token']}"}
        self._buffer = bytearray(PIECE_BYTES)

    def put(self, path: str, size_bytes: int) -> dict[str, str]:
        """Send so many bytes, and give the JSON answer."""
        headers = {**self._headers, "Content-Length": str(size_bytes)}
        self._connection.request("PUT", path, body=_pieces(size_bytes), headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status < 300, body
        return dict(json.loads(body))

    def get(self, path: str, **headers: str) -> int:
        """Read an answer to its end without keeping it, and give its size."""
        self._connection.request("GET", path, headers={**self._headers, **headers})
        answer = self._connection.getresponse()
        assert answer.status in (200, 206), answer.read()
        size_bytes = 0
        while count := answer.readinto(self._buffer):
            size_bytes += count
        return size_bytes


def _pieces(size_bytes: int) -> Iterator[bytes]:
    piece = os.urandom(min(PIECE_BYTES, size_bytes))
    for _ in range(size_bytes // len(piece)):
        yield piece


def _serve(folder: Path, told: "multiprocessing.Queue[dict[str, str]]") -> None:
    """Serve the portal and its floor in one process."""
    settings = Settings(data_dir=folder / "data", key_passphrase=os.urandom(16).hex())
    settings.data_dir.mkdir()
    database = locate_database(settings)
    migrate(database)
    services = assemble(settings, database)
    made = _settle(services)
    made["url"] = serve_beside(create_app(services))[0]
    made["floor"] = serve_beside(_floor(folder))[0]
    told.put(made)
    threading.Event().wait()


def _settle(services: Services) -> dict[str, str]:
    """Make people, a token and a draft."""
    schemes = services.gate.keeper.current.schemes
    with services.units.begin(Origin(door="benchmark")) as work:
        parties.apply_file(work, schemes, PARTIES)
    with services.units.begin(Origin(door="benchmark")) as work:
        person = parties.person_by_email(work.session, WRITER)
        assert person is not None
        actor = parties.actor_for(work, schemes, person, Assurance.PASSWORD)
        client = identity.create_api_client(
            work, services.identity, actor, NewApiClient(name="benchmark")
        )
        draft = records.draft(work, services.gate, actor, _content())
    credentials = identity.ClientCredentials(
        client_id=client.client_id, client_secret=client.client_secret
    )
    with services.units.begin(Origin(door="benchmark")) as work:
        token = identity.issue_token(work, services.identity, credentials)
    assert isinstance(token, identity.TokenAnswer)
    return {
        "token": token.access_token,
        "version": str(draft.version_id),
        "record": str(draft.record_id),
    }


def _content() -> DraftInput:
    """A record of usual size."""
    text = "Evaluations of general-purpose models need a stated method. " * 40
    return DraftInput(
        kind=Kind.RESEARCH,
        area="research",
        title="A record to be read",
        marking=MarkingInput(markings="TLP:GREEN", release_to="community"),
        summary="A summary.",
        sections=[SectionInput(heading=f"Section {n}", body=text) for n in range(6)],
    )


def _floor(folder: Path) -> FastAPI:
    """Make an application that reads, writes and hashes plain files, for the same server."""
    app = FastAPI()

    @app.put("/plain/{name}")
    async def write(request: Request, name: str) -> dict[str, str]:
        content = hashlib.sha256()
        with (folder / name).open("wb", buffering=0) as file:
            async for chunk in request.stream():
                content.update(chunk)
                file.write(chunk)
            os.fsync(file.fileno())
        return {"sha256": content.hexdigest()}

    @app.put("/hashed")
    async def hashed(request: Request) -> dict[str, str]:
        stream: AsyncIterator[bytes] = request.stream()
        content = hashlib.sha256()
        async for chunk in stream:
            content.update(chunk)
        return {"sha256": content.hexdigest()}

    @app.get("/plain/{name}")
    def read(name: str) -> FileResponse:
        return FileResponse(folder / name)

    app.mount("/best", _BestLoop(folder))
    return app


class _BestLoop:
    """Sends a plain file as fast as plain ASGI does: 1 MiB at a time, on the loop, length known."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._folder / scope["path"].rsplit("/", 1)[-1]
        length = str(path.stat().st_size).encode()
        headers = [(b"content-length", length), (b"content-type", b"application/octet-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        with path.open("rb", buffering=0) as file:
            while piece := file.read(PIECE_BYTES):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def serve_beside(app: FastAPI) -> tuple[str, threading.Thread]:
    """Serve an application from a thread; give its address, and the thread."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="warning", access_log=False, ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    return f"http://{host}:{port}", thread
