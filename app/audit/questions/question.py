"""What a question is made of: what it needs, how it is summed up, and the rows of its table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.audit.questions.ground import Ground, Place
from app.audit.questions.names import QuestionName
from app.audit.questions.select import Logged
from app.audit.questions.views import Chart, Column, Row, Total, Value

EVERY_FILTER = ("from", "to", "person", "organisation", "record", "marking", "action")
RECENT_DAYS = 30


@dataclass(frozen=True)
class Summary:
    """The sentence on top, the numbers under it, and the picture's."""

    sentence: str
    totals: tuple[Total, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True)
class Placed:
    """A row of a table, and the place that a page goes on from after it."""

    place: Place
    row: Row


@dataclass(frozen=True)
class Question:
    """A question that can be asked of the log.

    `rows` gives the newest rows before a place, a number of them at most. Without days in the
    filter, the `recent_days` last are asked about, unless the filter `recent_unless` is given.
    """

    name: QuestionName
    title: str
    about: str
    columns: tuple[Column, ...]
    summarise: Callable[[Ground], Summary]
    rows: Callable[[Ground, Place | None, int], Sequence[Placed]]
    needs: tuple[str, ...] = ()
    filters: tuple[str, ...] = EVERY_FILTER
    recent_days: int | None = None
    recent_unless: str = ""


ACTED: Final = (
    Column("at", "When", "time"),
    Column("person", "Who", "person"),
    Column("organisation", "Of", "organisation"),
)


def acted(
    ground: Ground, found: Sequence[Logged], more: Callable[[Logged], tuple[Value, ...]]
) -> list[Placed]:
    """Make a row of each entry: when and who (`ACTED`), what they did, and `more` about it."""
    ground.learn_of(found)
    return [
        proven(
            one,
            (
                one.at,
                ground.person(one.actor, one.decision),
                ground.organisation(one.organisation) if one.organisation else None,
                one.type,
                *more(one),
            ),
        )
        for one in found
    ]


def proven(entry: Logged, cells: tuple[Value, ...], more: str = "") -> Placed:
    """Make a row that an entry proves."""
    return Placed(entry.place, Row(entry.entry_id, entry.log, entry.index, cells, more))
