"""Verifies an evidence bundle: chosen entries, each with the proof that it stands in the log.

A selection shows that its entries are unaltered and in the log. It cannot show that no other entry
belongs to it: for that the whole log is verified.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from app.tlog import Checkpoint, InclusionProof, Note, TlogError, check_inclusion, leaf_hash
from app.verifier.trust import Trust
from app.verifier.verdict import Kind, Selected, Watch, Wrong
from app.verifier.verifying import Asked, read_note

PART: Final = re.compile(r"(?:entries/(0|[1-9][0-9]*)\.json|proofs/(0|[1-9][0-9]*)\.tlog-proof)")
MAX_FILE_BYTES: Final = 1024 * 1024


class Files(Protocol):
    """The files of a bundle, packed or not."""

    def names(self) -> Iterator[str]:
        """Name all files."""
        ...

    def read(self, name: str) -> bytes | None:
        """Give a file's bytes; nothing if there is no such file."""
        ...


@dataclass(frozen=True)
class FolderFiles:
    """The files of a folder."""

    folder: Path

    def names(self) -> Iterator[str]:
        """Name all files."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                yield path.relative_to(self.folder).as_posix()

    def read(self, name: str) -> bytes | None:
        """Give a file's bytes, as far as any of a bundle's files may go."""
        path = self.folder / name
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES)


@dataclass(frozen=True)
class ZipFiles:
    """The files of a zip; nothing is written to disk."""

    archive: zipfile.ZipFile

    def names(self) -> Iterator[str]:
        """Name all files."""
        yield from (info.filename for info in self.archive.infolist() if not info.is_dir())

    def read(self, name: str) -> bytes | None:
        """Give a file's bytes, as far as any of a bundle's files may go."""
        try:
            with self.archive.open(name) as file:
                return file.read(MAX_FILE_BYTES)
        except KeyError:
            return None


def open_files(path: Path) -> Files | None:
    """Open an evidence bundle; nothing if the path is that of a whole log.

    Raises:
        Wrong: it is a file, but no zip.
    """
    if path.is_dir():
        return FolderFiles(path) if (path / "entries").is_dir() else None
    try:
        return ZipFiles(zipfile.ZipFile(path))
    except (zipfile.BadZipFile, OSError) as error:
        raise Wrong(Kind.UNREADABLE, reason=f"{path} is not an evidence bundle.") from error


def verify_selection(files: Files, asked: Asked, watch: Watch | None = None) -> Selected:
    """Verify every entry of a selection against the signed checkpoint that came with it.

    Raises:
        Wrong: an entry is not proved, or the checkpoint is not signed or witnessed as it must be.
    """
    note = read_note(files.read("checkpoint"))
    checkpoint = Checkpoint.parse(note.text)
    trust = asked.believed(checkpoint.origin, files.read("keys"))
    trust.require(note)
    witnesses = asked.witnesses(note, files.read("policy"))
    indices = _indices(files)
    for done, index in enumerate(indices, start=1):
        _verify_one(files, index, checkpoint, trust)
        if watch:
            watch(done, len(indices))
    return Selected(checkpoint.origin, len(indices), checkpoint.size, witnesses, trust.why)


def _indices(files: Files) -> list[int]:
    """Give the places of the entries, each of which has a proof; and each proof an entry."""
    entries, proofs = set(), set()
    for name in files.names():
        part = PART.fullmatch(name)
        if part and part[1]:
            entries.add(int(part[1]))
        elif part:
            proofs.add(int(part[2]))
    alone = sorted(entries ^ proofs)
    if alone:
        what = "its proof" if alone[0] in entries else "the entry that its proof is of"
        raise Wrong(Kind.SELECTION, first=alone[0], reason=f"{what} is missing")
    if not entries:
        raise Wrong(Kind.UNREADABLE, reason="the selection holds no entry.")
    return sorted(entries)


def _verify_one(files: Files, index: int, checkpoint: Checkpoint, trust: Trust) -> None:
    entry = files.read(f"entries/{index}.json") or b""
    try:
        proof = InclusionProof.parse(files.read(f"proofs/{index}.tlog-proof") or b"")
        under = Note.parse(proof.checkpoint)
        told = Checkpoint.parse(under.text)
        if proof.index != index or told.origin != checkpoint.origin:
            raise Wrong(Kind.SELECTION, first=index, reason="its proof is of another entry")
        if told != checkpoint:
            trust.require(under)
        check_inclusion(
            leaf_hash(entry), index=index, size=told.size, proof=proof.proof, root=told.root
        )
    except TlogError as error:
        raise Wrong(Kind.SELECTION, first=index, reason=str(error)) from error
