"""What took the place of something withdrawn, for who may read it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from app.access import Scope, State
from app.core.ids import AudienceId, RecordId
from app.core.work import Work
from app.records.models import PortionRow, RecordRow, VersionRow


@dataclass(frozen=True)
class Successor:
    """A released record that a reader may see; `same` when it is a version of the record itself."""

    record_id: RecordId
    reference: str
    title: str
    audience_id: AudienceId
    same: bool = False


def successor(work: Work, scope: Scope, record_id: RecordId) -> Successor | None:
    """Give a record as what something gives way to: its released version, if it is in a scope."""
    return _released(work, scope, RecordRow.id == record_id)


def released_by_reference(work: Work, scope: Scope, reference: str) -> Successor | None:
    """Give the released record of a reference number, if it is in a scope."""
    return _released(work, scope, RecordRow.reference == reference.strip().upper())


def _released(work: Work, scope: Scope, which: ColumnElement[bool]) -> Successor | None:
    row = work.session.execute(
        select(RecordRow.id, RecordRow.reference, PortionRow.heading, VersionRow.audience_id)
        .join(VersionRow, VersionRow.record_id == RecordRow.id)
        .join(PortionRow, PortionRow.version_id == VersionRow.id)
        .where(
            which,
            VersionRow.state == State.RELEASED,
            PortionRow.role == "title",
            scope.holds(VersionRow.audience_id),
            scope.holds(PortionRow.audience_id),
        )
    ).first()
    if row is None:
        return None
    return Successor(RecordId(row.id), row.reference, row.heading, AudienceId(row.audience_id))
