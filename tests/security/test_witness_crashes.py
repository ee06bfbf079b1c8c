"""A witness that is killed, or whose disk fails, between any two steps contradicts nothing.

The steps are the calls to the system of which writing the record consists. At each of them the
process is killed (before and after the call), or the call fails. Then another process goes on with
the same folder.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app import tlog
from app.witness import Refusal, Witness
from app.witness import state as state_module
from tests.tlog_world import LOG, ORIGIN
from tests.witness_world import FORK, TREE, cosigned, make_witness, request

STEPS = ("open", "write", "fsync", "replace", "close")
OLD, NEW = 50, 60
# The lock around all; the file is on disk before it gets its name, and its name before an answer.
ORDER = ["open", "open", "write", "fsync", "close", "replace", "open", "fsync", "close", "close"]
CALLS = len(ORDER)


class Steps:
    """Counts the calls to the system, and does something at one of them."""

    def __init__(
        self, at: int, act: Callable[[], None], *, after: bool, kills: bool = False
    ) -> None:
        self.names: list[str] = []
        self._at, self._act, self._after, self._kills = at, act, after, kills

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            self.names.append(call.__name__)
            mine = len(self.names) == self._at
            # Also a closing that fails has closed: Linux never keeps the descriptor.
            after = self._after or (call is os.close and not self._kills)
            if mine and not after:
                self._act()
            result = call(*arguments, **named)
            if mine and after:
                self._act()
            return result

        return step


class SystemCalls:
    """Stands for the module `os` inside the witness's state."""

    def __init__(self, steps: Steps) -> None:
        for name in STEPS:
            setattr(self, name, steps.wrap(getattr(os, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


def cosign(witness: Witness, body: bytes) -> str | None:
    try:
        return witness.add_checkpoint(body)
    except (Refusal, OSError):
        return None


def goes_on(folder: Path) -> None:
    """A fresh witness over the folder signs nothing that contradicts, and what continues."""
    record = cosigned(folder)
    assert record is not None
    size = record.size
    assert record == tlog.Checkpoint(ORIGIN, size, TREE.root(size))
    witness = make_witness(folder)
    for old in (0, OLD, NEW):
        for fork_size in (OLD, NEW, NEW + 10):
            if old <= fork_size:
                assert cosign(witness, request(old, fork_size, FORK)) is None
    assert cosign(witness, request(size, NEW))
    assert cosign(witness, request(NEW, NEW + 10))
    assert cosigned(folder) == tlog.Checkpoint(ORIGIN, NEW + 10, TREE.root(NEW + 10))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert cosign(make_witness(tmp_path), request(0, OLD))
    return tmp_path


def test_the_steps_have_this_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(0, lambda: None, after=False)
    monkeypatch.setattr(state_module, "os", SystemCalls(steps))

    assert cosign(make_witness(folder), request(OLD, NEW))

    assert steps.names == ORDER


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, CALLS + 1))
def test_killed_at_any_step_it_goes_on(folder: Path, step: int, after: bool) -> None:
    killed = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.security.test_witness_crashes",
            str(folder),
            str(step),
            str(after),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert killed.stdout == ""  # Nothing was given out that the record might not have.
    goes_on(folder)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, CALLS + 1))
def test_a_disk_that_fails_at_any_step_lets_nothing_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: int, after: bool
) -> None:
    def fail() -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(state_module, "os", SystemCalls(Steps(step, fail, after=after)))
    given = cosign(make_witness(folder), request(OLD, NEW))
    monkeypatch.undo()

    assert given is None
    goes_on(folder)


def test_a_short_write_is_completed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = SystemCalls(Steps(0, lambda: None, after=False))
    monkeypatch.setattr(calls, "write", lambda to, data: os.write(to, data[:7]), raising=False)
    monkeypatch.setattr(state_module, "os", calls)

    assert cosign(make_witness(folder), request(OLD, NEW))

    goes_on(folder)


def test_what_an_interrupted_try_left_behind_does_no_harm(folder: Path) -> None:
    (folder / f"{tlog.origin_hash(ORIGIN)}.new").write_bytes(b"half a rec")

    goes_on(folder)


def test_of_two_requests_at_once_the_smaller_does_not_roll_the_larger_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race of the specification: both are judged, the larger is kept, then the smaller."""
    judged, released = threading.Event(), threading.Event()
    given: dict[str, str | None] = {}
    replace = state_module.WitnessState.replace

    def slow(self: state_module.WitnessState, origin: str, note: str) -> None:
        if threading.current_thread().name == "A":
            judged.set()
            released.wait(1)  # As long as B is kept off: it cannot pass meanwhile.
        replace(self, origin, note)

    monkeypatch.setattr(state_module.WitnessState, "replace", slow)

    def ask(name: str, body: bytes) -> None:
        given[name] = cosign(make_witness(folder), body)
        if name == "B":
            released.set()

    smaller = threading.Thread(target=ask, name="A", args=("A", request(OLD, NEW)))
    larger = threading.Thread(target=ask, name="B", args=("B", request(OLD, NEW + 10)))
    smaller.start()
    judged.wait(5)
    larger.start()
    smaller.join()
    larger.join()

    assert (given["A"] is None) != (given["B"] is None)
    record = cosigned(folder)
    assert record is not None
    assert record.size == (NEW if given["A"] else NEW + 10)


@pytest.fixture
def other_process(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.security.test_witness_crashes", str(folder), "holds"],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        yield process
        process.kill()


def test_another_process_waits_and_the_lock_dies_with_its_holder(
    folder: Path, other_process: "subprocess.Popen[str]"
) -> None:
    assert other_process.stdout is not None
    assert other_process.stdout.readline() == "held\n"
    given: list[str | None] = []
    mine = threading.Thread(
        target=lambda: given.append(cosign(make_witness(folder), request(OLD, NEW)))
    )
    mine.start()
    mine.join(0.3)
    assert mine.is_alive()
    assert given == []

    other_process.kill()
    mine.join(10)

    assert given[0] is not None
    goes_on(folder)


def kill_at_step(folder: Path, step: int, *, after: bool) -> None:
    """Run in a process of its own: be killed at a step; print what would be given out."""
    steps = Steps(step, lambda: os.kill(os.getpid(), signal.SIGKILL), after=after, kills=True)
    vars(state_module)["os"] = SystemCalls(steps)
    given = make_witness(folder).add_checkpoint(request(OLD, NEW))
    print(given, flush=True)


def hold(folder: Path) -> None:
    """Run in a process of its own: hold the others off until it is killed."""
    with state_module.WitnessState.open(folder).alone():
        print("held", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    assert LOG.vkey
    if sys.argv[2] == "holds":
        hold(Path(sys.argv[1]))
    else:
        kill_at_step(Path(sys.argv[1]), int(sys.argv[2]), after=sys.argv[3] == "True")
