"""Every SELECT of the records domain but search; each takes the scope that it lists in.

A transaction may have opened more to row-level security than one scope holds, so each query states
its scope. What is read is read anew: rows are changed by statements, not through the session.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select, text
from sqlalchemy.orm import Session, defer

from app.access import Scope, State
from app.core.ids import AttachmentId, AudienceId, BatchId, RecordId, VersionId
from app.records.models import (
    AttachmentRow,
    ImportRow,
    PortionRow,
    RecordRow,
    TombstoneRow,
    VersionRow,
)

_ANEW = {"populate_existing": True}
_TITLED = (
    select(VersionRow, RecordRow.reference, RecordRow.created_at, PortionRow.heading)
    .join(RecordRow, RecordRow.id == VersionRow.record_id)
    .join(PortionRow, and_(PortionRow.version_id == VersionRow.id, PortionRow.role == "title"))
)
LONGEST_LIST = 500


@dataclass(frozen=True)
class Version:
    """A version in sight, with what belongs to its record and the title that it has."""

    row: VersionRow
    reference: str
    began_at: datetime
    title: str

    @property
    def state(self) -> State:
        """Give the state as what it is."""
        return State(self.row.state)


@dataclass(frozen=True)
class PartsOfAudience:
    """How many parts of a version have an audience, in sight or not."""

    version_id: VersionId
    number: int
    state: State
    title_id: AudienceId
    audience_id: AudienceId
    parts_count: int


def versions_of_record(session: Session, scope: Scope, record_id: RecordId) -> list[Version]:
    """Give the versions of a record, newest first."""
    chosen = _versions(scope).where(VersionRow.record_id == record_id)
    return _all(session, chosen.order_by(VersionRow.number.desc()))


def version(session: Session, scope: Scope, version_id: VersionId) -> Version | None:
    """Give one version."""
    return next(iter(_all(session, _versions(scope).where(VersionRow.id == version_id))), None)


def open_versions(session: Session, scope: Scope, owner: str) -> list[Version]:
    """Give the drafts and submissions of an organisation, those amended last first."""
    chosen = _versions(scope).where(
        VersionRow.owner == owner, VersionRow.state.in_([State.DRAFT, State.SUBMITTED])
    )
    newest = chosen.order_by(VersionRow.amended_at.desc(), VersionRow.id.desc())
    return _all(session, newest.limit(LONGEST_LIST))


def submitted_versions(session: Session, scope: Scope) -> list[Version]:
    """Give what is submitted, those that wait longest first."""
    chosen = _versions(scope).where(VersionRow.state == State.SUBMITTED)
    return _all(
        session, chosen.order_by(VersionRow.submitted_at, VersionRow.id).limit(LONGEST_LIST)
    )


def portions(
    session: Session, scope: Scope, version_ids: Collection[VersionId]
) -> Sequence[PortionRow]:
    """Give the portions of versions in their order."""
    chosen = _portions(version_ids).where(scope.holds(PortionRow.audience_id))
    return session.scalars(chosen, execution_options=_ANEW).all()


def attachments(
    session: Session, scope: Scope, version_ids: Collection[VersionId]
) -> Sequence[AttachmentRow]:
    """Give the attachments of versions in their order."""
    chosen = _attachments(version_ids).where(scope.holds(AttachmentRow.audience_id))
    return session.scalars(chosen, execution_options=_ANEW).all()


def opened(
    session: Session, version_id: VersionId
) -> tuple[Version, Sequence[PortionRow], Sequence[AttachmentRow]] | None:
    """Give all that the gate has opened of a version to this transaction, by whatever scope."""
    found = _all(session, _TITLED.where(VersionRow.id == version_id))
    if not found:
        return None
    return (
        found[0],
        session.scalars(_portions([version_id]), execution_options=_ANEW).all(),
        session.scalars(_attachments([version_id]), execution_options=_ANEW).all(),
    )


def attachment(
    session: Session, scope: Scope, attachment_id: AttachmentId
) -> tuple[AttachmentRow, str, int] | None:
    """Give an attachment, with the originator and the number of its version."""
    found = session.execute(
        select(AttachmentRow, RecordRow.originator, VersionRow.number)
        .join(VersionRow, VersionRow.id == AttachmentRow.version_id)
        .join(RecordRow, RecordRow.id == AttachmentRow.record_id)
        .where(
            AttachmentRow.id == attachment_id,
            scope.holds(AttachmentRow.audience_id),
            scope.holds(VersionRow.audience_id),
        ),
        execution_options=_ANEW,
    ).first()
    return None if found is None else (found[0], found[1], found[2])


def tombstone(session: Session, scope: Scope, record_id: RecordId) -> TombstoneRow | None:
    """Give what remains of the version of a record that was withdrawn last."""
    return session.scalars(
        select(TombstoneRow)
        .where(TombstoneRow.record_id == record_id, scope.holds(TombstoneRow.audience_id))
        .order_by(TombstoneRow.withdrawn_at.desc())
        .limit(1)
    ).first()


def tombstone_of_version(session: Session, version_id: VersionId) -> TombstoneRow | None:
    """Give what remains of a withdrawn version, for those who still see the version itself."""
    return session.get(TombstoneRow, version_id)


def every_part(session: Session, record_id: RecordId) -> list[PartsOfAudience]:
    """Give the audiences of all parts of all versions of a record, in sight or not."""
    rows = session.execute(text("SELECT * FROM entente_parts(:record)"), {"record": record_id})
    return [
        PartsOfAudience(
            version_id=VersionId(row.version_id),
            number=row.number,
            state=State(row.state),
            title_id=AudienceId(row.title_id),
            audience_id=AudienceId(row.audience_id),
            parts_count=row.parts_count,
        )
        for row in rows
    ]


def lock_version(
    session: Session, version_id: VersionId, states: Collection[State]
) -> VersionRow | None:
    """Hold a version in sight still until the transaction ends, if it is in one of these states."""
    return session.scalars(
        select(VersionRow)
        .where(VersionRow.id == version_id, VersionRow.state.in_(states))
        .with_for_update(),
        execution_options=_ANEW,
    ).first()


def versions_of_batch(session: Session, scope: Scope, batch_id: BatchId) -> list[VersionId]:
    """Give the versions that were imported together, in the order of their making."""
    found = session.scalars(
        select(VersionRow.id)
        .where(VersionRow.batch_id == batch_id, scope.holds(VersionRow.audience_id))
        .order_by(VersionRow.created_at, VersionRow.id)
    )
    return [VersionId(one) for one in found]


def imported(session: Session, owner: str, row_hash: bytes) -> RecordId | None:
    """Give the record that an organisation has made of a row of a manifest."""
    found = session.scalar(
        select(ImportRow.record_id).where(ImportRow.owner == owner, ImportRow.row_hash == row_hash)
    )
    return None if found is None else RecordId(found)


def kind_fields(session: Session, version_id: VersionId) -> dict[str, Any]:
    """Give the fields of the kind that a version in sight has."""
    found = session.scalar(
        select(PortionRow.fields).where(
            PortionRow.version_id == version_id, PortionRow.role == "fields"
        )
    )
    return dict(found or {})


def reference(session: Session, record_id: RecordId) -> str:
    """Give the reference number of a record in sight."""
    return session.scalars(select(RecordRow.reference).where(RecordRow.id == record_id)).one()


def new_reference(session: Session, year: int) -> str:
    """Draw a reference number that no record has."""
    drawn: str = session.execute(
        text("SELECT entente_new_reference(:year)"), {"year": year}
    ).scalar_one()
    return drawn


def organisation_exists(session: Session, slug: str) -> bool:
    """Tell whether there is an organisation of this name."""
    asked = text("SELECT EXISTS (SELECT FROM organisations WHERE slug = :slug)")
    return bool(session.execute(asked, {"slug": slug}).scalar_one())


def last_position(session: Session, version_id: VersionId) -> int:
    """Give the position of the last attachment of a version, -1 when there is none."""
    found = session.scalar(
        select(func.max(AttachmentRow.position)).where(AttachmentRow.version_id == version_id)
    )
    return -1 if found is None else found


def audience_ids_of_parts(
    session: Session, scope: Scope, version_ids: Collection[VersionId]
) -> dict[VersionId, set[AudienceId]]:
    """Give the audiences of the parts in sight, version by version."""
    ids: dict[VersionId, set[AudienceId]] = {}
    for table in (PortionRow, AttachmentRow):
        for version_id, audience_id in session.execute(
            select(table.version_id, table.audience_id)
            .where(table.version_id.in_(version_ids), scope.holds(table.audience_id))
            .distinct()
        ):
            ids.setdefault(VersionId(version_id), set()).add(AudienceId(audience_id))
    return ids


def audience_ids_of_attachments(session: Session, version_id: VersionId) -> list[AudienceId]:
    """Give the audiences of a draft's attachments, for an editor who sees it whole."""
    found = session.scalars(
        select(AttachmentRow.audience_id).where(AttachmentRow.version_id == version_id).distinct()
    )
    return [AudienceId(one) for one in found]


