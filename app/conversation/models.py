"""Tables of threads, messages and mentions; row-level security holds on each."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ThreadRow(Base):
    """What is said at a version or at one of its portions; its audience moves with the version.

    `portion_id` is None where the whole version is meant. `addressee` and `due_on` belong to a
    request for information: which organisation is asked, and by which day (UTC) it answers.
    """

    __tablename__ = "threads"
    __table_args__ = (
        CheckConstraint("kind IN ('comment', 'information-request')", name="kind"),
        CheckConstraint(
            "(kind = 'information-request') = (addressee IS NOT NULL AND due_on IS NOT NULL)",
            name="asked",
        ),
        CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)"
            " AND (answered_at IS NULL OR addressee IS NOT NULL)",
            name="answered",
        ),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved"),
        Index("ix_threads_open", "audience_id", postgresql_where="resolved_at IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    version_id: Mapped[UUID] = mapped_column(
        ForeignKey("versions.id", ondelete="CASCADE"), index=True
    )
    portion_id: Mapped[UUID | None]
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))
    kind: Mapped[str]
    internal: Mapped[bool]
    begun_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    begun_at: Mapped[datetime]
    addressee: Mapped[str | None] = mapped_column(ForeignKey("organisations.slug"))
    due_on: Mapped[date | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    answered_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    resolved_at: Mapped[datetime | None]


class MessageRow(Base):
    """Something said, in Markdown; never changed, but taken back by whoever said it."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NULL) = (body <> '')", name="withdrawn"),
        Index("ix_messages_thread_id", "thread_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    said_at: Mapped[datetime]
    body: Mapped[str]
    withdrawn_at: Mapped[datetime | None]


class MentionRow(Base):
    """A person whom a message names, so that they are told of it."""

    __tablename__ = "mentions"

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
