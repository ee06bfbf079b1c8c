"""What was refused, and why."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, and_, literal_column

from app.audit.questions import charts, words
from app.audit.questions.ground import Ground, Place
from app.audit.questions.names import QuestionName
from app.audit.questions.question import ACTED, Placed, Question, Summary, acted
from app.audit.questions.reasons import why
from app.audit.questions.select import bucket, entries, tallies
from app.audit.questions.views import Column, Total
from app.log import LoggedRow

# Written out, so that the planner sees that the index of refusals holds them all.
DENIED: Final = LoggedRow.decision == literal_column("'deny'")
SHOWN_KINDS: Final = 3
COLUMNS: Final = (
    *ACTED,
    Column("event", "Was refused", "event"),
    Column("record", "Record", "record"),
    Column("subject", "About", "subject"),
    Column("why", "Why", "text"),
)


def _chosen(ground: Ground) -> ColumnElement[bool]:
    return and_(DENIED, ground.narrowed())


def _rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    found = entries(ground, _chosen(ground), before, limit, whole=True)
    return acted(
        ground,
        found,
        lambda one: (
            ground.record(one.record),
            ground.subject(one.subject) if one.subject else None,
            why(ground, one),
        ),
    )


def _summarise(ground: Ground) -> Summary:
    told = tallies(
        ground,
        _chosen(ground),
        {"person": LoggedRow.actor, "type": LoggedRow.type, "bucket": bucket(ground)},
    )
    period = ground.asked.period
    count = sum(one.refused for one in told["bucket"].values())
    people = len([person for person in told["person"] if person])
    kinds = sorted(told["type"].items(), key=lambda one: (-one[1].refused, one[0]))
    most = [f"{one.refused:,} × {words.spoken(kind)}" for kind, one in kinds[:SHOWN_KINDS]]
    sentence = (
        f"{words.begun(words.count(count, 'refusal'))} {period}, to {words.people(people)} "
        f"signed in; most of all {words.listed(most)}."
        if count
        else f"Nothing was refused {period}."
    )
    return Summary(
        sentence,
        (
            Total("refused", "Refusals", count),
            Total("people", "People refused", people),
        ),
        charts.timeline(ground, "Refusals", told["bucket"], opened=False),
    )


REFUSED: Final = Question(
    name=QuestionName.REFUSED,
    title="What was refused, and why",
    about="Every refusal: to read, to download, to act, to sign in; and the reason for it.",
    columns=COLUMNS,
    summarise=_summarise,
    rows=_rows,
)
