"""Whose checkpoints a witness looks at: keys from the command line, and a file that may grow.

The file `logs` in the witness's folder has one key to a line (lines that begin with # say why). It
is read again when it has changed: the log of a new year, or a new key, needs no restart.
"""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from app.core.errors import Invalid
from app.tlog import COSIGNATURE_MLDSA44, ED25519, NoteError, VerifierKey

LOGS_FILE = "logs"
MAX_ORIGIN_BYTES = 255

logger = logging.getLogger("entente.witness")


class Trust(Protocol):
    """Knows whose checkpoints a witness looks at."""

    def keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """Give the keys that may sign for the log `origin`; none if it is unknown."""


class TrustedLogs:
    """The keys of logs. The name of a key is the origin of the log for which it may sign."""

    def __init__(self, given: Iterable[VerifierKey], path: Path) -> None:
        self._given = tuple(given)
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._listed: tuple[VerifierKey, ...] = ()

    @classmethod
    def load(cls, vkeys: Iterable[str], folder: Path) -> "TrustedLogs":
        """Take the keys of the command line, and those of the file in `folder` if there is one.

        Raises:
            Invalid: one of them is not the key of a log.
        """
        trusted = cls([_key(vkey) for vkey in vkeys], folder / LOGS_FILE)
        trusted._stamp = trusted._look()
        trusted._listed = trusted._read()
        return trusted

    def keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """Give the keys that may sign for the log `origin`; none if it is unknown.

        A file that has become wrong is reported, and what it said before stays in force.
        """
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._listed = self._read()
            except Invalid as problem:
                logger.error("%s", problem.detail)
        return tuple(dict.fromkeys(k for k in (*self._given, *self._listed) if k.name == origin))

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> tuple[VerifierKey, ...]:
        try:
            lines = self._path.read_text().split("\n")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeError) as error:
            raise Invalid(f"The file {self._path} cannot be read.") from error
        return tuple(_key(line) for line in lines if line and not line.startswith("#"))


def _key(vkey: str) -> VerifierKey:
    try:
        key = VerifierKey.parse(vkey)
    except NoteError as error:
        raise Invalid(f"This is not the key of a log: {vkey[:80]!r} ({error}).") from None
    if key.algorithm not in (ED25519, COSIGNATURE_MLDSA44):
        raise Invalid(f"A log does not sign with a key of this kind: {vkey[:80]!r}.")
    if len(key.name.encode()) > MAX_ORIGIN_BYTES:
        raise Invalid("The origin of a log has at most 255 bytes, or it cannot be cosigned.")
    return key
