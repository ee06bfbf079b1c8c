"""Every fault of docs/faults.md names a test that is there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
DOC = TESTS.parent / "docs" / "faults.md"


def named() -> list[str]:
    rows = [line for line in DOC.read_text().splitlines() if line.startswith("| ")]
    return sorted({name for row in rows for name in re.findall(r"`([\w/]+\.py)`", row)})


def test_faults_are_found() -> None:
    assert len(named()) > 10


@pytest.mark.parametrize("name", named())
def test_it_is_there(name: str) -> None:
    assert list(TESTS.rglob(name)), name
