"""Tables of access: interned profiles and audiences, and what was decided about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ProfileRow(Base):
    """A distinct set of facts about somebody who asks."""

    __tablename__ = "profiles"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    hash: Mapped[bytes] = mapped_column(unique=True)
    facts: Mapped[dict[str, Any]]
    interned_at: Mapped[datetime]


class AudienceRow(Base):
    """A distinct set of facts about a portion or attachment.

    Ids are given under a lock that lasts until commit: a greater id commits later. `markings` are
    the label's first, `later_markings` those of its planned changes, each with its moment.
    """

    __tablename__ = "audiences"
    __table_args__ = (
        Index("ix_audiences_changing", "id", postgresql_where="later_markings IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    hash: Mapped[bytes] = mapped_column(unique=True)
    state: Mapped[str]
    owner: Mapped[str]
    originator: Mapped[str]
    markings: Mapped[list[str]]
    later_markings: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    facts: Mapped[dict[str, Any]]
    interned_at: Mapped[datetime]


class PolicySetRow(Base):
    """A set of policies that was loaded and served; `sources` is all that it was made of.

    None for those kept before anything but their texts was.
    """

    __tablename__ = "policy_sets"

    version: Mapped[str] = mapped_column(primary_key=True)
    loaded_at: Mapped[datetime]
    texts: Mapped[dict[str, Any]]
    sources: Mapped[dict[str, Any] | None]


class PolicyLoadRow(Base):
    """From when on a set of policies was in force, until the next one."""

    __tablename__ = "policy_loads"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    policy_set: Mapped[str] = mapped_column(ForeignKey("policy_sets.version"))
    loaded_at: Mapped[datetime] = mapped_column(index=True)


class VisibilitySetRow(Base):
    """For one profile and action: under which policies, up to which audience, until when.

    `policy_counts` says of each policy how many of the answers rest on it.
    """

    __tablename__ = "visibility_sets"

    profile_id: Mapped[int] = mapped_column(ForeignKey("profiles.id"), primary_key=True)
    action: Mapped[str] = mapped_column(primary_key=True)
    policy_set: Mapped[str] = mapped_column(ForeignKey("policy_sets.version"))
    through_audience_id: Mapped[int]
    decided_at: Mapped[datetime]
    holds_until: Mapped[datetime | None]
    policy_counts: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'"))


class VisibilityRow(Base):
    """What Cedar answered for one profile, action and audience."""

    __tablename__ = "visibility"
    __table_args__ = (
        Index(
            "ix_visibility_allowed",
            "profile_id",
            "action",
            "audience_id",
            postgresql_where="allowed",
        ),
    )

    profile_id: Mapped[int] = mapped_column(ForeignKey("profiles.id"), primary_key=True)
    action: Mapped[str] = mapped_column(primary_key=True)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), primary_key=True)
    allowed: Mapped[bool]
    policies: Mapped[list[str]]