def summaries(
    session: Session, scope: Scope, version_ids: Collection[VersionId]
) -> dict[UUID, str]:
    """Give the summaries in sight, by version."""
    rows = session.execute(
        select(PortionRow.version_id, PortionRow.body).where(
            PortionRow.version_id.in_(version_ids),
            PortionRow.role == "summary",
            scope.holds(PortionRow.audience_id),
        )
    )
    return {row.version_id: row.body for row in rows}


def _versions(scope: Scope) -> Select[VersionRow, str, datetime, str]:
    return _TITLED.where(scope.holds(VersionRow.audience_id), scope.holds(PortionRow.audience_id))


def _portions(version_ids: Collection[VersionId]) -> Select[PortionRow]:
    return (
        select(PortionRow)
        .options(defer(PortionRow.words, raiseload=True))
        .where(PortionRow.version_id.in_(version_ids))
        .order_by(PortionRow.version_id, PortionRow.position)
    )


def _attachments(version_ids: Collection[VersionId]) -> Select[AttachmentRow]:
    return (
        select(AttachmentRow)
        .where(AttachmentRow.version_id.in_(version_ids))
        .order_by(AttachmentRow.version_id, AttachmentRow.position, AttachmentRow.id)
    )


def _all(session: Session, chosen: Select[VersionRow, str, datetime, str]) -> list[Version]:
    rows = session.execute(chosen, execution_options=_ANEW)
    return [Version(row, reference, began, title) for row, reference, began, title in rows]
