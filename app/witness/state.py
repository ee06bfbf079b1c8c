"""What a witness has cosigned last, for each log: one file that survives a crash at any point.

The file of a log is the very checkpoint that the witness serves, with its own cosignatures below.
Nothing else is kept, in memory or on disk, so that there is nothing to disagree with it. It is
written before a cosignature leaves the process: what others hold is never newer than the file.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from app.core.errors import Unavailable
from app.tlog import origin_hash

MAX_EVIDENCE_FILES = 100


class WitnessState:
    """The folder of a witness. Any number of processes may share it; one at a time changes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def open(cls, folder: Path) -> "WitnessState":
        """Open the folder, made if there is none.

        Raises:
            Unavailable: it cannot be made.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(f"The witness's folder {folder} cannot be made.") from error
        return cls(folder)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold every other thread and process off, until the block ends or the process dies.

        Reading what was cosigned last and replacing it must be one step: of two requests that
        both continue it, the later and smaller one would else roll the record back.
        """
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def latest(self, origin: str) -> bytes | None:
        """Give the note that was cosigned last for the log `origin`, or nothing."""
        return self.by_hash(origin_hash(origin))

    def by_hash(self, origin_hex: str) -> bytes | None:
        """Give the same for the log of this hash: 64 digits, as the caller has checked."""
        try:
            return (self._folder / f"{origin_hex}.checkpoint").read_bytes()
        except FileNotFoundError:
            return None

    def replace(self, origin: str, note: str) -> None:
        """Make `note` the one that was cosigned last; it is on disk when this returns.

        Only while `alone`. When it raises, the old or the new note is there, and whole.
        """
        path = self._folder / f"{origin_hash(origin)}.checkpoint"
        temporary = path.with_suffix(".new")
        _write(temporary, note.encode())
        os.replace(temporary, path)  # noqa: PTH105 - one call to the system, as the tests count
        _sync_folder(self._folder)

    def keep_evidence(self, origin: str, note: str) -> None:
        """Keep a signed checkpoint that contradicts the one that was cosigned, for an inquiry.

        A bounded number of them: they come from outside.
        """
        name = f"{origin_hash(origin)}.contradiction-{sha256(note.encode()).hexdigest()[:16]}"
        known = len(list(self._folder.glob(f"{origin_hash(origin)}.contradiction-*")))
        if known < MAX_EVIDENCE_FILES and not (self._folder / name).exists():
            _write(self._folder / name, note.encode())


def _write(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make a renaming survive the loss of power: it is the folder that holds the names."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
