"""The versions of a record on a past day: which there were, in which state, from which moment on.

What a version says is frozen once it is submitted, and with it every marking. Of a draft only what
it says now is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access import Grant, State
from app.core.ids import AudienceId

MOVES: Mapping[str, State] = {
    "submit": State.SUBMITTED,
    "return": State.DRAFT,
    "refuse": State.DRAFT,
}


@dataclass(frozen=True)
class Move:
    """A decision that moved a version between draft and submission."""

    version_id: UUID
    kind: str
    decided_at: datetime


@dataclass(frozen=True)
class Kept:
    """What is kept of a version: its moments, and the audiences of its parts in the last state."""

    version_id: UUID
    number: int
    owner: str
    originator: str
    created_at: datetime
    amended_at: datetime
    submitted_at: datetime | None
    released_at: datetime | None
    withdrawn_at: datetime | None
    title: AudienceId
    parts: frozenset[AudienceId]


@dataclass(frozen=True)
class PastVersion:
    """A version with every state that it was in, each from its moment on, oldest first."""

    kept: Kept
    states: tuple[tuple[datetime, State], ...]

    def state_at(self, moment: datetime) -> State | None:
        """Give the state that it was in; None before it was begun."""
        return next((state for at, state in reversed(self.states) if at <= moment), None)

    def written_after(self, moment: datetime) -> bool:
        """Tell whether it said something else then: it was a draft, and was written in since."""
        open_then = self.state_at(moment) in (State.DRAFT, State.SUBMITTED)
        return open_then and self.kept.amended_at > moment


@dataclass(frozen=True)
class PastGrant:
    """A grant of what an originator holds in a record: it held from `since` until `ended`."""

    originator: str
    grant: Grant
    since: datetime
    ended: datetime

    def holds(self, moment: datetime) -> bool:
        """Tell whether it opened anything at a moment."""
        return self.since <= moment < self.ended


def granted_then(
    version: PastVersion, grants: Sequence[PastGrant], moment: datetime
) -> Mapping[str, frozenset[Grant]]:
    """Give the grants that a version's parts had at a moment, by originator.

    What is superseded keeps those that it had, of one person the last to end, and gets no others.
    """
    superseded = next((at for at, state in version.states if state is State.SUPERSEDED), None)
    if superseded is not None and superseded <= moment:
        last: dict[tuple[str, str], PastGrant] = {}
        for one in sorted(grants, key=lambda one: (one.grant.until, one.ended)):
            if one.since < superseded < one.ended:
                last[one.originator, one.grant.person] = one
        grants = tuple(last.values())
    held: dict[str, set[Grant]] = {}
    for one in grants:
        if one.holds(moment):
            held.setdefault(one.originator, set()).add(one.grant)
    return {originator: frozenset(some) for originator, some in held.items()}


def versions_then(kept: Sequence[Kept], moves: Iterable[Move]) -> list[PastVersion]:
    """Give the versions of a record with their states over time, oldest first."""
    moved: dict[UUID, list[Move]] = {}
    for move in moves:
        moved.setdefault(move.version_id, []).append(move)
    return [
        PastVersion(one, _states(one, moved.get(one.version_id, ()), _superseded_at(one, kept)))
        for one in kept
    ]


def _superseded_at(version: Kept, kept: Sequence[Kept]) -> datetime | None:
    """The release of a later version; nothing is superseded that was withdrawn before."""
    later = [one.released_at for one in kept if one.number > version.number and one.released_at]
    moment = min(later, default=None)
    if moment is None or (version.withdrawn_at is not None and version.withdrawn_at < moment):
        return None
    return moment


def _states(
    version: Kept, moves: Iterable[Move], superseded_at: datetime | None
) -> tuple[tuple[datetime, State], ...]:
    """Put the states in order; of two at one moment, the one that follows the other is later."""
    found: list[tuple[datetime, int, State]] = [(version.created_at, 0, State.DRAFT)]
    found += [(move.decided_at, 1, MOVES[move.kind]) for move in moves]
    for moment, rank, state in (
        (version.submitted_at, 1, State.SUBMITTED),
        (version.released_at, 2, State.RELEASED),
        (superseded_at if version.released_at else None, 3, State.SUPERSEDED),
        (version.withdrawn_at, 4, State.WITHDRAWN),
    ):
        if moment is not None:
            found.append((moment, rank, state))
    found.sort(key=lambda one: one[:2])
    return tuple((moment, state) for moment, _, state in found)
