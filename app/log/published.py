"""What is published of a log: tiles of hashes, bundles of entries, checkpoints, keys, the policy.

Only what a signed checkpoint covers is given out. Source: c2sp.org/tlog-tiles.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.log import places
from app.log.models import ArchiveRow, CheckpointRow, CosignatureRow, KeyRow, LogRow
from app.tlog import (
    ED25519,
    ENTRIES_LEVEL,
    TILE_WIDTH,
    LogLine,
    Note,
    Tile,
    TrustPolicy,
    VerifierKey,
    encode_bundle,
    encode_tile,
    parse_signatures,
)


def current(session: Session) -> int:
    """Give the number of the newest log.

    Raises:
        NotFound: there is none yet.
    """
    number: int | None = session.scalar(select(func.max(LogRow.number)))
    if number is None:
        raise NotFound
    return number


def tile(session: Session, log: int, asked: Tile) -> bytes:
    """Give a tile of hashes.

    Raises:
        NotFound: the log's newest checkpoint does not cover it, or it lies in an archive.
    """
    check_signed(session, log, asked)
    data = hash_tile(session, log, asked)
    if len(data) != asked.width * places.HASH_BYTES:
        raise NotFound  # the log lies in an archive
    return data


def bundle(session: Session, log: int, asked: Tile) -> bytes:
    """Give the entries of a bundle: for whoever may review the whole log.

    Raises:
        NotFound: the log's newest checkpoint does not cover it.
    """
    check_signed(session, log, asked)
    start = asked.index * TILE_WIDTH
    entries = places.entries(session, log, start, start + asked.width)
    if len(entries) != asked.width:
        raise NotFound
    return encode_bundle(entries)


def hash_tile(session: Session, log: int, asked: Tile) -> bytes:
    """Give the hashes of a tile as they stand, signed or not."""
    start = asked.index * TILE_WIDTH
    stop = start + asked.width
    if asked.level == 0:
        return encode_tile(places.leaf_hashes(session, log, start, stop))
    return encode_tile(places.node_hashes(session, log, asked.level, start, stop))


def check_signed(session: Session, log: int, asked: Tile) -> None:
    """Check that the log's newest checkpoint covers a tile or bundle.

    Raises:
        NotFound: it does not, or the log's entries have gone to an archive.
    """
    size = session.scalar(select(func.max(CheckpointRow.size)).where(CheckpointRow.log == log))
    level = 0 if asked.level == ENTRIES_LEVEL else asked.level
    there = (size or 0) >> (8 * level)
    if asked.index * TILE_WIDTH + asked.width > there:
        raise NotFound
    if level == 0 and session.get(ArchiveRow, log) is not None:
        raise NotFound("The entries of this log have gone to an archive.")


def checkpoint(session: Session, log: int, policy: TrustPolicy) -> str:
    """Give the newest checkpoint that meets the policy; if none does, the newest signed.

    Raises:
        NotFound: there is no such log, or nothing of it is signed yet.
    """
    row = best_checkpoint(session, log, policy)
    if row is None:
        raise NotFound
    return cosigned(session, row, policy)


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint with the log's own signatures."""

    log: int
    size: int
    signed_at: datetime
    note: str


def newest_checkpoint(session: Session, log: int) -> SignedCheckpoint | None:
    """Give the newest signed checkpoint of a log."""
    row = session.execute(_NEWEST, {"log": log}).one_or_none()
    return None if row is None else SignedCheckpoint(*row)


def checkpoint_of_size(session: Session, log: int, size: int) -> SignedCheckpoint | None:
    """Give the checkpoint of exactly this size, if one was signed."""
    row = session.execute(_OF_SIZE, {"log": log, "size": size}).one_or_none()
    return None if row is None else SignedCheckpoint(*row)


