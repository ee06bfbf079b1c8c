"""Tables of records, versions, portions and attachments; row-level security holds on each."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class RecordRow(Base):
    """A thing exchanged. Visible to whom any of its versions is visible."""

    __tablename__ = "records"
    __table_args__ = (UniqueConstraint("id", "owner", "originator"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    owner: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    originator: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]


class VersionRow(Base):
    """A numbered version; immutable once submitted but for its state.

    `audience_id` is its title's: who may see the title may see that the version exists, and its
    kind, area, language and dates. `edition` counts amendments, for optimistic locking.
    """

    __tablename__ = "versions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["record_id", "owner", "originator"],
            ["records.id", "records.owner", "records.originator"],
            name="fk_versions_record",
        ),
        UniqueConstraint("record_id", "number"),
        CheckConstraint(
            "state IN ('draft', 'submitted', 'released', 'superseded', 'withdrawn')", name="state"
        ),
        Index(
            "uq_versions_open",
            "record_id",
            unique=True,
            postgresql_where="state IN ('draft', 'submitted')",
        ),
        Index(
            "uq_versions_released", "record_id", unique=True, postgresql_where="state = 'released'"
        ),
        Index("ix_versions_newest", "released_at", "id", postgresql_where="state = 'released'"),
        Index(
            "ix_versions_audience_newest",
            "audience_id",
            "released_at",
            "id",
            postgresql_where="state = 'released'",
        ),
        Index("ix_versions_batch", "batch_id"),
        Index(
            "ix_versions_review_by",
            "review_by",
            postgresql_where="state = 'released' AND review_by IS NOT NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    number: Mapped[int]
    state: Mapped[str]
    owner: Mapped[str]
    originator: Mapped[str]
    kind: Mapped[str]
    area: Mapped[str]
    language: Mapped[str]
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))
    edition: Mapped[int]
    change_note: Mapped[str]
    review_by: Mapped[date | None]
    writers: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))
    batch_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    amended_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    submitted_at: Mapped[datetime | None]
    released_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    released_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class PortionRow(Base):
    """A marked part of a version: its title, summary, the fields of its kind, or a section.

    `words` is what search looks at, made from heading and body by the portion's language. `gap`:
    who sees the title but not this part may see that something is left out here.
    """

    __tablename__ = "portions"
    __table_args__ = (
        UniqueConstraint("version_id", "position", deferrable=True, initially="DEFERRED"),
        CheckConstraint("role IN ('title', 'summary', 'fields', 'section')", name="role"),
        Index("ix_portions_words", "words", postgresql_using="gin"),
        Index("ix_portions_audience_id", "audience_id"),
        Index("ix_portions_record_id", "record_id"),
        Index("ix_portions_source_id", "source_id", postgresql_where="source_id IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    record_id: Mapped[UUID]
    position: Mapped[int]
    role: Mapped[str]
    heading: Mapped[str]
    body: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    language: Mapped[str]
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))
    gap: Mapped[bool] = mapped_column(server_default="false")
    words: Mapped[Any] = mapped_column(TSVECTOR)
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"))


class SourceRow(Base):
    """Where a quoted part comes from; written once, and in sight with the part that carries it.

    `originator` is the first one's, however many hands it passed through; `upstream` is the link
    that the quoted part itself had. `label` is what the quoted part was marked: never less here.
    """

    __tablename__ = "sources"
    __table_args__ = (
        Index("ix_sources_record_id", "record_id"),
        Index("ix_sources_upstream", "upstream", postgresql_where="upstream IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id"))
    part_id: Mapped[UUID]
    reference: Mapped[str]
    number: Mapped[int]
    owner: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    originator: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    content_hash: Mapped[bytes]
    label: Mapped[dict[str, Any]]
    upstream: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"))
    quoted_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    quoted_at: Mapped[datetime]


class AttachmentRow(Base):
    """A sealed file of a version. `envelope` holds its wrapped key and what it is bound to.

    `cleaned` is the same of the copy that the inspection made of it without what it hides, where
    there is one; `leaves` says which of the two is released, shown and downloaded.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        Index("ix_attachments_version_id", "version_id", "position"),
        Index("ix_attachments_leaving", text("entente_leaving(leaves, blob, cleaned)")),
        Index("ix_attachments_key", text("(envelope #>> '{sealed,key_id}'::text[])")),
        Index(
            "ix_attachments_cleaned_key",
            text("(cleaned #>> '{sealed,key_id}'::text[])"),
            postgresql_where="cleaned IS NOT NULL",
        ),
        CheckConstraint(
            "leaves = 'original' OR (leaves = 'cleaned' AND cleaned IS NOT NULL)", name="leaves"
        ),
        Index("ix_attachments_source_id", "source_id", postgresql_where="source_id IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    record_id: Mapped[UUID]
    position: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), index=True)
    blob: Mapped[str] = mapped_column(index=True)
    envelope: Mapped[dict[str, Any]] = mapped_column(JSONB)
    leaves: Mapped[str] = mapped_column(server_default="original")
    cleaned: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    added_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    added_at: Mapped[datetime]
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"))


