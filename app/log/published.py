"""What is published of a log: tiles of hashes, bundles of entries, checkpoints, keys, the policy.

Only what a signed checkpoint covers is given out. Source: c2sp.org/tlog-tiles.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.log import places
from app.log.models import ArchiveRow, CheckpointRow, CosignatureRow, KeyRow, LogRow
from app.tlog import (
    COSIGNATURE_MLDSA44,
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


def newest_checkpoint(session: Session, log: int) -> CheckpointRow | None:
    """Give the newest signed checkpoint of a log."""
    ours = select(CheckpointRow).where(CheckpointRow.log == log)
    return session.scalars(ours.order_by(CheckpointRow.size.desc()).limit(1)).first()


def best_checkpoint(
    session: Session, log: int, policy: TrustPolicy, *, least_size: int = 0
) -> CheckpointRow | None:
    """Give the newest checkpoint, of at least this size, that meets the policy, else the newest."""
    if policy.witnesses:
        for size, keys_ in cosigners(session, log, policy, least_size):
            if policy.met_by(keys_):
                return session.get(CheckpointRow, (log, size))
    newest = newest_checkpoint(session, log)
    return newest if newest is not None and newest.size >= least_size else None


def cosigners(
    session: Session, log: int, policy: TrustPolicy, least_size: int = 0
) -> Sequence[tuple[int, set[VerifierKey]]]:
    """Give, newest first, the sizes that witnesses of the policy cosigned, and who did."""
    known = {witness.vkey.text(): witness.vkey for witness in policy.witnesses}
    rows = session.execute(_COSIGNERS, {"log": log, "keys": list(known), "least": least_size})
    return [(row.size, {known[vkey] for vkey in row.vkeys}) for row in rows]


def cosigners_at(session: Session, row: CheckpointRow, policy: TrustPolicy) -> set[VerifierKey]:
    """Give the policy's witnesses that co-signed exactly this checkpoint."""
    known = {witness.vkey.text(): witness.vkey for witness in policy.witnesses}
    ours = select(CosignatureRow.vkey).where(
        CosignatureRow.log == row.log, CosignatureRow.size == row.size
    )
    return {known[vkey] for vkey in session.scalars(ours) if vkey in known}


# The limit is how far back is looked for a checkpoint that enough have witnessed.
_COSIGNERS = text(
    "SELECT size, array_agg(vkey) AS vkeys FROM log_cosignatures WHERE log = :log"
    " AND vkey = ANY (:keys) AND size >= :least GROUP BY size ORDER BY size DESC LIMIT 1000"
)


def cosigned(session: Session, row: CheckpointRow, policy: TrustPolicy) -> str:
    """Give a checkpoint with the cosignatures of the policy's witnesses below."""
    known = [witness.vkey.text() for witness in policy.witnesses]
    lines = session.scalars(
        select(CosignatureRow.line)
        .where(
            CosignatureRow.log == row.log,
            CosignatureRow.size == row.size,
            CosignatureRow.vkey.in_(known),
        )
        .order_by(CosignatureRow.vkey)
    ).all()
    if not lines:
        return row.note
    return Note.parse(row.note).with_signatures(parse_signatures("".join(lines))).serialised()


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
    """Give the tlog-policy of a log: its keys that sign now, and the witnesses.

    `url` is where this log is published.
    """
    signing = [VerifierKey.parse(row.vkey) for row in keys(session, log) if row.retired_at is None]
    lines = sorted(signing, key=lambda key: key.algorithm == COSIGNATURE_MLDSA44)
    return replace(policy, logs=tuple(LogLine(key, url) for key in lines)).text()
