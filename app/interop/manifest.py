"""A manifest: a CSV file that says what to import, one record a row, files beside it.

It is read twice, row by row, so that its length costs no memory.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.core.errors import Invalid

NEEDED: Final = ("path", "title", "kind", "area", "language", "media_type", "bytes", "sha256")
OPTIONAL: Final = (
    "source_repo",
    "commit",
    "licence",
    "attachments",
    "marking",
    "originator",
    "release_to",
    "fields",
)
LARGEST_CELL_CHARACTERS: Final = 1024 * 1024


@dataclass(frozen=True)
class Row:
    """A row as it was written; `line` is the manifest's line that it begins on, from 1.

    `cells` has every column, empty where the manifest has none. `broken` says why the row cannot
    be read, or is empty.
    """

    line: int
    cells: dict[str, str]
    broken: str = ""

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Survey:
    """What a first reading finds; `fingerprint` is the SHA-256 of the manifest's bytes."""

    columns: frozenset[str]
    rows_count: int
    total_bytes: int
    fingerprint: bytes


def survey(manifest: Path) -> Survey:
    """Read a manifest through once and check that it is one.

    Raises:
        Invalid: it is not a CSV file in UTF-8, or lacks a column, or has one that means nothing.
    """
    rows_count = total_bytes = 0
    for row in rows_of(manifest):
        rows_count += 1
        total_bytes += size_of(row["bytes"]) or 0
    return Survey(frozenset(_columns(manifest)), rows_count, total_bytes, _fingerprint(manifest))


def rows_of(manifest: Path) -> Iterator[Row]:
    """Yield the rows of a manifest in order.

    Raises:
        Invalid: it is not a CSV file in UTF-8, or its columns are not those of a manifest.
    """
    columns = _columns(manifest)
    csv.field_size_limit(LARGEST_CELL_CHARACTERS)
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            next(reader)
            line = reader.line_num + 1
            for cells in reader:
                if cells:
                    yield _row(line, list(columns), cells)
                line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise Invalid("The manifest is not UTF-8. Save it as UTF-8.") from error
    except csv.Error as error:
        raise Invalid(f"The manifest cannot be read near line {line}: {error}.") from error


def size_of(text: str) -> int | None:
    """Read a number of bytes as a manifest writes it; None: it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _row(line: int, columns: list[str], cells: list[str]) -> Row:
    broken = ""
    if len(cells) != len(columns):
        broken = (
            f"This row has {len(cells)} cells, the header {len(columns)}. Put cells that hold a"
            " comma or a line end in double quotes."
        )
    named = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    return Row(line, named, broken)


def _columns(manifest: Path) -> dict[str, None]:
    """Give the columns in order. A misspelt one must not pass: it might be the marking."""
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            header = [name.strip() for name in next(csv.reader(file), [])]
    except OSError as error:
        raise Invalid(f"There is no manifest to read at {manifest}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("The manifest is not a CSV file in UTF-8.") from error
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise Invalid(f"The manifest lacks columns: {', '.join(missing)}.")
    unknown = [name for name in header if name not in NEEDED + OPTIONAL]
    if unknown or len(set(header)) != len(header):
        raise Invalid(
            "The manifest has columns that mean nothing here, or one twice: "
            f"{', '.join(unknown) or ', '.join(header)}. Remove them or correct their names."
        )
    return dict.fromkeys(header)


def _fingerprint(manifest: Path) -> bytes:
    with manifest.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
