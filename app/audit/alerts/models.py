"""Tables of alerts: what was found, whether it was mailed, who has seen to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class AlertRow(Base):
    """One finding for one party; `key` is what it is about and its window, so it is raised once."""

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("party", "kind", "key"),
        Index("ix_alerts_party_raised_at", "party", "raised_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    party: Mapped[str] = mapped_column(ForeignKey("parties.code"))
    kind: Mapped[str]
    key: Mapped[str]
    facts: Mapped[dict[str, Any]]
    entry_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    log: Mapped[int | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    raised_at: Mapped[datetime]
    mailed_at: Mapped[datetime | None]
    mail_attempts: Mapped[int]
    mail_after: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str]


class ProgressRow(Base):
    """How far into the log a party's findings have been looked for: entries before this place."""

    __tablename__ = "alert_progress"

    party: Mapped[str] = mapped_column(ForeignKey("parties.code"), primary_key=True)
    log: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
