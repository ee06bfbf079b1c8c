"""Runs the tests of a policy set, and finds the policies that no test holds to anything."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.access.cases import Case, answers, cases_of, said
from app.access.pdp import read_policy_set
from app.access.policy_set import Decision, PolicySet
from app.labels import load_schemes


@dataclass(frozen=True)
class TestAnswer:
    """What the policies answered a test."""

    __test__ = False  # no test itself, whatever collects them by their name

    case: Case
    decision: Decision

    @property
    def passed(self) -> bool:
        """Whether the answer is the expected one, by the expected policies."""
        expected = (self.case.allowed, self.case.policies)
        return (self.decision.allowed, self.decision.policies) == expected

    @property
    def expected(self) -> str:
        """Say the expected answer: `denied by eyes-only`."""
        return said(self.case)

    @property
    def actual(self) -> str:
        """Say the answer that the policies gave."""
        return said(self.decision)


@dataclass(frozen=True)
class TestReport:
    """All answers; and the policies that decide no test, with how many tests they hold in."""

    __test__ = False

    policies: PolicySet
    answers: tuple[TestAnswer, ...]
    undecided: Mapping[str, int]

    @property
    def failed(self) -> tuple[TestAnswer, ...]:
        """Give the tests that got another answer than they expect."""
        return tuple(one for one in self.answers if not one.passed)

    @property
    def passed(self) -> bool:
        """Whether every test got its answer, and every policy decides one of them."""
        return not self.failed and not self.undecided


def run_tests(
    policies: PolicySet, progress: Callable[[int, int], None] | None = None
) -> TestReport:
    """Ask a policy set every test that came with it; `progress` is told how many of how many.

    A policy that decides no test could be deleted, or say something else, and none would fail.

    Raises:
        PolicyError: a file of tests is malformed.
    """
    cases = cases_of(policies)
    found: list[TestAnswer] = []
    for case, decision in answers(policies, cases):
        found.append(TestAnswer(case, decision))
        if progress is not None:
            progress(len(found), len(cases))
    deciding = frozenset(name for one in found for name in one.decision.policies)
    missing = policies.policies.keys() - deciding
    return TestReport(policies, tuple(found), _holding(policies, missing, cases))


def _holding(policies: PolicySet, names: Collection[str], cases: Sequence[Case]) -> dict[str, int]:
    """Count in how many cases each policy's conditions hold, though others decide them."""
    if not names:
        return {}
    held = Counter(
        name
        for case in cases
        for name in policies.applying(case.profile, case.action, case.thing, case.now)
    )
    return {name: held[name] for name in sorted(names)}


def run_tests_in(folder: Path, progress: Callable[[int, int], None] | None = None) -> TestReport:
    """Ask the policies of a folder every test that stands beside them, in `tests`.

    Raises:
        PolicyError, SchemeError: they do not load for another reason than a test that fails.
    """
    return run_tests(read_policy_set(folder, load_schemes(folder)), progress)
