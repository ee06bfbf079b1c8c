"""Draws the numbers of an answer as accessible SVG, in a width for a desk and one for a phone.

Nothing needs colour to be read: numbers stand as text, a second series is hatched, and the table
behind each chart says the same. Pure functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final
from zlib import crc32

from markupsafe import Markup

from app.audit import Chart
from app.web.chart_words import compact, day_words, described, table, total
from app.web.svg import GROUND, INK, Canvas, fitted, measure

WIDE: Final = 680
NARROW: Final = 320
MARKS: Final = ("#0f4a54", "#9a5b12", "#584079")
LEVELS: Final = ("#ffffff", "#dfecee", "#a9cdd2", "#3f7d88", "#0f4a54")
BRIGHT_FROM: Final = 3  # on these levels text is light
SMALL: Final = 12
LEGEND: Final = 13
PLOT_HEIGHT: Final = 150
THICKEST: Final = 48


def svg(chart: Chart, width: int = WIDE) -> Markup:
    """Draw a chart so many pixels wide."""
    return {"timeline": _timeline, "heat": _heat, "bars": _bars}[chart.kind](chart, width)


@dataclass(frozen=True)
class Drawn:
    """A chart as `components/audit.html` shows it: for a desk, for a phone, and as a table."""

    title: str
    note: str
    wide: Markup
    narrow: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def drawn(chart: Chart | None) -> Drawn | None:
    """Draw a chart for a page; one without any number is no picture."""
    if chart is None or total(chart) == 0:
        return None
    behind = table(chart)
    return Drawn(
        chart.title, chart.note, svg(chart, WIDE), svg(chart, NARROW), behind.columns, behind.rows
    )


def _canvas(chart: Chart, width: int, height: float) -> Canvas:
    name = f"chart-{crc32(repr((chart, width)).encode(errors='replace')):08x}"
    return Canvas(width, height, name=name, title=chart.title, desc=described(chart))


def _timeline(chart: Chart, width: int) -> Markup:
    heights = [sum(one.values[place] for one in chart.series) for place in range(len(chart.labels))]
    top, left = _ceiling(max(heights, default=0)), 42
    head = _legend_height(chart, width)
    canvas = _canvas(chart, width, head + PLOT_HEIGHT + 44)
    floor = head + 16 + PLOT_HEIGHT
    for share in (0, 0.5, 1):
        y = floor - share * PLOT_HEIGHT
        canvas.line(left, y, width, y)
        if share != 0.5 or top % 2 == 0:
            said = compact(int(top * share))
            canvas.text(left - 6, y + 4, said, size=SMALL, anchor="end", look="quiet")
    step = (width - left) / max(len(chart.labels), 1)
    room = max((measure(compact(one), SMALL) for one in heights), default=0) <= step
    for place, height in enumerate(heights):
        x = left + place * step
        thick = min(step * 0.76, THICKEST)
        foot = (x + (step - thick) / 2, floor)
        up = _stack(canvas, chart, place, foot, (thick, PLOT_HEIGHT), top)
        if height > 0 and (room or height == max(heights)) and _is_first_peak(heights, place, room):
            middle = _within(x + step / 2, measure(compact(height), SMALL), width)
            canvas.text(middle, up - 5, compact(height), size=SMALL, anchor="middle")
    _days(canvas, chart, left, step, floor + 18)
    _legend(canvas, chart)
    return canvas.markup()


def _is_first_peak(heights: Sequence[int], place: int, room: bool) -> bool:
    return room or heights.index(max(heights)) == place


def _stack(
    canvas: Canvas,
    chart: Chart,
    place: int,
    foot: tuple[float, float],
    size: tuple[float, float],
    top: int,
) -> float:
    """Draw the column of one stretch of time from its foot up, and give where its head is."""
    x, y = foot
    width, full = size
    for number, series in enumerate(chart.series):
        height = full * series.values[place] / top
        y -= height
        _mark(canvas, number, x, y, width, height)
    return y


def _mark(canvas: Canvas, number: int, x: float, y: float, width: float, height: float) -> None:
    colour = MARKS[number % len(MARKS)]
    if number == 0:
        canvas.box(x, y, width, height, look="mark-0", fill=colour)
    else:
        hatched = canvas.hatch(number, colour)
        canvas.box(x, y, width, height, look=f"edge-{number}", fill=hatched, stroke=colour)


def _days(canvas: Canvas, chart: Chart, left: float, step: float, y: float) -> None:
    """Write as many labels of time as there is room for, evenly."""
    years = {label[:4] for label in chart.labels}
    said = [day_words(label, year=len(years) > 1, short=True) for label in chart.labels]
    said = [fitted(one, SMALL, canvas.width / 2) for one in said]
    widest = max((measure(one, SMALL) for one in said), default=0)
    stride, free = max(1, ceil((widest + 8) / step)), 0.0
    for place in range(0, len(said), stride):
        width = measure(said[place], SMALL)
        middle = _within(left + (place + 0.5) * step, width, canvas.width)
        if middle - width / 2 >= free:
            canvas.text(middle, y, said[place], size=SMALL, anchor="middle", look="quiet")
            free = middle + width / 2 + 6


def _legend_places(chart: Chart, width: int) -> list[tuple[str, float, int]]:
    """Give what stands in the legend and where: side by side, or below each other."""
    if len(chart.series) < 2:
        return []
    said = [fitted(f"{one.name}: {sum(one.values):,}", LEGEND, width - 30) for one in chart.series]
    lengths = [22 + measure(one, LEGEND) + 20 for one in said]
    if sum(lengths) <= width:
        return [(one, sum(lengths[:place]), 0) for place, one in enumerate(said)]
    return [(one, 0.0, 22 * place) for place, one in enumerate(said)]


def _legend_height(chart: Chart, width: int) -> int:
    places = _legend_places(chart, width)
    return places[-1][2] + 26 if places else 0


def _legend(canvas: Canvas, chart: Chart) -> None:
    for number, (said, x, y) in enumerate(_legend_places(chart, int(canvas.width))):
        _mark(canvas, number, x + 1, y + 2, 14, 14)
        canvas.text(x + 22, y + 14, said, size=LEGEND)


def _heat(chart: Chart, width: int) -> Markup:
    """Draw the squares; on a phone the hours run down, so that numbers have room in them."""
    grid = [list(one.values) for one in chart.series]
    across, down = list(chart.labels), [one.name[:3] for one in chart.series]
    if width < WIDE:
        grid, across, down = [list(row) for row in zip(*grid, strict=True)], down, across
    most = max((max(row, default=0) for row in grid), default=0)
    left, high = 38, 26 if width >= WIDE else 20
    canvas = _canvas(chart, width, 22 + high * len(down))
    step = (width - left) / max(len(across), 1)
    for place, label in enumerate(across):
        said, middle = fitted(label, SMALL, step), left + (place + 0.5) * step
        canvas.text(middle, 13, said, size=SMALL, anchor="middle", look="quiet")
    for row, (label, values) in enumerate(zip(down, grid, strict=True)):
        y, said = 20 + row * high, fitted(label, SMALL, left - 6)
        canvas.text(0, y + high / 2 + 4, said, size=SMALL, look="quiet")
        for place, value in enumerate(values):
            _square(canvas, (left + place * step, y, step, high), value, most)
    return canvas.markup()


def _square(
    canvas: Canvas, where: tuple[float, float, float, float], value: int, most: int
) -> None:
    x, y, width, height = where
    level = min(ceil(value * 4 / most), 4) if value > 0 else 0
    canvas.box(
        x + 0.75, y + 0.75, width - 1.5, height - 1.5, look=f"level-{level}", fill=LEVELS[level]
    )
    if value > 0:
        said = compact(value)
        size = min(11, 11 * width / measure(said, 11))
        ink = GROUND if level >= BRIGHT_FROM else INK
        middle = (x + width / 2, y + height / 2 + 4)
        canvas.text(*middle, said, size=size, anchor="middle", look=f"on-{level}", fill=ink)


def _bars(chart: Chart, width: int) -> Markup:
    heights = [sum(one.values[place] for one in chart.series) for place in range(len(chart.labels))]
    most, beside = max([1, *heights]), width >= WIDE
    head, high = _legend_height(chart, width), 28 if beside else 44
    canvas = _canvas(chart, width, max(head + high * len(heights) + 4, 1))
    widest = max((measure(label, 13) for label in chart.labels), default=0)
    left = min(widest + 12, width * 0.45) if beside else 0
    numbers = [f"{one:,}" if one < 10**9 else compact(one) for one in heights]
    right = max((measure(one, 13) for one in numbers), default=0) + 8
    for place, (label, number) in enumerate(zip(chart.labels, numbers, strict=True)):
        y = head + place * high + (4 if beside else 22)
        canvas.text(
            0, y + 14 if beside else y - 5, fitted(label, 13, left - 12 if beside else width)
        )
        x, full = left, width - left - right
        for series_number, series in enumerate(chart.series):
            length = full * series.values[place] / most
            _mark(canvas, series_number, x, y, length, 18)
            x += length
        canvas.text(x + 6, y + 14, number)
    _legend(canvas, chart)
    return canvas.markup()


def _within(middle: float, width: float, full: float) -> float:
    """Move a text's middle so that the text stays in the drawing."""
    return min(max(middle, width / 2), full - width / 2)


def _ceiling(most: int) -> int:
    """Give the smallest 1, 2 or 5 with zeros that is not below a number."""
    size = 1
    while size * 10 < most:
        size *= 10
    return next(step * size for step in (1, 2, 5, 10) if step * size >= most)
