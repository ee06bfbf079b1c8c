"""Trust policies: which logs count, and whose cosignatures a checkpoint needs.

Source: c2sp.org/tlog-policy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from app.tlog.checkpoint import Checkpoint
from app.tlog.errors import NoteError, PolicyError
from app.tlog.keys import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    Verified,
    VerifierKey,
    verify_note,
)
from app.tlog.note import Note

NONE = "none"
MAX_POLICY_BYTES = 1024 * 1024
MAX_LINES = 1024

_SPACE = re.compile(r"[ \t]+")
_COUNT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_LOG_SIGNATURES = (ED25519, COSIGNATURE_MLDSA44)
_COSIGNATURES = (COSIGNATURE_ED25519, COSIGNATURE_MLDSA44)


@dataclass(frozen=True)
class LogLine:
    """A log: its key, whose name is the log's origin, and where it is reached ("" if unsaid)."""

    vkey: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class WitnessLine:
    """A witness: its name within the policy, its key, and its submission prefix ("" if unsaid)."""

    name: str
    vkey: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class GroupLine:
    """A group that has witnessed a checkpoint when `count` of its members have."""

    name: str
    count: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class TrustPolicy:
    """What makes a checkpoint valid: the signature of a listed log, and a quorum of witnesses.

    Args:
        quorum: the name of a witness or group, or "none".
    """

    logs: tuple[LogLine, ...]
    witnesses: tuple[WitnessLine, ...]
    groups: tuple[GroupLine, ...]
    quorum: str

    @classmethod
    def parse(cls, text: str | bytes) -> TrustPolicy:
        """Give the policy that the lines of `text` define.

        Bytes that are not UTF-8 are kept as they are: names are opaque.

        Raises:
            PolicyError: with the number of the line, what is wrong with it.
        """
        if isinstance(text, bytes):
            text = text.decode(errors="surrogateescape")
        if len(text) > MAX_POLICY_BYTES or text.count("\n") > MAX_LINES:
            raise PolicyError("the policy is too long")
        if any((c < " " and c not in "\t\n") or c == "\x7f" for c in text):
            raise PolicyError("there is a control character in the policy")
        *lines, rest = text.split("\n")
        if rest:
            raise PolicyError("the last line of the policy does not end with a newline")
        reading = _Reading()
        for number, line in enumerate(lines, start=1):
            try:
                reading.line(line.strip(" \t"))
            except (PolicyError, NoteError) as error:
                raise PolicyError(f"line {number} of the policy: {error}") from None
        return reading.policy()

    def text(self) -> str:
        """Give the policy as a file, without the comments that it may have had."""
        lines = [f"log {log.vkey.text()} {log.url}".rstrip() for log in self.logs]
        lines += [f"witness {w.name} {w.vkey.text()} {w.url}".rstrip() for w in self.witnesses]
        lines += [f"group {g.name} {g.count} {' '.join(g.members)}" for g in self.groups]
        lines.append(f"quorum {self.quorum}")
        return "".join(f"{line}\n" for line in lines)

    def met_by(self, keys: Collection[VerifierKey]) -> bool:
        """Say whether these keys, each of which has cosigned, make up the quorum."""
        if self.quorum == NONE:
            return True
        witnessed = {witness.name for witness in self.witnesses if witness.vkey in keys}
        for group in self.groups:  # In their order: a group names only what stands above it.
            if sum(member in witnessed for member in group.members) >= group.count:
                witnessed.add(group.name)
        return self.quorum in witnessed

    def accept(self, note: Note) -> tuple[Checkpoint, tuple[Verified, ...]]:
        """Give the checkpoint in `note` and the signatures that make it valid.

        Raises:
            NoteError: it is no checkpoint, or a known key's signature does not hold.
            PolicyError: no listed log signed it, or the quorum is not met.
        """
        checkpoint = Checkpoint.parse(note.text)
        logs = [log.vkey for log in self.logs if log.vkey.name == checkpoint.origin]
        witnesses = [witness.vkey for witness in self.witnesses]
        if not logs:
            raise PolicyError(f"the policy lists no log {checkpoint.origin}")
        verified = verify_note(note, {*logs, *witnesses})
        keys = {one.key for one in verified}
        if not keys & set(logs):
            raise PolicyError(f"{checkpoint.origin} has not signed this checkpoint")
        if not self.met_by(keys & set(witnesses)):
            raise PolicyError(f"the quorum {self.quorum} has not cosigned this checkpoint")
        return checkpoint, verified


class _Reading:
    """Takes the lines of a policy one by one; knows what has been defined so far."""

    def __init__(self) -> None:
        self._logs: list[LogLine] = []
        self._witnesses: list[WitnessLine] = []
        self._groups: list[GroupLine] = []
        self._quorum: str | None = None
        self._names = {NONE}
        self._grouped: set[str] = set()

    def line(self, line: str) -> None:
        if not line or line.startswith("#"):
            return
        keyword, *items = _SPACE.split(line)
        readers: dict[str, tuple[Callable[..., None], int, int]] = {
            "log": (self._log, 1, 2),
            "witness": (self._witness, 2, 3),
            "group": (self._group, 3, MAX_LINES),
            "quorum": (self._set_quorum, 1, 1),
        }
        if keyword not in readers:
            raise PolicyError("a line is a log, a witness, a group or the quorum")
        read, fewest, most = readers[keyword]
        if not fewest <= len(items) <= most:
            raise PolicyError(f"a {keyword} line has other items")
        read(*items)

    def policy(self) -> TrustPolicy:
        if self._quorum is None:
            raise PolicyError("the policy has no quorum line")
        logs, witnesses = tuple(self._logs), tuple(self._witnesses)
        return TrustPolicy(logs, witnesses, tuple(self._groups), self._quorum)

    def _log(self, vkey: str, url: str = "") -> None:
        key = VerifierKey.parse(vkey)
        if key.algorithm not in _LOG_SIGNATURES:
            raise PolicyError("a log has a key for its own signatures")
        if any(key.public == log.vkey.public for log in self._logs):
            raise PolicyError("a log's key stands twice")
        self._logs.append(LogLine(key, url))

    def _witness(self, name: str, vkey: str, url: str = "") -> None:
        key = VerifierKey.parse(vkey)
        if key.algorithm not in _COSIGNATURES:
            raise PolicyError("a witness has a key for cosignatures")
        if any(key.public == witness.vkey.public for witness in self._witnesses):
            raise PolicyError("a witness's key stands twice")
        self._define(name)
        self._witnesses.append(WitnessLine(name, key, url))

    def _group(self, name: str, count: str, *members: str) -> None:
        needed = {"all": str(len(members)), "any": "1"}.get(count, count)
        if not _COUNT.fullmatch(needed) or int(needed) > len(members):
            raise PolicyError("a group asks for 1 up to the number of its members")
        for member in members:
            if member == NONE or member not in self._names:
                raise PolicyError(f"{member!r} is not defined above")
            if member in self._grouped:
                raise PolicyError(f"{member!r} is a member twice")
            self._grouped.add(member)
        self._define(name)
        self._groups.append(GroupLine(name, int(needed), members))

    def _set_quorum(self, name: str) -> None:
        if self._quorum is not None:
            raise PolicyError("there is a second quorum line")
        if name not in self._names:
            raise PolicyError(f"{name!r} is not defined above")
        self._quorum = name

    def _define(self, name: str) -> None:
        if name in self._names:
            raise PolicyError(f"{name!r} is defined twice")
        self._names.add(name)
