"""Every SELECT of the question who could read a record on a day, and who did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session

from app.access import Grant
from app.audit.past import Kept, Move, PastGrant
from app.core.ids import AudienceId, RecordId
from app.log import At, LoggedRow

# What shows content of a record or sends it out.
READS: Final = (
    "attachment.downloaded",
    "attachment.page-viewed",
    "draft.read",
    "record.compared",
    "record.read",
    "record.reviewed",
    "record.viewed-as",
)


@dataclass(frozen=True)
class Reads:
    """How often somebody read a record: on the day, and in all of the log that was asked."""

    that_day: int
    in_all: int
    first_at: datetime
    last_at: datetime


def history(session: Session, record_id: RecordId) -> list[Kept]:
    """Give what is kept of every version of a record, out of sight or not; never content."""
    rows = session.execute(text("SELECT * FROM entente_history(:record)"), {"record": record_id})
    return [
        Kept(
            version_id=row.version_id,
            number=row.number,
            owner=row.owner,
            originator=row.originator,
            created_at=row.created_at,
            amended_at=row.amended_at,
            submitted_at=row.submitted_at,
            released_at=row.released_at,
            withdrawn_at=row.withdrawn_at,
            title=AudienceId(row.title_id),
            parts=frozenset(map(AudienceId, row.audience_ids)),
        )
        for row in rows
    ]


def grants(session: Session, record_id: RecordId) -> list[PastGrant]:
    """Give every grant of a record, each with the time in which it held."""
    rows = session.execute(
        text(
            "SELECT originator, person_id, granted_at, until, least(until, ended_at) AS ended"
            " FROM grants WHERE record_id = :record ORDER BY granted_at, id"
        ),
        {"record": record_id},
    )
    return [
        PastGrant(row.originator, Grant(str(row.person_id), row.until), row.granted_at, row.ended)
        for row in rows
    ]


def moves(session: Session, record_id: RecordId) -> list[Move]:
    """Give the submissions, returns and refusals of a record's versions, oldest first."""
    rows = session.execute(text("SELECT * FROM entente_moves(:record)"), {"record": record_id})
    return [Move(row.version_id, row.kind, row.decided_at) for row in rows]


def reads(
    session: Session, record_id: RecordId, since: datetime, until: datetime, at: At
) -> Mapping[UUID | None, Reads]:
    """Give how often each person read a record, None for whoever was not signed in.

    Of the log up to `at`: later entries change nothing of the answer.
    """
    within = (LoggedRow.at >= since) & (LoggedRow.at < until)
    rows = session.execute(
        select(
            LoggedRow.actor,
            func.count().filter(within),
            func.count(),
            func.min(LoggedRow.at),
            func.max(LoggedRow.at),
        )
        .where(
            LoggedRow.record == record_id,
            LoggedRow.type.in_(READS),
            LoggedRow.decision == "allow",
            tuple_(LoggedRow.log, LoggedRow.index) < tuple_(at.log, at.size),
        )
        .group_by(LoggedRow.actor)
    )
    return {row[0]: Reads(row[1], row[2], row[3], row[4]) for row in rows}
