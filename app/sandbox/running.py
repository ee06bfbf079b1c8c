"""The portal's side of the sandbox: hands tasks to the template process and judges how they ended.

The template is started by exec, so that none of the portal's memory, threads or descriptors is in
it; it has loaded the libraries, and forks a child for each task. The portal trusts neither: what
comes back is bounded and parsed as anybody's input.
"""

import atexit
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.sandbox.errors import SandboxFailed
from app.sandbox.limits import Limits
from app.sandbox.memory import InMemory, Input, Output, new_memory
from app.sandbox.template import EXIT_REASONS, MODULES

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
MAX_ANSWER_BYTES = 16 << 20
MAX_OUTPUTS = 64
WHERE = re.compile(r"[A-Za-z_.]{1,60} at [A-Za-z0-9_/.]{1,120}:\d{1,6}")


@dataclass(frozen=True)
class Result:
    """What a task gave: its answer, and the outputs that the caller must close."""

    answer: dict[str, Any]
    outputs: tuple[Output, ...] = ()


class Sandbox:
    """A template process and the tasks in it; started when first needed, and again if it died."""

    def __init__(self, modules: Sequence[str] = MODULES, *, at_once: int | None = None) -> None:
        """Make a sandbox for the tasks of `modules`, and of no others."""
        self._modules = tuple(modules)
        self._places = threading.BoundedSemaphore(at_once or max(4, os.cpu_count() or 1))
        self._lock = threading.Lock()
        self._template: _Template | None = None

    def run(
        self,
        task: str,
        file: Input,
        arguments: Mapping[str, Any],
        *,
        limits: Limits | None = None,
        outputs: int = 0,
    ) -> Result:
        """Run the task on the file and give what it answered; waits while too many run.

        Args:
            task: "module:function"; called with the file, the arguments and the open outputs.
            outputs: how many files the task may write.

        Raises:
            SandboxFailed: the task gave no answer, and why.
        """
        module, _, function = task.partition(":")
        if module not in self._modules or not function.isidentifier() or function[0] == "_":
            raise ValueError(f"{task} is no task of this sandbox")
        if outputs > MAX_OUTPUTS:
            raise ValueError(f"a task writes at most {MAX_OUTPUTS} files")
        limits = limits or Limits()
        letter = {"task": task, "arguments": dict(arguments), "limits": vars(limits)}
        try:
            with self._places:
                return self._run(letter, file, limits, outputs)
        except OSError:  # no descriptors, memory or processes are left
            raise SandboxFailed("unavailable") from None

    def _run(self, letter: Mapping[str, Any], file: Input, limits: Limits, outputs: int) -> Result:
        with ExitStack() as stack:
            request = stack.enter_context(_request(letter))
            answer = _closing(stack, new_memory("answer"))
            written = [_closing(stack, new_memory("output")) for _ in range(outputs)]
            source = _closing(stack, file.reopened())
            reply = self._send([_closing(stack, request.reopened()), source, answer, *written])
            with reply:
                ended = _Ending(reply, limits).wait()
            if (failure := _failure(ended, answer)) is not None:
                raise failure
            return _result(answer, written, limits)

    def close(self) -> None:
        """End the template and every task in it; it starts again with the next task."""
        with self._lock:
            if self._template is not None:
                self._template.end()
                self._template = None

    def _send(self, descriptors: Sequence[int]) -> socket.socket:
        """Hand the descriptors to a template that lives, and give where it tells how it ended."""
        for _ in range(2):
            template = self._running()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                with theirs:
                    socket.send_fds(template.control, [b"run"], [theirs.fileno(), *descriptors])
            except OSError:  # it died since we looked
                ours.close()
                self._forget(template)
            else:
                return ours
        raise SandboxFailed("unavailable")

    def _forget(self, template: "_Template") -> None:
        with self._lock:
            template.end()
            if self._template is template:
                self._template = None

    def _running(self) -> "_Template":
        with self._lock:
            if self._template is None or not self._template.ours():
                self._template = _Template(self._modules)
            return self._template


@cache
def _the_sandbox() -> Sandbox:
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    return sandbox


def run(
    task: str,
    file: Input,
    arguments: Mapping[str, Any],
    *,
    limits: Limits | None = None,
    outputs: int = 0,
) -> Result:
    """Run the task in this process's own sandbox: see `Sandbox.run`."""
    return _the_sandbox().run(task, file, arguments, limits=limits, outputs=outputs)


