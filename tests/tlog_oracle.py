"""The tree of RFC 9162 written down as the RFC defines it: slow, recursive, and easy to believe."""

from collections.abc import Sequence
from hashlib import sha256


def mth(entries: Sequence[bytes]) -> bytes:
    """Section 2.1.1: the hash of an ordered list of entries."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = split(len(entries))
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """Section 2.1.3.1: the proof that entry `m` is one of the entries."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def proof(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """Section 2.1.4.1: the proof that the first `m` entries are the beginning of the entries."""
    return _subproof(m, entries, whole=True) if m else []


def _subproof(m: int, entries: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = split(len(entries))
    if m <= k:
        return [*_subproof(m, entries[:k], whole=whole), mth(entries[k:])]
    return [*_subproof(m - k, entries[k:], whole=False), mth(entries[:k])]


def split(n: int) -> int:
    """The largest power of two smaller than `n`."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def tiles(entries: Sequence[bytes]) -> dict[str, bytes]:
    """The tiles of hashes of a log, by path: each hash is the MTH of what it stands for."""
    made: dict[str, bytes] = {}
    level, span = 0, 1
    while span <= len(entries):
        count = len(entries) // span
        for index in range(0, count, 256):
            width = min(256, count - index)
            hashes = [mth(entries[i * span : (i + 1) * span]) for i in range(index, index + width)]
            # Below a million tiles the index has one or two groups of digits.
            thousands, rest = divmod(index // 256, 1000)
            place = f"x{thousands:03}/{rest:03}" if thousands else f"{rest:03}"
            suffix = "" if width == 256 else f".p/{width}"
            made[f"tile/{level}/{place}{suffix}"] = b"".join(hashes)
        level, span = level + 1, span * 256
    return made
