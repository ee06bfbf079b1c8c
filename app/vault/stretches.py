"""An upload that may break: each unbroken stretch of it is a sealed stream of its own.

A stream that was cut is never gone on with: its next segment might already have been sealed, and
two plaintexts under one nonce give both away, and the key that authenticates them. All streams are
under the upload's one data key, of which HKDF makes a key for each with its random salt. The first
is bound as the attachment's own, so that an upload in one stretch is the attachment; a later one is
bound to where it starts. A stretch has no last segment: no part of a file opens as the whole.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.canonical import canonical_bytes
from app.vault.blobs import BlobStore
from app.vault.envelope import Binding, Label, Wrapping, unwrap_key, wrap_new_key
from app.vault.errors import NotAuthentic
from app.vault.keys import KeyProvider
from app.vault.service import Sealed, Sealing, Stretch
from app.vault.stream import RandomBytes, read_cut


@dataclass(frozen=True, slots=True)
class Upload:
    """What the stretches of one upload are bound to, and the wrapped key that seals them."""

    binding: Binding
    label: Label
    wrapping: Wrapping

    def associated_data(self, start: int) -> bytes:
        """Give what a stretch that starts at this byte is bound to."""
        whole = self.binding.associated_data()
        if start == 0:
            return whole
        return canonical_bytes({"use": "entente/stretch/v1", "of": whole.decode(), "start": start})


def begin_upload(
    binding: Binding, label: Label, *, keys: KeyProvider, random_bytes: RandomBytes = os.urandom
) -> Upload:
    """Make and wrap the data key of an upload.

    Raises:
        KeyUnavailable: the originator has no key, or the key provider does not answer.
    """
    _, wrapping = wrap_new_key(binding, label, keys, random_bytes)
    return Upload(binding, label, wrapping)


def seal_stretch(
    upload: Upload,
    start: int,
    *,
    keys: KeyProvider,
    blobs: BlobStore,
    limit_bytes: int | None = None,
) -> Sealing:
    """Begin to seal the bytes of an upload from `start` on; `finish` it only where that is all.

    Raises:
        NotAuthentic, KeyDestroyed, KeyUnavailable: as `open_attachment` tells.
        StoreUnavailable: the blob store does not answer.
    """
    data_key = unwrap_key(upload.wrapping, upload.binding, upload.label, keys)
    return Sealing(
        data_key,
        upload.wrapping,
        upload.associated_data(start),
        blobs=blobs,
        start=start,
        limit_bytes=limit_bytes,
    )


def join(
    upload: Upload, stretches: Sequence[Stretch], *, keys: KeyProvider, blobs: BlobStore
) -> Sealed:
    """Seal all stretches of an upload again, as one stream; a segment at a time is in memory.

    Raises:
        NotAuthentic: a stretch is not the one that was sealed, or one is lacking.
        KeyDestroyed, KeyUnavailable, BlobMissing, StoreUnavailable: as `open_attachment` tells.
    """
    data_key = unwrap_key(upload.wrapping, upload.binding, upload.label, keys)
    whole = Sealing(data_key, upload.wrapping, upload.associated_data(0), blobs=blobs)
    with whole:
        for stretch in stretches:
            if stretch.start != whole.size_bytes:
                raise NotAuthentic
            for piece in _read(upload, stretch, data_key, blobs):
                whole.write(piece)
        return whole.finish()


def _read(
    upload: Upload, stretch: Stretch, data_key: bytes, blobs: BlobStore
) -> Iterator[memoryview]:
    source = blobs.open(stretch.blob)
    try:
        bound = upload.associated_data(stretch.start)
        yield from read_cut(source, data_key, bound, stretch.size_bytes)
    finally:
        source.close()
