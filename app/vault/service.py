"""The vault's verbs: seal an attachment into a store, and open it again with a permit.

The order that survives a crash: seal (the blob is temporary); write the row and the event; commit;
`promote` the blob; `sweep` removes what no row names.
"""

import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from typing_extensions import Buffer

from app.access import SEEING, Permit, PortalAction, Subject
from app.vault.blobs import BlobName, BlobReader, BlobStore, BlobWriter
from app.vault.envelope import (
    SALT_BYTES,
    Binding,
    Envelope,
    Label,
    Wrapping,
    unwrap_key,
    wrap_new_key,
)
from app.vault.errors import AnotherFile, NotAuthentic, OverLimit, WrongPermit
from app.vault.keys import KeyProvider
from app.vault.stream import Opener, RandomBytes, Sealer

OPENING = SEEING | {PortalAction.INSPECT}


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a finished sealing leaves: `envelope.as_json()` belongs in the attachment's row.

    `sha256` is of the plaintext, for its sender to compare; it is told to nobody else and kept
    nowhere, so that it is empty where the sealing is not this moment's.
    """

    envelope: Envelope
    blob: BlobName
    size_bytes: int
    sha256: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes of an upload that arrived unbroken: `size_bytes` from `start` on, sealed in a blob."""

    blob: BlobName
    start: int
    size_bytes: int


def begin_seal(
    binding: Binding,
    label: Label,
    *,
    keys: KeyProvider,
    blobs: BlobStore,
    limit_bytes: int | None = None,
    random_bytes: RandomBytes = os.urandom,
) -> "Sealing":
    """Begin to seal an attachment; the key is wrapped first, so that nothing is written in vain.

    Args:
        limit_bytes: the largest plaintext that is taken.

    Raises:
        KeyUnavailable: the originator has no key, or the key provider does not answer.
        StoreUnavailable: the blob store does not answer.
    """
    data_key, wrapping = wrap_new_key(binding, label, keys, random_bytes)
    return Sealing(
        data_key,
        wrapping,
        binding.associated_data(),
        blobs=blobs,
        limit_bytes=limit_bytes,
        random_bytes=random_bytes,
    )


class Sealing:
    """An attachment that is being sealed; leaving its `with` unfinished leaves nothing behind.

    With a `start` that is not 0 it seals a later stretch of an upload, which only `cut` ends.
    """

    def __init__(
        self,
        data_key: bytes,
        wrapping: Wrapping,
        associated_data: bytes,
        *,
        blobs: BlobStore,
        start: int = 0,
        limit_bytes: int | None = None,
        random_bytes: RandomBytes = os.urandom,
    ) -> None:
        self._wrapping = wrapping
        self._start = start
        self._content_salt = random_bytes(SALT_BYTES)
        self._content = hashlib.sha256()
        self._limit_bytes = limit_bytes
        self._finished = False
        self.size_bytes = 0
        self._blob: BlobWriter = blobs.create()
        self._sealer = Sealer(
            self._blob, data_key, associated_data, random_bytes, beside=self._content.update
        )

    @property
    def blocks(self) -> bool:
        """Say whether `write` waits for a network, and so must run off the event loop."""
        return self._blob.blocks

    def write(self, chunk: Buffer) -> None:
        """Seal `chunk`; the buffer may be reused afterwards.

        Raises:
            OverLimit: the limit is passed; at once, not at the end.
            StoreUnavailable: the blob store does not answer or is full.
        """
        view = memoryview(chunk).cast("B")
        self.size_bytes += len(view)
        if self._limit_bytes is not None and self.size_bytes > self._limit_bytes:
            raise OverLimit(f"an attachment has at most {self._limit_bytes:,} bytes")
        self._sealer.feed(view)

    def sync(self) -> Stretch | None:
        """Let what was sealed so far survive a crash, and give it; a thread may, beside `write`.

        None where there is nothing yet, or where the store keeps nothing before its end.
        """
        size_bytes = self._sealer.written_bytes
        if not size_bytes or not self._blob.sync():
            return None
        return Stretch(self._blob.name, self._start, size_bytes)

    def cut(self, expected_sha256: bytes | None = None) -> Stretch:
        """Keep what arrived as a stretch, durable; it never opens as a whole attachment.

        Raises:
            AnotherFile: its bytes are not those that were expected; leave the `with`.
        """
        self._sealer.cut()
        self._check(expected_sha256)
        self._blob.close()
        self._finished = True
        return Stretch(self._blob.name, self._start, self.size_bytes)

    def leave(self) -> None:
        """Write nothing more, and leave what `sync` gave where it is: a row may name it."""
        self._blob.close()
        self._finished = True

    def finish(self, expected_sha256: bytes | None = None) -> Sealed:
        """Write the last segment and make the blob durable, which waits for the disk or network.

        Raises:
            AnotherFile: the bytes are not those that were expected; leave the `with`.
        """
        if self._start:
            raise ValueError("a later stretch is no attachment of its own")
        self._sealer.finish()
        digest = self._check(expected_sha256)
        self._blob.close()
        self._finished = True
        wrapping = self._wrapping
        envelope = Envelope(
            blob=self._blob.name,
            size_bytes=self.size_bytes,
            key_id=wrapping.key_id,
            wrapped_key=wrapping.wrapped_key,
            commitment_salt=wrapping.commitment_salt,
            commitment=wrapping.commitment,
            content_salt=self._content_salt,
            content_hash=salted(self._content_salt, digest),
        )
        return Sealed(envelope, envelope.blob, envelope.size_bytes, digest)

    def _check(self, expected: bytes | None) -> bytes:
        digest = self._content.digest()
        if expected is not None and not hmac.compare_digest(digest, expected):
            raise AnotherFile
        return digest

    def abort(self) -> None:
        """Leave nothing of it behind; after `finish` this does nothing."""
        if not self._finished:
            self._finished = True
            self._blob.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()


