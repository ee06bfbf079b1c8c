"""Tables of the journal and the log. A trigger refuses, even to the owner, to rewrite them.

Source of the tree's shape: c2sp.org/tlog-tiles.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
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
    """One event, as written in the transaction of the act: `entry` is its canonical JSON.

    A row takes no lock and has no place yet. The sequencer gives places in the order of
    `transaction` and `position`, below the oldest transaction that still runs.
    """

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_transaction_position", "transaction", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    transaction: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    entry: Mapped[bytes]
    leaf_hash: Mapped[bytes]


class AddressRow(Base):
    """The address that an entry's request came from: personal, beside the log, and erasable.

    The entry holds SHA-256(salt, address) only.
    """

    __tablename__ = "journal_addresses"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    address: Mapped[str]
    salt: Mapped[bytes]


class TextRow(Base):
    """What a person typed: personal, beside the log, and erasable.

    The entry's details hold SHA-256(salt, value) only, as `<name>_commitment`.
    """

    __tablename__ = "journal_texts"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    salt: Mapped[bytes]


class LogRow(Base):
    """One log; a year has one, and one more after each recovery.

    When it began, `began_with` entries were placed at once, and every row of the journal of a
    transaction below `after` had a place.
    """

    __tablename__ = "logs"
    __table_args__ = (UniqueConstraint("origin"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    origin: Mapped[str]
    began_at: Mapped[datetime]
    reason: Mapped[str]
    began_with: Mapped[int] = mapped_column(BigInteger)
    after: Mapped[int] = mapped_column(Xid8)


class LoggedRow(Base):
    """An entry in its place; what is asked of it, read from the entry's own bytes."""

    __tablename__ = "log_entries"
    __table_args__ = (
        UniqueConstraint("entry_id"),
        Index("ix_log_entries_at", "at", "log", "index"),
        Index("ix_log_entries_actor_at", "actor", "at"),
        Index(
            "ix_log_entries_record_at", "record", "at", postgresql_where=text("record IS NOT NULL")
        ),
        Index("ix_log_entries_type_at", "type", "at"),
        Index("ix_log_entries_organisation_at", "organisation", "at"),
        Index("ix_log_entries_subject_at", "subject", "at"),
        Index(
            "ix_log_entries_denied",
            *("at", "log", "index"),
            postgresql_where=text("decision = 'deny'"),
        ),
    )

    log: Mapped[int] = mapped_column(ForeignKey("logs.number"), primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    # Deferrable, since both rows go when their log has gone to an archive.
    entry_id: Mapped[UUID] = mapped_column(
        ForeignKey("journal.id", deferrable=True, initially="IMMEDIATE")
    )
    leaf_hash: Mapped[bytes]
    at: Mapped[datetime]
    type: Mapped[str]
    subject: Mapped[str]
    record: Mapped[UUID | None]
    actor: Mapped[UUID | None]
    organisation: Mapped[str]
    organisations: Mapped[list[str]]
    decision: Mapped[str]
    markings: Mapped[list[str]]
    audience_id: Mapped[int | None]
    served_bytes: Mapped[int] = mapped_column(BigInteger)
    door: Mapped[str]


class NodeRow(Base):
    """The root of a full subtree of 256**level entries: a hash of a tile at that level."""

    __tablename__ = "log_nodes"
    __table_args__ = (CheckConstraint("level > 0", name="level"),)

    log: Mapped[int] = mapped_column(ForeignKey("logs.number"), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class CheckpointRow(Base):
    """A signed checkpoint. Two cannot follow the same one: that is the compare-and-swap."""

    __tablename__ = "log_checkpoints"
    __table_args__ = (
        UniqueConstraint("log", "follows"),
        CheckConstraint("follows >= 0 AND size > follows", name="grows"),
    )

    log: Mapped[int] = mapped_column(ForeignKey("logs.number"), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    follows: Mapped[int] = mapped_column(BigInteger)
    root_hash: Mapped[bytes]
    signed_at: Mapped[datetime]
    note: Mapped[str]


class CosignatureRow(Base):
    """The newest signature line of a witness on a checkpoint."""

    __tablename__ = "log_cosignatures"
    __table_args__ = (
        ForeignKeyConstraint(["log", "size"], ["log_checkpoints.log", "log_checkpoints.size"]),
        Index("ix_log_cosignatures_log_vkey_size", "log", "vkey", "size"),
    )

    log: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    vkey: Mapped[str] = mapped_column(primary_key=True)
    cosigned_at: Mapped[datetime]
    line: Mapped[str]


class KeyRow(Base):
    """The public half of a key that signs, or signed, the checkpoints of a log."""

    __tablename__ = "log_keys"

    log: Mapped[int] = mapped_column(ForeignKey("logs.number"), primary_key=True)
    vkey: Mapped[str] = mapped_column(primary_key=True)
    added_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class ArchiveRow(Base):
    """An ended log whose entries lie in an archive, and no longer here; only the owner writes it.

    `manifest_hash` is the SHA-256 of the archive's manifest.
    """

    __tablename__ = "log_archives"
    __table_args__ = (CheckConstraint("octet_length(manifest_hash) = 32", name="manifest_hash"),)

    log: Mapped[int] = mapped_column(ForeignKey("logs.number"), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    manifest_hash: Mapped[bytes]
    archived_at: Mapped[datetime]
    archived_by: Mapped[str]
