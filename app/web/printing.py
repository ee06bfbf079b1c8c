"""Sets reports on paper: accessible PDF (PDF/UA-1) out of templates in `templates/print`."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from app.core.errors import Invalid

TEMPLATES = Path(__file__).parents[2] / "templates" / "print"
# A table this long takes some three seconds and a dozen megabytes; nobody reads a longer one.
MOST_ROWS: Final = 10_000
STANDARD: Final = "ua-1"


def pdf(template: str, data: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """Set a report: the same bytes for the same data, moment and fonts.

    Args:
        template: a file of `templates/print` without its ending, which says what `data` holds.
        data: texts, lists and mappings of them; nothing in a text is taken for markup.
        made_at: the moment that the document names as that of its making, to the second.

    Raises:
        Invalid: there are more rows than anybody would read on paper.
    """
    if rows_count(data) > MOST_ROWS:
        raise Invalid(
            f"A PDF holds at most {MOST_ROWS:,} rows. Narrow the filters, or take the CSV."
        )
    made: bytes = typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=[STANDARD],
        timestamp=int(made_at.timestamp()),
    )
    return made


def rows_count(data: Mapping[str, Any]) -> int:
    """Count the rows of all tables of a report."""
    tables = (part.get("table") for part in data.get("parts", ()))
    return sum(len(table["rows"]) for table in tables if table)


@cache
def _fonts() -> typst.Fonts:
    """Find the fonts once: typst's own, and the system's for scripts that those lack."""
    return typst.Fonts()
