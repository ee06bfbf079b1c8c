"""Charts of any data: valid, inside their box, without style, and as their table."""

import re
from datetime import date, timedelta
from typing import Literal
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audit import Chart, Series
from app.web import charts
from app.web.chart_words import compact, described, table, total
from app.web.svg import Canvas, fitted, measure

SVG = "{http://www.w3.org/2000/svg}"
Kind = Literal["timeline", "heat", "bars"]
NUMBERS = st.one_of(st.integers(0, 30), st.integers(0, 10**14))
NAMES = st.one_of(
    st.text(max_size=60), st.sampled_from(["<script>", "漢字" * 20, "W" * 80, "\x00"])
)


def parsed(drawing: str) -> Xml.Element:
    """Read our own drawing."""
    return Xml.fromstring(drawing)  # noqa: S314 (made here)


@st.composite
def any_chart(draw: st.DrawFn) -> Chart:
    kind: Kind = draw(st.sampled_from(["timeline", "heat", "bars"]))
    if kind == "timeline":
        start = draw(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
        step, count = draw(st.sampled_from([1, 7, 31])), draw(st.integers(0, 120))
        labels = [(start + timedelta(days=step * place)).isoformat() for place in range(count)]
    elif kind == "heat":
        labels = [f"{hour:02}" for hour in range(24)]
    else:
        labels = draw(st.lists(NAMES, max_size=25))
    names = draw(
        st.lists(NAMES, min_size=7 if kind == "heat" else 1, max_size=7 if kind == "heat" else 3)
    )
    values = st.lists(NUMBERS, min_size=len(labels), max_size=len(labels)).map(tuple)
    series = tuple(Series(name, draw(values)) for name in names)
    return Chart(kind, draw(NAMES), tuple(labels), series, draw(NAMES))


@settings(max_examples=150, deadline=None)
@given(chart=any_chart(), width=st.sampled_from([charts.WIDE, charts.NARROW]))
def test_any_chart_is_valid_inside_its_box_and_without_style(chart: Chart, width: int) -> None:
    root = parsed(charts.svg(chart, width))

    assert root.get("role") == "img"
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "defs", "pattern", "rect", "line", "text"}
    full, high = map(float, (root.get("viewBox") or "").split()[2:])
    assert full == width
    for element in root.iter():
        assert not {name for name in element.attrib if name == "style" or name.startswith("on")}
        if element.tag == f"{SVG}text":
            left, right = _sides(element)
            assert left >= -0.01, element.text
            assert right <= full + 0.01, element.text
            assert 0 < float(element.get("y", 0)) <= high
        if element.tag == f"{SVG}rect" and element.get("x"):
            x, y, wide, tall = (
                float(element.get(name, 0)) for name in ("x", "y", "width", "height")
            )
            assert -0.01 <= x <= x + wide <= full + 0.02
            assert -0.01 <= y <= y + tall <= high + 0.02


def _sides(element: Xml.Element) -> tuple[float, float]:
    wide = measure(element.text or "", float(element.get("font-size", 0)))
    share = {"start": 0, "middle": 0.5, "end": 1}[element.get("text-anchor", "start")]
    left = float(element.get("x", 0)) - share * wide
    return left, left + wide


@settings(max_examples=100, deadline=None)
@given(chart=any_chart())
def test_the_table_behind_a_chart_adds_up_to_it(chart: Chart) -> None:
    behind = table(chart)
    summed = behind.rows[-1:] and behind.rows[-1][0] == "In all" and len(behind.rows) > 1
    rows = behind.rows[:-1] if summed and chart.kind != "heat" else behind.rows
    numbers = [[int(cell.replace(",", "")) for cell in row[1:]] for row in rows]
    assert sum(map(sum, numbers)) == total(chart)
    assert all(len(row) == len(behind.columns) for row in behind.rows)
    if summed and chart.kind != "heat":
        sums = [f"{sum(column):,}" for column in zip(*numbers, strict=True)]
        assert list(behind.rows[-1][1:]) == sums
    for one in chart.series if chart.kind != "heat" else ():
        assert f"{sum(one.values):,} in all" in described(chart)


@settings(max_examples=100, deadline=None)
@given(chart=any_chart(), width=st.sampled_from([charts.WIDE, charts.NARROW]))
def test_every_number_of_a_bar_or_a_square_stands_as_text(chart: Chart, width: int) -> None:
    said = [one.text for one in parsed(charts.svg(chart, width)).iter(f"{SVG}text")]
    if chart.kind == "heat":
        numbers = [compact(value) for one in chart.series for value in one.values if value]
        shown = [one for one in said if re.fullmatch(r"[\d.]+[kMGTP]?", one or "")]
        assert len(shown) >= len(numbers)
    if chart.kind == "bars":
        for place in range(len(chart.labels)):
            height = sum(one.values[place] for one in chart.series)
            assert (f"{height:,}" if height < 10**9 else compact(height)) in said


@given(text=st.text(), width=st.integers(0, 300))
def test_a_fitted_text_fits(text: str, width: int) -> None:
    assert measure(fitted(text, 13, width), 13) <= width


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0"), (999, "999"), (1000, "1.0k"), (9_949, "9.9k"), (18_204, "18k"), (10**19, "many")],
)
def test_a_number_in_few_signs(number: int, said: str) -> None:
    assert compact(number) == said


def test_what_nobody_can_write_in_xml_is_replaced() -> None:
    canvas = Canvas(100, 20, name="x", title="a\x00b", desc="")
    canvas.text(0, 10, "\ud800<b>&")
    assert [one.text for one in parsed(canvas.markup()).iter(f"{SVG}text")] == ["\ufffd<b>&"]


def test_a_second_series_is_hatched_so_that_colour_is_not_needed() -> None:
    chart = Chart(
        "timeline", "T", ("2026-11-01",), (Series("Opened", (2,)), Series("Refused", (1,))), ""
    )
    drawing = charts.svg(chart)
    assert "<pattern" in drawing
    assert 'fill="url(#' in drawing
    assert "Opened: 2" in drawing
    assert "Refused: 1" in drawing


def test_a_chart_of_nothing_is_no_picture() -> None:
    assert charts.drawn(Chart("bars", "T", ("a",), (Series("x", (0,)),), "")) is None
    assert charts.drawn(None) is None
