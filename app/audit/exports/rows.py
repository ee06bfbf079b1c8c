"""A selection as lines: OCSF events for a SIEM, or the cells of a spreadsheet."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app import parties
from app.audit import queries
from app.audit.exports.ocsf import Place, StillKnown, ocsf_event
from app.audit.service import entry_views
from app.core.ids import PersonId
from app.core.spreadsheets import csv_line
from app.core.work import Work
from app.log import LoggedRow, LogRow

AT_ONCE: Final = 500
COLUMNS: Final = (
    *("id", "at", "type", "subject", "actor", "actor_name", "organisation", "decision"),
    *("policies", "markings", "served_bytes", "details", "log", "index", "leaf_hash_hex"),
)


@dataclass(frozen=True)
class Told:
    """An entry of the log with its exact bytes, what they say, and what is still known beside."""

    row: LoggedRow
    origin: str
    entry: bytes
    known: StillKnown

    @property
    def event(self) -> dict[str, Any]:
        """The OCSF event that says the same."""
        place = Place(self.origin, self.row.index, self.row.leaf_hash)
        return ocsf_event(json.loads(self.entry), place, self.known)


def in_order(session: Session, rows: Select[LoggedRow]) -> Iterator[Told]:
    """Give a selection in the order of the log, in constant memory."""
    ordered = rows.order_by(LoggedRow.log, LoggedRow.index)
    found = iter(session.scalars(ordered.execution_options(yield_per=AT_ONCE)))
    origins = {row.number: row.origin for row in session.scalars(select(LogRow))}
    while batch := list(islice(found, AT_ONCE)):
        yield from _told(session, batch, origins)


def _told(
    session: Session, rows: Sequence[LoggedRow], origins: Mapping[int, str]
) -> Iterator[Told]:
    ids = [row.entry_id for row in rows]
    entries, addresses = queries.entries(session, ids), queries.addresses(session, ids)
    people = parties.names(session, _people(rows))
    names = {str(one): name.name for one, name in people.items()}
    slugs = {row.organisation for row in rows} | {
        row.subject.removeprefix("organisation:") for row in rows
    }
    organisations = parties.organisation_names(session, slugs)
    for row in rows:
        known = StillKnown(names, organisations, addresses.get(row.entry_id, ""))
        yield Told(row, origins[row.log], bytes(entries[row.entry_id]), known)


def _people(rows: Sequence[LoggedRow]) -> set[PersonId]:
    about = [row.subject.partition("person:")[2] for row in rows]
    return {PersonId(row.actor) for row in rows if row.actor} | {
        PersonId(UUID(one)) for one in about if one
    }


def ocsf_lines(session: Session, rows: Select[LoggedRow]) -> Iterator[bytes]:
    """Give a selection as OCSF events, one on each line."""
    for told in in_order(session, rows):
        yield json.dumps(told.event, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def csv_lines(work: Work, rows: Select[LoggedRow]) -> Iterator[bytes]:
    """Give a selection as the lines of a spreadsheet, oldest first; nothing in it is a formula."""
    yield csv_line(COLUMNS)
    found = queries.oldest_first(work.session, rows)
    while batch := list(islice(found, AT_ONCE)):
        for entry in entry_views(work, batch):
            yield csv_line(getattr(entry, name) for name in COLUMNS)
