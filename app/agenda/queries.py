"""Every SELECT of the agenda: moments and who they concern, in sight or not, never content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.agenda.views import Matter
from app.core.ids import AudienceId, PersonId, RecordId, RequestId, VersionId


@dataclass(frozen=True)
class Timed:
    """A moment that the part of a released version carries; `audience_id` is that of the part."""

    record_id: RecordId
    version_id: VersionId
    title_id: AudienceId
    audience_id: AudienceId
    owner: str
    originator: str
    writers: frozenset[PersonId]
    matter: Matter
    at: datetime


@dataclass(frozen=True)
class RequestDue:
    """A request that waits for its originator, and when the answer is due."""

    request_id: RequestId
    originator: str
    due_at: datetime


@dataclass(frozen=True)
class RecallDue:
    """A recall that waits for the answer of one who took a copy, by the end of a day in UTC."""

    recall_id: UUID
    person: PersonId
    at: datetime


def timed(session: Session, since: datetime, until: datetime) -> list[Timed]:
    """Give what comes of what is released after a moment, up to another, soonest first."""
    rows = session.execute(
        text("SELECT * FROM entente_times(:since, :until) ORDER BY at, record_id, audience_id"),
        {"since": since, "until": until},
    )
    return [
        Timed(
            record_id=RecordId(row.record_id),
            version_id=VersionId(row.version_id),
            title_id=AudienceId(row.title_id),
            audience_id=AudienceId(row.audience_id),
            owner=row.owner,
            originator=row.originator,
            writers=frozenset(map(PersonId, row.writers)),
            matter=Matter(row.what),
            at=row.at,
        )
        for row in rows
    ]


def requests_due(session: Session, since: datetime, until: datetime) -> Sequence[RequestDue]:
    """Give the requests whose answers are due after a moment, up to another."""
    rows = session.execute(
        text("SELECT * FROM entente_silent_requests(:until, :until)"), {"until": until}
    )
    return [
        RequestDue(RequestId(row.id), row.originator, row.due_at)
        for row in rows
        if row.due_at > since
    ]


def recalls_due(session: Session, since: datetime, until: datetime) -> Sequence[RecallDue]:
    """Give the recalls that wait for answers by a day between two moments."""
    rows = session.execute(
        text("SELECT * FROM entente_recalls_due(:since, :until) ORDER BY due_on, recall_id"),
        {"since": since.date(), "until": until.date()},
    )
    return [
        RecallDue(row.recall_id, PersonId(row.person_id), datetime.combine(row.due_on, time(), UTC))
        for row in rows
    ]
