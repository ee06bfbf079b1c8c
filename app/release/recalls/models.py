"""Tables of recalls and of the task that each taker has; row-level security holds on both."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class RecallRow(Base):
    """That copies of a withdrawn version are called back; seen by who sees the version withdrawn.

    `due_on` is the day, in UTC, by whose end every taker is asked to answer; `entry_id` is the
    entry of the log that tells of the withdrawal.
    """

    __tablename__ = "recalls"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id"), unique=True)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))
    reference: Mapped[str]
    number: Mapped[int]
    owner: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    originator: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    reason: Mapped[str]
    due_on: Mapped[date]
    begun_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    begun_at: Mapped[datetime]
    entry_id: Mapped[UUID]


class RecallTaskRow(Base):
    """What one person took, and what they say became of it; answered once.

    `taken` lists each thing with its name, form, number of the copy, first moment and entries.
    """

    __tablename__ = "recall_tasks"
    __table_args__ = (
        UniqueConstraint("recall_id", "person_id"),
        CheckConstraint("answer IN ('deleted', 'not-deleted')", name="answer"),
        CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (signature IS NULL)"
            " AND (answer IS NULL) = (entry_id IS NULL)",
            name="answered",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    recall_id: Mapped[UUID] = mapped_column(ForeignKey("recalls.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    organisation: Mapped[str]
    taken: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    made_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    said: Mapped[str] = mapped_column(server_default="")
    signature: Mapped[str | None]
    entry_id: Mapped[UUID | None]
