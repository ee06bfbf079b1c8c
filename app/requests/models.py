"""Tables of requests, of what they match, of their steps, and of what originators list."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ListingRow(Base):
    """A stub of a restricted record that its originator chose to show, under its own marking."""

    __tablename__ = "listings"

    record_id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), primary_key=True)
    reference: Mapped[str]
    originator: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    area: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), index=True)
    listed_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    listed_at: Mapped[datetime]


class RequestRow(Base):
    """A request for access; without `record_id` it describes what is sought.

    `last_day` is the last day asked for, `terms` are "slug:version" as accepted with it, and
    `escalated` is how far silence about it has been told: 0 nobody, 1 the release authorities
    again, 2 the administrators and the party.
    """

    __tablename__ = "requests"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'returned', 'granted', 'refused', 'withdrawn')", name="state"
        ),
        CheckConstraint("(record_id IS NULL) = (originator IS NULL)", name="known"),
        Index("ix_requests_waiting", "originator", "due_at", postgresql_where="state = 'waiting'"),
        Index("ix_requests_unmatched", "asked_at", postgresql_where="matched_at IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID | None] = mapped_column(ForeignKey("records.id"))
    originator: Mapped[str | None] = mapped_column(ForeignKey("organisations.slug"))
    reference: Mapped[str]
    area: Mapped[str]
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    requester: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    people: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), index=True)
    sought: Mapped[str]
    purpose: Mapped[str]
    project: Mapped[str]
    last_day: Mapped[date]
    terms: Mapped[list[str]]
    renews: Mapped[UUID | None] = mapped_column(ForeignKey("requests.id"))
    state: Mapped[str]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    escalated: Mapped[int] = mapped_column(server_default="0")
    matched_at: Mapped[datetime | None]


class RequestMatchRow(Base):
    """That a record may answer what somebody seeks; in its originator's sight only.

    `passed_at`: a release authority of the originator chose to stay silent.
    """

    __tablename__ = "request_matches"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), primary_key=True)
    originator: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), index=True)
    found_at: Mapped[datetime]
    passed_at: Mapped[datetime | None]
    passed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class RequestStepRow(Base):
    """What somebody did about a request, and said; never written anew."""

    __tablename__ = "request_steps"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('asked', 'returned', 'answered', 'granted', 'refused', 'withdrawn')",
            name="kind",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"), index=True)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))
    kind: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    said: Mapped[str]
    record_id: Mapped[UUID | None] = mapped_column(ForeignKey("records.id"))
    until: Mapped[datetime | None]
    taken_at: Mapped[datetime]
