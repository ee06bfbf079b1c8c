"""What the tables hold beside the log: what was typed and from where, and how earlier logs ended.

An entry holds a commitment to what stands beside it, and can be erased. A log that has ended proves
what its last checkpoint covers; the next log's first entry tells of all that stood there.
"""

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import log as logs
from app.tlog import Checkpoint, Note, TlogError, tree_root
from app.verifier.verdict import Kind, Wrong

# Erased rows are gone; one that stands here must be what the entry committed to.
NOT_COMMITTED: Final = text(
    """
WITH beside AS (
  SELECT a.entry_id, 'address' AS what, a.salt, a.address AS value, '{address_commitment}' AS place
  FROM journal_addresses a
  UNION ALL
  SELECT t.entry_id, 'text that was typed', t.salt, t.value,
    '{details,' || to_json(t.name || '_commitment')::text || '}'
  FROM journal_texts t
)
SELECT l.index AS place, b.what FROM beside b JOIN log_entries l ON l.entry_id = b.entry_id
JOIN journal j ON j.id = b.entry_id,
LATERAL (SELECT convert_from(j.entry, 'UTF8')::jsonb AS e OFFSET 0) told
WHERE l.log = :log AND l.index < :size
  AND told.e #>> CAST(b.place AS text[])
    IS DISTINCT FROM encode(sha256(b.salt || convert_to(b.value, 'UTF8')), 'hex')
ORDER BY l.index LIMIT 1
"""
)
ARCHIVED_YET_HERE: Final = text(
    "SELECT l.log, min(l.index) AS begins FROM log_entries l JOIN log_archives a ON a.log = l.log"
    " GROUP BY l.log ORDER BY l.log LIMIT 1"
)
STOP: Final = text("SELECT COALESCE(max(index) + 1, 0) FROM log_entries WHERE log = :log")
NEXT_BEGAN: Final = text(
    "SELECT convert_from(j.entry, 'UTF8')::jsonb->'details' FROM log_entries l"
    " JOIN journal j ON j.id = l.entry_id WHERE l.log = :log + 1 AND l.index = 0"
)


def check_committed(session: Session, log: int, size: int) -> None:
    """Check that what was typed, and where requests came from, is what the entries committed to.

    Raises:
        Wrong: something else stands there.
    """
    row = session.execute(NOT_COMMITTED, {"log": log, "size": size}).one_or_none()
    if row is not None:
        raise Wrong(Kind.COLUMNS, first=row.place, columns=row.what)


def check_archived(session: Session) -> None:
    """Check that no entry stands in a log whose entries have all gone to an archive.

    Raises:
        Wrong: one does, and nothing that is read here proves it.
    """
    row = session.execute(ARCHIVED_YET_HERE).one_or_none()
    if row is not None:
        what = f"an entry of the log {row.log}, which went to an archive"
        raise Wrong(Kind.STRAY, first=row.begins, what=what)


def check_end(session: Session, log: int) -> None:
    """Check that an ended log has no places but those of which the next log's first entry tells.

    Raises:
        Wrong: it has, and whatever stands there is in no tree.
    """
    stop = int(session.execute(STOP, {"log": log}).scalar_one())
    told = session.execute(NEXT_BEGAN, {"log": log}).scalar_one_or_none()
    carried = _carried(told)
    if stop > carried and not _tells_of(session, log, stop, told):
        what = f"{stop - carried:,} places after the end of the log {log}"
        raise Wrong(Kind.STRAY, first=carried, what=what)


def _carried(told: Any) -> int:
    try:
        return Checkpoint.parse(Note.parse(told["previous_checkpoint"]).text).size
    except (TlogError, KeyError, TypeError, AttributeError):
        return 0


def _tells_of(session: Session, log: int, stop: int, told: Any) -> bool:
    if not isinstance(told, dict) or told.get("previous_size") != stop:
        return False
    try:
        root = tree_root(stop, logs.reader_of(session, log, stop))
    except TlogError:
        return False
    return bool(told.get("previous_root") == root.hex())
