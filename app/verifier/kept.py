"""What an auditor's machine keeps of each log it has seen: its last checkpoint, and its keys.

A kept checkpoint is what catches somebody who holds every key of the portal: they can sign another
history, but not make this one be forgotten. A checkpoint that contradicts the kept one is kept
beside it: both are signed, and together they are the evidence.
"""

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from app.tlog import Checkpoint, Note, TlogError, VerifierKey
from app.verifier.trust import Trust, parse_keys
from app.verifier.verdict import Kind, Wrong

CHECKPOINT = "checkpoint"
KEYS = "keys"


@dataclass(frozen=True)
class Kept:
    """A folder with one folder for each log that was seen."""

    folder: Path

    def checkpoint(self, origin: str) -> Note | None:
        """Give the last checkpoint that was proved of this log.

        Raises:
            Wrong: it cannot be read; then it must not be passed over.
        """
        path = self._of(origin) / CHECKPOINT
        if not path.exists():
            return None
        return read_checkpoint(path)

    def trust(self, origin: str) -> Trust | None:
        """Give the keys that were believed when this log was first seen."""
        path = self._of(origin) / KEYS
        if not path.exists():
            return None
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return Trust.kept(parse_keys(path.read_text()), since)

    def keep(self, note: Note, keys: Iterable[VerifierKey]) -> None:
        """Keep a proved checkpoint, and the first time the keys too."""
        folder = self._of(Checkpoint.parse(note.text).origin)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / KEYS).exists():
            _write(folder / KEYS, "".join(f"{key.text()}\n" for key in keys))
        _write(folder / CHECKPOINT, note.serialised())

    def keep_contradiction(self, note: Note) -> Path:
        """Keep a signed checkpoint that contradicts the kept one; returns where."""
        checkpoint = Checkpoint.parse(note.text)
        folder = self._of(checkpoint.origin)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"contradiction-{checkpoint.size}-{checkpoint.root.hex()[:16]}"
        _write(path, note.serialised())
        return path

    def _of(self, origin: str) -> Path:
        name = quote(origin, safe="")
        return self.folder / (f"%{name}" if name.startswith(".") else name)


def read_checkpoint(path: Path) -> Note:
    """Read a signed checkpoint from a file.

    Raises:
        Wrong: it is none.
    """
    try:
        note = Note.parse(path.read_bytes())
        Checkpoint.parse(note.text)
    except TlogError as error:
        raise Wrong(Kind.UNREADABLE, reason=f"{path} is not a checkpoint: {error}.") from error
    return note


def state_folder() -> Path:
    """Give the folder in which a user's programs keep what they remember.

    Source: XDG Base Directory Specification.
    """
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "entente" / "logs"


def _write(path: Path, text: str) -> None:
    """Write a file at once: a crash leaves the old one or the new one."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
