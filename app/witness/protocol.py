"""When a witness cosigns, and what it answers when it does not.

Source: c2sp.org/tlog-witness, add-checkpoint.
"""

import logging
from dataclasses import dataclass

from app.core.clock import Clock
from app.core.errors import Unavailable
from app.tlog import (
    COSIGNATURE_ED25519,
    EMPTY_ROOT,
    SIZE_MEDIA_TYPE,
    AddCheckpoint,
    Checkpoint,
    Note,
    NoteError,
    NoteSignature,
    ProofError,
    RequestError,
    check_consistency,
    verify_note,
)
from app.witness.keys import WitnessKeys
from app.witness.state import WitnessState
from app.witness.trust import Trust

logger = logging.getLogger("entente.witness")

TEXT_MEDIA_TYPE = "text/plain; charset=utf-8"
_NOTHING_YET = Checkpoint("-", 0, EMPTY_ROOT)


class Refusal(Exception):
    """The witness does not cosign: the status, and the text that says why.

    400 malformed, 403 not signed by the log, 404 an unknown log, 409 from another size (the text
    is the right one), 422 does not continue what was cosigned.
    """

    def __init__(self, status: int, text: str, media_type: str = TEXT_MEDIA_TYPE) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.media_type = media_type


@dataclass(frozen=True)
class _Cosigned:
    """What the witness cosigned last for a log, and the latest time that it put to it."""

    checkpoint: Checkpoint
    at: int


class Witness:
    """Cosigns what continues. All it knows is in the state's folder, so any number may run."""

    def __init__(
        self, keys: WitnessKeys, trusted: Trust, state: WitnessState, clock: Clock
    ) -> None:
        self._keys = keys
        self._trusted = trusted
        self._state = state
        self._clock = clock

    def add_checkpoint(self, body: bytes) -> str:
        """Cosign the checkpoint in `body`: the record of it is on disk when this returns.

        Raises:
            Refusal: it is not cosigned, and nothing has changed.
            Unavailable: the record is damaged.
            OSError: the record could not be written; nothing was cosigned.
        """
        request, note, checkpoint = _parse(body)
        note = self._signed_by_its_log(note, checkpoint)
        if request.old_size > checkpoint.size:
            raise Refusal(400, "The old size is beyond the size of the checkpoint.\n")
        with self._state.alone():
            last = self._last(checkpoint.origin)
            self._require_continuation(request, note, checkpoint, last)
            lines = self._cosign(note.text, checkpoint, last)
            self._state.replace(checkpoint.origin, note.with_signatures(lines).serialised())
        return "".join(line.line() for line in lines)

    def checkpoint(self, origin_hex: str) -> bytes:
        """Give the note that was cosigned last for the log whose origin has this SHA-256.

        Raises:
            Refusal: there is none (404).
        """
        if len(origin_hex) == 64 and not set(origin_hex) - set("0123456789abcdef"):
            note = self._state.by_hash(origin_hex)
            if note is not None:
                return note
        raise Refusal(404, "This witness has cosigned nothing of such a log.\n")

    def _signed_by_its_log(self, note: Note, checkpoint: Checkpoint) -> Note:
        """Give the note with the log's own signatures alone: nobody else's are looked at."""
        known = self._trusted.keys(checkpoint.origin)
        if not known:
            raise Refusal(404, "This witness does not know the log.\n")
        try:
            verify_note(note, known)
        except NoteError as error:
            raise Refusal(403, f"The checkpoint is not signed by the log: {error}.\n") from None
        own = (one for one in note.signatures if any(key.made(one) for key in known))
        return Note(note.text, tuple(own))

    def _last(self, origin: str) -> _Cosigned:
        """Give what was cosigned last: by this witness, or the record is not believed."""
        record = self._state.latest(origin)
        if record is None:
            return _Cosigned(_NOTHING_YET, 0)
        try:
            note = Note.parse(record)
            verified = verify_note(note, self._keys.vkeys)
            checkpoint = Checkpoint.parse(note.text, extensions=True)
        except NoteError as error:
            logger.critical("The record of %s is damaged: %s", origin, error)
            raise Unavailable(f"The record of {origin} is damaged: {error}.") from None
        if checkpoint.origin != origin:
            raise Unavailable(f"The record of {origin} is that of {checkpoint.origin}.")
        return _Cosigned(checkpoint, max(one.timestamp or 0 for one in verified))

    def _require_continuation(
        self, request: AddCheckpoint, note: Note, checkpoint: Checkpoint, last: _Cosigned
    ) -> None:
        size = last.checkpoint.size
        if request.old_size != size:
            raise Refusal(409, f"{size}\n", SIZE_MEDIA_TYPE)
        try:  # Of an empty log too: only one root continues the empty tree with nothing.
            check_consistency(
                old_size=size,
                old_root=last.checkpoint.root,
                size=checkpoint.size,
                root=checkpoint.root,
                proof=request.proof,
            )
        except ProofError as error:
            if checkpoint.size == size and checkpoint.root != last.checkpoint.root:
                self._report_contradiction(checkpoint, note)
            raise Refusal(422, f"This does not continue what was cosigned: {error}.\n") from None

    def _report_contradiction(self, checkpoint: Checkpoint, note: Note) -> None:
        """Keep the proof that the log signed two different trees of one size."""
        logger.critical(
            "%s has signed two different logs of %d entries", checkpoint.origin, checkpoint.size
        )
        self._state.keep_evidence(checkpoint.origin, note.serialised())

    def _cosign(self, text: str, checkpoint: Checkpoint, last: _Cosigned) -> list[NoteSignature]:
        # A cosignature says that at its time no larger tree was known. With a clock that was set
        # back it would contradict an earlier one.
        at = max(int(self._clock().timestamp()), last.at)
        return [
            signer.sign(text, at)
            for signer in self._keys.signers
            if not checkpoint.extensions or signer.vkey.algorithm == COSIGNATURE_ED25519
        ]


def _parse(body: bytes) -> tuple[AddCheckpoint, Note, Checkpoint]:
    try:
        request = AddCheckpoint.parse(body)
        note = Note.parse(request.checkpoint)
        return request, note, Checkpoint.parse(note.text, extensions=True)
    except (RequestError, NoteError) as error:
        raise Refusal(400, f"This is not a request to cosign a checkpoint: {error}.\n") from None
