"""Tables of membership: how somebody's access ended, and what reviews of access answered."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class LeavingRow(Base):
    """That all access of a person was ended, by whom and why; never written anew.

    `ended` holds what ended, `remains` what somebody still has to see to, both by kind; `entries`
    are the ids of the log's entries that tell of it. `heir_id` is who sees to the drafts.
    """

    __tablename__ = "leavings"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    reason: Mapped[str]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime]
    heir_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    ended: Mapped[dict[str, Any]]
    remains: Mapped[dict[str, Any]]
    entries: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))


class AccessAnswerRow(Base):
    """What the review of a period answered about one person; "lapsed" when nobody answered."""

    __tablename__ = "access_answers"
    __table_args__ = (
        CheckConstraint("answer IN ('kept', 'removed', 'lapsed')", name="answer"),
        CheckConstraint("(answer = 'lapsed') = (answered_by IS NULL)", name="answered_by"),
        CheckConstraint("answered_by <> person_id", name="oneself"),
    )

    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug"), primary_key=True)
    period: Mapped[date] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    answer: Mapped[str]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    answered_at: Mapped[datetime]
