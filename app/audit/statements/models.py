"""The table of monthly statements; a trigger keeps each as it was made."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class StatementRow(Base):
    """What an originator was told of one month; `statement` is the signed text (compact JWS)."""

    __tablename__ = "statements"
    __table_args__ = (
        CheckConstraint("extract(day FROM month) = 1", name="month"),
        UniqueConstraint("organisation", "month"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    month: Mapped[date] = mapped_column(Date)
    log: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    line_count: Mapped[int]
    made_at: Mapped[datetime]
    statement: Mapped[str]
