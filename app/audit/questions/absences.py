"""Since when, and until when, a person or an organisation had no standing, as the log tells it.

A suspension lasts until the next resumption. Of an agreement, what its newest entry says holds:
outside its days the organisation has no standing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.audit.actions import ADMITTED, AGREED, CAME_BACK, LEFT
from app.audit.questions.ground import Ground
from app.audit.questions.select import whole_entries
from app.log import LoggedRow

# Until the end of time: the latest that both the database and Python can tell in any zone.
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
SUSPENDED_PERSON: Final = "Suspended"
SUSPENDED_ORGANISATION: Final = "Organisation suspended"
NOT_YET: Final = "Before the agreement began"
ENDED: Final = "After the agreement ended"


@dataclass(frozen=True)
class Absence:
    """From `since` until `until`, exclusive, told by the entry at (`log`, `index`)."""

    person: UUID | None
    organisation: str
    since: datetime
    until: datetime
    log: int
    index: int
    why: str


@dataclass(frozen=True)
class Turn:
    """An entry that may begin or end an absence, with what it details."""

    log: int
    index: int
    at: datetime
    type: str
    subject: str
    details: Mapping[str, Any]


def absences(ground: Ground) -> list[Absence]:
    """Give every absence that the entries in sight tell of; read once for an answer."""
    kept: list[Absence] | None = ground.kept.get("absences")
    if kept is None:
        kept = ground.kept["absences"] = _absences(ground)
    return kept


def _absences(ground: Ground) -> list[Absence]:
    types = (*LEFT, *CAME_BACK, *ADMITTED, *AGREED)
    rows = ground.session.execute(
        select(
            LoggedRow.entry_id,
            LoggedRow.log,
            LoggedRow.index,
            LoggedRow.at,
            LoggedRow.type,
            LoggedRow.subject,
        )
        .where(LoggedRow.type.in_(types), ground.sight())
        .order_by(LoggedRow.log, LoggedRow.index)
    ).all()
    telling = [row.entry_id for row in rows if row.type in (*ADMITTED, *AGREED)]
    whole = whole_entries(ground, telling)
    turns: dict[str, list[Turn]] = {}
    for entry_id, log, index, at, type_, subject in rows:
        details = whole[entry_id]["details"] if entry_id in whole else {}
        turn = Turn(log, index, at, type_, subject, details)
        turns.setdefault(turn.subject, []).append(turn)
    return [one for subject, told in turns.items() for one in _of(subject, told)]


def _of(subject: str, told: list[Turn]) -> Iterator[Absence]:
    kind, _, what = subject.partition(":")
    if kind == "agreement":
        return _outside(what, told)
    return _suspensions(UUID(what) if kind == "person" else None, what, told)


def _suspensions(person: UUID | None, what: str, told: Iterable[Turn]) -> Iterator[Absence]:
    organisation = "" if person else what
    why = SUSPENDED_PERSON if person else SUSPENDED_ORGANISATION
    begun: Turn | None = None
    for turn in told:
        leaves = turn.type in LEFT or turn.details.get("active") is False
        if leaves and begun is None:
            begun = turn
        elif begun is not None and turn.type in CAME_BACK:
            yield Absence(person, organisation, begun.at, turn.at, begun.log, begun.index, why)
            begun = None
    if begun is not None:
        yield Absence(person, organisation, begun.at, NEVER, begun.log, begun.index, why)


def _outside(organisation: str, told: list[Turn]) -> Iterator[Absence]:
    for turn, following in zip(told, [*told[1:], None], strict=True):
        from_ = datetime.fromisoformat(turn.details["valid_from"])
        to = datetime.fromisoformat(turn.details["valid_until"])
        replaced = following.at if following else NEVER
        yield from _stretch(organisation, turn, turn.at, min(from_, replaced), NOT_YET)
        yield from _stretch(organisation, turn, max(to, turn.at), replaced, ENDED)


def _stretch(
    organisation: str, turn: Turn, since: datetime, until: datetime, why: str
) -> Iterator[Absence]:
    if since < until:
        yield Absence(None, organisation, since, until, turn.log, turn.index, why)