def salted(salt: bytes, digest: bytes) -> bytes:
    """Give what may be kept of a hash: it says nothing of a guessable file without the salt."""
    return hmac.digest(salt, digest, "sha256")


def open_attachment(
    permit: Permit,
    envelope: Envelope,
    binding: Binding,
    label: Label,
    *,
    keys: KeyProvider,
    blobs: BlobStore,
) -> "Opened":
    """Open an attachment for whoever holds a permit to see it; no byte is let out yet.

    The commitment is checked before any segment is opened, and the last segment is opened before
    this returns: the length is right, or this raises.

    Args:
        binding: of the attachment that the permit is for, from the caller's row.
        label: the marking that the caller's row has now.

    Raises:
        WrongPermit: the permit is for another act or another attachment.
        KeyDestroyed, KeyUnavailable: as the key provider says.
        BlobMissing, StoreUnavailable: as the blob store says.
        NotAuthentic: marking, attachment, key, envelope and body do not all belong together.
    """
    if permit.action not in OPENING or permit.subject != _subject(binding):
        raise WrongPermit
    data_key = unwrap_key(envelope, binding, label, keys)
    source = blobs.open(envelope.blob)
    try:
        opener = Opener(source, data_key, binding.associated_data())
        if opener.plaintext_size != envelope.size_bytes:
            raise NotAuthentic
    except BaseException:
        source.close()
        raise
    return Opened(opener, source, envelope)


def _subject(binding: Binding) -> Subject:
    return Subject("attachment", binding.attachment)


class Opened:
    """An attachment that may be served; close it, or use it in a `with`."""

    def __init__(self, opener: Opener, source: BlobReader, envelope: Envelope) -> None:
        self._opener = opener
        self._source = source
        self._envelope = envelope
        self.size_bytes = opener.plaintext_size

    @property
    def blocks(self) -> bool:
        """Say whether `chunks` waits for a network, and so must run off the event loop."""
        return self._source.blocks

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[memoryview]:
        """Yield the bytes from `start` up to, not including, `stop`, in pieces of at most 1 MiB.

        Each piece is authentic and owns its memory. One of a local file takes about a third of a
        millisecond: iterate on the event loop unless `blocks`; then four at a time in a thread.

        Raises:
            ValueError: the range does not lie within the attachment.
            NotAuthentic: what follows was altered; what was yielded before was authentic.
        """
        return self._opener.read_segments(start, self.size_bytes if stop is None else stop)

    def check_content(self) -> None:
        """Check the whole body against the hash in its envelope.

        This is what shows a body that somebody who once held the data key has written anew.

        Raises:
            NotAuthentic: the body is another than the one that was sealed.
        """
        content = hashlib.sha256()
        for piece in self.chunks():
            content.update(piece)
        kept = salted(self._envelope.content_salt, content.digest())
        if not hmac.compare_digest(kept, self._envelope.content_hash):
            raise NotAuthentic

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
