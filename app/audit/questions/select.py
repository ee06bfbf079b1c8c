"""The SELECTs that questions share: a page of entries, and counts of them by several things."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select, tuple_

from app.audit.questions.ground import Ground, Place
from app.core.ids import EntryId
from app.log import EntryRow, LoggedRow

ORDER = (LoggedRow.at, LoggedRow.log, LoggedRow.index)
DAILY_UP_TO_DAYS = 62
WEEK = timedelta(days=7)
HOURS_OF_WEEK = 168
HOURS_SINCE_MONDAY = 72  # 1 January 1970 was a Thursday


@dataclass(frozen=True)
class Logged:
    """An entry as a table shows it; `told` is all of it, empty where the table needs no more."""

    told: Mapping[str, Any]
    log: int
    index: int
    entry_id: EntryId
    at: datetime
    type: str
    subject: str
    record: UUID | None
    actor: UUID | None
    organisation: str
    decision: str
    markings: list[str]
    served_bytes: int

    @property
    def place(self) -> Place:
        """Give the entry's place in the order of tables."""
        return self.at, self.log, self.index


@dataclass(frozen=True)
class Tally:
    """How many entries there are, how many allowed or refused, the bytes that went out, the last.

    `opened` are those that were allowed; what needs no decision is neither.
    """

    count: int
    opened: int
    refused: int
    served_bytes: int
    last_at: datetime


SHOWN = (
    *(LoggedRow.log, LoggedRow.index, LoggedRow.entry_id, LoggedRow.at, LoggedRow.type),
    *(LoggedRow.subject, LoggedRow.record, LoggedRow.actor, LoggedRow.organisation),
    *(LoggedRow.decision, LoggedRow.markings, LoggedRow.served_bytes),
)


def entries(
    ground: Ground,
    chosen: ColumnElement[bool],
    before: Place | None,
    limit: int,
    *,
    whole: bool = False,
) -> list[Logged]:
    """Give the newest entries of a selection, from a place on."""
    page = select(*SHOWN).where(chosen)
    if before is not None:
        page = page.where(tuple_(*ORDER) < before)
    page = page.order_by(*(column.desc() for column in ORDER)).limit(limit)
    rows: Sequence[Any] = ground.session.execute(page).all()
    told = whole_entries(ground, [row.entry_id for row in rows]) if whole else {}
    return [Logged(told.get(row.entry_id, {}), *row) for row in rows]


def whole_entries(ground: Ground, entry_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Give what entries say, by their identifiers."""
    rows = ground.session.execute(
        select(EntryRow.id, EntryRow.entry).where(EntryRow.id.in_(entry_ids))
    )
    return {entry_id: json.loads(entry) for entry_id, entry in rows}


def tallies(
    ground: Ground, chosen: ColumnElement[bool], by: Mapping[str, Any]
) -> dict[str, dict[Any, Tally]]:
    """Count a selection by several things at once, each alone, in one pass over its entries."""
    counted = (
        select(
            *(column.label(name) for name, column in by.items()),
            LoggedRow.decision,
            LoggedRow.served_bytes,
            LoggedRow.at,
        )
        .where(chosen)
        .subquery()
    )
    keys = [counted.c[name] for name in by]
    rows = ground.session.execute(
        select(
            func.grouping(*keys),
            *keys,
            func.count(),
            func.count().filter(counted.c.decision == "allow"),
            func.count().filter(counted.c.decision == "deny"),
            func.coalesce(func.sum(counted.c.served_bytes), 0),
            func.max(counted.c.at),
        ).group_by(func.grouping_sets(*(tuple_(key) for key in keys)))
    )
    told: dict[str, dict[Any, Tally]] = {name: {} for name in by}
    # GROUPING sets a bit for each key that a row was not grouped by, the first key the highest.
    every = 2 ** len(keys) - 1
    names = {every ^ (1 << (len(keys) - 1 - n)): (name, n) for n, name in enumerate(by)}
    for row in rows:
        name, n = names[row[0]]
        count, opened, refused, served, last_at = row[-5:]
        told[name][row[1 + n]] = Tally(count, opened, refused, int(served), last_at)
    return told


def bucket(ground: Ground) -> ColumnElement[date]:
    """Give the day that an entry is of, or the Monday of its week when there are many (UTC)."""
    unit = "day" if _daily(ground) else "week"
    return literal_column(f"date_trunc('{unit}', log_entries.at AT TIME ZONE 'UTC')::date")


def buckets(ground: Ground) -> Iterator[date]:
    """Give every day, or every Monday, of the days asked about: those without entries too."""
    asked = ground.asked
    step = timedelta(days=1) if _daily(ground) else WEEK
    start = asked.from_ if _daily(ground) else asked.from_ - timedelta(days=asked.from_.weekday())
    while start <= asked.to:
        yield start
        start += step


def bucket_note(ground: Ground) -> str:
    """Say what a bucket is."""
    return "By day, UTC." if _daily(ground) else "By week from Monday, UTC."


def _daily(ground: Ground) -> bool:
    return (ground.asked.to - ground.asked.from_).days < DAILY_UP_TO_DAYS


def hour_of_week(zone: str) -> ColumnElement[int]:
    """Give the hour of the week that an entry is of, by the clock of a zone: Monday at 0 is 0.

    The zone is one of those that the thresholds were checked to name.
    """
    # Counted in hours from the Monday before 1970 on: EXTRACT of a weekday costs many times more.
    hours = f"floor(date_part('epoch', log_entries.at AT TIME ZONE '{zone}') / 3600)::bigint"
    return literal_column(f"({hours} + {HOURS_SINCE_MONDAY}) % {HOURS_OF_WEEK}")


def midnight(on: date) -> datetime:
    """Give the first moment of a day (UTC)."""
    return datetime(on.year, on.month, on.day, tzinfo=UTC)
