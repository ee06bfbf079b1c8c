"""Every kind of finding stands in docs/inspection.md in the words that people are shown."""

from pathlib import Path

from app.inspection import KINDS

DOC = Path(__file__).parents[2] / "docs" / "inspection.md"


def test_the_table_of_findings_is_that_of_the_code() -> None:
    rows = [
        f"| {kind.title} | {kind.severity} | {kind.explain} | {'yes' if kind.cleaned else ''} |"
        for kind in KINDS.values()
    ]
    _, _, table = DOC.read_text().partition("| finding |")
    told = table.partition("\n\n")[0].splitlines()[2:]
    assert told == rows, "\n" + "\n".join(rows)
