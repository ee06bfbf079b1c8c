"""What a page costs through the whole HTTP stack, against a bare route that runs the same SQL.

Run by hand: `python -m benchmarks.requests [--seconds 3] [--rounds 7] [--data FOLDER]`. A folder
keeps the demonstration for the next run; without one it is made anew, in a temporary one.

The statements of a page are captured from a request to the portal, with their parameters. The bare
route is a plain FastAPI route of the same server process that runs them in one transaction of the
same engine, with a new id for the journal's entry, and answers with the very bytes that the page
had. It knows nobody, draws nothing and guards nothing. `driver` is a second such route that leaves
SQLAlchemy out too, and asks the driver itself.

16 readers each keep one connection. Pages and their floors are asked for in turn, round by round,
first of one server process and then of two, and printed as a ratio of requests a second: the median
of the rounds. Beside it stand what a page takes of the database and the milliseconds of processor
that a request takes in the server and in the database.
"""

import argparse
import asyncio
import hashlib
import http.client
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import uvloop
from fastapi import FastAPI
from rich.console import Console
from sqlalchemy import Engine, event
from starlette.responses import HTMLResponse

from app import demo, parties, records
from app.access import Actor, Assurance
from app.core.database import locate_database
from app.core.ids import new_id
from app.core.migrate import migrate
from app.core.settings import Settings
from app.core.work import Origin
from app.edge import Services
from app.identity.sessions import open_session
from app.main import assemble, create_app
from app.records import Search
from benchmarks.serving import serve_beside

READER = "contributor@imda.example"
READERS = 16
AIM = 0.6
KINDS = ("page", "bare", "driver")
ORIGIN = Origin(door="benchmark")
WARM = 20


@dataclass(frozen=True)
class Page:
    """A page as it was once answered: the statements behind it, and its bytes."""

    statements: Sequence[tuple[str, Any]]
    body: bytes


@dataclass
class Taken:
    """What one round took: requests a second, and milliseconds of processor for each."""

    rate: list[float] = field(default_factory=list)
    server_ms: list[float] = field(default_factory=list)
    database_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Server:
    """A server process, its doors by name, and the statements and bytes of each page."""

    process: psutil.Process
    urls: dict[str, str]
    pages: dict[str, tuple[int, int]]


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=3, help="how long a page is asked for")
    asked.add_argument("--rounds", type=int, default=7)
    asked.add_argument("--data", type=Path, help="a folder that keeps the demonstration")
    given = asked.parse_args()
    with ExitStack() as stack:
        folder = given.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        services = _services(folder)
        cookie, paths = _prepare(services)
        services.units.engine.dispose()
        for count in (1, 2):
            with servers(folder, cookie, paths, count) as running:
                _measure(folder, running, cookie, paths, given.rounds, given.seconds)


@contextmanager
def servers(folder: Path, cookie: str, paths: dict[str, str], count: int) -> Iterator[list[Server]]:
    """Serve the portal and the bare routes from so many processes, each at its own door."""
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    processes = [
        context.Process(target=_serve, args=(folder, cookie, paths, told)) for _ in range(count)
    ]
    for process in processes:
        process.start()
    try:
        answers = [told.get(timeout=120) for _ in processes]
        yield [Server(psutil.Process(pid), urls, pages) for pid, urls, pages in answers]
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _measure(
    folder: Path,
    running: list[Server],
    cookie: str,
    paths: dict[str, str],
    rounds: int,
    seconds: float,
) -> None:
    taken = {(name, kind): Taken() for name in paths for kind in KINDS}
    serving = [server.process for server in running]
    for _ in range(rounds):
        for (name, kind), kept in taken.items():
            path = paths[name] if kind == "page" else f"/{kind}/{name}"
            door = "page" if kind == "page" else "bare"
            addresses = [running[n % len(running)].urls[door] for n in range(READERS)]
            uvloop.run(_load(addresses, path, cookie, seconds / 10))
            before = _cpu(serving), _cpu(_backends(folder))
            began = time.perf_counter()
            count = uvloop.run(_load(addresses, path, cookie, seconds))
            kept.rate.append(count / (time.perf_counter() - began))
            kept.server_ms.append(_used(before[0], _cpu(serving)) * 1000 / count)
            kept.database_ms.append(_used(before[1], _cpu(_backends(folder))) * 1000 / count)
    for name, path in paths.items():
        print(
            f"{len(running)} server(s), {READERS} readers, {path}:"
            f" {running[0].pages[name][0]} statements, {running[0].pages[name][1]} bytes"
        )
        for kind in KINDS:
            _show(kind, taken[name, "page"], taken[name, kind])


def _show(kind: str, ours: Taken, theirs: Taken) -> None:
    ratio = statistics.median(a / b for a, b in zip(ours.rate, theirs.rate, strict=True))
    said = "" if kind == "page" else f"; the page is {ratio:.2f} of it"
    print(
        f"  {kind:6} {statistics.median(theirs.rate):4.0f} requests a second,"
        f" {statistics.median(theirs.server_ms):.1f} ms of processor in the server"
        f" and {statistics.median(theirs.database_ms):.1f} ms in the database{said}"
        + (f" (aim {AIM})" if kind == "bare" else ""),
        flush=True,
    )


