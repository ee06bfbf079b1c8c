"""Keeps blobs in an S3-compatible object store.

An object is invisible until its multipart upload is completed, so the store itself keeps temporary
blobs apart and promoting has nothing left to move (a copy would double the traffic and ends at
5 GiB). An upload that a crash interrupted is not listed as an object: give the bucket a lifecycle
rule that removes incomplete multipart uploads after a day.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, S3Store
from typing_extensions import Buffer

from app.vault.blobs import BlobInfo, BlobName, blob_name, new_blob_name
from app.vault.errors import BlobMissing, StoreUnavailable
from app.vault.stream import RandomBytes

# S3 allows 10,000 parts: 78 GiB. Two parts under way keep a writer under 32 MiB.
PART_BYTES = 8 << 20
PARTS_UNDER_WAY = 2
# Reading on in sequence fetches four segments in one request, which one thread hop then serves.
AHEAD_BYTES = 4 << 20
# A server that hangs is given up; a part of 8 MiB has this long on a slow line.
CONNECT_TIME = timedelta(seconds=5)
ANSWER_TIME = timedelta(seconds=60)
RETRY_TIME = timedelta(seconds=20)


def open_s3(url: str, *, endpoint: str | None = None) -> "S3Blobs":
    """Give the store at `s3://bucket/prefix`.

    Credentials, region and endpoint come from the usual `AWS_` variables or the machine's role.

    Args:
        endpoint: the server's URL where it is not AWS; plain `http:` is accepted only for it.
    """
    found = endpoint or os.environ.get("AWS_ENDPOINT_URL") or ""
    store = S3Store.from_url(
        url,
        config={"endpoint": found} if found else {},
        client_options={
            "allow_http": found.startswith("http:"),
            "connect_timeout": CONNECT_TIME,
            "timeout": ANSWER_TIME,
        },
        retry_config={"max_retries": 3, "retry_timeout": RETRY_TIME},
    )
    return S3Blobs(store)


class S3Blobs:
    """The `BlobStore` for more than one machine."""

    def __init__(self, store: ObjectStore, *, random_bytes: RandomBytes = os.urandom) -> None:
        self._store = store
        self._random_bytes = random_bytes

    def create(self) -> "ObjectWriter":
        return ObjectWriter(self._store, new_blob_name(self._random_bytes))

    def promote(self, name: BlobName) -> None:
        with _network():
            obstore.head(self._store, blob_name(name))

    def open(self, name: BlobName) -> "ObjectReader":
        with _network():
            size_bytes = obstore.head(self._store, blob_name(name))["size"]
        return ObjectReader(self._store, name, size_bytes)

    def delete(self, name: BlobName) -> None:
        with _network():
            obstore.delete(self._store, blob_name(name))

    def list(self) -> Iterator[BlobInfo]:
        with _network():
            for batch in obstore.list(self._store):
                for found in batch:
                    try:
                        name = blob_name(found["path"])
                    except ValueError:
                        continue  # Not ours: somebody shares the bucket.
                    yield BlobInfo(name, found["size"], found["last_modified"], promoted=True)


class ObjectWriter:
    """A multipart upload under way."""

    blocks = True

    def __init__(self, store: ObjectStore, name: BlobName) -> None:
        self.name = name
        self._store = store
        self._upload = obstore.open_writer(
            store, name, buffer_size=PART_BYTES, max_concurrency=PARTS_UNDER_WAY
        )

    def write(self, data: Buffer) -> None:
        # A copy: obstore keeps what it is given until the part is sent, our caller reuses it now.
        with _network():
            self._upload.write(bytes(data))

    def sync(self) -> bool:
        return False  # An object is there once it is complete, and not before.

    def close(self) -> None:
        with _network():
            self._upload.close()

    def abort(self) -> None:
        with _network():
            if self._upload.closed():
                obstore.delete(self._store, self.name)
            else:
                # Leaving its context with an exception is obstore's one way to abort an upload.
                self._upload.__exit__(StoreUnavailable, StoreUnavailable(), None)


class ObjectReader:
    """An object of known size, read by ranges."""

    blocks = True

    def __init__(self, store: ObjectStore, name: BlobName, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._store = store
        self._name = name
        self._window = memoryview(b"")
        self._window_starts = 0
        self._next_offset = 0

    def read_into(self, offset_bytes: int, buffer: memoryview) -> int:
        wanted = min(len(buffer), self.size_bytes - offset_bytes)
        if wanted <= 0:
            return 0
        at = offset_bytes - self._window_starts
        if not 0 <= at <= at + wanted <= len(self._window):
            ahead = AHEAD_BYTES if offset_bytes == self._next_offset else 0
            length = min(max(wanted, ahead), self.size_bytes - offset_bytes)
            self._fetch(offset_bytes, length)
            at = 0
        piece = self._window[at : at + wanted]
        buffer[: len(piece)] = piece
        self._next_offset = offset_bytes + len(piece)
        return len(piece)

    def close(self) -> None:
        self._window = memoryview(b"")

    def _fetch(self, offset_bytes: int, length_bytes: int) -> None:
        with _network():
            got = obstore.get_range(
                self._store, self._name, start=offset_bytes, length=length_bytes
            )
        self._window = memoryview(got)
        self._window_starts = offset_bytes


@contextmanager
def _network() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BlobMissing from error
    except (BaseError, OSError) as error:
        # The message of an object store's error names hosts and buckets: for the log, as its cause.
        raise StoreUnavailable from error
