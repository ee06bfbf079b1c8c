"""The template process: loads what tasks need, then forks a confined child for each task.

It is single-threaded, holds nothing of any file, and ends with the socket that the portal holds.
"""

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Any

from app.sandbox import confine
from app.sandbox.errors import Reason

MODULES = ("app.inspection.tasks", "app.copies.tasks")
EXIT_REASONS: dict[int, Reason] = {11: "memory", 12: "crash", 13: "unavailable", 14: "output"}
EXIT_CODES = {reason: code for code, reason in EXIT_REASONS.items()}
MAX_DESCRIPTORS = 80


def serve(control_descriptor: int, modules: Sequence[str]) -> None:
    """Load the modules, give up rights, then answer the portal until it closes the socket."""
    control = socket.socket(fileno=control_descriptor)
    _load(modules)
    confine.give_up_rights()
    os.dup2(os.open(os.devnull, os.O_RDWR), 2)
    # What is loaded stays shared with the children: nothing of it is to be collected.
    gc.collect()
    gc.freeze()
    waker, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    control.send(b"ready")
    replies: dict[int, socket.socket] = {}
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(waker, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == control.fileno() and not _begin(control, replies):
                return
        with suppress(BlockingIOError):
            os.read(waker, 4096)
        _tell_ends(replies)


def _load(modules: Sequence[str]) -> None:
    """Import everything that a task may come to need: a child cannot open a file."""
    import encodings

    for codec in pkgutil.iter_modules(encodings.__path__):
        with suppress(ImportError):  # those of other systems
            importlib.import_module(f"encodings.{codec.name}")
    for module in modules:
        importlib.import_module(module)


def _begin(control: socket.socket, replies: dict[int, socket.socket]) -> bool:
    """Fork a child for the next task; tells whether there was one."""
    message, descriptors, _, _ = socket.recv_fds(control, 16, MAX_DESCRIPTORS)
    if not message:
        return False
    reply = socket.socket(fileno=descriptors[0])
    template = os.getpid()
    child = os.fork()
    if child == 0:
        _be_the_child(descriptors[1:], template)
    for descriptor in descriptors[1:]:
        os.close(descriptor)
    replies[child] = reply
    handle = os.pidfd_open(child)
    with suppress(OSError):  # the portal is gone, and so will we be
        socket.send_fds(reply, [b"began"], [handle])
    os.close(handle)
    return True


def _tell_ends(replies: dict[int, socket.socket]) -> None:
    while replies:
        child, status, used = os.wait4(-1, os.WNOHANG)
        if child == 0:
            return
        told = json.dumps([status, used.ru_utime + used.ru_stime]).encode()
        with replies.pop(child) as reply, suppress(OSError):
            reply.send(told)


def _be_the_child(descriptors: Sequence[int], template: int) -> None:
    """Confine this process, prove it, do the task, and end; never returns."""
    code = EXIT_CODES["crash"]
    request, source, answer, *outputs = descriptors
    try:
        code = EXIT_CODES["unavailable"]
        letter = json.loads(os.pread(request, os.fstat(request).st_size, 0))
        confine.confine(letter["limits"], keep=descriptors, parent=template)
        confine.prove()
        code = EXIT_CODES["crash"]
        _do(letter, source, answer, outputs)
        code = 0
    except MemoryError:
        code = EXIT_CODES["memory"]
    except BaseException as error:
        with suppress(BaseException):
            os.ftruncate(answer, 0)
            os.pwrite(answer, _where(error).encode("ascii", "replace"), 0)
    finally:
        os._exit(code)


def _do(letter: dict[str, Any], source: int, answer: int, outputs: Sequence[int]) -> None:
    module, _, name = letter["task"].partition(":")
    task: Callable[[IO[bytes], dict[str, Any], Sequence[IO[bytes]]], dict[str, Any]]
    task = getattr(sys.modules[module], name)
    files = [open(one, "w+b") for one in outputs]  # noqa: PTH123, SIM115 - they are descriptors
    with open(source, "rb") as file:
        told = json.dumps(task(file, letter["arguments"], files)).encode()
    for one in files:
        one.flush()
    with open(answer, "wb") as out:
        out.write(told)


def _where(error: BaseException) -> str:
    """Name the error's class and our own line: never its words, which may quote the file."""
    ours = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "/app/" in frame.filename
    ]
    frame = ours[-1]
    return f"{type(error).__name__} at app/{frame.filename.split('/app/')[-1]}:{frame.lineno}"