def _backends(folder: Path) -> list[psutil.Process]:
    pid = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
    found: list[psutil.Process] = psutil.Process(pid).children()
    return found


def _cpu(processes: Sequence[psutil.Process]) -> dict[int, float]:
    seconds: dict[int, float] = {}
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds[process.pid] = times.user + times.system
    return seconds


def _used(before: dict[int, float], after: dict[int, float]) -> float:
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


async def _load(addresses: Sequence[str], path: str, cookie: str, seconds: float) -> int:
    until = time.perf_counter() + seconds
    return sum(await asyncio.gather(*(_read(one, path, cookie, until) for one in addresses)))


async def _read(address: str, path: str, cookie: str, until: float) -> int:
    """Ask for a page again and again over one connection; give how often it came."""
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    asked = f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: entente={cookie}\r\n\r\n"
    count = 0
    while time.perf_counter() < until:
        writer.write(asked.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200"), head
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        count += 1
    writer.close()
    return count


def _services(folder: Path) -> Services:
    settings = Settings(data_dir=folder)
    database = locate_database(settings)
    migrate(database)
    return assemble(settings, database)


def _prepare(services: Services) -> tuple[str, dict[str, str]]:
    """Load the demonstration, and let somebody in; give their cookie, and what they read."""
    demo.load_demo(services, Console())
    schemes = services.gate.keeper.current.schemes
    with services.units.begin(ORIGIN) as work:
        person = parties.person_by_email(work.session, READER)
        assert person is not None
        session = open_session(work, services.identity, person, Assurance.MULTI_FACTOR)
        actor: Actor = parties.actor_for(work, schemes, person, Assurance.MULTI_FACTOR)
        found = records.find(work, services.gate, actor, Search(q="evaluation")).page.items
        sizes = {
            line.id: len(records.read(work, services.gate, actor, line.id).portions)
            for line in found
        }
    longest = max(sizes, key=lambda one: (sizes[one], str(one)))
    return session.secret, {
        "record": f"/records/{longest}",
        "search": "/records?q=evaluation",
        "browse": "/records",
    }


def _serve(
    folder: Path,
    cookie: str,
    paths: dict[str, str],
    told: "multiprocessing.Queue[tuple[int, dict[str, str], dict[str, tuple[int, int]]]]",
) -> None:
    services = _services(folder)
    pages: dict[str, Page] = {}
    url, serve = serve_beside(create_app(services))
    bare_url, _ = serve_beside(_bare(services.units.engine, pages))
    for name, path in paths.items():
        pages[name] = _captured(services.units.engine, url, path, cookie)
    sizes = {name: (len(page.statements), len(page.body)) for name, page in pages.items()}
    told.put((psutil.Process().pid, {"page": url, "bare": bare_url}, sizes))
    serve.join()


def _captured(engine: Engine, url: str, path: str, cookie: str) -> Page:
    """Ask for a page until nothing is new to the server, then keep what it does for it."""
    statements: list[tuple[str, Any]] = []

    def note(_1: object, _2: object, statement: str, parameters: Any, *_3: object) -> None:
        statements.append((statement, parameters))

    for _ in range(WARM):
        _get(url, path, cookie)
    event.listen(engine, "before_cursor_execute", note)
    body = _get(url, path, cookie)
    event.remove(engine, "before_cursor_execute", note)
    return Page(statements, body)


def _get(url: str, path: str, cookie: str) -> bytes:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        connection.request("GET", path, headers={"Cookie": f"entente={cookie}"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body


def _bare(engine: Engine, pages: dict[str, Page]) -> FastAPI:
    app = FastAPI()

    @app.get("/bare/{name}")
    def bare(name: str) -> HTMLResponse:
        kept = pages[name]
        with engine.begin() as connection:
            for statement, parameters in kept.statements:
                found = connection.exec_driver_sql(statement, _anew(statement, parameters))
                if found.returns_rows:
                    found.all()
        return HTMLResponse(kept.body)

    @app.get("/driver/{name}")
    def driver(name: str) -> HTMLResponse:
        kept = pages[name]
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            for statement, parameters in kept.statements:
                cursor.execute(statement, _anew(statement, parameters))
                if cursor.description is not None:
                    cursor.fetchall()
            connection.commit()
        finally:
            connection.close()
        return HTMLResponse(kept.body)

    return app


def _anew(statement: str, parameters: Any) -> Any:
    """Give an entry of the journal an id of its own, without which it is none."""
    if "INSERT INTO journal" not in statement:
        return parameters
    made = new_id()
    entry = parameters["entry"].replace(str(parameters["id"]).encode(), str(made).encode())
    leaf_hash = hashlib.sha256(b"\x00" + entry).digest()
    return {**parameters, "id": made, "entry": entry, "leaf_hash": leaf_hash}


if __name__ == "__main__":
    main()
