"""What an auditor's machine keeps of each log it has seen: its last checkpoint, and its keys.

A kept checkpoint is what catches somebody who holds every key of the portal: they can sign another
history, but not make this one be forgotten. A checkpoint that contradicts the kept one is kept
beside it: both are signed, and together they are the evidence.
"""

import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

from app.tlog import Checkpoint, Note, TlogError
from app.verifier.trust import Trust, parse_keys
from app.verifier.verdict import Kind, Wrong

CHECKPOINT = "checkpoint"
KEYS = "keys"
FOLLOWS = "follows"
# How keys came to be believed: the auditor brought them, or the log showed them first.
GIVEN = "given"
SHOWN = "shown"


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
        """Give the keys that are believed since this log was first seen."""
        path = self._of(origin) / KEYS
        if not path.exists():
            return None
        lines = path.read_text()
        _, how, since = lines.split("\n", 1)[0].split(" ", 2)
        return Trust.kept(parse_keys(lines), since, pinned=how == GIVEN)

    def keep(self, note: Note, trust: Trust, today: date) -> None:
        """Keep a proved checkpoint and the keys that are believed now."""
        origin = Checkpoint.parse(note.text).origin
        folder = self._of(origin)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        first = f"# {GIVEN if trust.pinned else SHOWN} {today.day} {today:%b %Y}"
        old = (folder / KEYS).read_text() if (folder / KEYS).exists() else ""
        if old.startswith(f"# {GIVEN}") == trust.pinned and old:
            first = old.split("\n", 1)[0]
        _write(folder / KEYS, "\n".join([first, *(key.text() for key in trust.keys), ""]))
        _write(folder / CHECKPOINT, note.serialised())

    def origins(self) -> list[str]:
        """Give the logs that were seen."""
        paths = sorted(self.folder.glob(f"*/{CHECKPOINT}"))
        return [Checkpoint.parse(read_checkpoint(path).text).origin for path in paths]

    def publics(self, origin: str) -> set[bytes]:
        """Give the public keys that are believed to be a log's, whatever they are called."""
        trust = self.trust(origin)
        return {key.public for key in trust.keys} if trust else set()

    def follows(self) -> dict[str, str]:
        """Give, of the logs that were seen, which one each says that it follows."""
        told = {origin: self._of(origin) / FOLLOWS for origin in self.origins()}
        return {origin: path.read_text() for origin, path in told.items() if path.exists()}

    def keep_follows(self, origin: str, before: str) -> None:
        """Keep which log a proved log follows."""
        _write(self._of(origin) / FOLLOWS, before)

    def keep_contradiction(self, note: Note) -> Path:
        """Keep a signed checkpoint that contradicts the kept one; returns where."""
        checkpoint = Checkpoint.parse(note.text)
        folder = self._of(checkpoint.origin)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"contradiction-{checkpoint.size}-{checkpoint.root.hex()[:16]}"
        _write(path, note.serialised())
        return path

    def put_aside(self, note: Note) -> None:
        """Keep a kept checkpoint under another name: a recovery has lost what it covers."""
        checkpoint = Checkpoint.parse(note.text)
        folder = self._of(checkpoint.origin)
        name = f"lost-{checkpoint.size}-{checkpoint.root.hex()[:16]}"
        (folder / CHECKPOINT).replace(folder / name)

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
