"""The files that a manifest names: found only within its folder, and checked byte by byte."""

import hashlib
import mimetypes
from pathlib import Path, PurePosixPath
from typing import Final

from app.core.errors import Invalid
from app.interop.manifest import size_of
from app.vault import BlobName, BlobStore, Sealed, Sealing

PIECE_BYTES: Final = 1024 * 1024
OCTETS: Final = "application/octet-stream"


def locate(folder: Path, path: str) -> Path:
    """Find the file that a manifest in `folder` means by `path`, links followed.

    Raises:
        Invalid: it leads out of the folder, or there is no such file.
    """
    written = PurePosixPath(path)
    outside = Invalid(f"“{path}” leads out of the manifest's folder. Put the file inside it.")
    if "\x00" in path or written.is_absolute() or ".." in written.parts:
        raise outside
    try:
        found = (folder / written).resolve()
        if not found.is_relative_to(folder.resolve()):
            raise outside
        if not found.is_file():
            raise Invalid(f"There is no file “{path}” in the manifest's folder.")
    except (OSError, RuntimeError) as error:
        raise Invalid(f"“{path}” cannot be read.") from error
    return found


def check_file(file: Path, *, size_text: str, sha256_hex: str) -> None:
    """Check that a file is the one that the manifest means.

    Raises:
        Invalid: its size or SHA-256 is another, or the manifest does not say them.
    """
    said_bytes = size_of(size_text)
    if said_bytes is None:
        raise Invalid("The column “bytes” must say how many bytes the file has.")
    size_bytes = file.stat().st_size
    if size_bytes != said_bytes:
        raise Invalid(
            f"The file has {size_bytes:,} bytes, the manifest says {said_bytes:,}. Get the right"
            " file, or correct the manifest."
        )
    with file.open("rb") as opened:
        _check_hash(hashlib.file_digest(opened, "sha256").hexdigest(), sha256_hex)


def read_text_file(file: Path, *, sha256_hex: str) -> bytes:
    """Read a file whole, and check what was read.

    Raises:
        Invalid: its SHA-256 is another.
    """
    data = file.read_bytes()
    _check_hash(hashlib.sha256(data).hexdigest(), sha256_hex)
    return data


def seal_file(file: Path, sealing: Sealing, *, sha256_hex: str = "") -> Sealed:
    """Seal a file piece by piece; when this raises, no blob is left behind.

    Raises:
        Invalid: its SHA-256 is another than the one given.
        TooLarge: it is over the limit of the sealing.
    """
    digest = hashlib.sha256()
    buffer = bytearray(PIECE_BYTES)
    view = memoryview(buffer)
    with sealing, file.open("rb", buffering=0) as opened:
        while count := opened.readinto(buffer):
            digest.update(view[:count])
            sealing.write(view[:count])
        if sha256_hex:
            _check_hash(digest.hexdigest(), sha256_hex)
        return sealing.finish()


def discard(blobs: BlobStore, names: list[BlobName]) -> None:
    """Remove blobs that no row will name."""
    while names:
        blobs.delete(names.pop())


def media_type_by_name(name: str) -> str:
    """Give the media type that a file's name suggests."""
    return mimetypes.guess_type(name)[0] or OCTETS


def _check_hash(found_hex: str, wanted_hex: str) -> None:
    if found_hex != wanted_hex.lower():
        raise Invalid(
            f"The file's SHA-256 is {found_hex}, not the one in the manifest. It was changed, or"
            " is another file: get the right one, or correct the manifest."
        )
