"""Tables of notices: what people were told, what they follow, what they chose, what was mailed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class NoticeRow(Base):
    """One thing that one person was told; it holds nothing that is marked.

    `record_id` may name what is gone or out of the person's sight, so that nothing refers to it.
    `mail`: waiting to be mailed, taken by the mail `mail_id`, or settled without one.
    """

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("mail IN ('waiting', 'taken', 'none')", name="mail"),
        CheckConstraint("(mail = 'taken') = (mail_id IS NOT NULL)", name="mail_id"),
        Index(
            "uq_notices_person_id_key",
            "person_id",
            "key",
            unique=True,
            postgresql_where="key <> ''",
        ),
        Index("ix_notices_person_id_made_at", "person_id", "made_at", "id"),
        Index("ix_notices_unread", "person_id", postgresql_where="read_at IS NULL"),
        Index("ix_notices_waiting", "person_id", "made_at", postgresql_where="mail = 'waiting'"),
        Index("ix_notices_mail_id", "mail_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    path: Mapped[str]
    record_id: Mapped[UUID | None]
    audience_id: Mapped[int | None] = mapped_column(ForeignKey("audiences.id"))
    said: Mapped[dict[str, Any]]
    key: Mapped[str]
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail: Mapped[str]
    mail_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice_mails.id"))


class NoticeMailRow(Base):
    """One mail to one person, and the token that ends the mail of its kinds.

    `state`: waiting to be handed over, or not to be: it is being handed over, was taken by the
    server, may have been (nobody knows), or was given up.
    """

    __tablename__ = "notice_mails"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'handing', 'sent', 'unknown', 'given-up')", "state"),
        CheckConstraint("octet_length(unsubscribe_hash) = 32", name="unsubscribe_hash"),
        UniqueConstraint("unsubscribe_hash"),
        Index(
            "ix_notice_mails_unsettled",
            "mail_after",
            postgresql_where="state IN ('waiting', 'handing')",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    kinds: Mapped[list[str]]
    state: Mapped[str]
    attempts: Mapped[int]
    mail_after: Mapped[datetime]
    composed_at: Mapped[datetime]
    unsubscribe_hash: Mapped[bytes]


class NoticeReaderRow(Base):
    """How one person wants to be told: how often by mail, and the token of their feed, hashed.

    `feed_reads` counts how often the feed was asked for since `feed_since`.
    """

    __tablename__ = "notice_readers"
    __table_args__ = (
        CheckConstraint("rhythm IN ('at-once', 'daily', 'weekly')", name="rhythm"),
        CheckConstraint("octet_length(feed_hash) = 32", name="feed_hash"),
        UniqueConstraint("feed_hash"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    rhythm: Mapped[str]
    feed_hash: Mapped[bytes | None]
    feed_made_at: Mapped[datetime | None]
    feed_since: Mapped[datetime | None]
    feed_reads: Mapped[int]


class NoticeChoiceRow(Base):
    """How far one person wants one kind of notice to go."""

    __tablename__ = "notice_choices"
    __table_args__ = (CheckConstraint("channel IN ('off', 'portal', 'mail')", name="channel"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]


class SubscriptionRow(Base):
    """What one person follows: a record or organisation, an area, or what a search finds."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint("subject IN ('search', 'record', 'organisation', 'area')", name="subject"),
        UniqueConstraint("person_id", "subject", "value"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    subject: Mapped[str]
    value: Mapped[str]
    name: Mapped[str]
    begun_at: Mapped[datetime]


class ReleaseToTellRow(Base):
    """A released version whose followers are to be told once `due_at` has come; the rows queue."""

    __tablename__ = "releases_to_tell"
    __table_args__ = (Index("ix_releases_to_tell_due_at", "due_at"),)

    version_id: Mapped[UUID] = mapped_column(
        ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True
    )
    due_at: Mapped[datetime]
