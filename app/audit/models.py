"""Tables of the journal. Nobody may change or delete a row; a trigger refuses even the owner."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.core.database import Base


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Name the type in DDL."""
        return "xid8"


class EntryRow(Base):
    """One event. `entry` is the canonical JSON that the log's leaf hashes; the rest is for asking.

    Rows have no index in the log yet and take no lock: a sequencer gives indices in an order that
    is safe against late commits, by `transaction` below the oldest one still running.
    """

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_at_id", "at", "id"),
        Index("ix_journal_subject", "subject", "at"),
        Index("ix_journal_actor", "actor", "at"),
        Index("ix_journal_organisations", "organisations", postgresql_using="gin"),
        Index("ix_journal_type", "type", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    transaction: Mapped[int] = mapped_column(
        Xid8, server_default=text("pg_current_xact_id()"), index=True
    )
    at: Mapped[datetime]
    entry: Mapped[bytes]
    leaf_hash: Mapped[bytes]
    type: Mapped[str]
    subject: Mapped[str]
    actor: Mapped[str]
    organisation: Mapped[str]
    organisations: Mapped[list[str]]
    decision: Mapped[str]
    policies: Mapped[list[str]]
    audience_id: Mapped[int | None] = mapped_column(index=True)
    markings: Mapped[list[str]]
    served_bytes: Mapped[int] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class IndexRow(Base):
    """The place of an entry in the log, given once by the sequencer."""

    __tablename__ = "journal_indices"

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("journal.id"), unique=True)


class AddressRow(Base):
    """The address that an entry's request came from: personal, beside the log, and erasable.

    The entry holds SHA-256(salt, address) only.
    """

    __tablename__ = "journal_addresses"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    address: Mapped[str]
    salt: Mapped[bytes]
