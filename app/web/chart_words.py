"""Says the numbers of a chart: in a sentence, in a table, in few signs. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from app.audit import Chart, Series

UNITS: Final = ((10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
SPANS: Final = {1: "Day", 7: "Week from"}


@dataclass(frozen=True)
class Table:
    """The numbers of a chart as a table; the last row of more than one is the total."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def total(chart: Chart) -> int:
    """Add all numbers of a chart."""
    return sum(sum(series.values) for series in chart.series)


def described(chart: Chart) -> str:
    """Say a chart in a sentence or two: how many in all, and where the most are."""
    if chart.kind == "heat":
        told = [_told("", total(chart), _hottest(chart))]
    else:
        told = [_told(one.name, sum(one.values), _highest(chart, one)) for one in chart.series]
    return " ".join([*told, *([chart.note] if chart.note else [])])


def table(chart: Chart) -> Table:
    """Give the numbers behind a chart; stretches of time in which nothing was are left out."""
    if chart.kind == "heat":
        rows = [
            (label, *(f"{one.values[place]:,}" for one in chart.series))
            for place, label in enumerate(chart.labels)
        ]
        return Table(("Hour", *(one.name for one in chart.series)), tuple(rows))
    first = span_words(chart.labels) if chart.kind == "timeline" else "Name"
    rows = [
        (day_words(label, year=True), *(f"{one.values[place]:,}" for one in chart.series))
        for place, label in enumerate(chart.labels)
        if chart.kind == "bars" or any(one.values[place] for one in chart.series)
    ]
    if len(rows) > 1:
        rows.append(("In all", *(f"{sum(one.values):,}" for one in chart.series)))
    return Table((first, *(one.name for one in chart.series)), tuple(rows))


def compact(number: int) -> str:
    """Say a number in at most five signs: `950`, `1.2k`, `18k`."""
    for unit, letter in UNITS:
        if number >= unit * 1000:
            return "many"
        if number >= unit:
            whole = number / unit
            return f"{whole:.1f}{letter}" if whole < 9.95 else f"{int(whole)}{letter}"
    return str(number)


def day_words(label: str, *, year: bool, short: bool = False) -> str:
    """Say the first day of a stretch of time; what is no day stays as it is."""
    try:
        on = date.fromisoformat(label)
    except ValueError:
        return label
    said = f"{on.day} {on:%b}" if short else f"{on.day} {on:%B}"
    return f"{said} {on.year}" if year else said


def span_words(labels: Sequence[str]) -> str:
    """Say what a stretch of time is, by how far apart the first days are."""
    try:
        days = [date.fromisoformat(label) for label in labels]
    except ValueError:
        return "Day"
    between = {(after - before).days for before, after in pairwise(days)}
    return SPANS.get(min(between, default=1), "Month")


def _told(name: str, count: int, most: tuple[str, int] | None) -> str:
    begun = f"{name}: {count:,} in all" if name else f"{count:,} in all"
    return f"{begun}, the most {most[0]} ({most[1]:,})." if most else f"{begun}."


def _highest(chart: Chart, series: Series) -> tuple[str, int] | None:
    most = max(series.values, default=0)
    if most <= 0:
        return None
    label = day_words(chart.labels[series.values.index(most)], year=True)
    said = {"Day": f"on {label}", "Week from": f"in the week from {label}", "Month": f"in {label}"}
    if chart.kind == "bars":
        return f"of {label}", most
    return said[span_words(chart.labels)], most


def _hottest(chart: Chart) -> tuple[str, int] | None:
    squares = [
        (value, f"on {one.name} at {label}")
        for one in chart.series
        for label, value in zip(chart.labels, one.values, strict=True)
    ]
    most = max(squares, key=lambda square: square[0], default=(0, ""))
    return (most[1], most[0]) if most[0] > 0 else None
