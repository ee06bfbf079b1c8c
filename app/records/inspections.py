"""The rows of the queue of inspections, and of what was found: each statement is one function.

Row-level security shows them to those who prepare or decide on a version that is not out yet; only
functions of the database write them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.access import audiences
from app.core.ids import AttachmentId, AudienceId
from app.labels import Label
from app.records.models import InspectionRow

_JSON = JSONB(none_as_null=True)


def of_blobs(session: Session, blobs: Collection[str]) -> dict[str, InspectionRow]:
    """Give the inspections of these blobs that are in sight, by blob, with no sealed report."""
    if not blobs:
        return {}
    rows = session.scalars(select(InspectionRow).where(InspectionRow.blob.in_(blobs))).all()
    for row in rows:
        session.expunge(row)
    return {row.blob: row for row in rows}


def claim(session: Session, now: datetime, lease: timedelta) -> Row[Any] | None:
    """Take the inspection that waits longest and is nobody's, until the lease ends."""
    return session.execute(
        text("SELECT * FROM entente_claim_inspection(:now, :lease)"), {"now": now, "lease": lease}
    ).first()


def label(session: Session, audience_id: AudienceId) -> Label:
    """Give the label of an audience."""
    return audiences(session, [audience_id])[audience_id].label


def keep(
    session: Session,
    attachment_id: AttachmentId,
    *,
    audience_id: AudienceId,
    attempt: int,
    now: datetime,
    inspector: str,
    outline: Mapping[str, Any],
    report: bytes,
    copy: Mapping[str, Any] | None,
) -> bool:
    """Keep what was found, unless the claim was lost meanwhile; tell whether it was kept."""
    statement = text(
        "SELECT entente_keep_inspection(:id, :audience, :attempt, :now, :inspector, :outline,"
        " :report, :copy)"
    ).bindparams(bindparam("outline", type_=_JSON), bindparam("copy", type_=_JSON))
    return bool(
        session.scalar(
            statement,
            {
                "id": attachment_id,
                "audience": audience_id,
                "attempt": attempt,
                "now": now,
                "inspector": inspector,
                "outline": outline,
                "report": report,
                "copy": copy,
            },
        )
    )


def drop(
    session: Session,
    attachment_id: AttachmentId,
    attempt: int,
    *,
    again_at: datetime | None,
    why: str,
) -> bool:
    """Give a claim back, to be taken up again at a moment, or never; tell whether it was held."""
    statement = text("SELECT entente_drop_inspection(:id, :attempt, :again_at, :why)")
    asked = {"id": attachment_id, "attempt": attempt, "again_at": again_at, "why": why}
    return bool(session.scalar(statement, asked))


def again(session: Session, attachment_id: AttachmentId, now: datetime) -> bool:
    """Ask for a file to be inspected anew; tell whether it was not waiting already."""
    statement = text("SELECT entente_inspect_again(:id, :now)")
    return bool(session.scalar(statement, {"id": attachment_id, "now": now}))
