"""A real clamd with one signature of our own: that of a made-up marker."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MARKER = b"ENTENTE-MADE-UP-MALWARE-FOR-TESTS"
SIGNATURE = "Entente.Test.Marker"
MAX_STREAM = 4 << 20
START_SECONDS = 60


@contextmanager
def running_clamd(folder: Path) -> Iterator[Path]:
    """Run a clamd and give its socket; `folder` has a short path, as sockets need."""
    program = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    if program is None:
        pytest.fail("clamd is not installed: it is in Debian's clamav-daemon.")
    (folder / "db").mkdir()
    (folder / "db" / "test.ndb").write_text(f"{SIGNATURE}:0:*:{MARKER.hex()}\n")
    where = folder / "clamd.sock"
    settings = {
        "LocalSocket": where,
        "DatabaseDirectory": folder / "db",
        "TemporaryDirectory": folder,
        "Foreground": "yes",
        "StreamMaxLength": MAX_STREAM,
        "MaxThreads": 2,
        "SelfCheck": 0,
    }
    if os.geteuid() == 0:
        settings["User"] = "root"
    config = folder / "clamd.conf"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with subprocess.Popen(
        [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as daemon:
        try:
            _wait(daemon, where)
            yield where
        finally:
            daemon.kill()


def _wait(daemon: subprocess.Popen[bytes], where: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and daemon.poll() is None:
        with socket.socket(socket.AF_UNIX) as asking:
            try:
                asking.connect(str(where))
            except OSError:
                time.sleep(0.05)
                continue
            return
    pytest.fail("clamd did not start")
