"""Proof files: all that shows, offline, that an entry is on a log and that it was witnessed.

Source: c2sp.org/tlog-proof.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.tlog.checkpoint import Checkpoint
from app.tlog.errors import ProofError
from app.tlog.keys import Verified
from app.tlog.note import MAX_NOTE_BYTES, Note
from app.tlog.policy import TrustPolicy
from app.tlog.strict import (
    HASH_BYTES,
    MAX_NUMBER,
    decode_base64,
    decode_decimal,
    decode_hash,
    decode_text,
    encode_base64,
)
from app.tlog.tree import check_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF_HASHES = 63
MAX_PROOF_BYTES = MAX_NOTE_BYTES + 128 * 1024


@dataclass(frozen=True)
class InclusionProof:
    """An entry's place in a log, and the way from there to a checkpoint.

    Args:
        index: the entry's place, counted from 0.
        proof: sibling hashes from the leaf upwards, 32 bytes each.
        checkpoint: the signed note.
        extra: what an application adds. Nothing authenticates it.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.index <= MAX_NUMBER:
            raise ProofError("an index is a number below 2^63")
        if len(self.proof) > MAX_PROOF_HASHES or any(len(h) != HASH_BYTES for h in self.proof):
            raise ProofError("a proof has at most 63 hashes of 32 bytes")

    @classmethod
    def parse(cls, data: str | bytes) -> InclusionProof:
        """Give the proof of which `data` is the one serialisation. Nothing is verified.

        Raises:
            ProofError: it is not a proof file.
            NoteError: what stands below the empty line is not a signed checkpoint.
        """
        try:
            text = decode_text(data, limit_bytes=MAX_PROOF_BYTES)
            head, gap, checkpoint = text.partition("\n\n")
            header, *lines = head.split("\n")
            if not gap or header != HEADER:
                raise ValueError(f"its first line is {HEADER}")
            extra = None
            if lines and lines[0].startswith("extra "):
                extra = decode_base64(lines.pop(0).removeprefix("extra "))
            if not lines or not lines[0].startswith("index "):
                raise ValueError("it names the entry's index before the hashes")
            index = decode_decimal(lines.pop(0).removeprefix("index "))
            proof = tuple(decode_hash(line) for line in lines[: MAX_PROOF_HASHES + 1])
        except ValueError as error:
            raise ProofError(f"this is not a proof file: {error}") from None
        Checkpoint.parse(Note.parse(checkpoint).text)
        return cls(index, proof, checkpoint, extra)

    def serialised(self) -> str:
        """Give the file's text."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines += [f"index {self.index}", *map(encode_base64, self.proof), "", self.checkpoint]
        return "\n".join(lines)

    def check(self, leaf: bytes, policy: TrustPolicy) -> tuple[Checkpoint, tuple[Verified, ...]]:
        """Check that a checkpoint which `policy` accepts covers the leaf at the index.

        Args:
            leaf: the hash of the entry as a leaf, 32 bytes, computed by who checks.

        Raises:
            NoteError: the checkpoint is malformed, or a known key's signature does not hold.
            PolicyError: the policy does not accept the checkpoint.
            ProofError: the proof does not lead from the leaf to the checkpoint's root.
        """
        checkpoint, verified = policy.accept(Note.parse(self.checkpoint))
        check_inclusion(
            leaf,
            index=self.index,
            size=checkpoint.size,
            proof=self.proof,
            root=checkpoint.root,
        )
        return checkpoint, verified
