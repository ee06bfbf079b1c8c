"""Which keys are believed, and how a checkpoint's signatures are judged.

Keys come from the auditor (`--key`), from what was kept when this log was first seen, or, the very
first time, from the log itself: then the sentence says so. A key that the log added later is
believed when one that is believed vouched for it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.tlog import (
    Checkpoint,
    Note,
    NoteError,
    PolicyError,
    TlogError,
    TrustPolicy,
    VerifierKey,
    verify_note,
)
from app.verifier.verdict import Kind, Witness, Wrong

KEY_ADDED = "log.key-added"


@dataclass(frozen=True)
class Trust:
    """The keys that are believed to be a log's, and why, in words."""

    keys: tuple[VerifierKey, ...]
    why: str
    pinned: bool

    @classmethod
    def given(cls, keys: Iterable[VerifierKey]) -> "Trust":
        """Believe what the auditor brought along."""
        return cls(tuple(keys), "by the key that was given", pinned=True)

    @classmethod
    def kept(cls, keys: Iterable[VerifierKey], since: datetime) -> "Trust":
        """Believe what was kept when this log was seen before."""
        why = f"by the key kept here since {since.day} {since:%b %Y}, never compared with the party"
        return cls(tuple(keys), why, pinned=False)

    @classmethod
    def first_use(cls, keys: Iterable[VerifierKey]) -> "Trust":
        """Believe the log itself, this once."""
        why = "trust on first use: the key is the one that the log itself shows; compare it with"
        return cls(tuple(keys), f"{why} the party's, or name it with --key", pinned=False)

    def of(self, origin: str) -> "Trust":
        """Give what is believed of the log of this name.

        The name of a log changes each year, its key need not: a believed public key is believed
        under the new name too.
        """
        renamed = (VerifierKey.make(origin, key.algorithm, key.public) for key in self.keys)
        return replace(self, keys=tuple(dict.fromkeys(renamed)))

    def with_vouched(self, origin: str, own: Iterable[tuple[int, bytes]]) -> "Trust":
        """Add the keys that the log added, each vouched for by one believed before it.

        Args:
            own: what the log wrote about itself, in its order.
        """
        known = self.of(origin)
        for _, entry in own:
            key = _vouched_for(known.keys, entry, origin)
            if key is not None and key not in known.keys:
                known = replace(known, keys=(*known.keys, key))
        return known

    def signed(self, note: Note) -> bool:
        """Tell whether a believed key signed; a wrong signature of one is no signature at all.

        Raises:
            Wrong: a believed key's signature does not hold.
        """
        origin = Checkpoint.parse(note.text).origin
        keys = self.of(origin).keys
        if not any(key.made(signature) for key in keys for signature in note.signatures):
            return False
        try:
            verify_note(note, keys)
        except NoteError as error:
            raise Wrong(Kind.KEY, whose=origin, reason=str(error)) from error
        return True

    def require(self, note: Note) -> None:
        """Require that a believed key signed.

        Raises:
            Wrong: none did.
        """
        if not self.signed(note):
            whose = Checkpoint.parse(note.text).origin
            reason = "no signature on the checkpoint is of a key that is believed"
            raise Wrong(Kind.KEY, whose=whose, reason=reason)


def _vouched_for(known: tuple[VerifierKey, ...], entry: bytes, origin: str) -> VerifierKey | None:
    """Give the key that an entry adds, if a believed key signed the line that names it."""
    told = json.loads(entry)
    details: dict[str, Any] = told.get("details", {})
    if told.get("type") != KEY_ADDED:
        return None
    try:
        key = VerifierKey.parse(details["vkey"])
        note = Note.parse(details["voucher"])
        verify_note(note, known)
    except (TlogError, KeyError, TypeError):
        return None
    vouched = note.text == f"{KEY_ADDED}\n{key.text()}\n" and key.name == origin
    return key if vouched else None


def read_keys(texts: Iterable[str]) -> list[VerifierKey]:
    """Read keys, each a line or a file of lines; `#` begins a comment.

    Raises:
        NoteError: one is not a key.
    """
    keys = []
    for text in texts:
        path = Path(text)
        lines = path.read_text() if "+" not in text and path.is_file() else text
        keys += parse_keys(lines)
    if not keys:
        raise NoteError("there is no key in it")
    return keys


def parse_keys(lines: str) -> list[VerifierKey]:
    """Read the keys of a file.

    Raises:
        NoteError: a line is not a key.
    """
    told = (line.strip() for line in lines.splitlines())
    return [VerifierKey.parse(line) for line in told if line and not line.startswith("#")]


def witnessed(note: Note, policy: TrustPolicy | None, whose: str) -> tuple[Witness, ...]:
    """Give who co-signed, of the witnesses that the policy names.

    Args:
        whose: whose policy it is, in words.

    Raises:
        Wrong: a co-signature does not hold, or the quorum is not met.
    """
    if policy is None:
        return ()
    names = {line.vkey: line.name for line in policy.witnesses}
    cosigned = [s for s in note.signatures if any(key.made(s) for key in names)]
    try:
        verified = verify_note(Note(note.text, tuple(cosigned)), names) if cosigned else ()
    except NoteError as error:
        raise Wrong(Kind.KEY, whose="its witnesses", reason=str(error)) from error
    keys = {one.key for one in verified}
    if not policy.met_by(keys):
        present = " and ".join(sorted(names[key] for key in keys)) or "nobody"
        raise Wrong(Kind.WITNESSES, policy=whose, quorum=policy.quorum, present=present)
    times: dict[str, int] = {}
    for one in verified:
        name = names[one.key]
        times[name] = max(times.get(name, 0), one.timestamp or 0)
    return tuple(Witness(n, datetime.fromtimestamp(at, UTC)) for n, at in sorted(times.items()))


def parse_policy(data: bytes | None) -> TrustPolicy | None:
    """Read a policy on witnesses.

    Raises:
        Wrong: it cannot be read.
    """
    if data is None:
        return None
    try:
        return TrustPolicy.parse(data)
    except PolicyError as error:
        raise Wrong(Kind.UNREADABLE, reason=f"its policy cannot be read: {error}.") from error
