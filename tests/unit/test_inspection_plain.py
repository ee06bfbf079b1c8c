"""Text and tables: how a format is tested, by calling it on a crafted file without the sandbox."""

import io

import pytest

from app.inspection.looking import Notes, look_at, passages_of
from app.inspection.report import Finding


def findings(content: bytes, name: str) -> tuple[Finding, ...]:
    notes = Notes()
    look_at(io.BytesIO(content), name, notes)
    return notes.findings()


def test_honest_text_has_no_finding() -> None:
    text = "Größe: 3 €.\r\nA family 👨‍👩‍👧, and = signs, too.\n- a list\n- of things\n"
    assert findings(text.encode(), "note.txt") == ()


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\u200b", "\U000e0041"])
def test_characters_that_mislead_are_shown_by_line(letter: str) -> None:
    found = findings(f"one\ntwo {letter}eert\n".encode(), "note.md")
    assert found == (Finding("disguised-text", "Line 2", excerpt="two ▯eert"),)


@pytest.mark.parametrize("cell", ["=HYPERLINK(A1)", "@SUM(A1)", "-cmd|' /C calc'!A0", '"=1+A2"'])
def test_a_cell_that_a_spreadsheet_would_run_is_found(cell: str) -> None:
    found = findings(f"name,sum\nada,3\nbo,{cell}\n".encode(), "table.csv")
    assert [(one.kind, one.place) for one in found] == [("formula", "Row 3, column 2")]


def test_a_formula_is_found_beside_a_cell_however_long() -> None:
    content = b"a,b\n" + b"x" * 200_000 + b",=A1\n"
    assert [one.place for one in findings(content, "table.csv")] == ["Row 2, column 2"]


def test_very_many_findings_end_soon() -> None:
    found = findings(("\u202e\n" * 100_000).encode(), "note.txt")
    assert found[-1] == Finding("disguised-text", "180 more places")


def test_numbers_and_lists_are_no_formulas() -> None:
    assert findings(b"a,b\n-3,+4.5\n-1e3,- \n+ada,-bo\n", "table.csv") == ()


def test_the_text_comes_with_its_place() -> None:
    content = "\n".join(f"line {n}" for n in range(1, 121)).encode()
    places = [one.place for one in passages_of(io.BytesIO(content), "note.txt")]
    assert places == ["Line 1", "Line 51", "Line 101"]
