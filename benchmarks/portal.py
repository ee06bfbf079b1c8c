"""What going through the portal costs: transfers against plain files, a read against its journal.

Run by hand: `python -m benchmarks.portal [--mib 1024]`. Everything is measured in one run against
one server process, interleaved, and printed as ratios of medians; a floor is the same server
serving or writing a plain file, and the same read with a journal that keeps nothing.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import FileResponse

from app import identity, parties, records
from app.access import Assurance
from app.core.database import locate_database
from app.core.ids import EntryId, new_id
from app.core.journal import Event
from app.core.migrate import migrate
from app.core.settings import Settings
from app.core.work import Origin, Work
from app.edge import Services
from app.identity import NewApiClient
from app.main import assemble, create_app
from app.records import DraftInput, Kind, MarkingInput, SectionInput

MIB = 2**20
PIECE_BYTES = MIB
ROUNDS = 5
READS = 60
PARTIES = Path(__file__).parents[1] / "app" / "demo" / "parties.toml"
WRITER = "contributor@imda.example"


class NoJournal:
    """The floor: keeps nothing."""

    def append(self, work: Work, event: Event) -> EntryId:
        """Give an id and write nothing."""
        return EntryId(new_id())


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--mib", type=int, default=256, help="size of a transfer")
    size_bytes = asked.parse_args().mib * MIB
    with tempfile.TemporaryDirectory() as folder:
        context = multiprocessing.get_context("spawn")
        told = context.Queue()
        server = context.Process(target=serve, args=(Path(folder), told))
        server.start()
        try:
            measure(told.get(timeout=120), size_bytes, psutil.Process(server.pid))
        finally:
            server.terminate()
            server.join()


def measure(told: dict[str, str], size_bytes: int, server: psutil.Process) -> None:
    """Transfer and read, over and over, one kind after the other."""
    draft, plain = f"/api/v1/drafts/{told['version']}/attachments", "/plain"
    sealed = put(told, f"{draft}?name=first.bin", size_bytes)["id"]
    put(told, plain, size_bytes, door="floor")
    idle = server.memory_info().rss
    peak = Peak(server)
    up: dict[str, list[float]] = {"sealed": [], "plain": []}
    down: dict[str, list[float]] = {"sealed": [], "plain": []}
    for number in range(ROUNDS):
        up["plain"].append(timed(lambda: put(told, plain, size_bytes, door="floor")))
        with peak:
            up["sealed"].append(timed(partial(put, told, f"{draft}?name={number}", size_bytes)))
        down["plain"].append(timed(lambda: get(told, plain, door="floor")))
        with peak:
            down["sealed"].append(timed(lambda: get(told, f"/api/v1/attachments/{sealed}")))
    reads: dict[str, list[float]] = {"journalled": [], "not": []}
    record = f"/api/v1/records/{told['record']}"
    for _ in range(READS):
        reads["journalled"].append(timed(lambda: get(told, record)))
        reads["not"].append(timed(lambda: get(told, record, door="unlogged")))
    mib = size_bytes / MIB
    show(f"download of {mib:.0f} MiB against FileResponse", down["plain"], down["sealed"], mib)
    show(f"upload of {mib:.0f} MiB against a plain write", up["plain"], up["sealed"], mib)
    print(f"peak memory above idle during transfers: {(peak.bytes - idle) / MIB:.1f} MiB")
    ratio = statistics.median(reads["journalled"]) / statistics.median(reads["not"])
    print(
        f"a journalled read takes {ratio:.2f} times the read without journal"
        f" ({statistics.median(reads['journalled']) * 1000:.1f} ms)"
    )


def show(what: str, floor: list[float], ours: list[float], mib: float) -> None:
    """Print how much of the floor's rate is reached."""
    ratio = statistics.median(floor) / statistics.median(ours)
    rate = mib / statistics.median(ours)
    print(f"{what}: {ratio:.2f} of its rate ({rate:.0f} MiB/s)")


def timed(act: Callable[[], object]) -> float:
    """Give the seconds that an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


class Peak:
    """The largest resident memory of a process while the block runs."""

    def __init__(self, process: psutil.Process) -> None:
        self.bytes = 0
        self._process = process

    def __enter__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            self.bytes = max(self.bytes, self._process.memory_info().rss)


def put(told: dict[str, str], path: str, size_bytes: int, *, door: str = "url") -> dict[str, str]:
    """Send so many bytes, and give the JSON answer."""
    connection = connect(told, door)
    headers = {"Authorization": f"Bearer {told['token']}", "Content-Length": str(size_bytes)}
    connection.request("PUT", path, body=pieces(size_bytes), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status < 300, body
    return dict(json.loads(body))


def get(told: dict[str, str], path: str, *, door: str = "url") -> int:
    """Read an answer to its end without keeping it, and give its size."""
    connection = connect(told, door)
    connection.request("GET", path, headers={"Authorization": f"Bearer {told['token']}"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    buffer, size_bytes = bytearray(PIECE_BYTES), 0
    while count := answer.readinto(buffer):
        size_bytes += count
    return size_bytes


def connect(told: dict[str, str], door: str) -> http.client.HTTPConnection:
    """Open a connection of its own for a request."""
    address = urlsplit(told[door])
    return http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)


def pieces(size_bytes: int) -> Iterator[bytes]:
    """Give so many bytes."""
    piece = os.urandom(PIECE_BYTES)
    for _ in range(size_bytes // PIECE_BYTES):
        yield piece


def serve(folder: Path, told: "multiprocessing.Queue[dict[str, str]]") -> None:
    """Serve the portal, its floor, and a portal without a journal, in one process."""
    settings = Settings(data_dir=folder / "data", key_passphrase=os.urandom(16).hex())
    settings.data_dir.mkdir()
    database = locate_database(settings)
    migrate(database)
    services = assemble(settings, database)
    made = settle(services)
    units = replace(services.units, journal=NoJournal())
    made["url"] = start(create_app(services))
    made["floor"] = start(floor(folder))
    made["unlogged"] = start(create_app(replace(services, units=units)))
    told.put(made)
    threading.Event().wait()


def settle(services: Services) -> dict[str, str]:
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
        draft = records.draft(work, services.gate, actor, content())
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


def content() -> DraftInput:
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


def floor(folder: Path) -> FastAPI:
    """Make an application that reads and writes a plain file, for the same server."""
    app = FastAPI()

    @app.get("/plain")
    def read() -> FileResponse:
        return FileResponse(folder / "plain")

    @app.put("/plain")
    async def write(request: Request) -> dict[str, str]:
        stream: AsyncIterator[bytes] = request.stream()
        with (folder / "plain").open("wb", buffering=0) as file:
            async for chunk in stream:
                file.write(chunk)
            os.fsync(file.fileno())
        return {}

    return app


def start(app: FastAPI) -> str:
    """Serve an application from a thread, and give its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="warning", access_log=False, ws="none")
    )
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    return f"http://{host}:{port}"


if __name__ == "__main__":
    main()
