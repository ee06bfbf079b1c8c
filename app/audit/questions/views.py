"""What an answer is: a sentence, a picture's numbers, a table, and the address that repeats it.

These are facts of access, never content: a record is known by its reference number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.audit.questions.names import QuestionName
from app.core.ids import EntryId
from app.core.paging import Page

ColumnKind = Literal[
    "bytes",
    "count",
    "days",
    "decision",
    "event",
    "markings",
    "organisation",
    "person",
    "record",
    "subject",
    "text",
    "time",
]


@dataclass(frozen=True)
class Named:
    """Somebody or something, by identifier and in words; `id` is empty for nobody signed in."""

    id: str
    text: str


# What stands in a cell; the kind of its column says how it is read.
Value = Named | datetime | float | int | str | None


@dataclass(frozen=True)
class Column:
    """A column of the table; `name` is for programs, `text` for people."""

    name: str
    text: str
    kind: ColumnKind


@dataclass(frozen=True)
class Row:
    """A row and the entry that proves it (the last one, where a row stands for several).

    `more` is the question that shows what the row sums up, as `name?query`; empty without one.
    """

    entry: EntryId | None
    log: int | None
    index: int | None
    cells: tuple[Value, ...]
    more: str = ""


@dataclass(frozen=True)
class Series:
    """The numbers of one line, one row of squares, or one set of bars."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True)
class Chart:
    """The numbers of a picture, which somebody else draws.

    A `timeline` has the first day of each bucket as labels (ISO 8601), a `heat` map the 24 hours
    and a series for each weekday, `bars` a name each. `note` says what the numbers are of, and in
    which time zone.
    """

    kind: Literal["timeline", "heat", "bars"]
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    note: str


@dataclass(frozen=True)
class Total:
    """A number that sums the answer up."""

    name: str
    text: str
    value: float | int | None
    kind: ColumnKind = "count"


@dataclass(frozen=True)
class Asked:
    """A filter as it was understood: its value for programs, and in words."""

    value: str
    text: str


@dataclass(frozen=True)
class Answer:
    """The answer to a question, as of a signed size of the log.

    `permalink_query` asks for this very answer again, whatever is logged since.
    """

    question: QuestionName
    title: str
    sentence: str
    at: str
    at_time: datetime
    filters: Mapping[str, Asked]
    columns: tuple[Column, ...]
    rows: Page[Row]
    totals: tuple[Total, ...]
    chart: Chart | None
    permalink_query: str


@dataclass(frozen=True)
class QuestionView:
    """A question that can be asked; `needs` are the filters without which there is no answer."""

    name: QuestionName
    title: str
    about: str
    needs: tuple[str, ...]
    filters: tuple[str, ...]
