"""What a log says to a witness, and what the witness answers.

Source: c2sp.org/tlog-witness.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from app.tlog.errors import NoteError, RequestError
from app.tlog.keys import VerifierKey, verify_note
from app.tlog.note import MAX_NOTE_BYTES, Note, NoteSignature, parse_signatures
from app.tlog.strict import (
    HASH_BYTES,
    MAX_NUMBER,
    decode_decimal,
    decode_hash,
    decode_text,
    encode_base64,
)

MAX_PROOF_LINES = 63
MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 4096
SIZE_MEDIA_TYPE = "text/x.tlog.size"


@dataclass(frozen=True)
class AddCheckpoint:
    """The body of `add-checkpoint`: a new checkpoint, and the proof that it continues an old one.

    Args:
        old_size: the size that the witness is believed to have cosigned last; 0 if none.
        proof: the consistency proof from there, 32 bytes each, at most 63.
        checkpoint: the signed note, which only the witness judges.
    """

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: str

    def __post_init__(self) -> None:
        if not 0 <= self.old_size <= MAX_NUMBER:
            raise RequestError("a size is a number below 2^63")
        if len(self.proof) > MAX_PROOF_LINES or any(len(h) != HASH_BYTES for h in self.proof):
            raise RequestError("a proof has at most 63 hashes of 32 bytes")

    @classmethod
    def parse(cls, body: bytes) -> AddCheckpoint:
        """Give the request of which `body` is the one serialisation.

        Raises:
            RequestError: it is not such a request. The checkpoint in it is not looked at.
        """
        try:
            text = decode_text(body, limit_bytes=MAX_REQUEST_BYTES)
            head, gap, checkpoint = text.partition("\n\n")
            old, *hashes = head.split("\n")
            if not gap or not old.startswith("old "):
                raise ValueError("it begins with the old size, and an empty line ends its proof")
            proof = tuple(decode_hash(line) for line in hashes[: MAX_PROOF_LINES + 1])
            size = decode_decimal(old.removeprefix("old "))
        except ValueError as error:
            raise RequestError(f"the request is malformed: {error}") from None
        return cls(size, proof, checkpoint)

    def serialised(self) -> bytes:
        """Give the body that is sent."""
        lines = [f"old {self.old_size}", *map(encode_base64, self.proof), "", self.checkpoint]
        return "\n".join(lines).encode()


def origin_hash(origin: str) -> str:
    """Give the hex under which a witness serves its checkpoint of the log `origin`."""
    return sha256(origin.encode()).hexdigest()


def parse_conflict(body: bytes) -> int:
    """Give the size that a witness names when it refuses the old size (409).

    Raises:
        RequestError: the answer is malformed.
    """
    try:
        text = decode_text(body, limit_bytes=32)
        if not text.endswith("\n"):
            raise ValueError("a size ends with a newline")
        return decode_decimal(text.removesuffix("\n"))
    except ValueError as error:
        raise RequestError(f"the witness's answer is malformed: {error}") from None


def parse_cosignatures(
    body: bytes, checkpoint: Note, keys: Iterable[VerifierKey]
) -> tuple[NoteSignature, ...]:
    """Give the cosignatures of `keys` on the checkpoint that stand in a witness's answer (200).

    Lines of other keys are dropped.

    Raises:
        NoteError: the answer is malformed, no line is of one of the keys, a signature does not
            hold, or one does not say when it was made.
    """
    try:
        lines = decode_text(body, limit_bytes=MAX_NOTE_BYTES)
    except ValueError as error:
        raise NoteError(f"the witness's answer is malformed: {error}") from None
    known = tuple(keys)
    signatures = tuple(
        signature
        for signature in parse_signatures(lines)
        if any(key.made(signature) for key in known)
    )
    if not signatures:
        raise NoteError("the witness's answer holds no cosignature of its known keys")
    if any(not one.timestamp for one in verify_note(Note(checkpoint.text, signatures), known)):
        raise NoteError("a witness's cosignature says when it was made")
    return signatures
