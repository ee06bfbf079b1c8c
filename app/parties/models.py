"""Tables of parties, organisations, agreements, people, groups and terms of use."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    func,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class PartyRow(Base):
    """A signatory side; `scheme` is the marking scheme that its people think in."""

    __tablename__ = "parties"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    scheme: Mapped[str]


class OrganisationRow(Base):
    """An authority of a party, or a partner that a party sponsors (`party` is the sponsor)."""

    __tablename__ = "organisations"
    __table_args__ = (CheckConstraint("kind IN ('authority', 'partner')", name="kind"),)

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    party: Mapped[str] = mapped_column(ForeignKey("parties.code"))
    active: Mapped[bool]


class AgreementRow(Base):
    """Under what an organisation takes part; `ceiling` is a marking as text."""

    __tablename__ = "agreements"
    __table_args__ = (CheckConstraint("valid_from < valid_until", name="window"),)

    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug"), primary_key=True)
    title: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    ceiling: Mapped[str]
    areas: Mapped[list[str]]


class PersonRow(Base):
    """Somebody who works for one organisation; `clearance` is a marking as text.

    Once `erased_at` is set, name and e-mail address are pseudonyms, and stay so.
    """

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint(
            "NOT (roles && ARRAY['auditor', 'system_administrator']"
            " AND roles && ARRAY['contributor', 'release_authority', 'reader'])",
            name="oversight_without_content",
        ),
        CheckConstraint(
            "roles <@ ARRAY['contributor', 'release_authority', 'reader', 'auditor',"
            " 'organisation_administrator', 'system_administrator']",
            name="known_roles",
        ),
        Index("uq_people_email", func.lower(literal_column("email")), unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug"), index=True)
    roles: Mapped[list[str]]
    clearance: Mapped[str | None]
    active: Mapped[bool]
    admitted_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class DelegationRow(Base):
    """Who holds release authority for whom, from `since` to `until`, exclusive, while not ended."""

    __tablename__ = "delegations"
    __table_args__ = (
        CheckConstraint("since < until", name="window"),
        CheckConstraint("delegator_id <> deputy_id", name="two_people"),
        Index("ix_delegations_deputy_id", "deputy_id", postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    delegator_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    deputy_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    reason: Mapped[str]
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class StandingRow(Base):
    """How a person stood from a moment on, until their next row: the facts that policies look at.

    `profile_id` is their profile with a second factor, the strongest that everybody can ask under.
    """

    __tablename__ = "standings"
    __table_args__ = (Index("ix_standings_person_id_at", "person_id", "at", "id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("profiles.id"))


class GroupRow(Base):
    """A named set of people and organisations that a marking can be releasable to."""

    __tablename__ = "groups"

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class GroupPersonRow(Base):
    """A person's membership of a group."""

    __tablename__ = "group_people"

    group: Mapped[str] = mapped_column(ForeignKey("groups.slug"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)


class GroupOrganisationRow(Base):
    """An organisation's membership of a group."""

    __tablename__ = "group_organisations"

    group: Mapped[str] = mapped_column(ForeignKey("groups.slug"), primary_key=True)
    organisation: Mapped[str] = mapped_column(
        ForeignKey("organisations.slug"), primary_key=True, index=True
    )


class TermsRow(Base):
    """One version of a text that must be accepted before reading; never written anew."""

    __tablename__ = "terms"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
        CheckConstraint("version > 0", name="version"),
    )

    slug: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    title: Mapped[str]
    body: Mapped[str]
    issued_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    issued_at: Mapped[datetime]


class TermsAcceptanceRow(Base):
    """That a person accepted one version of a text, and when; never written anew."""

    __tablename__ = "terms_acceptances"
    __table_args__ = (ForeignKeyConstraint(["slug", "version"], ["terms.slug", "terms.version"]),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True, index=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    accepted_at: Mapped[datetime]
