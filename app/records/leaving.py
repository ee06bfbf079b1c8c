"""What somebody was granted ends with their access, for good."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from app.access import Gate, OfficePermit
from app.core.ids import PersonId, RecordId
from app.core.work import Work
from app.records import grants
from app.records.models import GrantRow


@dataclass(frozen=True)
class EndedGrant:
    """A grant that was ended before its time."""

    record_id: RecordId
    originator: str
    until: datetime


def end_grants_of(
    work: Work, gate: Gate, permit: OfficePermit, person: PersonId, by: PersonId
) -> tuple[EndedGrant, ...]:
    """End every grant of a person whose access ends, and take it out of what it opened.

    Nothing of the records is shown to whoever does it: their rows are moved to other audiences.
    """
    ended = work.session.execute(
        update(GrantRow)
        .where(GrantRow.person_id == person, GrantRow.ended_at.is_(None))
        .where(GrantRow.until > work.now)
        .values(ended_at=work.now, ended_by=by)
        .returning(GrantRow.record_id, GrantRow.originator, GrantRow.until)
    ).all()
    for record_id in sorted({RecordId(row.record_id) for row in ended}):
        grants.take_over(work, gate, permit, record_id)
    return tuple(
        EndedGrant(RecordId(row.record_id), row.originator, row.until)
        for row in sorted(ended, key=lambda row: (row.record_id, row.until))
    )
