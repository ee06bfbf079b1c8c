"""An upload under way as its row tells it, and as whoever takes it further needs it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.ids import AttachmentId, RecordId, VersionId
from app.records.models import UploadRow
from app.records.queries import Version
from app.records.views import AttachingFacts
from app.vault import (
    AnotherFile,
    Binding,
    Envelope,
    NotAuthentic,
    Sealed,
    Stretch,
    Upload,
    Wrapping,
    blob_name,
    salted,
)
from app.vault import Label as SealLabel


@dataclass(frozen=True)
class Incoming:
    """What is told of a file before it comes; `metadata` is as the sender wrote it."""

    name: str
    media_type: str
    size_bytes: int
    metadata: str = ""
    sha256: bytes | None = None


@dataclass(frozen=True)
class UploadView:
    """How far an upload is; `attachment_id` is what it became, once it did."""

    id: UUID
    size_bytes: int
    offset_bytes: int
    metadata: str
    expires_at: datetime
    attachment_id: AttachmentId | None


@dataclass(frozen=True)
class Claimed:
    """An upload that this request alone takes further, and all that sealing its bytes needs."""

    id: UUID
    claim: UUID
    facts: AttachingFacts
    upload: Upload
    name: str
    media_type: str
    size_bytes: int
    stretches: tuple[Stretch, ...]
    envelope: Envelope | None
    expected: tuple[bytes, bytes] | None
    expires_at: datetime
    attachment_id: AttachmentId | None

    @property
    def offset_bytes(self) -> int:
        """Give where the next byte belongs."""
        if self.envelope or self.attachment_id:
            return self.size_bytes
        return sum(stretch.size_bytes for stretch in self.stretches)

    def check_whole(self, sealed: Sealed) -> None:
        """Check that all of it is the file that its sender announced.

        Raises:
            AnotherFile: it has another SHA-256 than was named.
            NotAuthentic: it has another size, so what was kept is not what arrived.
        """
        if sealed.size_bytes != self.size_bytes:
            raise NotAuthentic
        if self.expected and salted(self.expected[0], sealed.sha256) != self.expected[1]:
            raise AnotherFile


def claimed_of(row: UploadRow, version: Version, claim: UUID, arrangement: str) -> Claimed:
    """Give the upload of a row to the request that has claimed it."""
    attachment_id = AttachmentId(row.attachment_id)
    binding = Binding(
        arrangement=arrangement,
        originator=version.row.originator,
        record=RecordId(version.row.record_id),
        attachment=attachment_id,
        version=version.row.number,
    )
    label = SealLabel(row.seal_marking, row.scheme_version)
    salt, expected = row.expected_salt, row.expected_hash
    return Claimed(
        id=row.id,
        claim=claim,
        facts=AttachingFacts(VersionId(row.version_id), attachment_id, binding, label, row.label),
        upload=Upload(binding, label, Wrapping.from_json(row.wrapping)),
        name=row.name,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        stretches=tuple(map(stretch_of, row.stretches)),
        envelope=Envelope.from_json(row.sealed) if row.sealed else None,
        expected=(salt, expected) if salt and expected else None,
        expires_at=row.expires_at,
        attachment_id=attachment_id if row.attached_at else None,
    )


def stretch_of(stored: dict[str, Any]) -> Stretch:
    """Read a stretch as the row keeps it."""
    return Stretch(blob_name(stored["blob"]), int(stored["start"]), int(stored["size_bytes"]))


def stretch_json(stretch: Stretch) -> dict[str, Any]:
    """Give a stretch as the row keeps it."""
    return {"blob": stretch.blob, "start": stretch.start, "size_bytes": stretch.size_bytes}


def view_of(row: UploadRow) -> UploadView:
    """Tell how far the upload of a row is."""
    return UploadView(
        id=row.id,
        size_bytes=row.size_bytes,
        offset_bytes=row.offset_bytes,
        metadata=row.metadata_,
        expires_at=row.expires_at,
        attachment_id=AttachmentId(row.attachment_id) if row.attached_at else None,
    )
