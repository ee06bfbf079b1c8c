"""Keeps blobs as files of one folder of the local disk.

    incoming/<name>        written, not yet promoted
    kept/<2 digits>/<name> promoted; 256 folders, so that none grows too large to list

Folders are 0700 and files 0600. Both parts must lie on one file system: promoting is a rename.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from typing_extensions import Buffer

from app.vault.blobs import BlobInfo, BlobName, blob_name, new_blob_name
from app.vault.errors import BlobMissing, StoreUnavailable
from app.vault.stream import RandomBytes


class FolderBlobs:
    """The `BlobStore` that needs nothing but a disk."""

    def __init__(self, root: Path, *, random_bytes: RandomBytes = os.urandom) -> None:
        self._incoming = root / "incoming"
        self._kept = root / "kept"
        self._random_bytes = random_bytes
        with _disk():
            for folder in (root, self._incoming, self._kept):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def create(self) -> "FileWriter":
        name = new_blob_name(self._random_bytes)
        return FileWriter(name, self._incoming / name)

    def promote(self, name: BlobName) -> None:
        kept = self._kept_path(name)
        with _disk():
            if not kept.parent.exists():
                kept.parent.mkdir(mode=0o700, exist_ok=True)
                sync_folder(self._kept)
            try:
                (self._incoming / name).rename(kept)
            except FileNotFoundError:
                if not kept.exists():
                    raise
            sync_folder(kept.parent)

    def open(self, name: BlobName) -> "FileReader":
        with _disk():
            try:
                return FileReader(self._kept_path(name))
            except FileNotFoundError:
                pass
            try:
                return FileReader(self._incoming / name)
            except FileNotFoundError:
                # It may have been promoted between the two looks.
                return FileReader(self._kept_path(name))

    def delete(self, name: BlobName) -> None:
        with _disk():
            for path in (self._incoming / blob_name(name), self._kept_path(name)):
                path.unlink(missing_ok=True)

    def list(self) -> Iterator[BlobInfo]:
        with _disk():
            yield from _infos(self._incoming, promoted=False)
            for folder in sorted(self._kept.iterdir()):
                yield from _infos(folder, promoted=True)

    def _kept_path(self, name: BlobName) -> Path:
        return self._kept / blob_name(name)[:2] / name


class FileWriter:
    """A file that is being written under its temporary name."""

    blocks = False

    def __init__(self, name: BlobName, path: Path) -> None:
        self.name = name
        self._path = path
        with _disk():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(handle, "wb", buffering=0)

    def write(self, data: Buffer) -> None:
        rest = memoryview(data)
        with _disk():
            while rest:
                rest = rest[self._file.write(rest) :]

    def sync(self) -> bool:
        with _disk():
            os.fdatasync(self._file.fileno())
            sync_folder(self._path.parent)
        return True

    def close(self) -> None:
        with _disk():
            os.fsync(self._file.fileno())
            self._file.close()
            sync_folder(self._path.parent)

    def abort(self) -> None:
        with suppress(OSError):
            self._file.close()
        with _disk():
            self._path.unlink(missing_ok=True)


class FileReader:
    """An open file; it can be read to its end even when it is deleted meanwhile."""

    blocks = False
    _handle: int | None = None

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY)
        self.size_bytes = os.fstat(self._handle).st_size

    def read_into(self, offset_bytes: int, buffer: memoryview) -> int:
        if self._handle is None:
            raise ValueError("the blob was closed")
        done = 0
        with _disk():
            while done < len(buffer):
                read = os.preadv(self._handle, [buffer[done:]], offset_bytes + done)
                if read == 0:
                    break
                done += read
        return done

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __del__(self) -> None:
        # A reader whose server was interrupted before it could close it.
        self.close()


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable, which syncing the files in it does not do."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BlobMissing from error
    except OSError as error:
        raise StoreUnavailable(f"the store of attachments failed: {error.strerror}") from error


def _infos(folder: Path, *, promoted: bool) -> Iterator[BlobInfo]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        # Another's file, or one deleted or promoted since the folder was read: not ours to tell.
        with suppress(ValueError, FileNotFoundError):
            stat = entry.stat()
            modified = datetime.fromtimestamp(stat.st_mtime, UTC)
            yield BlobInfo(blob_name(entry.name), stat.st_size, modified, promoted)
