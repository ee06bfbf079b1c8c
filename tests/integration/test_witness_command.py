"""The command `entente audit witness`, as a party runs it: in a process of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app import tlog
from tests.tlog_world import LOG, ORIGIN, SG
from tests.witness_world import FORK, request

Start = Callable[..., "subprocess.Popen[str]"]
ROOT = Path(__file__).parents[2]


def entente(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "app", "audit", "witness", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture
def address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def start(tmp_path: Path, address: str) -> Iterator[Start]:
    running = []

    def begin(*arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "app", "audit", "witness", "--state", str(tmp_path)]
        process = subprocess.Popen([*command, "--listen", address, *arguments], text=True, cwd=ROOT)
        running.append(process)
        for _ in range(200):
            try:
                httpx.get(f"http://{address}/")
                break
            except httpx.TransportError:
                assert process.poll() is None
                time.sleep(0.05)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()


def post(address: str, body: bytes) -> httpx.Response:
    return httpx.post(f"http://{address}/add-checkpoint", content=body)


def test_its_keys_are_shown_for_the_policy(tmp_path: Path) -> None:
    shown = entente("--state", str(tmp_path), "--name", SG, "--show-key")
    again = entente("--state", str(tmp_path), "--show-key")

    keys = [tlog.VerifierKey.parse(line) for line in shown.stdout.splitlines()]
    assert [(key.name, key.algorithm) for key in keys] == [(SG, 0x04), (SG, 0x06)]
    assert (shown.returncode, again.stdout) == (0, shown.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--show-key",),
        ("--name", "two words", "--show-key"),
        ("--name", SG, "--log", "no key"),
        ("--name", SG, "--listen", "nowhere"),
        ("--name", SG, "--listen", "127.0.0.1:99999"),
    ],
    ids=["no-name", "bad-name", "bad-key", "bad-address", "bad-port"],
)
def test_what_is_wrong_is_one_clear_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    refused = entente("--state", str(tmp_path), *arguments)

    assert refused.returncode == 1
    assert refused.stderr.startswith("entente: ")
    assert "Traceback" not in refused.stderr


def test_killed_and_started_again_it_remembers(start: Start, address: str) -> None:
    first = start("--name", SG, "--log", LOG.vkey.text())
    assert post(address, request(0, 50)).status_code == 200
    first.kill()
    first.wait()

    start("--log", LOG.vkey.text())

    assert post(address, request(0, 50, FORK)).text == "50\n"
    assert post(address, request(50, 60, FORK)).status_code == 422
    assert post(address, request(50, 60)).status_code == 200
    served = httpx.get(f"http://{address}/{tlog.origin_hash(ORIGIN)}/checkpoint").content
    assert tlog.Checkpoint.parse(tlog.Note.parse(served).text).size == 60
