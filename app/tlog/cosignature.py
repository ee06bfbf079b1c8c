"""What a cosigner signs, and how a signature carries the time at which it was made.

Source: c2sp.org/tlog-cosignature.
"""

from __future__ import annotations

import struct

from app.tlog.checkpoint import Checkpoint
from app.tlog.errors import NoteError
from app.tlog.strict import MAX_NUMBER

_LABEL = b"subtree/v1\n\0"
MAX_NAME_BYTES = 255


def ed25519_message(text: str, at: int) -> bytes:
    """Give what an Ed25519 cosigner signs for the checkpoint `text` at POSIX time `at`."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def mldsa44_message(cosigner: str, text: str, at: int) -> bytes:
    """Give the `cosigned_message` that an ML-DSA-44 cosigner signs for the checkpoint `text`.

    It covers the whole tree, from leaf 0. A checkpoint with extension lines is refused, because
    the message would leave them out: whoever changed them would keep the signature.

    Raises:
        NoteError: the text is no checkpoint of three lines, or a name has more than 255 bytes.
    """
    checkpoint = Checkpoint.parse(text)
    return b"".join(
        (
            _LABEL,
            _short(cosigner),
            struct.pack(">Q", at),
            _short(checkpoint.origin),
            struct.pack(">QQ", 0, checkpoint.size),
            checkpoint.root,
        )
    )


def stamped(at: int, signature: bytes) -> bytes:
    """Give a `timestamped_signature`: 8 bytes of POSIX time before the signature."""
    if not 0 <= at <= MAX_NUMBER:
        raise NoteError("a time is a number of seconds below 2^63")
    return struct.pack(">Q", at) + signature


def unstamped(signature: bytes) -> tuple[int, bytes]:
    """Give the time and the signature of a `timestamped_signature`.

    Raises:
        NoteError: it is too short, or its time is not below 2**63.
    """
    if len(signature) <= 8:
        raise NoteError("a cosignature begins with 8 bytes of time")
    (at,) = struct.unpack(">Q", signature[:8])
    if at > MAX_NUMBER:
        raise NoteError("a time is a number of seconds below 2^63")
    return at, signature[8:]


def _short(name: str) -> bytes:
    data = name.encode()
    if not 1 <= len(data) <= MAX_NAME_BYTES:
        raise NoteError("a name has 1 to 255 bytes here")
    return bytes([len(data)]) + data