def best_checkpoint(
    session: Session, log: int, policy: TrustPolicy, *, least_size: int = 0
) -> SignedCheckpoint | None:
    """Give the newest checkpoint, of at least this size, that meets the policy, else the newest."""
    if policy.witnesses:
        for limit in LOOKS:
            size = _met_size(session, log, policy, least_size, limit)
            if size is not None:
                return checkpoint_of_size(session, log, size)
    newest = newest_checkpoint(session, log)
    return newest if newest is not None and newest.size >= least_size else None


def _met_size(
    session: Session, log: int, policy: TrustPolicy, least_size: int, limit: int
) -> int | None:
    known = {witness.vkey.text(): witness.vkey for witness in policy.witnesses}
    values = {"log": log, "keys": list(known), "least": least_size, "limit": limit}
    for size, vkeys in session.execute(_COSIGNERS, values):
        if policy.met_by({known[vkey] for vkey in vkeys}):
            return int(size)
    return None


# How many cosigned checkpoints are looked at for one that enough have witnessed: usually the first.
LOOKS = (4, 1000)
_SIGNED = "SELECT log, size, signed_at, note FROM log_checkpoints WHERE log = :log"
_NEWEST = text(f"{_SIGNED} ORDER BY size DESC LIMIT 1")
_OF_SIZE = text(f"{_SIGNED} AND size = :size")
_COSIGNERS = text(
    "SELECT size, array_agg(vkey) AS vkeys FROM log_cosignatures WHERE log = :log"
    " AND vkey = ANY (:keys) AND size >= :least GROUP BY size ORDER BY size DESC LIMIT :limit"
)


def cosigners_at(session: Session, row: SignedCheckpoint, policy: TrustPolicy) -> set[VerifierKey]:
    """Give the policy's witnesses that co-signed exactly this checkpoint."""
    known = {witness.vkey.text(): witness.vkey for witness in policy.witnesses}
    ours = select(CosignatureRow.vkey).where(
        CosignatureRow.log == row.log, CosignatureRow.size == row.size
    )
    return {known[vkey] for vkey in session.scalars(ours) if vkey in known}


def cosigned(
    session: Session, checkpoint: SignedCheckpoint | CheckpointRow, policy: TrustPolicy
) -> str:
    """Give a checkpoint with the cosignatures of the policy's witnesses below."""
    known = [witness.vkey.text() for witness in policy.witnesses]
    if not known:
        return checkpoint.note
    values = {"log": checkpoint.log, "size": checkpoint.size, "keys": known}
    lines = session.execute(_LINES, values).scalars().all()
    if not lines:
        return checkpoint.note
    note = Note.parse(checkpoint.note)
    return note.with_signatures(parse_signatures("".join(lines))).serialised()


_LINES = text(
    "SELECT line FROM log_cosignatures WHERE log = :log AND size = :size AND vkey = ANY (:keys)"
    " ORDER BY vkey"
)


def keys(session: Session, log: int) -> Sequence[KeyRow]:
    """Give the public keys of a log, oldest first, the retired ones too.

    Raises:
        NotFound: there is no such log.
    """
    ours = select(KeyRow).where(KeyRow.log == log)
    rows = session.scalars(ours.order_by(KeyRow.added_at, KeyRow.vkey)).all()
    if not rows:
        raise NotFound
    return rows


def vkey(session: Session, log: int) -> str:
    """Give the line of the Ed25519 key that signs now, the newest of them, without a newline."""
    found = [row.vkey for row in keys(session, log) if row.retired_at is None]
    return next(line for line in reversed(found) if VerifierKey.parse(line).algorithm == ED25519)


def policy_text(session: Session, log: int, policy: TrustPolicy, url: str) -> str:
    """Give the tlog-policy of a log: its Ed25519 keys that sign now, and the witnesses.

    A verifier that knows no ML-DSA-44 would refuse a policy with such a key. `url` is where this
    log is published.
    """
    signing = [VerifierKey.parse(row.vkey) for row in keys(session, log) if row.retired_at is None]
    lines = [LogLine(key, url) for key in signing if key.algorithm == ED25519]
    return replace(policy, logs=tuple(lines)).text()
