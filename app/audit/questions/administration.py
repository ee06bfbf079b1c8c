"""Administrative acts; changes of markings and audiences."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_

from app.audit.actions import ADMINISTRATION, LABELS_CHANGED
from app.audit.questions import words
from app.audit.questions.ground import Ground, Place
from app.audit.questions.names import QuestionName
from app.audit.questions.question import ACTED, Placed, Question, Summary, acted
from app.audit.questions.select import entries, tallies
from app.audit.questions.views import Column, Total
from app.log import LoggedRow

ACTS: Final = (
    *ACTED,
    Column("event", "Did", "event"),
    Column("subject", "About", "subject"),
    Column("told", "In detail", "text"),
)
CHANGES: Final = (
    *ACTED,
    Column("event", "Did", "event"),
    Column("record", "Record", "record"),
    Column("changes", "From and to", "text"),
)


def _acts(ground: Ground) -> ColumnElement[bool]:
    return and_(LoggedRow.type.in_(ADMINISTRATION), ground.narrowed())


def _act_rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    found = entries(ground, _acts(ground), before, limit, whole=True)
    return acted(
        ground,
        found,
        lambda one: (
            ground.subject(one.subject) if one.subject else None,
            _told(one.told["details"]),
        ),
    )


def _told(details: Mapping[str, Any]) -> str:
    """Say what an act's details say, those that say nothing left out."""
    said = {name: value for name, value in details.items() if value not in (None, "", [])}
    return "; ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in said.items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _summarise_acts(ground: Ground) -> Summary:
    told = tallies(ground, _acts(ground), {"person": LoggedRow.actor, "type": LoggedRow.type})
    count = sum(one.count for one in told["type"].values())
    people = len([person for person in told["person"] if person])
    by_operator = told["person"][None].count if None in told["person"] else 0
    period = ground.asked.period
    sentence = (
        f"{words.begun(words.count(count, 'administrative act'))} {period}: "
        f"{words.count(count - by_operator, 'act')} by {words.people(people)}, "
        f"{by_operator:,} by the operator."
        if count
        else f"There were no administrative acts {period}."
    )
    return Summary(
        sentence,
        (
            Total("acts", "Acts", count),
            Total("people", "People who acted", people),
            Total("by_operator", "Acts of the operator", by_operator),
        ),
    )


def _changes(ground: Ground) -> ColumnElement[bool]:
    return and_(LoggedRow.type.in_(LABELS_CHANGED), ground.narrowed())


def _change_rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    found = entries(ground, _changes(ground), before, limit, whole=True)
    return acted(
        ground,
        found,
        lambda one: (
            ground.record(one.record),
            "; ".join(one.told["details"].get("labels", ())),
        ),
    )


def _summarise_changes(ground: Ground) -> Summary:
    told = tallies(
        ground, _changes(ground), {"person": LoggedRow.actor, "record": LoggedRow.record}
    )
    count = sum(one.count for one in told["person"].values())
    records = len([record for record in told["record"] if record])
    people, period = len(told["person"]), ground.asked.period
    sentence = (
        f"{words.begun(words.people(people))} changed markings or audiences of "
        f"{words.count(records, 'record')} {period}, {words.times(count)} in all."
        if count
        else f"Nobody changed a marking or an audience {period}."
    )
    return Summary(
        sentence,
        (
            Total("changes", "Changes", count),
            Total("people", "People who made them", people),
            Total("records", "Records", records),
        ),
    )


BY_ADMINISTRATORS: Final = Question(
    name=QuestionName.ADMINISTRATION,
    title="Administrative acts",
    about="People, roles, clearances, agreements, passwords and policies: who changed what.",
    filters=("from", "to", "person", "organisation", "action"),
    columns=ACTS,
    summarise=_summarise_acts,
    rows=_act_rows,
)
OF_LABELS: Final = Question(
    name=QuestionName.LABELS_CHANGED,
    title="Changes of markings and audiences",
    about="Parts of drafts and files that were given another marking or released to others.",
    columns=CHANGES,
    summarise=_summarise_changes,
    rows=_change_rows,
)
