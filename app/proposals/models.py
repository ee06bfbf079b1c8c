"""Tables of proposals: changes that wait for a second person, and what became of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ProposalRow(Base):
    """Changes that somebody proposes together; decided once, and never written anew after that.

    `changes` holds them as plain facts, `impact` what they would do when they were proposed, and
    then when they were decided on; both know people by their ids.
    `party` and `organisation` say whose office confirms them: empty, those of every authority.
    What lapses is decided by nobody.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint("kind IN ('parties', 'policies')", name="kind"),
        CheckConstraint(
            "decision IN ('confirmed', 'declined', 'taken-back', 'lapsed')", name="decision"
        ),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "(decided_by IS NULL) = (decision IS NULL OR decision = 'lapsed')", name="decided_by"
        ),
        CheckConstraint("decision <> 'confirmed' OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint("proposed_at < lapses_at", name="lapses_at"),
        Index("ix_proposals_waiting", "lapses_at", postgresql_where=text("decision IS NULL")),
        Index("ix_proposals_changes", "changes", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    party: Mapped[str]
    organisation: Mapped[str]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    impact: Mapped[dict[str, Any]]
    why: Mapped[str]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    proposed_at: Mapped[datetime]
    lapses_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    reason: Mapped[str]
