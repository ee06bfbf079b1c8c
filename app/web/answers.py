"""An answer of the log as people see it: its cells in words, with ways to what stands behind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from app.audit import Answer, Asked, Column, Named, QuestionName, Row, Value
from app.web.log_words import event_words
from app.web.presenting import moment, sentence, size

QUESTIONS: Final = "/audit/questions"
# The question that shows more of whom or what a cell names, and the filter that it is asked with.
LEADS_TO: Final = {
    "person": (QuestionName.PERSON_OPENED, "person"),
    "organisation": (QuestionName.ORGANISATION_OPENED, "organisation"),
    "record": (QuestionName.RECORD_OPENED, "record"),
}
DECISIONS: Final = {"allow": "Allowed", "deny": "Refused"}
NUMBERS: Final = ("bytes", "count", "days")
FILTER_WORDS: Final = {
    "from": "From (UTC day)",
    "to": "To (UTC day)",
    "day": "Day (UTC)",
    "record": "Record",
    "person": "Person",
    "organisation": "Organisation",
    "marking": "Marking",
    "action": "Action",
    "type": "What happened",
    "decision": "Decision",
}


@dataclass(frozen=True)
class Cell:
    """A cell in words; `look` is how it is drawn: text, time, code, number, allowed, refused."""

    text: str
    href: str = ""
    look: str = "text"
    iso: str = ""


@dataclass(frozen=True)
class Total:
    """A number that sums an answer up, in words."""

    name: str
    text: str


def cells(row: Row, columns: tuple[Column, ...], party: str) -> list[Cell]:
    """Give the cells of a row; a time that stands first leads to the entry that proves it."""
    told = [_cell(value, column, party) for value, column in zip(row.cells, columns, strict=True)]
    if _is_timed(columns) and row.entry is not None:
        told[0] = replace(told[0], href=f"/audit/entries/{row.entry}")
    return told


def ways(row: Row, columns: tuple[Column, ...]) -> list[tuple[str, str]]:
    """Give what else a row leads to, in words and as an address."""
    more = [("Show all", f"{QUESTIONS}/{row.more}")] if row.more else []
    if row.entry is None or _is_timed(columns):
        return more
    return [*more, ("Entry", f"/audit/entries/{row.entry}")]


def _is_timed(columns: tuple[Column, ...]) -> bool:
    return bool(columns) and columns[0].kind == "time"


def totals(answer: Answer) -> list[Total]:
    """Give the numbers that sum an answer up."""
    return [
        Total(one.text, words(one.value, one.kind) or "None")
        for one in answer.totals
        if not isinstance(one.value, Named | datetime)
    ]


def words(value: Value, kind: str, party: str = "") -> str:
    """Say a value of a column; empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, Named):
        return value.text
    if isinstance(value, datetime):
        return moment(value, party, seconds=True).text
    if kind == "event":
        return event_words(str(value)) or str(value)
    if kind == "decision":
        return DECISIONS.get(str(value), str(value))
    if kind == "bytes" and isinstance(value, int):
        return size(value) if value else ""
    if isinstance(value, int | float):
        return f"{int(value):,}" if value == int(value) else f"{value:,.1f}"
    return value


def given(filters: Mapping[str, Asked]) -> list[tuple[str, str]]:
    """Say by what an answer was narrowed."""
    return [
        (FILTER_WORDS.get(name, sentence(name)), _filter_words(name, one.text))
        for name, one in filters.items()
    ]


def place_words(at: str, at_time: datetime, party: str = "") -> str:
    """Say a place in the log: `checkpoint 18,204 of log 2, signed 24 November 2026, ...`."""
    log, _, entries = at.partition(".")
    signed = moment(at_time, party, seconds=True).text
    return f"the checkpoint of {int(entries):,} entries in log {log}, signed {signed}"


def header(columns: tuple[Column, ...]) -> list[str]:
    """Name the columns of a spreadsheet: whoever is named has a column for the identifier too."""
    named = (_named(column) for column in columns)
    return [*(name for names in named for name in names), "entry", "log", "index"]


def line(row: Row, columns: tuple[Column, ...]) -> Iterator[str]:
    """Give a row for a spreadsheet: times in UTC, numbers as they are, and the entry behind it."""
    for value, column in zip(row.cells, columns, strict=True):
        if len(_named(column)) == 2:
            yield value.id if isinstance(value, Named) else ""
        yield _plain(value)
    yield from (_plain(one) for one in (str(row.entry or ""), row.log, row.index))


def _named(column: Column) -> list[str]:
    return [f"{column.name}_id", column.name] if column.kind in LEADS_TO else [column.name]


def _plain(value: Value) -> str:
    if isinstance(value, datetime):
        return moment(value, seconds=True).iso
    if isinstance(value, Named):
        return value.text
    return "" if value is None else str(value)


def _cell(value: Value, column: Column, party: str) -> Cell:
    text = words(value, column.kind, party)
    if isinstance(value, datetime):
        return Cell(text, "", "time", moment(value, party).iso)
    if isinstance(value, Named):
        return Cell(text, _leads_to(value, column))
    if column.kind == "decision":
        return Cell(text, "", {"allow": "allowed", "deny": "refused"}.get(str(value), "text"))
    return Cell(text, "", "number" if column.kind in NUMBERS else "text")


def _leads_to(value: Named, column: Column) -> str:
    if column.kind not in LEADS_TO or not value.id:
        return ""
    question, asked = LEADS_TO[column.kind]
    return f"{QUESTIONS}/{question}?{urlencode({asked: value.id})}"


def _filter_words(name: str, text: str) -> str:
    if name == "type":
        return event_words(text) or text
    if name == "decision":
        return DECISIONS.get(text, text)
    return sentence(text) if name == "action" else text
