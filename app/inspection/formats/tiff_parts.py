"""Which bytes of a TIFF belong to something that a program would show or read.

Source: TIFF 6.0, section 2 (directories, values, strips), section 15 (tiles); Exif 2.32, 4.6.3.
"""

import struct
from collections.abc import Iterator

from app.inspection.formats import Unreadable

MOST_DIRECTORIES = 10_000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_DIRECTORIES = (330, 34665, 34853, 40965)  # of parts, of Exif, of the place, of programs
_STRETCHES = {273: 279, 324: 325, 513: 514, 288: 289}  # where they begin: how long they are
_OLD_JPEG = (519, 520, 521)  # tables whose length nothing tells
_FOLLOWED = {*_DIRECTORIES, *_STRETCHES, *_STRETCHES.values(), *_OLD_JPEG}

Values = dict[int, list[int]]


def stray_bytes(data: bytes) -> int:
    """Count the bytes, zeros aside, that belong to nothing; 0 where nothing tells what does.

    Raises:
        Unreadable: a directory leads out of the file.
    """
    stretches: list[tuple[int, int]] = [(0, 8)]
    try:
        for values, own in _directories(data):
            stretches += own
            if any(tag in values for tag in _OLD_JPEG):
                return 0
            for begin, length in _STRETCHES.items():
                if len(values.get(begin, ())) != len(values.get(length, ())):
                    return 0
                stretches += zip(values.get(begin, ()), values.get(length, ()), strict=True)
    except struct.error:
        raise Unreadable from None
    stray = at = 0
    for begin, length in sorted(stretches):
        stray += _said(data[at:begin])
        at = max(at, begin + length)
    return stray + _said(data[at:])


def _said(between: bytes) -> int:
    return len(between) - between.count(0)


def _directories(data: bytes) -> Iterator[tuple[Values, list[tuple[int, int]]]]:
    order = "<" if data[:2] == b"II" else ">"
    waiting = [struct.unpack_from(f"{order}I", data, 4)[0]]
    seen: set[int] = set()
    while waiting:
        at = waiting.pop()
        if not at or at in seen:
            continue
        if len(seen) >= MOST_DIRECTORIES:
            raise Unreadable
        seen.add(at)
        (count,) = struct.unpack_from(f"{order}H", data, at)
        own = [(at, 2 + 12 * count + 4)]
        values: Values = {}
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, many, where = struct.unpack_from(f"{order}HHII", data, entry)
            size = _SIZES.get(kind, 1) * many
            if size <= 4:
                where = entry + 8
            else:
                own.append((where, size))
            if tag in _FOLLOWED:
                letter = {3: "H", 4: "I", 13: "I"}.get(kind, "")
                values[tag] = list(struct.unpack_from(f"{order}{many}{letter}", data, where))
        waiting += [one for tag in _DIRECTORIES for one in values.get(tag, ())]
        waiting += struct.unpack_from(f"{order}I", data, at + 2 + 12 * count)
        yield values, own
