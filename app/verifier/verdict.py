"""What verifying a log comes to: one sentence on what is proved, or one on what is wrong.

Each kind of wrong has wording of its own, since each asks something else of the auditor.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from app.core.errors import Problem

Watch = Callable[[int, int], None]
"""Is told how many entries of how many were read."""


class Kind(StrEnum):
    """What is wrong, as a word that does not change."""

    CHANGED = "changed"
    REMOVED = "removed"
    MISSING = "missing"
    REORDERED = "reordered"
    INSERTED = "inserted"
    CUT_OFF = "cut-off"
    REWRITTEN = "rewritten"
    HASHES = "hashes"
    ROLLED_BACK = "rolled-back"
    REGROWN = "regrown"
    SPLIT_VIEW = "split-view"
    NO_PLACE = "no-place"
    COLUMNS = "columns"
    STRAY = "stray"
    SELECTION = "selection"
    KEY = "key"
    WITNESSES = "witnesses"
    RECEIPT = "receipt"
    NOT_READ = "not-read"
    CHAIN = "chain"
    LEFT_BEHIND = "left-behind"
    UNREADABLE = "unreadable"


WORDS: Final = {
    Kind.CHANGED: "Entry {first:,} was changed after it was signed. All before it are unaltered.",
    Kind.REMOVED: (
        "Entry {first:,} was removed: what stands in its place is another. "
        "All before it are unaltered."
    ),
    Kind.MISSING: (
        "Entries {first:,} to {last:,} are missing, though others follow. "
        "All before them are unaltered."
    ),
    Kind.REORDERED: (
        "From entry {first:,} on the entries stand in another order than was signed. "
        "All before it are unaltered."
    ),
    Kind.INSERTED: (
        "Something stands at entry {first:,} that was never signed there. "
        "All before it are unaltered."
    ),
    Kind.CUT_OFF: (
        "The log is cut off: its checkpoint covers {size:,} entries, and those from entry "
        "{first:,} on are missing. {before}"
    ),
    Kind.REWRITTEN: (
        "The log was rewritten: its entries do not lead to the signed checkpoint. What is wrong "
        "begins at entry {first:,} or after it. {before}"
    ),
    Kind.HASHES: (
        "The entries are those that were signed, but a published tile of their hashes is not "
        "({tile}): proofs made from it fail from entry {first:,} on."
    ),
    Kind.ROLLED_BACK: (
        "The log was rolled back: a kept checkpoint covers {kept:,} entries, the log now has "
        "{size:,}. Those from entry {first:,} on are gone.{further}"
    ),
    Kind.REGROWN: (
        "The log was rolled back and grew again: a kept checkpoint of the same {size:,} entries "
        "has another root. What differs begins at entry {first:,} or after it."
    ),
    Kind.SPLIT_VIEW: (
        "Two views of one log: it does not continue a kept checkpoint of {kept:,} entries. What "
        "differs begins at entry {first:,} or after it."
    ),
    Kind.NO_PLACE: (
        "{count:,} rows of the journal have no place in the log, the first of them {id} of "
        "{at}. The log proves nothing of them; its own entries are unaltered up to entry "
        "{first:,}. If the worker stood still, start it and ask again."
    ),
    Kind.COLUMNS: (
        "The tables do not tell what entry {first:,} says: its {columns} differ from its own "
        "bytes. Answers from it and after it are not proved."
    ),
    Kind.STRAY: "The tables hold what the log does not: {what}, from entry {first:,} on.",
    Kind.SELECTION: "Entry {first:,} of the selection is not proved: {reason}.",
    Kind.KEY: "This is not signed by {whose}: {reason}. Nothing is proved, from entry 0 on.",
    Kind.WITNESSES: (
        "The checkpoint lacks co-signatures: {policy} asks for {quorum}, and {present} signed "
        "it. The entries lead to it, but who witnessed them is not shown, from entry 0 on."
    ),
    Kind.RECEIPT: "{what} From entry {first:,} on the log is not what was promised.",
    Kind.NOT_READ: "A {what} that was given is of the log {origin}, which was not read.",
    Kind.CHAIN: (
        "The log {earlier} does not end as the next one says: {next} carries its checkpoint of "
        "{carried:,} entries. What differs begins at entry {first:,} of {earlier} or after it."
    ),
    Kind.LEFT_BEHIND: (
        "The log {origin} was seen before under the same key, and {next} does not follow it: "
        "nothing shows what became of it, from entry {first:,} on."
    ),
    Kind.UNREADABLE: "There is no log to verify here: {reason}",
}

RECOVERED: Final = (
    " A later log says that a backup was restored. If its party tells you the same, go on with"
    " --accept-recovery; the kept checkpoint is then put aside."
)
UNPROVED_BEFORE: Final = "Nothing is proved of those before it."


class Wrong(Problem):
    """What was shown is not proved: `kind` says how, `first` from which entry on."""

    title = "The log does not verify"

    def __init__(self, kind: Kind, *, first: int = 0, **facts: object) -> None:
        super().__init__(WORDS[kind].format(first=first, **{"further": "", **facts}))
        self.kind = kind
        self.first = first


@dataclass(frozen=True)
class Witness:
    """A party's witness, and when it co-signed: an aware UTC datetime."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Proved:
    """What holds of one log. Times are those that its first and last entries tell."""

    origin: str
    size: int
    first_at: datetime | None
    last_at: datetime | None
    witnesses: tuple[Witness, ...]
    trust: str  # why its keys are believed, in words
    entries_read: bool
    receipts: int = 0
    follows: str = ""  # the origin of the log before it, if that was not read
    lost: str = ""  # what a recovery that the auditor accepts has lost, in words


