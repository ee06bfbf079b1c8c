"""Finds out from a witness that refuses whether the database was put back, and tells it on the log.

Source: c2sp.org/tlog-witness (the checkpoint that a witness serves).
"""

from http import HTTPStatus

from app.core.journal import Event
from app.log import places, published
from app.log.checkpoints import last_signed, reader_of
from app.log.cosigning import NoAnswer, Refusal, Witness
from app.log.parts import DOOR, LogParts
from app.tlog import (
    Checkpoint,
    Note,
    TlogError,
    VerifierKey,
    origin_hash,
    tree_root,
    verify_note,
)


def tell_refusal(parts: LogParts, witness: Witness, refusal: Refusal) -> None:
    """Put on the log that a witness refuses to co-sign, and what it says to have seen."""
    with parts.units.begin(DOOR) as work:
        work.record(
            Event(
                "log.witness-refused",
                subject=f"witness:{witness.name}",
                details={"status": refusal.status, "seen_size": refusal.seen},
            )
        )


def tell_rollback(parts: LogParts, witness: Witness, log: int, checkpoint: str) -> None:
    """Put on the log that a witness holds what this log signed and the database does not have."""
    with parts.units.begin(DOOR) as work:
        work.record(
            Event(
                "log.rolled-back",
                subject=f"log:{log}",
                details={"witness": witness.name, "checkpoint": checkpoint},
            )
        )


def proven_rollback(parts: LogParts, witness: Witness) -> tuple[int, str] | None:
    """Give the log, and a checkpoint that it signed and that its database does not lead to, if any.

    The witness is not believed: the signature of the log itself is what counts.
    """
    with parts.units.begin(DOOR) as work:
        log = places.current_log(work.session)
        if log is None:
            return None
        keys = [VerifierKey.parse(row.vkey) for row in published.keys(work.session, log.number)]
    try:
        url = f"{witness.url.rstrip('/')}/{origin_hash(log.origin)}/checkpoint"
        status, body = parts.post(url, None)
        note = Note.parse(body)
        verify_note(note, keys)
        held = Checkpoint.parse(note.text)
    except (NoAnswer, TlogError):
        return None
    if status != HTTPStatus.OK or held.origin != log.origin:
        return None
    with parts.units.begin(DOOR) as work:
        signed = last_signed(work.session, log.number).size
        reader = reader_of(work.session, log.number, signed)
        if held.size <= signed and tree_root(held.size, reader) == held.root:
            return None
    return log.number, note.serialised()
