"""Lines of a spreadsheet, of which none runs as a formula."""

import csv
import io
from collections.abc import Iterable
from typing import Final

# What a spreadsheet would run (OWASP, CSV injection).
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Iterable[object]) -> bytes:
    """Write a line of a CSV, of which a spreadsheet runs nothing."""
    line = io.StringIO()
    csv.writer(line).writerow(map(_cell, cells))
    return line.getvalue().encode()


def _cell(value: object) -> str:
    text = "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
