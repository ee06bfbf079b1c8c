"""Every statement on statements, and what one of them tells of."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.actions import OPENED
from app.audit.statements.models import StatementRow
from app.log import At, CheckpointRow

# Of the organisations whose information is in the store: since when, and what was last told.
_ORIGINATORS = text(
    "SELECT a.originator AS organisation, min(a.interned_at) AS since,"
    " (SELECT max(s.month) FROM statements s WHERE s.organisation = a.originator) AS last"
    " FROM audiences a JOIN organisations o ON o.slug = a.originator"
    " GROUP BY a.originator ORDER BY a.originator"
)

# Whose record it was is a fact of the audience that the entry names, written once. An entry of the
# months before is told of when the statement before had not seen it: it had no place then.
_LINES = text(
    "SELECT e.log, e.index, e.entry_id, e.leaf_hash, e.at, e.type, e.subject, e.record, e.actor,"
    " e.organisation, e.markings, e.served_bytes, j.entry, r.reference"
    " FROM log_entries e JOIN audiences a ON a.id = e.audience_id"
    " JOIN journal j ON j.id = e.entry_id"
    " LEFT JOIN LATERAL entente_references(ARRAY[e.record]) r ON e.record IS NOT NULL"
    " WHERE a.originator = :organisation AND e.organisation <> :organisation"
    " AND e.decision = 'allow' AND e.type = ANY (:types)"
    " AND e.at < :until AND (e.log, e.index) < (:log, :size)"
    " AND (e.at >= :since OR (e.log, e.index) >= (:seen_log, :seen_size))"
    " ORDER BY e.log, e.index"
)


def originators(session: Session) -> Sequence[tuple[str, datetime, date | None]]:
    """Give each originator, the moment of its first information, and its last statement's month."""
    rows = session.execute(_ORIGINATORS)
    return [(row.organisation, row.since, row.last) for row in rows]


def signed_at(session: Session, at: At) -> datetime:
    """Give the moment at which a checkpoint was signed."""
    return session.get_one(CheckpointRow, (at.log, at.size)).signed_at


def lines(
    session: Session, organisation: str, since: datetime, until: datetime, seen: At | None, at: At
) -> Sequence[Row[Any]]:
    """Give the accesses by others to the records of an organisation, in their order in the log.

    `seen` is the place of the statement before; None when there was none, and nothing is late.
    """
    place = seen or at
    asked = {
        "organisation": organisation,
        "types": list(OPENED),
        "since": since,
        "until": until,
        "log": at.log,
        "size": at.size,
        "seen_log": place.log,
        "seen_size": place.size,
    }
    return session.execute(_LINES, asked).all()


def before(session: Session, organisation: str, month: date) -> StatementRow | None:
    """Give the last statement of an organisation before a month."""
    chosen = select(StatementRow).where(
        StatementRow.organisation == organisation, StatementRow.month < month
    )
    return session.scalars(chosen.order_by(StatementRow.month.desc()).limit(1)).first()


def keep(session: Session, **values: Any) -> bool:
    """Keep a statement, unless another worker was first; returns whether it was kept."""
    made = insert(StatementRow).values(**values).on_conflict_do_nothing()
    return session.execute(made.returning(StatementRow.id)).first() is not None


def statements(session: Session, organisations: Collection[str]) -> Sequence[StatementRow]:
    """Give the statements for these organisations, the newest month first."""
    chosen = select(StatementRow).where(StatementRow.organisation.in_(organisations))
    return session.scalars(
        chosen.order_by(StatementRow.month.desc(), StatementRow.organisation)
    ).all()


def statement(session: Session, statement_id: UUID) -> StatementRow | None:
    """Give one statement."""
    return session.get(StatementRow, statement_id)
