"""The command that runs the tests of a policy set: policy test."""

from pathlib import Path
from typing import Annotated

import typer

from app.access import TestReport, run_tests_in
from app.cli.acting import console
from app.core.settings import Settings
from app.terminal import count_watch

Folder = Annotated[
    Path | None,
    typer.Argument(
        help="A folder of policies; that of the settings, if none is given.",
        exists=True,
        file_okay=False,
    ),
]


def test_policies(folder: Folder = None) -> None:
    """Ask the policies every test beside them, and find those that no test holds to anything.

    Example: entente policy test new-policies
    """
    with count_watch(console, "Testing") as watch:
        report = run_tests_in(folder or Settings().policies_dir, watch)
    for one in report.failed:
        _say(f"FAILED  {one.case.file}: {one.case.name}")
        _say(f"        expected: {one.expected}")
        _say(f"        got:      {one.actual}")
    for name, holds_count in report.undecided.items():
        others = f", though it holds in {holds_count}; others decide those" if holds_count else ""
        _say(f"UNTESTED  {name}: no test is decided by it{others}.")
    _say(_summary(report))
    raise typer.Exit(0 if report.passed else 1)


def _summary(report: TestReport) -> str:
    count, failed = len(report.answers), len(report.failed)
    policies = len(report.policies.policies)
    decided = policies - len(report.undecided)
    return f"{count - failed} of {count} tests passed; {decided} of {policies} policies decide one."


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
