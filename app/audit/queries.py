"""Every SELECT on the journal."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import Text

from app.audit.commands import LogFilter
from app.audit.models import EntryRow

BATCH_ROWS = 1000


def concerning(slugs: Collection[str]) -> Select[EntryRow]:
    """Select what concerns these organisations, and what concerns none (unknown people)."""
    ours = EntryRow.organisations.op("&&")(_texts(sorted(slugs)))
    return select(EntryRow).where(or_(ours, EntryRow.organisations == _texts([])))


def acts_of(actor: str) -> Select[EntryRow]:
    """Select what one person did."""
    return select(EntryRow).where(EntryRow.actor == actor)


def matching(chosen: Select[EntryRow], asked: LogFilter, person: str | None) -> Select[EntryRow]:
    """Narrow a selection by what was asked; `person` is the identifier asked for, if any."""
    conditions = [
        *_in_time(asked),
        *([EntryRow.type == asked.type] if asked.type else []),
        *([EntryRow.decision == asked.decision] if asked.decision else []),
        *([EntryRow.actor == person] if person is not None else []),
        *([_has(EntryRow.organisations, asked.organisation)] if asked.organisation else []),
        *([_has(EntryRow.markings, asked.marking)] if asked.marking else []),
        *([EntryRow.subject.in_(_subjects(asked.record))] if asked.record else []),
    ]
    return chosen.where(*conditions)


def _in_time(asked: LogFilter) -> list[ColumnElement[bool]]:
    conditions = []
    if asked.from_ is not None:
        conditions.append(EntryRow.at >= datetime.combine(asked.from_, time(), UTC))
    if asked.to is not None:
        day_after = datetime.combine(asked.to, time(), UTC) + timedelta(days=1)
        conditions.append(EntryRow.at < day_after)
    return conditions


def _has(column: InstrumentedAttribute[list[str]], value: str) -> ColumnElement[bool]:
    return column.op("@>", is_comparison=True)(_texts([value]))


def _texts(values: list[str]) -> BindParameter[list[str]]:
    return literal(values, ARRAY(Text))


def _subjects(asked: str) -> list[str]:
    return [asked, *(f"{kind}:{asked}" for kind in ("record", "version", "attachment"))]


def newest_first(
    session: Session,
    chosen: Select[EntryRow],
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[EntryRow]:
    """Give the newest of a selection, from a place on."""
    if before is not None:
        chosen = chosen.where(tuple_(EntryRow.at, EntryRow.id) < before)
    return session.scalars(
        chosen.order_by(EntryRow.at.desc(), EntryRow.id.desc()).limit(limit)
    ).all()


def oldest_first(session: Session, chosen: Select[EntryRow]) -> Iterator[EntryRow]:
    """Stream a selection in constant memory."""
    ordered = chosen.order_by(EntryRow.at, EntryRow.id)
    yield from session.scalars(ordered.execution_options(yield_per=BATCH_ROWS))


def types(session: Session, chosen: Select[EntryRow]) -> Sequence[str]:
    """Give the types of entries in a selection."""
    column = chosen.with_only_columns(EntryRow.type).distinct().order_by(EntryRow.type)
    return session.scalars(column).all()


def by_id(session: Session, chosen: Select[EntryRow], entry_id: UUID) -> EntryRow | None:
    """Give one entry of a selection."""
    return session.scalars(chosen.where(EntryRow.id == entry_id)).first()
