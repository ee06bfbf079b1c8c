"""What tus 1.0.0 asks of requests and answers: versions, lengths, metadata, checksums.

Source: https://tus.io/protocols/resumable-upload (core, creation, creation-with-upload,
termination, checksum, expiration); RFC 9530 for the hash of a whole file.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from fastapi import Request

from app.core.errors import Problem

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,termination,checksum,expiration"
BODY: Final = "application/offset+octet-stream"
MOST_METADATA: Final = 16 * 1024
SHA256_BYTES: Final = 32
DIGEST_HEADERS: Final = ("repr-digest", "content-digest")
_DIGEST: Final = re.compile(r"(?:^|,)\s*sha-256=([^,]*)")
_KEY: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,100}", re.ASCII)


class Unreadable(Problem):
    """A header does not have the form that the protocol gives it."""

    title = "A header of this request cannot be read"


class WrongVersion(Problem):
    """The sender speaks another version of tus."""

    title = f"Send Tus-Resumable: {VERSION}"


class WrongBody(Problem):
    """The bytes came under another media type than those of an upload have."""

    title = f"Send the bytes as {BODY}"


class ChecksumMismatch(Problem):
    """What came is not what its checksum says; none of this request's bytes were kept."""

    title = "What arrived differs from what its checksum says. Nothing of it was kept"


def speak(request: Request) -> None:
    """Answer in this protocol from now on, problems included, if the sender speaks it.

    Raises:
        WrongVersion: it does not.
    """
    request.state.answer_headers = {"Tus-Resumable": VERSION}
    if request.headers.get("tus-resumable") != VERSION:
        request.state.answer_headers |= {"Tus-Version": VERSION}
        raise WrongVersion


def check_body(request: Request) -> None:
    """Check that the body has the protocol's media type.

    Raises:
        WrongBody: it has another.
    """
    if not carries_bytes(request):
        raise WrongBody


def carries_bytes(request: Request) -> bool:
    """Tell whether the body is of an upload."""
    return request.headers.get("content-type", "").strip().lower() == BODY


def number(request: Request, name: str) -> int:
    """Give the number of bytes in a header.

    Raises:
        Unreadable: it is missing or none.
    """
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Unreadable(f"{name} must be a number of bytes.")
    return int(text)


def metadata_of(request: Request) -> dict[str, str]:
    """Give the metadata of an upload: pairs of a key and a value in base64, or a key alone.

    Raises:
        Unreadable: it is anything else.
    """
    text = request.headers.get("upload-metadata", "")
    if len(text) > MOST_METADATA:
        raise Unreadable(f"Upload-Metadata has at most {MOST_METADATA} characters.")
    found: dict[str, str] = {}
    for pair in filter(None, map(str.strip, text.split(","))):
        key, _, value = pair.partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise Unreadable("A key of Upload-Metadata is not one, or stands twice.")
        try:
            found[key] = b64decode(value, validate=True).decode()
        except (NotBase64, UnicodeDecodeError) as error:
            raise Unreadable(f"The value of {key} must be UTF-8 in base64.") from error
    return found


def written(metadata: Mapping[str, str]) -> str:
    """Write metadata as `metadata_of` reads it."""
    pairs = ((key, b64encode(value.encode()).decode()) for key, value in metadata.items())
    return ",".join(f"{key} {value}".rstrip() for key, value in pairs)


def checksum_of(request: Request) -> bytes | None:
    """Give the SHA-256 of the body, if the sender names it.

    Raises:
        Unreadable: it names another algorithm, or no hash.
    """
    text = request.headers.get("upload-checksum")
    if text is None:
        return None
    algorithm, _, value = text.partition(" ")
    if algorithm != "sha256":
        raise Unreadable("Upload-Checksum must be “sha256” and the hash in base64.")
    return _hash(value)


def digest_of(headers: Mapping[str, str]) -> bytes | None:
    """Give the SHA-256 of a whole file, if `Repr-Digest` or `Content-Digest` names it.

    Raises:
        Unreadable: what is named is no SHA-256, or the two name different ones.
    """
    named = {digest for name in DIGEST_HEADERS if (digest := read_digest(headers.get(name, "")))}
    if len(named) > 1:
        raise Unreadable("Repr-Digest and Content-Digest name different files.")
    return next(iter(named), None)


def read_digest(text: str) -> bytes | None:
    """Read `sha-256=:…:` out of a dictionary of digests; others are passed over (RFC 9530, 2).

    Raises:
        Unreadable: it is no SHA-256.
    """
    found = _DIGEST.search(text)
    if found is None:
        return None
    value = found[1].strip()
    if len(value) < len("::") or not (value[0] == value[-1] == ":"):
        raise Unreadable("Write the digest as sha-256=:…:, in base64 between colons.")
    return _hash(value[1:-1])


def digest_written(sha256: bytes) -> str:
    """Write a SHA-256 as RFC 9530 does."""
    return f"sha-256=:{b64encode(sha256).decode()}:"


def date_written(moment: datetime) -> str:
    """Write a moment as headers do (RFC 9110, section 5.6.7)."""
    return format_datetime(moment, usegmt=True)


def _hash(value: str) -> bytes:
    try:
        digest = b64decode(value, validate=True)
    except NotBase64 as error:
        raise Unreadable("A hash must be in base64.") from error
    if len(digest) != SHA256_BYTES:
        raise Unreadable("A SHA-256 has 32 bytes.")
    return digest
