"""The tests beside the policies are run as they are written, and a policy without one is told."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.access import run_tests_in
from app.cli import app
from tests.strategies import POLICIES

UNTESTED = """
@id("an-extra") @explain("Permits what another permits.") @requirement("office")
permit (principal is Person, action == Action::"review-log", resource is Office)
when { principal.roles.contains(Role::"auditor") && resource.party == "%s" };
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped policies with a handful of their tests, to be changed."""
    copy = Path(shutil.copytree(POLICIES, tmp_path / "policies"))
    for file in (copy / "tests").iterdir():
        if file.name != "offices.json":
            file.unlink()
    rewritten(copy, {})
    return copy


def rewritten(folder: Path, changes: dict[str, Any], more: Sequence[dict[str, Any]] = ()) -> str:
    """Keep five tests and change the first, or put others in their place; gives its name."""
    file = folder / "tests" / "offices.json"
    table = json.loads(file.read_text())
    table["cases"] = [*(more or table["cases"][:5])]
    table["cases"][0] |= changes
    file.write_text(json.dumps(table))
    return str(table["cases"][0]["name"])


def run(folder: Path | str) -> tuple[int, str]:
    """Run the command; gives its exit code and what it said."""
    result = CliRunner().invoke(app, ["policy", "test", str(folder)])
    return result.exit_code, result.output


def test_every_shipped_policy_decides_a_test_and_every_test_passes() -> None:
    told: list[tuple[int, int]] = []
    report = run_tests_in(POLICIES, lambda done, count: told.append((done, count)))

    assert [(one.case.name, one.actual) for one in report.failed] == []
    assert dict(report.undecided) == {}
    assert report.passed
    assert told[-1] == (len(report.answers), len(report.answers))
    assert len(told) == len(report.answers) > 300


def test_a_wrong_test_says_what_was_expected_and_what_came(folder: Path) -> None:
    name = rewritten(folder, {"allowed": False, "policies": ["content-role"]})

    code, said = run(folder)

    assert code == 1
    assert f"FAILED  offices.json: {name}" in said
    assert "expected: denied by content-role" in said
    assert "got:      allowed by run-own-organisation" in said


def test_the_right_answer_by_another_policy_is_wrong(folder: Path) -> None:
    rewritten(folder, {"policies": ["content-role"]})
    assert len(run_tests_in(folder).failed) == 1


@pytest.mark.parametrize(
    ("party", "holds", "said"),
    [
        ("nobody", 0, "UNTESTED  an-extra: no test is decided by it."),
        ("SG", 2, "UNTESTED  an-extra: no test is decided by it, though it holds in"),
    ],
)
def test_a_policy_that_no_test_is_decided_by_fails(
    folder: Path, party: str, holds: int, said: str
) -> None:
    (folder / "extra.cedar").write_text(UNTESTED % party)
    if holds:  # a forbid decides both
        rewritten(folder, {}, OVERRIDDEN)

    report = run_tests_in(folder)

    assert report.undecided["an-extra"] == holds
    code, output = run(folder)
    assert code == 1
    assert said in output


OVERRIDDEN = [
    {
        "name": f"{name}, nothing is reviewed",
        "who": {"roles": ["auditor"], **who},
        "action": "review-log",
        "what": {"party": "SG", "organisation": "", "person": ""},
        "allowed": False,
        "policies": [policy],
    }
    for name, who, policy in (
        ("suspended", {"active": False}, "standing-active"),
        (
            "without an agreement",
            {"agreement": {"valid_until": "2026-02-01T00:00:00Z"}},
            "standing-agreement",
        ),
    )
]


def test_the_example_of_the_documentation_is_right(folder: Path) -> None:
    text = (POLICIES.parent / "docs" / "policies.md").read_text()
    example = text[text.index("```json") + 7 :]
    (folder / "tests" / "offices.json").write_text(example[: example.index("```")])
    report = run_tests_in(folder)
    assert [(one.case.name, one.actual) for one in report.failed] == []
    assert len(report.answers) == 2


def test_no_tests_at_all_leave_every_policy_untested(folder: Path) -> None:
    shutil.rmtree(folder / "tests")
    report = run_tests_in(folder)
    assert report.undecided.keys() == report.policies.policies.keys()
    assert not report.passed


def test_policies_that_do_not_load_fail_in_one_line_and_wrong_usage_is_told_apart(
    folder: Path,
) -> None:
    (folder / "reading.cedar").write_text("permit (principal, action, resource);")
    assert CliRunner().invoke(app, ["policy", "test", str(folder)]).exit_code == 1
    assert run(folder / "nowhere")[0] == 2