class _Template:
    """The process that has loaded the libraries; it ends when its control socket does."""

    def __init__(self, modules: Sequence[str]) -> None:
        self.owner = os.getpid()
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            begin = (
                f"import sys; sys.path.insert(0, {str(ROOT)!r});"
                f" from app.sandbox.template import serve;"
                f" serve({theirs.fileno()}, {tuple(modules)!r})"
            )
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-B", "-c", begin],
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.control.settimeout(START_SECONDS)
        try:
            ready = self.control.recv(16)
        except OSError:
            ready = b""
        if ready != b"ready":
            self.end()
            raise SandboxFailed("unavailable")
        self.control.settimeout(None)

    def ours(self) -> bool:
        """Tell whether this process started it: a fork of the portal starts its own."""
        return self.owner == os.getpid()

    def end(self) -> None:
        self.control.close()
        if self.ours():
            self._process.kill()
            self._process.wait()


@dataclass(frozen=True)
class _Ended:
    """How a child ended: `status` as of wait(2), or None where the template died before telling."""

    status: int | None
    cpu_seconds: float
    cpu_limit: int
    too_late: bool


class _Ending:
    """Waits for a child's end, and ends it at its wall limit."""

    def __init__(self, reply: socket.socket, limits: Limits) -> None:
        self._reply = reply
        self._limits = limits
        self._deadline = time.monotonic() + limits.wall_seconds

    def wait(self) -> _Ended:
        too_late = False
        child = -1
        try:
            self._reply.settimeout(START_SECONDS)
            _, descriptors, _, _ = socket.recv_fds(self._reply, 16, 1)
            if not descriptors:
                return self._ended(b"", too_late=False)
            child = descriptors[0]
            self._reply.settimeout(max(0.001, self._deadline - time.monotonic()))
            try:
                told = self._reply.recv(256)
            except TimeoutError:
                too_late = True
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(child, signal.SIGKILL)
                self._reply.settimeout(START_SECONDS)
                told = self._reply.recv(256)
            return self._ended(told, too_late=too_late)
        except OSError:
            return self._ended(b"", too_late=too_late)
        finally:
            if child >= 0:
                os.close(child)

    def _ended(self, told: bytes, *, too_late: bool) -> _Ended:
        status, cpu_seconds = json.loads(told) if told else (None, 0.0)
        return _Ended(status, cpu_seconds, self._limits.cpu_seconds, too_late)


def _failure(ended: _Ended, answer: int) -> SandboxFailed | None:
    """Tell why there is no answer; None where there is one."""
    if ended.too_late:
        return SandboxFailed("time")
    if ended.status is None:
        return SandboxFailed("unavailable")
    if os.WIFSIGNALED(ended.status):
        return _killed(os.WTERMSIG(ended.status), ended)
    code = os.waitstatus_to_exitcode(ended.status)
    if code == 0:
        return None
    where = os.pread(answer, 200, 0).decode("ascii", "replace") if code in EXIT_REASONS else ""
    return SandboxFailed(EXIT_REASONS.get(code, "crash"), where if WHERE.fullmatch(where) else "")


def _killed(by: int, ended: _Ended) -> SandboxFailed:
    if by == signal.SIGXFSZ:
        return SandboxFailed("output")
    if by == signal.SIGXCPU or (by == signal.SIGKILL and ended.cpu_seconds >= ended.cpu_limit):
        return SandboxFailed("time")
    # Nobody but the kernel, out of memory, kills a child before its time.
    return SandboxFailed("memory" if by == signal.SIGKILL else "crash")


def _result(answer: int, written: Sequence[int], limits: Limits) -> Result:
    if os.fstat(answer).st_size > MAX_ANSWER_BYTES:
        raise SandboxFailed("output")
    if sum(os.fstat(one).st_size for one in written) > limits.output_bytes:
        raise SandboxFailed("output")
    try:
        told = json.loads(_whole(answer))
    except (ValueError, RecursionError):
        raise SandboxFailed("crash") from None
    if not isinstance(told, dict):
        raise SandboxFailed("crash")
    return Result(told, tuple(Output.of(os.dup(one)) for one in written))


def _whole(descriptor: int) -> bytes:
    return os.pread(descriptor, MAX_ANSWER_BYTES + 1, 0)


def _request(letter: Mapping[str, Any]) -> InMemory:
    content = json.dumps(letter).encode()
    return Input.of([content], len(content))


def _closing(stack: ExitStack, descriptor: int) -> int:
    stack.callback(os.close, descriptor)
    return descriptor
