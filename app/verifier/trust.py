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
    def kept(cls, keys: Iterable[VerifierKey], since: str, *, pinned: bool) -> "Trust":
        """Believe what was kept when this log was seen before, on the day `since`."""
        how = "that was given" if pinned else "first seen, and never compared with the party's,"
        return cls(tuple(keys), f"by the key {how} on {since}", pinned)

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

    def with_added(self, origin: str, own: Iterable[tuple[int, bytes]], size: int) -> "Trust":
        """Add the keys that the log added among its first `size` entries.

        Args:
            own: the entries that add keys, with their places.
            size: the size of a tree whose root a believed key has signed.
        """
        added = [key for index, entry in own if index < size for key in _added(entry, origin)]
        return replace(self, keys=tuple(dict.fromkeys((*self.of(origin).keys, *added))))

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


def _added(entry: bytes, origin: str) -> list[VerifierKey]:
    """Give the keys that an entry adds; one that is not so written adds none."""
    try:
        told = json.loads(entry)
        if told["type"] != KEY_ADDED:
            return []
        keys = [VerifierKey.parse(line) for line in told["details"]["keys"]]
    except (TlogError, ValueError, KeyError, TypeError, AttributeError):
        return []
    return [key for key in keys if key.name == origin]


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
