"""Gives entries their places in the log: every statement that the sequencer needs.

The order is that of (transaction, position), of transactions below the oldest that still runs: a
row that commits late has a transaction that no place was given past. What an auditor asks of an
entry is read here, in the database, from the entry's own bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.log.models import NodeRow

# The advisory lock of this number holds the sequencer, and the signer, to one.
THE_ONE = 0x656E74656E7465
HASH_BYTES = 32

PLACE = """
INSERT INTO log_entries (log, index, entry_id, leaf_hash, at, type, subject, record, actor,
  organisation, organisations, decision, markings, audience_id, served_bytes, door)
SELECT :log, :size - 1 + row_number() OVER (ORDER BY due."transaction", due.position), due.id,
  sha256('\\x00'::bytea || due.entry),
  (e->>'time')::timestamptz, e->>'type', e->>'subject', NULLIF(e->>'record', '')::uuid,
  NULLIF(e->>'actor', '')::uuid, e->>'organisation',
  ARRAY(SELECT jsonb_array_elements_text(e->'organisations')), e->>'decision',
  ARRAY(SELECT jsonb_array_elements_text(e->'markings')), (e->>'audience')::int,
  (e->>'served_bytes')::bigint, e->>'door'
"""
FROM_DUE = """
FROM due, LATERAL (SELECT convert_from(due.entry, 'UTF8')::jsonb AS e OFFSET 0) told
ORDER BY due."transaction", due.position
RETURNING index, leaf_hash
"""
LEFT = """
WITH due AS (
  SELECT j.id, j."transaction", j.position, j.entry FROM journal j
  WHERE NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id)
)
"""
# `after` is exclusive: the place in the journal of the last entry that has a place in the log.
DUE = """
WITH due AS (
  SELECT j.id, j."transaction", j.position, j.entry FROM journal j
  WHERE (j."transaction", j.position) > (CAST(:transaction AS xid8), :position)
    AND j."transaction" < pg_snapshot_xmin(pg_current_snapshot())
    AND NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id)
  ORDER BY j."transaction", j.position LIMIT :limit
)
"""
ONE = "WITH due AS (SELECT * FROM journal WHERE id = :entry_id)\n"


@dataclass(frozen=True)
class Log:
    """One log, as it stands."""

    number: int
    origin: str
    began_at: datetime
    size: int


@dataclass(frozen=True)
class Place:
    """A place in the journal; transaction ids as text, since they have 64 bits without a sign."""

    transaction: str
    position: int


def be_the_one(session: Session) -> bool:
    """Become the one that gives places and signs, until the transaction ends; False: another is."""
    asked = text("SELECT pg_try_advisory_xact_lock(:one)")
    return bool(session.execute(asked, {"one": THE_ONE}).scalar_one())


def current_log(session: Session) -> Log | None:
    """Give the newest log; None before the first."""
    row = session.execute(
        text(
            "SELECT number, origin, began_at, COALESCE((SELECT max(index) + 1 FROM log_entries"
            " WHERE log = number), 0) AS size FROM logs ORDER BY number DESC LIMIT 1"
        )
    ).one_or_none()
    return None if row is None else Log(*row)


def last_place(session: Session, log: Log) -> Place:
    """Give the place in the journal after which the entries without a place lie.

    Those placed when a log began came out of turn: what was settled then stands with the log.
    """
    row = session.execute(
        text(
            'SELECT COALESCE(j."transaction", g.after)::text, COALESCE(j.position, -1) FROM logs g'
            " LEFT JOIN log_entries l ON l.log = g.number AND l.index = :last"
            " AND l.index >= g.began_with LEFT JOIN journal j ON j.id = l.entry_id"
            " WHERE g.number = :log"
        ),
        {"log": log.number, "last": log.size - 1},
    ).one()
    return Place(*row)


def is_past(session: Session, place: Place) -> bool:
    """Tell whether the transaction of a place is one that the database has counted.

    Asked before this transaction has written anything.
    """
    asked = text("SELECT CAST(:transaction AS xid8) < pg_snapshot_xmax(pg_current_snapshot())")
    return bool(session.execute(asked, {"transaction": place.transaction}).scalar_one())


def place_due(session: Session, log: Log, after: Place, limit: int) -> Sequence[tuple[int, bytes]]:
    """Give the next entries their places, `limit` at most; returns indices and leaf hashes."""
    rows = session.execute(
        text(DUE + PLACE + FROM_DUE),
        {
            "log": log.number,
            "size": log.size,
            "transaction": after.transaction,
            "position": after.position,
            "limit": limit,
        },
    )
    return sorted((index, bytes(leaf)) for index, leaf in rows)


def place_first(session: Session, number: int, entry_id: UUID) -> bytes:
    """Give an entry of this very transaction the first place in a log; returns its leaf hash."""
    rows = session.execute(
        text(ONE + PLACE + FROM_DUE),
        {"log": number, "size": 0, "entry_id": entry_id},
    )
    return bytes(rows.one().leaf_hash)


def count_unplaced(session: Session) -> int:
    """Count every entry without a place."""
    asked = text(
        "SELECT count(*) FROM journal j"
        " WHERE NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id)"
    )
    return int(session.execute(asked).scalar_one())


def oldest_running(session: Session) -> str:
    """Give the oldest transaction that still runs: all below it have ended."""
    asked = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
    return str(session.execute(asked).scalar_one())


def place_all(session: Session, log: Log) -> int:
    """Give every entry without a place the next one; the journal is locked meanwhile."""
    rows = session.execute(text(LEFT + PLACE + FROM_DUE), {"log": log.number, "size": log.size})
    return len(rows.all())


def leaf_hashes(session: Session, log: int, start: int, stop: int) -> list[bytes]:
    """Give the leaf hashes of the entries from `start` to `stop`, exclusive."""
    asked = text(
        "SELECT string_agg(leaf_hash, ''::bytea ORDER BY index) FROM log_entries"
        " WHERE log = :log AND index >= :start AND index < :stop"
    )
    return _apart(session.execute(asked, {"log": log, "start": start, "stop": stop}).scalar())


def node_hashes(session: Session, log: int, level: int, start: int, stop: int) -> list[bytes]:
    """Give the roots of the full subtrees of 256**level entries from `start` to `stop`."""
    asked = text(
        "SELECT string_agg(hash, ''::bytea ORDER BY index) FROM log_nodes"
        " WHERE log = :log AND level = :level AND index >= :start AND index < :stop"
    )
    values = {"log": log, "level": level, "start": start, "stop": stop}
    return _apart(session.execute(asked, values).scalar())


def _apart(joined: bytes | None) -> list[bytes]:
    data = bytes(joined or b"")
    return [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]


def count_nodes(session: Session, log: int, level: int) -> int:
    """Count the roots of a level that are there; none is skipped."""
    asked = text(
        "SELECT COALESCE(max(index) + 1, 0) FROM log_nodes WHERE log = :log AND level = :level"
    )
    return int(session.execute(asked, {"log": log, "level": level}).scalar_one())


def keep_nodes(session: Session, nodes: Sequence[NodeRow]) -> None:
    """Write the roots of subtrees that have become full."""
    session.add_all(nodes)
    session.flush()  # in their own order, before what follows in this transaction


def entries(session: Session, log: int, start: int, stop: int) -> list[bytes]:
    """Give the bytes of the entries from `start` to `stop`, exclusive."""
    asked = text(
        "SELECT j.entry FROM log_entries l JOIN journal j ON j.id = l.entry_id"
        " WHERE l.log = :log AND l.index >= :start AND l.index < :stop ORDER BY l.index"
    )
    rows = session.execute(asked, {"log": log, "start": start, "stop": stop})
    return [bytes(entry) for entry in rows.scalars()]


def bundle_bytes(session: Session, log: int, start: int, stop: int) -> int:
    """Give how long the bundle of these entries is: each comes after two bytes of length."""
    asked = text(
        "SELECT COALESCE(sum(octet_length(j.entry) + 2), 0) FROM log_entries l"
        " JOIN journal j ON j.id = l.entry_id"
        " WHERE l.log = :log AND l.index >= :start AND l.index < :stop"
    )
    return int(session.execute(asked, {"log": log, "start": start, "stop": stop}).scalar_one())


def changed_leaves(session: Session, log: int, start: int, stop: int) -> bool:
    """Tell whether a leaf hash is not that of its entry, or an entry is missing."""
    asked = text(
        "SELECT count(*) FROM log_entries l JOIN journal j ON j.id = l.entry_id"
        " WHERE l.log = :log AND l.index >= :start AND l.index < :stop"
        " AND l.leaf_hash = sha256('\\x00'::bytea || j.entry)"
    )
    sound = session.execute(asked, {"log": log, "start": start, "stop": stop}).scalar_one()
    return bool(sound != stop - start)


def anything_due(session: Session) -> bool:
    """Tell whether an entry waits for its place, or the database runs behind the log.

    Asked often, so in one statement.
    """
    return bool(session.execute(_ANYTHING_DUE).scalar_one())


_ANYTHING_DUE = text(
    "WITH newest AS (SELECT number, began_with, after, COALESCE((SELECT max(index)"
    "  FROM log_entries WHERE log = number), -1) AS last FROM logs ORDER BY number DESC LIMIT 1),"
    ' place AS (SELECT COALESCE(j."transaction", n.after) AS "transaction",'
    "  COALESCE(j.position, -1) AS position FROM newest n"
    "  LEFT JOIN log_entries l ON l.log = n.number AND l.index = n.last"
    "   AND l.index >= n.began_with LEFT JOIN journal j ON j.id = l.entry_id)"
    " SELECT NOT EXISTS (SELECT FROM newest) OR EXISTS (SELECT FROM place p, journal j"
    '  WHERE (j."transaction", j.position) > (p."transaction", p.position)'
    '  AND j."transaction" < pg_snapshot_xmin(pg_current_snapshot())'
    "  AND NOT EXISTS (SELECT FROM log_entries e WHERE e.entry_id = j.id))"
    ' OR EXISTS (SELECT FROM place WHERE "transaction" >= '
    "  pg_snapshot_xmax(pg_current_snapshot()))"
)
