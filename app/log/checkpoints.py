"""Signs checkpoints: over what is committed, and only after the last one, consistently with it.

The places were given in a transaction before; what is read here is what stands in the database.
A checkpoint leaves this process only after its own commit.
"""

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Unavailable
from app.core.work import Work
from app.log import places
from app.log.keys import LogKeys
from app.log.models import CheckpointRow, KeyRow
from app.log.places import Log
from app.log.published import hash_tile
from app.tlog import (
    EMPTY_ROOT,
    Checkpoint,
    Note,
    ProofError,
    Signer,
    TileReader,
    TlogError,
    check_consistency,
    consistency_proof,
    frontier,
    tree_root,
)


class RefusesToSign(Unavailable):
    """What stands in the database is not what was signed before, or is not what it should be."""


@dataclass(frozen=True)
class Signed:
    """The size and root of the last signed checkpoint."""

    size: int
    root: bytes


def last_signed(session: Session, log: int) -> Signed:
    """Give what was signed last; the empty tree before that."""
    row = session.execute(
        select(CheckpointRow.size, CheckpointRow.root_hash)
        .where(CheckpointRow.log == log)
        .order_by(CheckpointRow.size.desc())
        .limit(1)
    ).one_or_none()
    return Signed(0, EMPTY_ROOT) if row is None else Signed(row.size, bytes(row.root_hash))


def reader_of(session: Session, log: int, size: int) -> TileReader:
    """Give a reader of the subtrees of the first `size` entries."""
    return TileReader(size, lambda tile: hash_tile(session, log, tile))


def sign(work: Work, keys: LogKeys) -> bool:
    """Sign a checkpoint over all entries that have a place; False when there is nothing to sign.

    Raises:
        RefusesToSign: rows were changed, or the tree is not one that continues what was signed.
        Conflict: another signer was first.
        Unavailable: a key that signs for this log is not in the file.
    """
    session = work.session
    log = places.current_log(session) if places.be_the_one(session) else None
    if log is None:
        return False
    last = last_signed(session, log.number)
    if log.size == last.size:
        return False
    root = _checked_root(session, log, last)
    text_ = Checkpoint(log.origin, log.size, root).text()
    at = int(work.now.timestamp())
    note = Note(text_, tuple(one.sign(text_, at) for one in _signers(session, log, keys)))
    _keep(work, log, last, root, note)
    return True


def _checked_root(session: Session, log: Log, last: Signed) -> bytes:
    """Give the root over all entries, computed twice, and consistent with what was signed last.

    Once from the edge of the tree of last time and every leaf since, once from the nodes.
    """
    if log.size < last.size:
        raise RefusesToSign("The log is shorter than its last signed checkpoint.")
    if places.changed_leaves(session, log.number, last.size, log.size):
        raise RefusesToSign("An entry is not the one that its place in the log was given to.")
    reader = reader_of(session, log.number, log.size)
    try:
        edge = frontier(last.size, reader)
        for leaf in places.leaf_hashes(session, log.number, last.size, log.size):
            edge.append(leaf)
        root = tree_root(log.size, reader)
        if edge.size != log.size or edge.root() != root:
            raise ProofError("the nodes are not those of the leaves")
        if last.size:
            proof = consistency_proof(last.size, log.size, reader)
            check_consistency(
                old_size=last.size, old_root=last.root, size=log.size, root=root, proof=proof
            )
    except TlogError as error:
        raise RefusesToSign(
            f"The log in the database does not continue its last signed checkpoint: {error}"
        ) from error
    return root


def _signers(session: Session, log: Log, keys: LogKeys) -> list[Signer]:
    """Give the signers of this log: exactly those that the database names."""
    named = set(
        session.scalars(
            select(KeyRow.vkey).where(KeyRow.log == log.number, KeyRow.retired_at.is_(None))
        )
    )
    signers = [one for one in keys.signers(log.origin) if one.vkey.text() in named]
    if len(signers) != len(named) or not signers:
        raise Unavailable("A key that signs for the log is not in the file of its keys.")
    return signers


def _keep(work: Work, log: Log, last: Signed, root: bytes, note: Note) -> None:
    try:
        work.session.execute(
            insert(CheckpointRow).values(
                log=log.number,
                size=log.size,
                follows=last.size,
                root_hash=root,
                signed_at=work.now,
                note=note.serialised(),
            )
        )
    except IntegrityError as error:
        raise Conflict("Another signer was first.") from error
