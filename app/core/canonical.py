"""One spelling for each value, so that equal things have equal hashes."""

import hashlib
import json
from typing import Any

import rfc8785

_LARGEST = 2**53 - 1
# Of the values that `_is_plain` lets through it makes the very bytes of RFC 8785, in native code.
_QUICK = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def canonical_bytes(value: Any) -> bytes:
    """Give the canonical JSON of plain values (str, int, bool, None, list, dict).

    Source: RFC 8785 (JSON Canonicalization Scheme).
    """
    if _is_plain(value):
        try:
            return _QUICK.encode(value).encode()
        except UnicodeEncodeError:  # half of a character: the scheme itself says what is wrong
            return rfc8785.dumps(value)
    return rfc8785.dumps(value)


def canonical_hash(value: Any) -> bytes:
    """Give the SHA-256, 32 bytes, of the canonical JSON of plain values."""
    return hashlib.sha256(canonical_bytes(value)).digest()


def _is_plain(value: Any) -> bool:
    """Tell whether the two spellings agree: exact types, small numbers, keys that sort alike."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-_LARGEST <= value <= _LARGEST)
    if kind is list or kind is tuple:
        return all(map(_is_plain, value))
    if kind is dict:
        return all(type(key) is str and key.isascii() for key in value) and all(
            map(_is_plain, value.values())
        )
    return False
