"""Monthly statements of access: signed by the portal, and each line proved by the published log.

A line holds the entry itself. Its hash must stand where the line says, in the tree of the
checkpoint that the statement names; only hashes are read of the log, which everybody may.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from app.tlog import (
    Checkpoint,
    Note,
    Tile,
    TileReader,
    TlogError,
    VerifierKey,
    check_inclusion,
    inclusion_proof,
    leaf_hash,
    tile_within,
    verify_note,
)
from app.verifier.receipts import _decoded as decoded
from app.verifier.receipts import _signed as signed_by
from app.verifier.sources import Source
from app.verifier.verdict import Kind, Wrong

STATEMENT_TYPE: Final = "entente-access-statement+jws"
HASH_BYTES: Final = 32

Logs = Callable[[int], Source | None]


@dataclass(frozen=True)
class Statement:
    """What was told to an organisation of a month; `lines` as they were signed."""

    organisation: str
    month: str
    log: int
    checkpoint: str
    lines: Sequence[Mapping[str, Any]]

    @classmethod
    def parse(cls, text: str, keys: Sequence[ec.EllipticCurvePublicKey]) -> "Statement":
        """Read a statement that one of the keys signed: compact, or as JSON.

        Raises:
            Wrong: it is no statement, or none of the keys signed it.

        Source: RFC 7515, sections 7.1 and 7.2.2.
        """
        try:
            header, payload, signature = _parts(text)
            said, told = json.loads(decoded(header)), json.loads(decoded(payload))
            if (said["alg"], said["typ"]) != ("ES256", STATEMENT_TYPE) or "crit" in said:
                raise ValueError
            log = int(told["at"].partition(".")[0])
            statement = cls(
                str(told["organisation"]),
                str(told["month"]),
                log,
                str(told["checkpoint"]),
                tuple(told["lines"]),
            )
            raw = decoded(signature)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _refused("This is not a statement of access.") from error
        message = f"{header}.{payload}".encode()
        if not any(signed_by(key, message, raw) for key in keys):
            raise _refused("The statement is not signed by the key that was given.")
        return statement

    def verify(self, logs: Logs, keys: Sequence[VerifierKey]) -> str:
        """Check every line against the published log, and say in one sentence what is proved.

        Args:
            logs: gives the log of a number; the statement may tell of entries of earlier ones.
            keys: the keys of the log that the auditor had from its party; empty: the statement's
                own signature vouches for its checkpoint.

        Raises:
            Wrong: the first line that does not hold, or a log that is not there.
        """
        readers: dict[int, tuple[TileReader, Checkpoint]] = {}
        for number, line in enumerate(self.lines, start=1):
            log = int(line["log"])
            if log not in readers:
                readers[log] = self._reader(log, logs, keys)
            self._check(number, line, *readers[log])
        count = len(self.lines)
        told = f"{count:,} accesses" if count != 1 else "1 access"
        return (
            f"Proved: {told} by others to records of {self.organisation} in {self.month}, as"
            " signed, and each stands in the published log where the statement says."
        )

    def _reader(
        self, log: int, logs: Logs, keys: Sequence[VerifierKey]
    ) -> tuple[TileReader, Checkpoint]:
        source = logs(log)
        if source is None:
            raise _refused(f"Log {log}, which the statement tells of, is not there.")
        try:
            note = Note.parse(self.checkpoint if log == self.log else source.checkpoint() or b"")
            if keys:
                verify_note(note, keys)
            checkpoint = Checkpoint.parse(note.text)
            now = Checkpoint.parse(Note.parse(source.checkpoint() or b"").text)
        except TlogError as error:
            raise _refused(f"The checkpoint of log {log} does not hold: {error}.") from error
        if now.size < checkpoint.size:
            raise _refused(f"Log {log} is shorter than the statement's checkpoint.", now.size)
        return TileReader(checkpoint.size, partial(_fetch, source, now.size)), checkpoint

    def _check(
        self, number: int, line: Mapping[str, Any], reader: TileReader, checkpoint: Checkpoint
    ) -> None:
        index = int(line["index"])
        leaf = leaf_hash(str(line["entry"]).encode())
        if leaf.hex() != line["leaf_hash"]:
            raise _refused(f"Line {number}: its hash is not that of its entry.", index)
        try:
            proof = inclusion_proof(index, checkpoint.size, reader)
            check_inclusion(
                leaf, index=index, size=checkpoint.size, proof=proof, root=checkpoint.root
            )
        except TlogError as error:
            raise _refused(
                f"Line {number}: the log does not hold it at {line['log']}.{index}.", index
            ) from error


def _fetch(source: Source, size: int, tile: Tile) -> bytes:
    """Get a tile of hashes, or the beginning of what it is in the log as it stands."""
    for asked in (tile, tile_within(size, tile.level, tile.index)):
        data = next(iter(source.read([asked])))
        if data is not None:
            return data[: tile.width * HASH_BYTES]
    raise _refused(f"The log does not give {tile.path()}.")


def _parts(text: str) -> tuple[str, str, str]:
    stripped = text.strip()
    if stripped.startswith("{"):
        told = json.loads(stripped)
        return str(told["protected"]), str(told["payload"]), str(told["signature"])
    header, payload, signature = stripped.split(".")
    return header, payload, signature


def _refused(what: str, first: int = 0) -> Wrong:
    return Wrong(Kind.RECEIPT, first=first, what=what)
