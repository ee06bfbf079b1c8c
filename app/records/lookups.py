"""Single facts that a change to records needs, of things that the caller may change."""

from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.ids import AudienceId, RecordId, VersionId
from app.records.models import AttachmentRow, ImportRow, PortionRow, RecordRow


def kind_fields(session: Session, version_id: VersionId) -> dict[str, Any]:
    """Give the fields of the kind that a version in sight has."""
    found = session.scalars(
        select(PortionRow.fields).where(
            PortionRow.version_id == version_id, PortionRow.role == "fields"
        )
    )
    return {name: value for fields in found for name, value in fields.items()}


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


def imported(session: Session, owner: str, row_hash: bytes) -> RecordId | None:
    """Give the record that an organisation has made of a row of a manifest."""
    found = session.scalar(
        select(ImportRow.record_id).where(ImportRow.owner == owner, ImportRow.row_hash == row_hash)
    )
    return None if found is None else RecordId(found)


def last_position(session: Session, version_id: VersionId) -> int:
    """Give the position of the last attachment of a version, -1 when there is none."""
    found = session.scalar(
        select(func.max(AttachmentRow.position)).where(AttachmentRow.version_id == version_id)
    )
    return -1 if found is None else found


def audience_ids_of_attachments(session: Session, version_id: VersionId) -> list[AudienceId]:
    """Give the audiences of a draft's attachments, for an editor who sees it whole."""
    found = session.scalars(
        select(AttachmentRow.audience_id).where(AttachmentRow.version_id == version_id).distinct()
    )
    return [AudienceId(one) for one in found]


def thread_audience_ids(session: Session, version_id: VersionId) -> frozenset[AudienceId]:
    """Give the audiences of what is said at a version, in sight or not: it moves with it."""
    found = session.scalars(
        text("SELECT entente_thread_audiences(:version)"), {"version": version_id}
    )
    return frozenset(map(AudienceId, found))