class InspectionRow(Base):
    """What was found in a sealed file, by its blob: a revision carries bytes and report alike.

    The rows that wait are the queue, and only functions of the database write here. `outline` is
    the report without a word of the file, `report` all of it, sealed under the file's own key.
    """

    __tablename__ = "inspections"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
        CheckConstraint(
            "(state = 'done') ="
            " (outline IS NOT NULL AND report IS NOT NULL AND inspected_at IS NOT NULL)",
            name="done",
        ),
        Index(
            "ix_inspections_waiting",
            "requested_at",
            postgresql_where="state IN ('waiting', 'running')",
        ),
    )

    blob: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default="waiting")
    requested_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    inspected_at: Mapped[datetime | None]
    inspector: Mapped[str] = mapped_column(server_default="")
    outline: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    report: Mapped[bytes | None]
    failure: Mapped[str] = mapped_column(server_default="")


class TombstoneRow(Base):
    """What remains of a withdrawn version for those who could read its title before.

    `successor_id` is another record that it gave way to, where somebody named one.
    """

    __tablename__ = "tombstones"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id"), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(index=True)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))
    number: Mapped[int]
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("records.id", ondelete="SET NULL"))
    reference: Mapped[str]
    reason: Mapped[str]
    withdrawn_at: Mapped[datetime]


class FileTextRow(Base):
    """The text of a file that search may look at, by its blob; `words` as a portion's."""

    __tablename__ = "file_texts"
    __table_args__ = (Index("ix_file_texts_words", "words", postgresql_using="gin"),)

    blob: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str]
    body: Mapped[str]
    words: Mapped[Any] = mapped_column(TSVECTOR)


class FacetRow(Base):
    """How many released versions of an audience have a value in a dimension.

    Kept by a trigger on `versions`, so that counts over what a person may see are exact and cost
    the number of audiences, not of records. The dimension `changes` counts how often any of it has
    changed, and so only grows.
    """

    __tablename__ = "facets"
    __table_args__ = (
        Index(
            "ix_facets_changes", "audience_id", "count", postgresql_where="dimension = 'changes'"
        ),
    )

    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class TallyRow(Base):
    """How many released versions of an audience are alike in all that lists are restricted to.

    Kept as `facets` are: for counts under several restrictions at once.
    """

    __tablename__ = "tallies"

    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    area: Mapped[str] = mapped_column(primary_key=True)
    originator: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]


class ImportRow(Base):
    """A row of a manifest that was imported, so that running it again doubles nothing."""

    __tablename__ = "imports"

    owner: Mapped[str] = mapped_column(ForeignKey("organisations.slug"), primary_key=True)
    row_hash: Mapped[bytes] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("records.id"))
    batch_id: Mapped[UUID] = mapped_column(index=True)
    imported_at: Mapped[datetime]


class UploadRow(Base):
    """A file that is arriving for a draft, by one person, over as many connections as it takes.

    `stretches` are what arrived, in order; `sealed` is the envelope of the whole once all of it did
    and until it is attached. `claim` names the request that is taking bytes, until it ends or has
    not been heard of since `claimed_until`. The SHA-256 that the sender named is kept salted.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        CheckConstraint("offset_bytes BETWEEN 0 AND size_bytes", name="offset_bytes"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(
        ForeignKey("versions.id", ondelete="CASCADE"), index=True
    )
    attachment_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    metadata_: Mapped[str] = mapped_column("metadata")
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    offset_bytes: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[dict[str, Any]] = mapped_column(JSONB)
    seal_marking: Mapped[str]
    scheme_version: Mapped[str]
    wrapping: Mapped[dict[str, Any]] = mapped_column(JSONB)
    stretches: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    sealed: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    expected_salt: Mapped[bytes | None]
    expected_hash: Mapped[bytes | None]
    attached_at: Mapped[datetime | None]
    claim: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]
    begun_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class CopyRow(Base):
    """A marked copy that left, by its number; the entry of the log says who took it."""

    __tablename__ = "copies"
    __table_args__ = (
        CheckConstraint(
            "number ~ '^C-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}$'", name="number"
        ),
    )

    number: Mapped[str] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    attachment_id: Mapped[UUID]
    made_at: Mapped[datetime]


class GrantRow(Base):
    """That one person may read what an originator holds in a record, until an end; see `Grant`.

    Nothing but its end before time is ever written in it.
    """

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("until > granted_at", name="until"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("records.id"), index=True)
    originator: Mapped[str] = mapped_column(ForeignKey("organisations.slug"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    until: Mapped[datetime] = mapped_column(index=True)
    granted_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    granted_at: Mapped[datetime]
    request_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
