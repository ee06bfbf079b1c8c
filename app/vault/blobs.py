"""Blob stores: what a store of sealed bodies must do, and how orphans leave it."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

from typing_extensions import Buffer

from app.vault.errors import BlobMissing
from app.vault.stream import RandomBytes, ReadAt

BlobName = NewType("BlobName", str)
_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)


def new_blob_name(random_bytes: RandomBytes) -> BlobName:
    """Make a name that says nothing about the attachment: 16 random bytes in hexadecimal."""
    return blob_name(random_bytes(16).hex())


def blob_name(text: str) -> BlobName:
    """Take `text` for a blob's name if it has the form of one, so that it is safe in a path.

    Raises:
        ValueError: it has another form.
    """
    if not _NAME.fullmatch(text):
        raise ValueError("a blob's name is 32 hexadecimal digits")
    return BlobName(text)


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob as the store lists it; `promoted` is false for one that no row may name yet."""

    name: BlobName
    size_bytes: int
    modified_at: datetime
    promoted: bool


class BlobWriter(Protocol):
    """A blob that is being written; `close` or `abort` ends it.

    `blocks` says whether `write` waits for a network, so must not hold a loop; `close` may always.
    """

    @property
    def name(self) -> BlobName: ...

    @property
    def blocks(self) -> bool: ...

    def write(self, data: Buffer, /) -> object: ...

    def sync(self) -> bool:
        """Make what was written so far durable, in a thread beside further writing.

        Tells whether that is so: some stores keep nothing of a blob before it is closed.
        """
        ...

    def close(self) -> None:
        """Make what was written durable: it survives the machine's loss of power."""
        ...

    def abort(self) -> None:
        """Leave nothing of it behind."""
        ...


class BlobReader(ReadAt, Protocol):
    """An open blob. `blocks` says whether reading waits for a network, so must not hold a loop."""

    @property
    def blocks(self) -> bool: ...

    def close(self) -> None: ...


class BlobStore(Protocol):
    """Keeps bodies under random names.

    A blob can be opened from the moment its writer was closed, since a row may be committed an
    instant before its blob is promoted. All methods raise `StoreUnavailable`.
    """

    def create(self) -> BlobWriter:
        """Begin a temporary blob under a new name."""
        ...

    def promote(self, name: BlobName) -> None:
        """Keep the blob for good, now that a row that names it is committed; may be repeated.

        Raises:
            BlobMissing: there is none.
        """
        ...

    def open(self, name: BlobName) -> BlobReader:
        """Open the blob for reading.

        Raises:
            BlobMissing: there is none.
        """
        ...

    def delete(self, name: BlobName) -> None:
        """Remove the blob; that it is gone already is fine."""
        ...

    def list(self) -> Iterator[BlobInfo]:
        """Tell every blob, half-written ones too."""
        ...


def sweep(blobs: BlobStore, known_names: Collection[str], older_than: datetime) -> list[BlobName]:
    """Remove the blobs that no row names, and promote the named ones that a crash left temporary.

    Args:
        known_names: the names in all committed rows, read *before* this call.
        older_than: spares younger orphans, whose row may be about to be committed; an hour or
            more ago is safe.

    Returns the names that were removed.
    """
    removed = []
    for blob in blobs.list():
        if blob.name in known_names:
            if not blob.promoted:
                _promote_if_there(blobs, blob.name)
        elif blob.modified_at < older_than:
            blobs.delete(blob.name)
            removed.append(blob.name)
    return removed


def _promote_if_there(blobs: BlobStore, name: BlobName) -> None:
    try:
        blobs.promote(name)
    except BlobMissing:
        # Its attachment was removed between the listing and now.
        return
