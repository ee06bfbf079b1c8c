"""Checkpoints: the text under which a log and its witnesses put their signatures.

Source: c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.tlog.errors import CheckpointError
from app.tlog.note import MAX_NOTE_BYTES
from app.tlog.strict import (
    HASH_BYTES,
    MAX_NUMBER,
    decode_decimal,
    decode_hash,
    decode_text,
    encode_base64,
)


@dataclass(frozen=True)
class Checkpoint:
    """Says which entries a log had: their number and the root of the tree over them.

    Args:
        origin: the name of the log, one line.
        size: entries in the log.
        root: the root hash, 32 bytes.
        extensions: further lines, not empty. Our log writes none and the portal refuses them:
            no monitor can judge what they claim. A witness must carry those of other logs.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or any(c < " " for c in line):
                raise CheckpointError("a line of a checkpoint is not empty")
        if not 0 <= self.size <= MAX_NUMBER or len(self.root) != HASH_BYTES:
            raise CheckpointError("a checkpoint has a size below 2^63 and a root of 32 bytes")

    @classmethod
    def parse(cls, text: str, *, extensions: bool = False) -> Checkpoint:
        """Give the checkpoint of which `text` is the one spelling.

        Args:
            text: the text of a note, the final newline included.
            extensions: whether further lines are let pass.

        Raises:
            CheckpointError: it is not the text of a checkpoint.
        """
        try:
            lines = decode_text(text, limit_bytes=MAX_NOTE_BYTES).split("\n")
            if len(lines) < 4 or lines.pop():
                raise ValueError("it has three lines, each of which ends with a newline")
            origin, size, root, *rest = lines
            checkpoint = cls(origin, decode_decimal(size), decode_hash(root), tuple(rest))
        except ValueError as error:
            raise CheckpointError(f"this is not a checkpoint: {error}") from None
        if checkpoint.extensions and not extensions:
            raise CheckpointError("a checkpoint has three lines here")
        return checkpoint

    def text(self) -> str:
        """Give the lines that are signed."""
        lines = (self.origin, str(self.size), encode_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)
