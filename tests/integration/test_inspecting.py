"""A file goes through the sandbox and comes back as a report."""

import pytest

from app.core.settings import Settings
from app.inspection import Finding, Report, inspect
from app.labels import Schemes, load_schemes
from app.sandbox import Input


@pytest.fixture(scope="module")
def schemes() -> Schemes:
    return load_schemes(Settings().policies_dir)


def test_a_text_is_reported_with_its_findings_and_its_words(schemes: Schemes) -> None:
    content = "A note.\nevil \u202etxt.exe\n".encode()
    with Input.of([content], len(content)) as file:
        report, cleaned = inspect(file, "note.txt", schemes=schemes, scan=None)

    assert report.media_type == "text/plain"
    assert report.findings == (
        Finding("not-checked-for-malware"),
        Finding("disguised-text", "Line 2", excerpt="evil ▯txt.exe"),
    )
    assert [one.text for one in report.text] == ["A note.\nevil \u202etxt.exe"]
    assert cleaned is None
    assert Report.from_json(report.to_json()) == report
