"""A picture's file taken apart into its parts, so that some can be left out and no pixel changes.

Source: JPEG (ITU T.81 annex B), PNG (ISO 15948, 5.3), GIF 89a, WebP (RFC 9649).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from app.inspection.formats import Unreadable

MAX_PARTS = 1_000_000
PNG_START = b"\x89PNG\r\n\x1a\n"
REST = "rest"
"""The name of what stands after the end."""
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the file, with the name that its format gives it."""

    name: str
    data: bytes


def parts(data: bytes, form: str) -> Iterator[Part]:
    """Yield the parts of a JPEG, PNG, GIF or WEBP, which together are the file.

    Raises:
        Unreadable: the file ends before its end.
    """
    walk = {"JPEG": _jpeg, "MPO": _jpeg, "PNG": _png, "GIF": _gif, "WEBP": _webp}[form]
    at = 0
    try:
        for name, end in walk(data):
            if not at < end <= len(data):
                raise Unreadable
            yield Part(name, data[at:end])
            at = end
    except (IndexError, struct.error):
        raise Unreadable from None
    if at < len(data):
        yield Part(REST, data[at:])


def _jpeg(data: bytes) -> Iterator[tuple[str, int]]:
    """Yield markers by name ("APP1", "COM", "SOS" with its scan) up to the image's end."""
    if data[:2] != b"\xff\xd8":
        raise Unreadable
    yield "SOI", 2
    at = 2
    while True:
        if data[at] != 0xFF:
            raise Unreadable
        while data[at + 1] == 0xFF:
            at += 1
        marker = data[at + 1]
        if marker == 0xD9:
            yield "EOI", at + 2
            return
        end = at + 2
        if marker not in _JPEG_ALONE:
            end += struct.unpack_from(">H", data, at + 2)[0]
        if marker == 0xDA:
            end = _end_of_scan(data, end)
        yield _jpeg_name(marker), end
        at = end


def _end_of_scan(data: bytes, at: int) -> int:
    """Return where the next marker begins: in a scan 0xFF is followed by 0 or a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise Unreadable
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _jpeg_name(marker: int) -> str:
    if 0xE0 <= marker <= 0xEF:
        return f"APP{marker - 0xE0}"
    return {0xFE: "COM", 0xDA: "SOS"}.get(marker, f"{marker:02X}")


def _png(data: bytes) -> Iterator[tuple[str, int]]:
    if data[:8] != PNG_START:
        raise Unreadable
    yield "start", 8
    at = 8
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        at += 12 + length
        yield name.decode("latin-1"), at
        if name == b"IEND":
            return


def _gif(data: bytes) -> Iterator[tuple[str, int]]:
    """Yield "start", "comment", "application NAME", "extension", "picture" and "end"."""
    at = 13 + _colours(data[10])
    yield "start", at
    while data[at] != 0x3B:
        if data[at] == 0x21:
            name = {0xFE: "comment", 0xFF: _application(data, at)}.get(data[at + 1], "extension")
            at = _after_blocks(data, at + 2)
        elif data[at] == 0x2C:
            name = "picture"
            at = _after_blocks(data, at + 11 + _colours(data[at + 9]))
        else:
            raise Unreadable
        yield name, at
    yield "end", at + 1


def _colours(flags: int) -> int:
    return int(3 << ((flags & 7) + 1)) if flags & 0x80 else 0


def _application(data: bytes, at: int) -> str:
    return "application " + data[at + 3 : at + 14].decode("latin-1")


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _webp(data: bytes) -> Iterator[tuple[str, int]]:
    riff, size, kind = struct.unpack_from("<4sI4s", data)
    if riff != b"RIFF" or kind != b"WEBP":
        raise Unreadable
    yield "start", 12
    at, last = 12, min(len(data), 8 + size)
    while at + 8 <= last:
        name, length = struct.unpack_from("<4sI", data, at)
        at = min(at + 8 + length + (length & 1), last)
        yield name.decode("latin-1"), at
