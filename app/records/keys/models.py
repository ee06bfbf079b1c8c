"""Tables of what keys wrapped, and of the requests to destroy one; none holds a key or content."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class AttachmentKeyRow(Base):
    """That a key wraps, or once wrapped, a file; kept by a trigger on attachments."""

    __tablename__ = "attachment_keys"

    attachment: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[str] = mapped_column(primary_key=True)


class DestructionRow(Base):
    """A request to destroy keys: one person asks, another agrees; each step is only ever added.

    `attachment` and `record_id` are set where one attachment is meant, `whole` where all keys of
    the organisation are. With `rotate_others` what else these keys wrap is moved away first.
    """

    __tablename__ = "key_destructions"
    __table_args__ = (
        CheckConstraint("cardinality(keys) > 0", name="keys"),
        CheckConstraint("agreed_by <> asked_by", name="two_people"),
        CheckConstraint("agreed_at < asked_at + interval '7 days'", name="in_time"),
        CheckConstraint("agreed_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        CheckConstraint("(agreed_at IS NULL) = (agreed_by IS NULL)", name="agreed"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        CheckConstraint("done_at IS NULL OR agreed_at IS NOT NULL", name="done"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    attachment: Mapped[UUID | None]
    record_id: Mapped[UUID | None]
    keys: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    rotate_others: Mapped[bool]
    whole: Mapped[bool]
    reason: Mapped[str]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    withdrawn_at: Mapped[datetime | None]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    agreed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class DestroyedKeyRow(Base):
    """A key that was destroyed, and the entry of the log that proves it."""

    __tablename__ = "destroyed_keys"

    key_id: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[UUID] = mapped_column(ForeignKey("key_destructions.id"))
    destroyed_at: Mapped[datetime]
    entry_id: Mapped[UUID]
