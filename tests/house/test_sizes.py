"""Files and functions stay small enough to be read at a sitting."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE_LINES = 400
TEST_FILE_LINES = 600
FUNCTION_LINES = 50

SOURCES = sorted((ROOT / "app").rglob("*.py")) + sorted((ROOT / "benchmarks").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def test_there_is_something_to_measure() -> None:
    assert len(SOURCES) > 20
    assert len(TESTS) > 5


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_read_at_a_sitting(path: Path) -> None:
    limit = TEST_FILE_LINES if "tests" in path.relative_to(ROOT).parts else FILE_LINES
    assert len(path.read_text().splitlines()) <= limit


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_function_is_seen_at_a_glance(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES, f"{path.name}:{node.lineno} {node.name}"
