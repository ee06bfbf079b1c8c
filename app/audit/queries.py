"""Every SELECT on the log's entries: only what has its place, and so its proof, is shown."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    any_,
    false,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import Text

from app.audit.commands import LogFilter
from app.log import AddressRow, EntryRow, LoggedRow, TextRow

BATCH_ROWS = 1000
LOOKED_UP = 3
PLACE = (LoggedRow.at, LoggedRow.log, LoggedRow.index)


def concerning(slugs: Collection[str]) -> Select[LoggedRow]:
    """Select what concerns these organisations, and what concerns none (unknown people)."""
    return select(LoggedRow).where(concerns(LoggedRow, slugs))


def concerns(row: type[LoggedRow], slugs: Collection[str]) -> ColumnElement[bool]:
    """Give the condition that an entry is in the sight of whoever audits these organisations.

    It says `organisations && slugs OR organisations = '{}'`, in parts that cost a quarter: few
    entries concern more than three, and whether one is among many is looked up in a hash table.
    """
    ours, of = _texts(sorted(slugs)), row.organisations
    first = [of[place] == any_(ours) for place in range(1, LOOKED_UP + 1)]
    more = and_(of[LOOKED_UP + 1].is_not(None), of.op("&&", is_comparison=True)(ours))
    return or_(*first, more, of == _texts([]))


def acts_of(actor: UUID) -> Select[LoggedRow]:
    """Select what one person did."""
    return select(LoggedRow).where(LoggedRow.actor == actor)


def matching(chosen: Select[LoggedRow], asked: LogFilter, person: str | None) -> Select[LoggedRow]:
    """Narrow a selection by what was asked; `person` is the identifier asked for, if any."""
    conditions = [
        *_in_time(asked),
        *([LoggedRow.type == asked.type] if asked.type else []),
        *([LoggedRow.decision == asked.decision] if asked.decision else []),
        *([_is_person(person)] if person is not None else []),
        *([has(LoggedRow.organisations, asked.organisation)] if asked.organisation else []),
        *([has(LoggedRow.markings, asked.marking)] if asked.marking else []),
        *([_is_about(asked.record)] if asked.record else []),
    ]
    return chosen.where(*conditions)


def _in_time(asked: LogFilter) -> list[ColumnElement[bool]]:
    conditions = []
    if asked.from_ is not None:
        conditions.append(LoggedRow.at >= datetime.combine(asked.from_, time(), UTC))
    if asked.to is not None:
        day_after = datetime.combine(asked.to, time(), UTC) + timedelta(days=1)
        conditions.append(LoggedRow.at < day_after)
    return conditions


def _is_person(asked: str) -> ColumnElement[bool]:
    try:
        return LoggedRow.actor == UUID(asked)
    except ValueError:
        return false()


def has(column: InstrumentedAttribute[list[str]], value: str) -> ColumnElement[bool]:
    """Give the condition that a list holds a value."""
    return column.op("@>", is_comparison=True)(_texts([value]))


def _texts(values: list[str]) -> BindParameter[list[str]]:
    return literal(values, ARRAY(Text))


def _is_about(asked: str) -> ColumnElement[bool]:
    kinds = ("record", "version", "attachment")
    about = LoggedRow.subject.in_([asked, *(f"{kind}:{asked}" for kind in kinds)])
    try:
        return or_(about, LoggedRow.record == UUID(asked.removeprefix("record:")))
    except ValueError:
        return about


def newest_first(
    session: Session,
    chosen: Select[LoggedRow],
    before: tuple[datetime, int, int] | None,
    limit: int,
) -> Sequence[LoggedRow]:
    """Give the newest of a selection, from a place on."""
    if before is not None:
        chosen = chosen.where(tuple_(*PLACE) < before)
    ordered = chosen.order_by(*(column.desc() for column in PLACE))
    return session.scalars(ordered.limit(limit)).all()


def oldest_first(session: Session, chosen: Select[LoggedRow]) -> Iterator[LoggedRow]:
    """Stream a selection in constant memory."""
    ordered = chosen.order_by(*PLACE)
    yield from session.scalars(ordered.execution_options(yield_per=BATCH_ROWS))


def entries(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """Give the bytes of entries."""
    chosen = select(EntryRow.id, EntryRow.entry).where(EntryRow.id.in_(entry_ids))
    return {row.id: row.entry for row in session.execute(chosen)}


def texts(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """Give what people typed, by name, of each entry of which it was not erased."""
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    chosen = select(TextRow.entry_id, TextRow.name, TextRow.value)
    for entry_id, name, value in session.execute(chosen.where(TextRow.entry_id.in_(entry_ids))):
        found[entry_id][name] = value
    return found


def addresses(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, str]:
    """Give where each entry's request came from, as long as it was not erased."""
    chosen = select(AddressRow.entry_id, AddressRow.address)
    rows = session.execute(chosen.where(AddressRow.entry_id.in_(entry_ids)))
    return {row.entry_id: row.address for row in rows}


def types(session: Session, chosen: Select[LoggedRow]) -> Sequence[str]:
    """Give the types of entries in a selection."""
    column = chosen.with_only_columns(LoggedRow.type).distinct().order_by(LoggedRow.type)
    return session.scalars(column).all()


def by_id(session: Session, chosen: Select[LoggedRow], entry_id: UUID) -> LoggedRow | None:
    """Give one entry of a selection."""
    return session.scalars(chosen.where(LoggedRow.entry_id == entry_id)).first()


def references(session: Session, records: Collection[UUID]) -> dict[UUID, str]:
    """Give the numbers of records, without their titles."""
    asked = text("SELECT record, reference FROM entente_references(:ids)")
    rows = session.execute(asked, {"ids": list(records)}) if records else ()
    return {row.record: row.reference for row in rows}
