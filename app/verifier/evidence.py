"""Verifies an evidence bundle: chosen entries, each with the proof that it stands in the log.

A selection shows that its entries are unaltered and in the log. It cannot show that no other entry
belongs to it: for that the whole log is verified.
"""

import json
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

PART: Final = re.compile(
    r"(logs/[1-9][0-9]*/)?(?:entries/(0|[1-9][0-9]*)\.json|proofs/(0|[1-9][0-9]*)\.tlog-proof)"
)
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
        chosen = (path / "entries").is_dir() and not (path / "tile").is_dir()
        return FolderFiles(path) if chosen else None
    try:
        return ZipFiles(zipfile.ZipFile(path))
    except (zipfile.BadZipFile, OSError) as error:
        raise Wrong(Kind.UNREADABLE, reason=f"{path} is not an evidence bundle.") from error


def verify_selection(files: Files, asked: Asked, watch: Watch | None = None) -> list[Selected]:
    """Verify every entry of a selection against the signed checkpoint that came with it.

    A selection has a part for each log that it was made from; the newest comes first.

    Raises:
        Wrong: an entry is not proved, or the checkpoint is not signed or witnessed as it must be.
    """
    parts = _parts(files)
    count = sum(map(len, parts.values()))
    _require_all(files, count)
    selected, done = [], 0
    for folder, indices in sorted(parts.items()):
        note = read_note(files.read(f"{folder}checkpoint"))
        checkpoint = Checkpoint.parse(note.text)
        trust = asked.believed(checkpoint.origin, files.read(f"{folder}keys"))
        trust.require(note)
        witnesses = asked.witnesses(note, files.read(f"{folder}policy"))
        for index in indices:
            _verify_one(files, folder, index, checkpoint, trust)
            done += 1
            if watch:
                watch(done, count)
        about = (checkpoint.origin, len(indices), checkpoint.size)
        selected.append(Selected(*about, witnesses, trust.why))
    return selected


def _parts(files: Files) -> dict[str, list[int]]:
    """Give the places of the entries, each of which has a proof, by their log's folder."""
    entries, proofs = set(), set()
    for name in files.names():
        part = PART.fullmatch(name)
        if part and part[2]:
            entries.add((part[1] or "", int(part[2])))
        elif part:
            proofs.add((part[1] or "", int(part[3])))
    alone = sorted(entries ^ proofs)
    if alone:
        what = "its proof" if alone[0] in entries else "the entry that its proof is of"
        raise Wrong(Kind.SELECTION, first=alone[0][1], reason=f"{what} is missing")
    if not entries:
        raise Wrong(Kind.UNREADABLE, reason="the selection holds no entry.")
    parts: dict[str, list[int]] = {}
    for folder, index in sorted(entries):
        parts.setdefault(folder, []).append(index)
    return parts


def _require_all(files: Files, count: int) -> None:
    """Require as many entries as the manifest names. Nobody signed it: it shows accidents."""
    try:
        named = json.loads(files.read("manifest.json") or b"{}").get("entries", count)
    except (ValueError, AttributeError):
        named = None
    if named != count:
        reason = f"its manifest names {named} entries, {count:,} are there."
        raise Wrong(Kind.UNREADABLE, reason=reason)


def _verify_one(files: Files, folder: str, index: int, signed: Checkpoint, trust: Trust) -> None:
    entry = files.read(f"{folder}entries/{index}.json") or b""
    try:
        proof = InclusionProof.parse(files.read(f"{folder}proofs/{index}.tlog-proof") or b"")
        under = Note.parse(proof.checkpoint)
        told = Checkpoint.parse(under.text)
        if proof.index != index or told.origin != signed.origin:
            raise Wrong(Kind.SELECTION, first=index, reason="its proof is of another entry")
        if told != signed:
            trust.require(under)
        check_inclusion(
            leaf_hash(entry), index=index, size=told.size, proof=proof.proof, root=told.root
        )
    except TlogError as error:
        raise Wrong(Kind.SELECTION, first=index, reason=str(error)) from error
