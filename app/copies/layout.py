"""Lays a mark out on a sheet: what stands where in the strips above and below. Pure.

The sheet grows by the two strips, so that nothing of the document is covered. Lengths are in the
unit of the sheet; places count from the top left corner of their strip, downwards.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from app.copies.faces import Face, bold, regular
from app.copies.mark import Mark, Tag

# The size of the writing, as a part of the sheet's mean side: 9.4 points on A4.
PART = 1 / 75
LINE = 1.5
PADDING = 0.35
MARGIN = 0.8
INK = "#000000"


@dataclass(frozen=True)
class Run:
    """A text in one line; `y` is its baseline. `ground` is the plate behind it, if any."""

    text: str
    face: Face
    size: float
    x: float
    y: float
    ink: str = INK
    ground: str = ""

    @property
    def plate(self) -> tuple[float, float, float, float]:
        """Give left, top, width and height of the plate."""
        pad = PADDING * self.size
        width = self.face.width(self.text, self.size) + 2 * pad
        return self.x - pad, self.y - 0.95 * self.size, width, 1.25 * self.size


@dataclass(frozen=True)
class Strip:
    """A strip of the sheet's width."""

    height: float
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Sheet:
    """The two strips, and the line that runs faintly over all between them."""

    width: float
    height: float
    size: float
    top: Strip
    bottom: Strip
    faint: str

    @property
    def texts(self) -> dict[str, str]:
        """Give all that is written, by the name of the face."""
        runs = [*self.top.runs, *self.bottom.runs]
        faces = {run.face.name: run.face for run in runs}
        said = {name: "".join(r.text for r in runs if r.face.name == name) for name in faces}
        return {**said, regular().name: said.get(regular().name, "") + self.faint}


def lay_out(mark: Mark, width: float, height: float, *, least: float = 2.0) -> Sheet:
    """Lay the mark out for a document of this width and height.

    Args:
        least: the smallest size of the writing, unless a word would not fit otherwise.
    """
    size = max(sqrt(width * height) * PART, least)
    banner = _banner(mark, width, size)
    taken = _centred(_wrapped(regular(), taken_line(mark), width, size), width)
    return Sheet(
        width=width,
        height=height,
        size=size,
        top=_stacked(banner, size),
        bottom=_stacked([*taken, *banner], size),
        faint=faint_line(mark),
    )


def taken_line(mark: Mark) -> str:
    """Say whose copy it is: `Copy C-7K3M-9QXA for Eric, EU AI Office. 2 March 2026 …`."""
    copy = f"Copy {mark.number} for" if mark.number else "Shown to"
    return regular().written(f"{copy} {mark.who(regular().writes)}. {mark.moment}")


def faint_line(mark: Mark) -> str:
    """Say the same for the faint line, in few signs."""
    parts = (mark.who(regular().writes), mark.moment, mark.number)
    return regular().written(" · ".join(filter(None, parts)))


_Row = list[Run]


def _banner(mark: Mark, width: float, size: float) -> list[_Row]:
    """Give the rows of the banner: TLP at the right, as it asks, where there is room."""
    right = [_tag(tag, width, size) for tag in mark.tags if tag.right]
    middle = [_tag(tag, width, size) for tag in mark.tags if not tag.right]
    caveats = list(_wrapped(bold(), bold().written(mark.caveats), width, size))
    rows = _centred(_in_rows([*middle, *caveats], width), width)
    if not right:
        return rows
    at_right = _from_left(right, 0)
    span = _span(at_right)
    at_right = _from_left(right, max(0, width - span - size * MARGIN))
    if rows and _span(rows[0]) + 2 * (span + 2 * size) <= width:
        return [[*rows[0], *at_right], *rows[1:]]
    return [*(_centred(_in_rows(right, width), width) if span > width else [at_right]), *rows]


def _tag(tag: Tag, width: float, size: float) -> Run:
    text = bold().written(tag.text)
    fits = _fitting(bold(), text, width - 2 * PADDING * size, size)
    return Run(text, bold(), fits, 0, 0, tag.ink, tag.ground)


def _wrapped(face: Face, text: str, width: float, size: float) -> Iterator[Run]:
    """Break a text into lines that fit; a word that is wider alone is written smaller."""
    line = ""
    room = width - 2 * PADDING * size
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and face.width(longer, size) > room:
            yield Run(line, face, _fitting(face, line, room, size), 0, 0)
            line = word
        else:
            line = longer
    if line:
        yield Run(line, face, _fitting(face, line, room, size), 0, 0)


def _fitting(face: Face, text: str, room: float, size: float) -> float:
    wide = face.width(text, size)
    return size if wide <= room else size * max(room, 0.01) / wide


def _in_rows(runs: Sequence[Run], width: float) -> list[_Row]:
    rows: list[_Row] = []
    for run in runs:
        if rows and _span(_from_left([*rows[-1], run], 0)) <= width:
            rows[-1] = [*rows[-1], run]
        else:
            rows.append([run])
    return rows


def _centred(rows: Iterable[Run | _Row], width: float) -> list[_Row]:
    listed = [[row] if isinstance(row, Run) else row for row in rows]
    return [_from_left(row, (width - _span(_from_left(row, 0))) / 2) for row in listed]


def _from_left(runs: Sequence[Run], x: float) -> _Row:
    """Set runs side by side from `x` on, plates included."""
    placed = []
    for run in runs:
        pad = PADDING * run.size
        placed.append(Run(run.text, run.face, run.size, x + pad, run.y, run.ink, run.ground))
        x += run.plate[2] + pad
    return placed


def _span(row: Sequence[Run]) -> float:
    left, _, width, _ = row[-1].plate
    return left + width - row[0].plate[0]


def _stacked(rows: Sequence[_Row], size: float) -> Strip:
    runs = [
        Run(run.text, run.face, run.size, run.x, (place + 1) * LINE * size, run.ink, run.ground)
        for place, row in enumerate(rows)
        for run in row
    ]
    # Whole units, so that a page is drawn in its copy as it was, to the pixel.
    return Strip(ceil((len(rows) + 0.45) * LINE * size), tuple(runs))
