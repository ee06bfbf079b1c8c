"""The table of decisions on versions: who submitted, approved, returned, withdrew, and why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class DecisionRow(Base):
    """One decision; never changed. Visible like the title of the version when it was taken.

    `signature` is a JWS (RFC 7515, ES256) over `statement`, for an approval or a consent.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('submit', 'approve', 'return', 'refuse', 'consent', 'withdraw')", name="kind"
        ),
        Index("ix_decisions_version_id", "version_id", "decided_at"),
        Index("ix_decisions_record_id", "record_id"),
        Index(
            "ix_decisions_submissions",
            "person_id",
            "decided_at",
            postgresql_where="kind = 'submit'",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id"))
    record_id: Mapped[UUID]
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))
    kind: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime]
    comment: Mapped[str]
    content_hash: Mapped[bytes]
    statement: Mapped[dict[str, Any]] = mapped_column(JSONB)
    signature: Mapped[str | None]
