"""What of the log is exported: a selection as the log's page makes it, up to a signed size.

An auditor's export holds what concerns their party, and nothing else. It passes the gate, and its
event says what was asked, how many entries that are, and up to where.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.access import Actor, Gate, Office, OfficeAction
from app.audit import queries
from app.audit.actions import ACTIONS
from app.audit.commands import LogFilter
from app.audit.service import about_asked, person_asked, slugs_of
from app.audit.telling import filters_told
from app.core.errors import Invalid
from app.core.journal import Detail
from app.core.work import Work
from app.log import At, CheckpointRow, LoggedRow, newest

NOT_SIGNED: Final = "The log is not signed up to there. Leave `at` out to ask up to now."


class ExportFormat(StrEnum):
    """In what form a selection leaves the portal."""

    OCSF = "ocsf"
    CSV = "csv"
    EVIDENCE = "evidence"


@dataclass(frozen=True)
class Chosen:
    """A selection that the gate let out: its rows, their number, and where the log stood.

    `said` are its filters as the log tells them.
    """

    rows: Select[LoggedRow]
    count: int
    at: At
    said: Mapping[str, Detail]


@contextmanager
def choosing(
    work: Work, gate: Gate, actor: Actor, asked: LogFilter, export: ExportFormat, at: At | None
) -> Iterator[Chosen]:
    """Take a selection out of the log; once it is gathered, the export is written in the log.

    Args:
        at: where the log stands for an export that names no place; None: its newest checkpoint.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        Invalid: `at` is not a place up to which the log is signed, or a filter is unknown.
        Unavailable: nothing of the log is signed yet.
    """
    format_: dict[str, Detail] = {"format": export.value}
    office = Office(party=actor.profile.party)
    permit = gate.decide_office(work, actor, OfficeAction.REVIEW_LOG, office, details=format_)
    chosen = _choose(work, gate, actor, asked, at)
    yield chosen
    details = {**chosen.said, **format_, "count": chosen.count, "at": chosen.at.text()}
    gate.record_office(work, permit, event="log.exported", details=details)


def _choose(work: Work, gate: Gate, actor: Actor, asked: LogFilter, at: At | None) -> Chosen:
    place = _place(work, asked.at) if asked.at else at or newest(work.session)
    person = person_asked(work, actor, asked.person)
    ours = queries.concerning(slugs_of(work, actor))
    rows = queries.matching(ours, about_asked(work, asked), person).where(
        or_(
            LoggedRow.log < place.log,
            and_(LoggedRow.log == place.log, LoggedRow.index < place.size),
        )
    )
    if asked.action:
        rows = rows.where(LoggedRow.type.in_(_types(asked.action)))
    count = work.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    elsewhere = asked.model_copy(update={"at": "", "cursor": ""})
    return Chosen(rows, count, place, filters_told(work, gate, elsewhere, person))


def _place(work: Work, asked: str) -> At:
    try:
        at = At.parse(asked)
    except Invalid as error:
        raise Invalid(error.detail, fields={"at": error.detail}) from error
    if covering(work.session, at) is None:
        raise Invalid(NOT_SIGNED, fields={"at": NOT_SIGNED})
    return at


def _types(action: str) -> list[str]:
    if action not in ACTIONS:
        said = f"Choose one of these actions: {', '.join(ACTIONS)}."
        raise Invalid(said, fields={"action": said})
    return sorted(ACTIONS[action])


def covering(session: Session, at: At) -> CheckpointRow | None:
    """Give the first checkpoint that covers a place; None when none was signed yet."""
    there = select(CheckpointRow).where(CheckpointRow.log == at.log, CheckpointRow.size >= at.size)
    return session.scalars(there.order_by(CheckpointRow.size).limit(1)).first()
