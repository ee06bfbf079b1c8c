"""What a question's filters are resolved with: records, checkpoints, the first entry."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, literal, select, text
from sqlalchemy.orm import Session

from app import parties
from app.audit import queries
from app.core.ids import PersonId
from app.log import At, CheckpointRow, LoggedRow


def record_of_reference(session: Session, reference: str) -> UUID | None:
    """Give the record that has this number; auditors speak of a record without seeing it."""
    asked = text("SELECT entente_record_of_reference(:asked)")
    found: UUID | None = session.execute(asked, {"asked": reference}).scalar_one()
    return found


def person_in_sight(session: Session, slugs: Collection[str], person: PersonId) -> bool:
    """Tell whether auditors of these organisations may know of a person: theirs, or on their log.

    Of anybody else they learn neither the name nor that an address is somebody's.
    """
    named = parties.names(session, [person]).get(person)
    if named is not None and named.slug in slugs:
        return True
    about = LoggedRow.subject == f"person:{person}"
    return any(_is_any(session, slugs, one) for one in (LoggedRow.actor == person, about))


def record_in_sight(session: Session, slugs: Collection[str], record: UUID) -> bool:
    """Tell whether anything that auditors of these organisations may see is about a record."""
    return _is_any(session, slugs, LoggedRow.record == record)


def _is_any(session: Session, slugs: Collection[str], condition: ColumnElement[bool]) -> bool:
    asked = select(literal(1)).where(condition, queries.concerns(LoggedRow, slugs)).limit(1)
    return session.scalar(asked) is not None


def signed_at(session: Session, at: At) -> datetime | None:
    """Give when the log was first signed at this size or beyond it; None if it never was."""
    return session.scalar(
        select(CheckpointRow.signed_at)
        .where(CheckpointRow.log == at.log, CheckpointRow.size >= at.size)
        .order_by(CheckpointRow.size)
        .limit(1)
    )


def first_entry_at(session: Session) -> datetime | None:
    """Give the time of the first entry of all."""
    return session.scalar(select(LoggedRow.at).order_by(LoggedRow.at).limit(1))
