"""Tables of identity: credentials, sessions, API clients and attempts to sign in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class CredentialRow(Base):
    """A person's password (argon2id, PHC string) and second factor.

    A password with `password_expires_at` was given by an administrator, and opens nothing but the
    page where its owner chooses another. `totp_secret` is sealed under the deployment's identity
    key, and counts once `totp_confirmed_at` is set; `totp_last_step` is the last time step that
    was accepted, so that no code works twice (RFC 6238, section 5.2).
    """

    __tablename__ = "credentials"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    password_hash: Mapped[str]
    password_changed_at: Mapped[datetime]
    password_expires_at: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    last_signed_in_at: Mapped[datetime | None]


class SessionRow(Base):
    """A browser session; only the SHA-256 of its secret is kept.

    One that waits for a second factor or a new password lets nothing else through.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("waits_for IN ('second-factor', 'new-password')", name="waits_for"),
    )

    secret_hash: Mapped[bytes] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    assurance: Mapped[str]
    waits_for: Mapped[str | None]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiClientRow(Base):
    """An API client of a person; its secret is kept as a SHA-256 of 256 random bits."""

    __tablename__ = "api_clients"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    secret_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RevokedTokenRow(Base):
    """A token that was revoked before its end, until that end."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class AttemptRow(Base):
    """A failed attempt, counted by bucket (a hash of an e-mail or an address)."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_bucket_at", "bucket", "at"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    bucket: Mapped[bytes]
    at: Mapped[datetime]


class HandedSignInRow(Base):
    """That somebody gave a person a password, or took their second factor away; never undone.

    Until the person notices, whoever did could sign in as them.
    """

    __tablename__ = "handed_sign_ins"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    handed_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    handed_at: Mapped[datetime]
