"""What was read after a person left or an agreement ended: it must be none."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Subquery,
    and_,
    cast,
    func,
    literal,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.types import BigInteger, Integer, Text, Uuid

from app.audit.questions import words
from app.audit.questions.absences import Absence, absences
from app.audit.questions.ground import Ground, Place, is_below
from app.audit.questions.names import QuestionName
from app.audit.questions.question import ACTED, Placed, Question, Summary, acted
from app.audit.questions.select import Logged, entries
from app.audit.questions.views import Column, Total
from app.log import LoggedRow

COLUMNS: Final = (
    *ACTED,
    Column("event", "Did", "event"),
    Column("record", "Record", "record"),
    Column("markings", "Marking", "markings"),
    Column("why", "Although", "text"),
)
STAMP: Final = TIMESTAMP(timezone=True)


def _served(ground: Ground) -> ColumnElement[bool]:
    """Select every act on content that the gate let through: those have an audience."""
    return and_(
        LoggedRow.decision == "allow", LoggedRow.audience_id.is_not(None), ground.narrowed()
    )


def _during(absent: Sequence[Absence], served: ColumnElement[bool], column: Any, kind: Any) -> Any:
    """Select the places of what was done in these absences, walking the acts of each alone."""
    whose = [one.person or one.organisation for one in absent]
    stretches = (
        func.unnest(
            cast(literal(whose, ARRAY(kind)), ARRAY(kind)),
            cast(literal([one.since for one in absent], ARRAY(STAMP)), ARRAY(STAMP)),
            cast(literal([one.until for one in absent], ARRAY(STAMP)), ARRAY(STAMP)),
            cast(literal([one.log for one in absent], ARRAY(Integer)), ARRAY(Integer)),
            cast(literal([one.index for one in absent], ARRAY(BigInteger)), ARRAY(BigInteger)),
            cast(literal([one.why for one in absent], ARRAY(Text)), ARRAY(Text)),
        )
        .table_valued("who", "since", "until", "log", "index", "why", name="stretches")
        .render_derived()
    )
    stretch = stretches.c
    theirs = (
        select(LoggedRow.log, LoggedRow.index)
        .where(
            column == stretch.who,
            LoggedRow.at >= stretch.since,
            LoggedRow.at < stretch.until,
            # By the clock and by the order of the log: what stands before came before.
            is_below(stretch, LoggedRow.log, LoggedRow.index),
            served,
        )
        # Keeps the planner from reading the whole log at once: of nearly all there is nothing.
        .offset(0)
        .lateral("theirs")
    )
    return select(theirs.c.log, theirs.c.index, stretch.why).select_from(
        stretches.join(theirs, true())
    )


def _found(ground: Ground, absent: Sequence[Absence]) -> Subquery:
    """Select the places and reasons of everything that was done without standing."""
    served = _served(ground)
    people = [one for one in absent if one.person is not None]
    organisations = [one for one in absent if one.person is None]
    return union(
        _during(people, served, LoggedRow.actor, Uuid()),
        _during(organisations, served, LoggedRow.organisation, Text()),
    ).subquery("found")


def _among(found: Subquery) -> ColumnElement[bool]:
    places = select(found.c.log, found.c.index)
    return tuple_(LoggedRow.log, LoggedRow.index).in_(places)


def _rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    absent = absences(ground)
    if not absent or ground.kept.get("none"):
        return []
    found = _found(ground, absent)
    shown = entries(ground, _among(found), before, limit)
    why = _why(ground, found, shown)
    return acted(
        ground,
        shown,
        lambda one: (
            ground.record(one.record),
            " // ".join(one.markings),
            why[one.log, one.index],
        ),
    )


def _why(ground: Ground, found: Subquery, shown: Sequence[Logged]) -> dict[tuple[int, int], str]:
    places = [(one.log, one.index) for one in shown]
    rows = ground.session.execute(
        select(found.c.log, found.c.index, func.string_agg(found.c.why.distinct(), "; "))
        .where(tuple_(found.c.log, found.c.index).in_(places))
        .group_by(found.c.log, found.c.index)
    )
    return {(log, index): why for log, index, why in rows}


def _summarise(ground: Ground) -> Summary:
    absent = absences(ground)
    acts, people = 0, 0
    if absent:
        counted = select(func.count(), func.count(LoggedRow.actor.distinct()))
        acts, people = ground.session.execute(counted.where(_among(_found(ground, absent)))).one()
    ground.kept["none"] = not acts
    period = ground.asked.period
    left = len({one.person for one in absent if one.person})
    ended = len({one.organisation for one in absent if one.organisation})
    after = f"{words.count(left, 'person who left', 'people who left')} and " + words.count(
        ended, "organisation whose standing ended", "organisations whose standing ended"
    )
    sentence = (
        f"{words.begun(words.people(people))} opened something {period} although they had left or "
        f"their agreement had ended, {words.times(acts)} in all: look at each."
        if acts
        else f"None, as it must be: of {after}, nothing was opened {period} while they had none."
    )
    return Summary(
        sentence,
        (
            Total("acts", "Acts after leaving", acts),
            Total("people", "People who acted", people),
            Total("left", "People who left, in all", left),
            Total("ended", "Organisations whose standing ended, in all", ended),
        ),
    )


AFTER_LEAVING: Final = Question(
    name=QuestionName.AFTER_LEAVING,
    title="What was read after a person left or an agreement ended",
    about="It must be none: every act on content by somebody who was suspended, whose organisation"
    " was, or whose agreement was not in force.",
    columns=COLUMNS,
    summarise=_summarise,
    rows=_rows,
)
