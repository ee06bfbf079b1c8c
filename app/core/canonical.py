"""One spelling for each value, so that equal things have equal hashes."""

import hashlib
from typing import Any

import rfc8785


def canonical_bytes(value: Any) -> bytes:
    """Give the canonical JSON of plain values (str, int, bool, None, list, dict).

    Source: RFC 8785 (JSON Canonicalization Scheme).
    """
    return rfc8785.dumps(value)


def canonical_hash(value: Any) -> bytes:
    """Give the SHA-256, 32 bytes, of the canonical JSON of plain values."""
    return hashlib.sha256(canonical_bytes(value)).digest()
