"""Writes a whole log to a folder exactly as it is published, for any web server to serve.

Source: c2sp.org/tlog-tiles. Beside the tiles lie `checkpoint`, `keys` and `policy`.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from app.access import Actor, Gate, Office, OfficeAction
from app.audit.exports.evidence import Published
from app.core.errors import Conflict, NotFound
from app.core.journal import Detail
from app.core.work import Work
from app.log import (
    ArchiveRow,
    At,
    LogRow,
    best_checkpoint,
    bundle,
    cosigned,
    current,
    entries,
    keys,
    policy_text,
    tile,
)
from app.tlog import (
    TILE_WIDTH,
    Checkpoint,
    Frontier,
    Note,
    Tile,
    TlogError,
    VerifierKey,
    bundles_of,
    encode_bundle,
    hash_bundle,
    tiles_of,
    verify_note,
)

UNSIGNED = "unsigned"
Watch = Callable[[int, int], None]  # how many entries are written, and of how many


@dataclass(frozen=True)
class Written:
    """A log as it was written: its number, its checkpoint, and where it lies.

    `end` is set when the log went on unsigned: the size and root that the next log's first entry
    tells. The entries from the checkpoint on are in `unsigned`, as those of a bundle.
    """

    log: int
    checkpoint: Checkpoint
    folder: Path
    end: Checkpoint | None = None

    @property
    def size(self) -> int:
        """The number of all entries that were written."""
        return self.end.size if self.end else self.checkpoint.size


def export_tiles(
    work: Work,
    gate: Gate,
    actor: Actor,
    log: int | None,
    folder: Path,
    published: Published,
    watch: Watch | None = None,
) -> Written:
    """Write a whole log, the newest one unless told which, to a folder that is not there yet.

    Raises:
        Forbidden: the actor is not an auditor of a party that signed the arrangement.
        NotFound: there is no such log, or nothing of it is signed yet.
        Conflict: the folder is there already, or the log has gone to an archive.
    """
    office = Office(party=actor.profile.party)
    permit = gate.decide_office(
        work, actor, OfficeAction.VERIFY_LOG, office, details={"format": "tiles"}
    )
    number = current(work.session) if log is None else log
    written = write_log(work.session, number, folder, published, watch)
    size = written.checkpoint.size
    details: dict[str, Detail] = {"format": "tiles", "count": size, "at": At(number, size).text()}
    gate.record_office(work, permit, event="log.exported", details=details)
    return written


def write_log(
    session: Session, log: int, folder: Path, published: Published, watch: Watch | None = None
) -> Written:
    """Write a log up to its newest checkpoint that enough have witnessed; nothing half-written.

    Raises:
        NotFound: there is no such log, or nothing of it is signed yet.
        Conflict: the folder is there already, or the log has gone to an archive.
    """
    policy = published.parts.policy()
    row = best_checkpoint(session, log, policy)
    if session.get(LogRow, log) is None or row is None:
        raise NotFound(f"There is no signed log of the number {log}.")
    if session.get(ArchiveRow, log) is not None:
        raise Conflict(f"The log {log} has gone to an archive. Its entries are there.")
    if folder.exists():
        raise Conflict(f"There is a {folder} already. Choose a folder that is not there yet.")
    note = cosigned(session, row, policy)
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    for path, data in _files(session, log, row.size, watch):
        _put(unfinished / path, data)
    vkeys = "".join(f"{key.vkey}\n" for key in keys(session, log))
    _put(unfinished / "keys", vkeys.encode())
    _put(unfinished / "policy", policy_text(session, log, policy, published.url(log)).encode())
    _put(unfinished / "checkpoint", note.encode())
    for one in (unfinished, *unfinished.rglob("*/")):
        _sync(one)
    unfinished.replace(folder)
    _sync(folder.parent)
    return Written(log, Checkpoint.parse(Note.parse(note).text), folder)


def write_unsigned(session: Session, written: Written, end: Checkpoint) -> Written:
    """Write, beside a log that ended unsigned, the entries that no checkpoint covers."""
    start, stop = written.checkpoint.size, end.size
    with (written.folder / UNSIGNED).open("wb") as file:
        for at in range(start, stop, TILE_WIDTH):
            some = entries(session, written.log, at, min(at + TILE_WIDTH, stop))
            file.write(encode_bundle(some))
        file.flush()
        os.fsync(file.fileno())
    _sync(written.folder)
    return replace(written, end=end)


def _files(
    session: Session, log: int, size: int, watch: Watch | None
) -> Iterator[tuple[str, bytes]]:
    for one in tiles_of(size):
        yield one.path(), tile(session, log, one)
    for one in bundles_of(size):
        yield one.path(), bundle(session, log, one)
        if watch:
            watch(one.index * 256 + one.width, size)


def _put(path: Path, data: bytes) -> None:
    """Write a file that is on the disk when this returns: what it holds may be removed next."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_folder(written: Written) -> None:
    """Check that a folder holds its whole log: every entry and tile, up to the signed checkpoint.

    Raises:
        TlogError: something is missing, altered, or not signed.
        OSError: a file is missing.
    """
    read = written.folder.joinpath
    note = Note.parse(read("checkpoint").read_bytes())
    verify_note(note, [VerifierKey.parse(line) for line in read("keys").read_text().splitlines()])
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint != written.checkpoint:
        raise TlogError("the checkpoint is another one")
    tree = Frontier()
    for one in bundles_of(checkpoint.size):
        for hash_ in _checked(written.folder, one):
            tree.append(hash_)
    if tree.size != checkpoint.size or tree.root() != checkpoint.root:
        raise TlogError("the entries are not those of the checkpoint")
    if written.end is not None:
        _check_unsigned(written, written.end, tree)
    for one in tiles_of(checkpoint.size):
        if len(read(one.path()).read_bytes()) != 32 * one.width:
            raise TlogError(f"the tile {one.path()} is not whole")


def _check_unsigned(written: Written, end: Checkpoint, tree: Frontier) -> None:
    data = (written.folder / UNSIGNED).read_bytes()
    tree.extend(hash_bundle(data, end.size - written.checkpoint.size))
    if tree.root() != end.root:
        raise TlogError("the unsigned entries are not those that the next log tells of")


def _checked(folder: Path, bundle_: Tile) -> list[bytes]:
    """Give the leaf hashes of a bundle, which its tile of hashes must hold as well."""
    hashes = hash_bundle((folder / bundle_.path()).read_bytes(), bundle_.width)
    tile_ = folder / Tile(0, bundle_.index, bundle_.width).path()
    if tile_.read_bytes() != b"".join(hashes):
        raise TlogError(f"the tile {bundle_.index} is not that of its entries")
    return hashes
