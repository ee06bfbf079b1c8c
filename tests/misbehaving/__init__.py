"""Tasks for the sandbox that do what a file's exploit would do; only the tests load them."""

import ctypes
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

libc = ctypes.CDLL(None, use_errno=True)
Arguments = dict[str, Any]


def copy(file: IO[bytes], arguments: Arguments, outputs: Sequence[IO[bytes]]) -> Arguments:
    """What an honest task does."""
    content = file.read()
    for output in outputs:
        output.write(content)
    return {"read": len(content), "told": arguments}


def attempt(_file: IO[bytes], arguments: Arguments, _outputs: Sequence[IO[bytes]]) -> Arguments:
    """Try something forbidden and tell what came of it."""
    try:
        ATTEMPTS[arguments["what"]](arguments.get("with"))
    except (OSError, RuntimeError) as error:
        return {"refused": type(error).__name__}
    return {"refused": ""}


def _connect(address: Any) -> None:
    with socket.create_connection(tuple(address), timeout=1):
        pass


ATTEMPTS: dict[str, Callable[[Any], object]] = {
    "open a socket": lambda _: socket.socket().close(),
    "open a local socket": lambda _: socket.socketpair(),
    "connect": _connect,
    "read a file": lambda path: Path(path).read_bytes(),
    "list a folder": lambda path: os.listdir(path),  # noqa: PTH208
    "write a file": lambda path: Path(path).write_bytes(b"here"),
    "remove a file": lambda path: Path(path).unlink(),
    "fork": lambda _: os.fork() or os._exit(0),
    "start a thread": lambda _: threading.Thread(target=int).start(),
    "run a program": lambda _: os.execv("/bin/true", ["true"]),  # noqa: S606
    "start a program": lambda _: subprocess.run(["/bin/true"], check=True),
    "end the template": lambda _: os.kill(os.getppid(), 9),
    "end a process": lambda pid: os.kill(pid, 9),
    "make more memory files": lambda _: os.memfd_create("more"),
}


def call(_file: IO[bytes], arguments: Arguments, _outputs: Sequence[IO[bytes]]) -> Arguments:
    """Make each of the numbered system calls and give the error of each, 0 where there was none."""
    answers = {}
    for name, number in arguments["calls"].items():
        ctypes.set_errno(0)
        answers[name] = ctypes.get_errno() if libc.syscall(number, 0, 0, 0, 0, 0, 0) == -1 else 0
    return answers


def surroundings(_file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Arguments:
    """Tell what the process can see of where it is."""
    descriptors = []
    for descriptor in range(3, 200):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        descriptors.append(descriptor)
    return {
        "environment": {name: value for name, value in os.environ.items() if name != "LC_CTYPE"},
        "descriptors": len(descriptors),
        "user": os.geteuid(),
        "arguments": sys.argv,
    }


def allocate(_file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Arguments:
    return {"got": len(bytearray(4 << 30))}


def spin(_file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Arguments:
    while True:
        pass


def sleep(_file: IO[bytes], arguments: Arguments, _outputs: Any) -> Arguments:
    time.sleep(arguments["seconds"])
    return {}


def print_much(_file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Arguments:
    for _ in range(256):
        sys.stdout.write("x" * (1 << 20))
        sys.stderr.write("x" * (1 << 20))
    return {}


def answer_much(_file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Arguments:
    return {"much": "x" * (17 << 20)}


def write_much(_file: IO[bytes], arguments: Arguments, outputs: Sequence[IO[bytes]]) -> Arguments:
    for output in outputs:
        output.write(b"x" * arguments["bytes"])
        output.flush()
    return {}


def answer_nonsense(_file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Any:
    return ["not", "an", "object"]


def abort(_file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Arguments:
    os.abort()


def read_nowhere(_file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Arguments:
    return {"read": ctypes.string_at(0).decode()}


def leave(_file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Arguments:
    sys.exit(0)


def quote_the_file(file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Arguments:
    raise ValueError(file.read().decode())


def speak_for_itself(file: IO[bytes], _arguments: Arguments, _outputs: Any) -> Arguments:
    """Do what a file that took its reader over would: write into the answer what it likes."""
    words = file.read()
    for descriptor in range(3, 20):
        with suppress(OSError):
            os.pwrite(descriptor, words, 0)
    os._exit(12)
