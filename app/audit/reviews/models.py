"""Tables of reviews. Triggers hold what was drawn, and all of it once it was signed off."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ReviewRow(Base):
    """One auditor's review: its selection, the place in the log it was drawn at, and its seed.

    `salt` hides the name and the conclusion in the hashes that the log keeps of them.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("octet_length(seed) = 32", name="seed"),
        CheckConstraint("(signed_off_at IS NULL) = (statement IS NULL)", name="sign_off"),
        Index("ix_reviews_party_begun_at", "party", "begun_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    party: Mapped[str] = mapped_column(ForeignKey("parties.code"))
    author: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str]
    filters: Mapped[dict[str, Any]]
    log: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    seed: Mapped[bytes]
    population: Mapped[int] = mapped_column(BigInteger)
    drawn: Mapped[int]
    begun_at: Mapped[datetime]
    salt: Mapped[bytes]
    conclusion: Mapped[str | None]
    signed_off_at: Mapped[datetime | None]
    statement: Mapped[str | None]


class ReviewItemRow(Base):
    """One entry of a sample, numbered in the order of the draw from 1, and its mark."""

    __tablename__ = "review_items"
    __table_args__ = (CheckConstraint("mark IN ('checked', 'exception')", name="mark"),)

    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID]  # no foreign key: its log may have gone to an archive
    log: Mapped[int]
    index: Mapped[int] = mapped_column(BigInteger)
    leaf_hash: Mapped[bytes]
    salt: Mapped[bytes]
    mark: Mapped[str | None]
    note: Mapped[str]
    marked_at: Mapped[datetime | None]
