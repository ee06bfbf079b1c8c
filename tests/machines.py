"""Servers and workers in processes of their own, as an operator runs them, and people who use them.

Whoever asks notes what they were told and when, so that it can be held against the log afterwards.
"""

import base64
import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Self

import httpx

from app.cli import app as cli
from tests.portal import KEY_PASSPHRASE
from tests.replica_world import Pair, free_port

BASE_URL = "http://127.0.0.1:8000"  # what a balancer before them would answer at
UNAVAILABLE = 503
BAD = 400

# The program is loaded once, and each process begins from there.
FROM_ONE = multiprocessing.get_context("forkserver")
FROM_ONE.set_forkserver_preload(["app.cli.running", "tests.machines"])


@dataclass
class Machine:
    """A process that runs `entente serve` or `entente worker`."""

    process: ForkServerProcess
    url: str = ""

    def kill(self) -> None:
        """End it at once (`kill -9`)."""
        self.process.kill()
        self.process.join()

    def wait(self) -> None:
        """Wait until it answers."""

        def answers() -> bool:
            assert self.process.is_alive(), "it did not start"
            with suppress(httpx.TransportError):
                return httpx.get(f"{self.url}/healthz").is_success
            return False

        until(answers)


@contextmanager
def machines(pair: Pair, folder: Path, *commands: str) -> Iterator[list[Machine]]:
    """Run these commands over a pair of databases and one data folder, until the block ends."""
    running: list[Machine] = []
    try:
        running.extend(_begin(pair, folder, command) for command in commands)
        yield running
    finally:
        for machine in running:
            machine.kill()


def _begin(pair: Pair, folder: Path, command: str) -> Machine:
    port = free_port()
    given = {
        "DATABASE_URL": pair.primary.url,
        "REPLICA_URLS": pair.replica.url,
        "DATA_DIR": str(folder),
        "KEY_PASSPHRASE": KEY_PASSPHRASE,
        "BASE_URL": BASE_URL,
        "PORT": str(port),
    }
    environment = {f"ENTENTE_{name}": value for name, value in given.items()}
    told = folder / f"{command}-{port}.log"
    process = FROM_ONE.Process(target=_run, args=(command, environment, told), daemon=True)
    process.start()
    return Machine(process, f"http://127.0.0.1:{port}")


def _run(command: str, environment: Mapping[str, str], told: Path) -> None:
    with told.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update(environment)
    cli([command])


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


@dataclass(frozen=True)
class Told:
    """An answer: between when and when it was made, and what it said."""

    began: float
    ended: float
    status: int
    body: Any
    receipt: str


@dataclass
class People:
    """Many who ask at once, each of all servers in turn; what fails is asked again elsewhere."""

    urls: list[str]
    tokens: Mapping[str, str]
    told: list[tuple[str, Told]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def again_and_again(self, what: Callable[["Asker"], object]) -> None:
        """Let somebody do this until all stop."""

        def run() -> None:
            with Asker(self) as asker:
                while not self._stop.is_set():
                    try:
                        what(asker)
                    except BaseException as fault:
                        self.faults.append(fault)
                        return

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)

    def count(self, kind: str) -> int:
        """Count the good answers of a kind so far."""
        return sum(one == kind and told.status < BAD for one, told in list(self.told))

    def more(self, kind: str, count: int) -> None:
        """Wait until so many more good answers of a kind have come."""
        wanted = self.count(kind) + count
        until(lambda: bool(self.faults) or self.count(kind) >= wanted)
        assert not self.faults, self.faults

    def pause(self) -> None:
        """Let others do something meanwhile."""
        self._stop.wait(0.05)

    def stop(self) -> None:
        """Let all finish what they do, and end."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self.faults, self.faults


class Asker:
    """Somebody with a connection to each server."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._clients = [httpx.Client(base_url=url, timeout=15) for url in people.urls]
        self._turn = len(people._threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()

    def ask(self, kind: str, name: str, method: str, path: str, **given: Any) -> Told | None:
        """Ask the next server; None where there was no answer, or one that nothing was done."""
        self._turn += 1
        client = self._clients[self._turn % len(self._clients)]
        headers = {"Authorization": f"Bearer {self._people.tokens[name]}"}
        began = time.monotonic()
        try:
            answer = client.request(method, f"/api/v1{path}", headers=headers, **given)
        except httpx.TransportError as error:
            self._people.failures.append(f"{kind}: {type(error).__name__}")
            time.sleep(0.02)
            return None
        ended = time.monotonic()
        if answer.status_code == UNAVAILABLE:
            self._people.failures.append(f"{kind}: {answer.status_code}")
            time.sleep(0.02)
            return None
        body = answer.json() if answer.content else None
        receipt = answer.headers.get("Entente-Receipt", "")
        told = Told(began, ended, answer.status_code, body, receipt)
        self._people.told.append((kind, told))
        return told


def receipted(told: Told) -> list[tuple[str, str]]:
    """Give the entries that an answer's receipt names: id and leaf hash, in hexadecimal."""
    if not told.receipt:
        return []
    claims = told.receipt.split(".")[1]
    given = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return [(one["id"], one["leaf"]) for one in given["entries"]]


def reads(url: str) -> float:
    """Give how often a server has read on its replica."""
    figures = httpx.get(f"{url}/metrics").text.splitlines()
    return sum(
        float(one.split()[-1]) for one in figures if one.startswith("entente_replica_reads_total{")
    )