@dataclass(frozen=True)
class Selected:
    """What holds of a selection: `count` of the `size` entries of a log stand in it unaltered."""

    origin: str
    count: int
    size: int
    witnesses: tuple[Witness, ...]
    trust: str


def sentence_of_selection(parts: list[Selected]) -> str:
    """Say in one sentence what is proved of a selection."""
    count, size = sum(part.count for part in parts), sum(part.size for part in parts)
    origins = " and ".join(part.origin for part in parts)
    return (
        f"{count:,} selected of {size:,} entries, each unaltered and in its place (that no other"
        f" belongs to the selection only the whole log shows); signed by {origins}"
        f" ({parts[0].trust}); {_witnessed(parts[0].witnesses)}."
    )


def sentence(logs: list[Proved]) -> str:
    """Say in one sentence what is proved of logs that follow each other, oldest first."""
    newest = logs[-1]
    count = sum(log.size for log in logs)
    what = "entry" if count == 1 else "entries"
    parts = [f"{count:,} {what}{f' in {len(logs)} logs' if len(logs) > 1 else ''}"]
    if all(log.entries_read for log in logs):
        parts[0] += ", complete and unaltered" + _span(logs)
    else:
        parts[0] += ": their hashes lead to the signed checkpoint, the entries were not read"
    parts.append(f"signed by {' and '.join(log.origin for log in logs)} ({newest.trust})")
    parts.append(_witnessed(newest.witnesses))
    if logs[0].follows:
        parts.append(f"following {logs[0].follows}, which was not read")
    parts += [log.lost for log in logs if log.lost]
    receipts = sum(log.receipts for log in logs)
    if receipts:
        parts.append(f"with all that {receipts} receipt{'s' if receipts > 1 else ''} promised")
    return "; ".join(parts) + "."


def moment(at: datetime) -> str:
    """Spell a time for people, to the minute, without its zone."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y %H:%M}"


def _span(logs: list[Proved]) -> str:
    first = next((log.first_at for log in logs if log.first_at), None)
    last = next((log.last_at for log in reversed(logs) if log.last_at), None)
    return f", {moment(first)} to {moment(last)} UTC" if first and last else ""


def _witnessed(witnesses: tuple[Witness, ...]) -> str:
    if not witnesses:
        return "witnessed by nobody"
    newest = max(witness.at for witness in witnesses)
    if len({moment(witness.at) for witness in witnesses}) == 1:
        names = " and ".join(witness.name for witness in witnesses)
        return f"witnessed by {names} at {moment(newest)} UTC"
    each = (f"{witness.name} at {moment(witness.at)}" for witness in witnesses)
    return f"witnessed by {' and '.join(each)} UTC"
