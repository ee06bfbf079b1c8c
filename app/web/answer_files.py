"""Answers of the log as files: a spreadsheet, JSON, and the data of a printed report."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

from fastapi.encoders import jsonable_encoder

from app.audit import Column, WholeAnswer
from app.core.spreadsheets import csv_line
from app.parties import PersonName
from app.web.answers import given, header, line, place_words, totals, words
from app.web.chart_words import described, total
from app.web.charts import svg
from app.web.presenting import moment
from app.web.printing import MOST_ROWS

# How wide a column of a printed table is, against the others.
WIDTHS: Final = {
    "time": 2.2,
    "person": 2,
    "organisation": 2.3,
    "event": 2.2,
    "record": 2.5,
    "text": 2.4,
    "markings": 1.6,
    "decision": 1.2,
    "bytes": 1,
    "count": 1,
    "days": 1,
}
NUMBERS: Final = ("bytes", "count", "days")


def csv_of(whole: WholeAnswer) -> Iterator[bytes]:
    """Give an answer's table for a spreadsheet, line by line."""
    columns = whole.answer.columns
    yield csv_line(header(columns))
    for row in whole.rows:
        yield csv_line(line(row, columns))


def json_of(whole: WholeAnswer) -> Iterator[bytes]:
    """Give an answer as JSON: as the API gives it, with every row in `rows`."""
    told = jsonable_encoder(whole.answer)
    told.pop("rows")
    yield json.dumps(told, ensure_ascii=False)[:-1].encode() + b', "rows": ['
    for number, row in enumerate(whole.rows):
        yield (b",\n" if number else b"\n") + json.dumps(
            jsonable_encoder(row), ensure_ascii=False
        ).encode()
    yield b"\n]}\n"


def report_of(
    whole: WholeAnswer, arrangement: str, link: str, by: PersonName, now: datetime
) -> dict[str, Any]:
    """Give what `templates/print/report.typ` sets; times are in UTC."""
    answer = whole.answer
    place = place_words(answer.at, answer.at_time)
    who = f"{by.name}, {by.organisation}"
    return {
        "arrangement": arrangement,
        "kind": "Answer from the log",
        "title": answer.title,
        "sentence": answer.sentence,
        "facts": [
            ["Answered at", place],
            ["Asked by", who],
            ["Printed", moment(now, seconds=True).text],
            *([one.name, one.text] for one in totals(answer)),
        ],
        "filters": [list(one) for one in given(answer.filters)],
        "chart": {"svg": svg(answer.chart), "alt": described(answer.chart)}
        if answer.chart and total(answer.chart)
        else None,
        "parts": [{"heading": "Every row", "table": _table(whole)}],
        "answered": f"Answered at {place}",
        "by": who,
        "when": moment(now, seconds=True).text,
        "link": link,
    }


def _table(whole: WholeAnswer) -> dict[str, Any]:
    columns = whole.answer.columns
    shown = list(islice(whole.rows, MOST_ROWS + 1))
    rows = [
        [words(value, column.kind) for value, column in zip(row.cells, columns, strict=True)]
        for row in shown
    ]
    return {
        "caption": whole.answer.title,
        "columns": [column.text for column in columns],
        "widths": [_width(column) for column in columns],
        "numbers": [place for place, one in enumerate(columns) if one.kind in NUMBERS],
        "rows": rows,
    }


def _width(column: Column) -> float:
    return WIDTHS.get(column.kind, 2)
