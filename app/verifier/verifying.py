"""Verifies a log, and those that came before it: believes signatures of believed keys, and hashes.

The order is that of what can be told: who signed; whether it continues what was seen before; the
hashes of every entry; what the log's own tables say beside it; who witnessed; what was promised.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge
from typing import Any

from app.core.clock import Clock, utc_now
from app.tlog import Checkpoint, Note, NoteError, TlogError, TrustPolicy
from app.verifier.kept import Kept
from app.verifier.locate import locate
from app.verifier.receipts import Receipt
from app.verifier.recompute import Reading, read_log
from app.verifier.sources import Claim, Source
from app.verifier.succession import require_succession
from app.verifier.trust import Trust, parse_keys, parse_policy, witnessed
from app.verifier.verdict import RECOVERED, Kind, Proved, Watch, Witness, Wrong

BEGUN = "log.begun"
PREVIOUS = "previous_checkpoint"


@dataclass(frozen=True)
class Asked:
    """What the auditor brings: keys, a policy, older checkpoints, receipts, what was kept."""

    kept: Kept
    trust: Trust | None = None
    policy: TrustPolicy | None = None
    checkpoints: tuple[Note, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    accept_recovery: bool = False
    now: Clock = utc_now

    def believed(self, origin: str, shown: bytes | None) -> Trust:
        """Give the keys to believe of a log that shows these.

        Raises:
            Wrong: nothing but them could be believed, and they cannot be read.
        """
        if self.trust is not None:
            return self.trust.of(origin)
        kept = self.kept.trust(origin)
        if kept is not None:
            return kept
        try:
            keys = parse_keys((shown or b"").decode())
        except (NoteError, UnicodeDecodeError) as error:
            raise Wrong(Kind.UNREADABLE, reason=f"its keys cannot be read: {error}.") from error
        return Trust.first_use(key for key in keys if key.name == origin)

    def witnesses(self, note: Note, shown: bytes | None) -> tuple[Witness, ...]:
        """Give who co-signed, as the policy asks that was given, or else that which is shown.

        Raises:
            Wrong: the policy is not met.
        """
        if self.policy is not None:
            return witnessed(note, self.policy, "the policy that was given")
        return witnessed(note, parse_policy(shown), "the log's own policy")


@dataclass(frozen=True)
class Begun:
    """What a log says of the one before it: its number, and its last checkpoint, signed.

    `recovered` says that a backup was restored in between, when it had `size` entries.
    """

    number: int
    checkpoint: Note
    recovered: bool = False
    size: int = 0


def verify(source: Source, asked: Asked, watch: Watch | None = None) -> list[Proved]:
    """Verify a log and those before it that are there too; gives what is proved, oldest first.

    Raises:
        Wrong: something is not proved, and from which entry on.
    """
    proved: list[Proved] = []
    found: set[bytes] = set()
    following: tuple[str, Begun] | None = None
    here: Source | None = source
    while here is not None:
        check = _Check(here, asked, watch)
        if following is not None:
            check.lead_to(*following)
        proved.insert(0, check.run())
        found |= check.found()
        begun = check.begun()
        following = (check.checkpoint.origin, begun) if begun else None
        here = here.earlier(begun.number) if begun else None
    carried = _of(following[1].checkpoint) if following else None
    if carried is not None:
        proved[0] = replace(proved[0], follows=carried.origin)
    require_succession(asked.kept, proved, carried)
    _require_all_judged(asked, proved)
    for receipt in asked.receipts:
        receipt.require(found, proved[-1].size, proved[-1].last_at)
    return [*proved[:-1], replace(proved[-1], receipts=len(asked.receipts))]


class _Check:
    """One log under verification."""

    def __init__(self, source: Source, asked: Asked, watch: Watch | None) -> None:
        self._source = source
        self._asked = asked
        self._watch = watch
        self._reading = Reading()
        self.recovered = False
        self._lost: Checkpoint | None = None
        self._shown = self.note = read_note(source.checkpoint())
        self.checkpoint = _of(self.note)
        self._other: list[Note] = []
        self._other_end: Wrong | None = None

    def lead_to(self, after: str, begun: Begun) -> None:
        """Require that the log ended as the next one says.

        Which checkpoint is shown depends on the witnesses of today. If it is not the carried one,
        the larger is verified, and that the other leads to it; beyond what was carried a log goes
        only as far as a recovery tells.

        Raises:
            Wrong: it did not.
        """
        self.recovered = begun.recovered
        carried, shown = _of(begun.checkpoint), self.checkpoint
        if carried == shown:
            return
        unlike = carried.origin != shown.origin or carried.size == shown.size
        first = 0 if carried.size == shown.size else min(carried.size, shown.size)
        facts = {"earlier": shown.origin, "next": after, "carried": carried.size}
        other_end = Wrong(Kind.CHAIN, first=first, **facts)
        if unlike or shown.size > max(carried.size, begun.size):
            raise other_end
        self._other = [begun.checkpoint]
        if carried.size > shown.size:
            self._other, self.note, self.checkpoint = [self.note], begun.checkpoint, carried
            self._other_end = other_end

    def run(self) -> Proved:
        """Prove the log, then keep its checkpoint.

        Raises:
            Wrong: it is not proved.
        """
        trust = self._asked.believed(self.checkpoint.origin, self._source.keys())
        seen = self._accept_loss(self._seen())
        if trust.signed(self.note):
            self._require_no_smaller(seen)
        self._read(seen)
        for note in seen:
            trust.require(note)
            trust = self._with_added(trust, min(_of(note).size, self._reading.agreed))
        trust.require(self.note)
        trust.require(self._shown)
        self._require_no_smaller(seen)
        self._judge()
        self._source.check(self.checkpoint.size)
        witnesses = self._asked.witnesses(self._shown, self._source.policy())
        trust = self._with_added(trust, self.checkpoint.size)
        kept = self._asked.kept.checkpoint(self.checkpoint.origin)
        if self._lost and kept and _of(kept).size > self.checkpoint.size:
            self._asked.kept.put_aside(kept)
        self._asked.kept.keep(self.note, trust, self._asked.now().date())
        return Proved(
            origin=self.checkpoint.origin,
            size=self.checkpoint.size,
            first_at=_time(self._reading.first),
            last_at=_time(self._reading.last),
            witnesses=witnesses,
            trust=trust.why,
            entries_read=self._source.entries_readable,
            lost=self._told_lost(),
        )

    def begun(self) -> Begun | None:
        """Give what the first entry says of an earlier log, if it says that there was one."""
        return _begun(self._reading.first)

    def found(self) -> set[bytes]:
        """Give those leaves that were promised and are here."""
        return set(self._reading.found)

    def _with_added(self, trust: Trust, size: int) -> Trust:
        return trust.with_added(self.checkpoint.origin, self._reading.own, size)

    def _seen(self) -> list[Note]:
        """Give the older checkpoints of this log that the auditor has, the smallest first."""
        origin = self.checkpoint.origin
        kept = self._asked.kept.checkpoint(origin)
        notes = [*self._asked.checkpoints, *self._other, *([kept] if kept else [])]
        return sorted(
            (note for note in notes if _of(note).origin == origin), key=lambda note: _of(note).size
        )

    def _require_no_smaller(self, seen: list[Note]) -> None:
        largest = _of(seen[-1]) if seen else None
        if largest and largest.size > self.checkpoint.size:
            size = self.checkpoint.size
            further = RECOVERED if self.recovered else ""
            facts = {"kept": largest.size, "size": size, "further": further}
            raise self._evident(Kind.ROLLED_BACK, first=size, **facts)

    def _accept_loss(self, seen: list[Note]) -> list[Note]:
        """Pass over kept checkpoints beyond the end, if a recovery is told of and accepted."""
        if not (self.recovered and self._asked.accept_recovery):
            return seen
        beyond = [note for note in seen if _of(note).size > self.checkpoint.size]
        self._lost = _of(beyond[-1]) if beyond else None
        return [note for note in seen if note not in beyond]

    def _told_lost(self) -> str:
        if self._lost is None:
            return ""
        first, kept = self.checkpoint.size, self._lost.size
        return (
            f"a recovery lost {kept - first:,} entries of {self._lost.origin}, from entry"
            f" {first:,} on up to the {kept:,} of a kept checkpoint, as was accepted"
        )

    def _read(self, seen: list[Note]) -> None:
        size = self.checkpoint.size
        kept = [Claim(one.size, one.root, kept=True) for one in map(_of, seen)]
        claims = merge(kept, self._source.claims(size), key=lambda claim: claim.size)
        leaves = {leaf for receipt in self._asked.receipts for leaf in receipt.leaves.values()}
        self._reading = read_log(
            self._source, size, claims=claims, leaves=leaves, watch=self._watch
        )

    def _judge(self) -> None:
        """Judge what was read by the checkpoints, of which all were signed by believed keys."""
        reading, size = self._reading, self.checkpoint.size
        denied = reading.contradicted
        again = denied is not None and denied.kept and denied.size == size
        if again and denied is not None and denied.root != self.checkpoint.root:
            raise self._evident(Kind.REGROWN, first=reading.agreed, size=size)
        if reading.root != self.checkpoint.root:
            raise self._other_end or locate(self._source, self.checkpoint, reading, reading.agreed)
        if denied is not None and denied.kept:
            raise self._evident(Kind.SPLIT_VIEW, first=reading.agreed, kept=denied.size)
        if denied is not None:
            what = f"a checkpoint of {denied.size:,} entries to which the entries do not lead"
            raise Wrong(Kind.STRAY, first=denied.size, what=what)
        if reading.doubtful is not None:
            tile, first = reading.doubtful
            raise Wrong(Kind.HASHES, first=first, tile=tile.path())

    def _evident(self, kind: Kind, *, first: int, **facts: object) -> Wrong:
        """Tell of a checkpoint that contradicts a kept one, and keep it as evidence."""
        wrong = Wrong(kind, first=first, **facts)
        path = self._asked.kept.keep_contradiction(self.note)
        wrong.detail += f" Both are signed; the evidence is kept in {path.parent}."
        return wrong


def read_note(data: bytes | None) -> Note:
    """Read a signed checkpoint; its signatures are not judged yet.

    Raises:
        Wrong: it is none.
    """
    if data is None:
        raise Wrong(Kind.UNREADABLE, reason="there is no checkpoint.")
    try:
        note = Note.parse(data)
        Checkpoint.parse(note.text)
    except TlogError as error:
        raise Wrong(Kind.UNREADABLE, reason=f"its checkpoint cannot be read: {error}.") from error
    return note


def _of(note: Note) -> Checkpoint:
    return Checkpoint.parse(note.text)


def _told(entry: bytes | None) -> dict[str, Any]:
    """Read an entry; one that was never written by a portal of ours says nothing."""
    try:
        told = json.loads(entry or b"{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _time(entry: bytes | None) -> datetime | None:
    try:
        return datetime.fromisoformat(str(_told(entry).get("time", "")))
    except ValueError:
        return None


def _begun(entry: bytes | None) -> Begun | None:
    told = _told(entry)
    details = told.get("details")
    if told.get("type") != BEGUN or not isinstance(details, dict) or not details.get(PREVIOUS):
        return None
    try:
        note = read_note(str(details[PREVIOUS]).encode())
        number = int(str(told["subject"]).removeprefix("log:")) - 1
    except (Wrong, KeyError, ValueError) as error:
        reason = "its first entry does not tell how the log before it ended."
        raise Wrong(Kind.UNREADABLE, reason=reason) from error
    size = details.get("previous_size", 0)
    recovered = details.get("reason") == "recovered"
    return Begun(number, note, recovered, size if recovered and isinstance(size, int) else 0)


def _require_all_judged(asked: Asked, proved: list[Proved]) -> None:
    """Require that nothing which the auditor brought was passed over.

    A receipt names the portal's logs by what their names begin with: which of them an entry comes
    to stand in is not known when it is promised.
    """
    origins = {log.origin for log in proved}
    for note in asked.checkpoints:
        if _of(note).origin not in origins:
            raise Wrong(Kind.NOT_READ, what="checkpoint", origin=_of(note).origin)
    for receipt in asked.receipts:
        if not any(origin.rpartition("/")[0] == receipt.origin for origin in origins):
            raise Wrong(Kind.NOT_READ, what="receipt", origin=receipt.origin)
