"""The policy decision point: policies are loaded, checked and kept; only a sound set decides."""

from collections.abc import Callable
from pathlib import Path

import cedarpy

from app.access.approvals import Approvals, load_approvals
from app.access.canary import check_canary
from app.access.cases import cases_of, check_cases, read_tests
from app.access.policy_files import PolicyError, PolicyText, read_policies, read_schema
from app.access.policy_lint import lint
from app.access.policy_set import Decision, PolicySet, assemble
from app.core.errors import Problem
from app.labels import Schemes, load_schemes

__all__ = [
    "Decision",
    "PoliciesWait",
    "PolicyError",
    "PolicyKeeper",
    "PolicySet",
    "PolicyText",
    "load_policies",
    "read_policy_set",
]


def load_policies(folder: Path, schemes: Schemes) -> PolicySet:
    """Load the folder's policies and return them checked, or not at all.

    They are parsed, linted, validated against the schema, asked for what every sound policy set
    denies and permits, and then asked the cases that the folder keeps in `tests`.

    Raises:
        PolicyError: which file or policy is at fault, and what is wrong with it.
    """
    policy_set = read_policy_set(folder, schemes)
    check_cases(policy_set, cases_of(policy_set))
    return policy_set


def read_policy_set(folder: Path, schemes: Schemes) -> PolicySet:
    """Give the folder's policies with every check made but for the cases that come with them.

    Raises:
        PolicyError: which file or policy is at fault, and what is wrong with it.
    """
    policies, schema = read_policies(folder), read_schema(folder)
    lint(policies, schemes)
    policy_set = assemble(policies, schema, schemes, read_tests(folder))
    _validate(policies, policy_set)
    check_canary(policy_set)
    return policy_set


class PoliciesWait(Problem):
    """Policies that load and yet do not bind: somebody gains by them, and nobody confirmed it."""

    title = "These policies wait for a second person"


class PolicyKeeper:
    """Keeps the policy set in force; one that does not load never replaces one that works.

    `current` is the set that decides, `approvals` what goes with it for releases. `problem` says
    why the files as they stand are not in force, None when they are: for the health page and the
    log. `waiting` is their set where it does load, and only waits for a second person.
    """

    current: PolicySet
    approvals: Approvals
    problem: str | None = None
    waiting: PolicySet | None = None

    def __init__(self, folder: Path) -> None:
        """Load the folder's schemes and policies.

        Raises:
            PolicyError, SchemeError: they do not load, and there is none yet to keep.
        """
        self._folder = folder
        self.current, self.approvals = self._load()

    def go_on_with(self, kept: PolicySet) -> None:
        """Let a set that was in force go on deciding, until the files' own may bind.

        Raises:
            PolicyError: what the files say of approvals does not go with its schemes.
        """
        self.approvals = load_approvals(self._folder, kept.schemes)
        self.current = kept

    def reload(self, weigh: Callable[[PolicySet], None] = lambda _: None) -> PolicySet:
        """Bring the files as they stand now into force if they load; return the set in force.

        Args:
            weigh: is asked whether another set may bind, and raises if not; until it has answered,
                the set before decides.
        """
        try:
            found, approvals = self._load()
            if found.version != self.current.version:
                self._weigh(weigh, found)
            self.current, self.approvals = found, approvals
            self.problem = self.waiting = None
        except PoliciesWait as problem:
            self.problem = problem.detail
        except Problem as problem:
            self.problem, self.waiting = problem.detail, None
        return self.current

    def _weigh(self, weigh: Callable[[PolicySet], None], found: PolicySet) -> None:
        try:
            weigh(found)
        except PoliciesWait:
            self.waiting = found
            raise

    def _load(self) -> tuple[PolicySet, Approvals]:
        schemes = load_schemes(self._folder)
        return load_policies(self._folder, schemes), load_approvals(self._folder, schemes)


def _validate(policies: tuple[PolicyText, ...], policy_set: PolicySet) -> None:
    text = "\n".join(policy.text for policy in policies)
    result = cedarpy.validate_policies(text, policy_set.maker.schema)
    if result.validation_passed:
        return
    # The validator names policies by their place in the text.
    names = {f"policy{number}": policy for number, policy in enumerate(policies)}
    faults = []
    for error in result.errors:
        policy = names.get(error.policy_id)
        place = f"{policy.file}: {policy.id}: " if policy else ""
        faults.append(f"{place}{error.error}")
    raise PolicyError("\n".join(faults) or "The policies do not fit the schema.")
