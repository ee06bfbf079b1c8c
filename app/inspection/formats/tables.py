"""Tables as text (CSV): as text, and cells that a spreadsheet would run."""

import csv
import re
from collections.abc import Iterator
from itertools import islice
from typing import IO

from app.inspection.formats import plain
from app.inspection.formats.plain import clean, passages
from app.inspection.report import Finding, Note

__all__ = ["clean", "look", "passages"]

# What begins as a formula and is not just a number, a dash or a word with a sign before it.
_FORMULA = re.compile(r"[\s\"']*(?:[=@][\s\"']*[\w(]|[+-][\s\"']*[A-Za-z_]*[(|!])")
_SAMPLE_CHARACTERS = 8192


def look(file: IO[bytes], note: Note) -> None:
    """Note what misleads, and what would run as a formula, by row and column."""
    plain.look(file, note)
    for row, column, cell in islice(_formulas(plain.read_text(file)), plain.MANY):
        note(Finding("formula", f"Row {row}, column {column}", excerpt=cell))


def _formulas(text: str) -> Iterator[tuple[int, int, str]]:
    # The cell is cut where any spreadsheet might cut it: the file does not say how.
    lines = text.splitlines()
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))  # a cell may be long
    for delimiter in ",;\t":
        if delimiter not in text[:_SAMPLE_CHARACTERS] and delimiter != ",":
            continue
        for row, cells in enumerate(csv.reader(lines, delimiter=delimiter), start=1):
            for column, cell in enumerate(cells, start=1):
                if _FORMULA.match(cell):
                    yield row, column, cell
