"""A vault in memory, and the few things that its tests hold still."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import cast
from uuid import UUID

import obstore
from obstore.store import MemoryStore

from app.access import Action, Permit, Subject
from app.core.ids import AttachmentId, RecordId
from app.vault import (
    Binding,
    BlobName,
    Cost,
    Envelope,
    Label,
    LocalKeys,
    Opened,
    S3Blobs,
    begin_seal,
    open_attachment,
)
from app.vault.stream import Opener, Sealer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
# A body without structure, a little over three segments long.
BODY = hashlib.shake_256(b"a body").digest(3 * (1 << 20) + 5000)
KEY = bytes(range(32))
BINDING = Binding(
    arrangement="sg-eu-2024",
    originator="imda",
    record=RecordId(UUID("01930000-0000-7000-8000-000000000001")),
    attachment=AttachmentId(UUID("01930000-0000-7000-8000-0000000000a1")),
    version=1,
)
LABEL = Label("RESTRICTED // REL TO EU", "singapore/1")
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)


class Bytes:
    """A `ReadAt` over bytes."""

    blocks = False

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size_bytes = len(data)

    def read_into(self, offset_bytes: int, buffer: memoryview) -> int:
        piece = self._data[offset_bytes : offset_bytes + len(buffer)]
        buffer[: len(piece)] = piece
        return len(piece)


def sealed(plaintext: bytes, key: bytes = KEY, associated_data: bytes = b"ad") -> bytes:
    """Give the sealed stream of `plaintext`, with a salt and prefix that are always the same."""
    sink = BytesIO()
    sealer = Sealer(sink, key, associated_data, lambda count: b"\x07" * count)
    sealer.feed(plaintext)
    sealer.finish()
    return sink.getvalue()


def opened(stream: bytes, key: bytes = KEY, associated_data: bytes = b"ad") -> bytes:
    opener = Opener(Bytes(stream), key, associated_data)
    return b"".join(opener.read_segments(0, opener.plaintext_size))


@dataclass(frozen=True)
class FakePermit:
    """The two things about a permit that the vault looks at."""

    action: Action
    subject: Subject


def permit(action: Action = Action.DOWNLOAD, subject: Subject | None = None) -> Permit:
    allowed = subject or Subject("attachment", BINDING.attachment)
    return cast(Permit, FakePermit(action, allowed))


class Vault:
    """Local keys in a real file, blobs in memory, and the verbs with everything filled in."""

    def __init__(self, folder: Path) -> None:
        self.keys = LocalKeys(folder / "keys" / "keys.json", "open", now=lambda: NOON, cost=CHEAP)
        self.key = self.keys.create_key("imda")
        self.store = MemoryStore()
        self.blobs = S3Blobs(self.store)

    def seal(self, plaintext: bytes, binding: Binding = BINDING, label: Label = LABEL) -> Envelope:
        with begin_seal(binding, label, keys=self.keys, blobs=self.blobs) as sealing:
            sealing.write(plaintext)
            return sealing.finish().envelope

    def open(self, envelope: Envelope, binding: Binding = BINDING, label: Label = LABEL) -> Opened:
        allowed = permit(subject=Subject("attachment", binding.attachment))
        return open_attachment(allowed, envelope, binding, label, keys=self.keys, blobs=self.blobs)

    def read(self, envelope: Envelope, binding: Binding = BINDING, label: Label = LABEL) -> bytes:
        with self.open(envelope, binding, label) as attachment:
            return b"".join(attachment.chunks())

    def body(self, name: BlobName) -> bytes:
        return bytes(obstore.get(self.store, name).bytes())

    def put(self, name: BlobName, body: bytes) -> None:
        obstore.put(self.store, name, body)


def other(**changes: object) -> Binding:
    """Give the binding of another attachment, differing in what is named."""
    return replace(BINDING, **changes)  # type: ignore[arg-type]
