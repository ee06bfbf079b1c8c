"""The policies in force as people read them: what each says, since when, and its tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from app.access.cases import Case, CaseFile, case_files, cases_of
from app.access.policy_changes import last_wording, policies_since, policy_changes
from app.access.policy_counts import shown_count, standing_answers
from app.access.policy_files import PolicyText, read_policy
from app.access.policy_set import PolicySet
from app.access.requirements import REQUIREMENTS
from app.core.errors import NotFound


@dataclass(frozen=True)
class TestView:
    """One test: who and what, as far as they differ from the base of its file, and the answer."""

    __test__ = False

    file: str
    name: str
    who: dict[str, Any] | Literal["public"]
    action: str
    what: dict[str, Any]
    allowed: bool
    policies: tuple[str, ...]


@dataclass(frozen=True)
class BaseView:
    """What a test of a file says of who, what and when, unless it says otherwise."""

    about: str
    now: datetime
    who: dict[str, Any]
    what: dict[str, Any]


@dataclass(frozen=True)
class PolicyView:
    """A policy in force; at least so many of the answers that stand now rest on it.

    `tests` are those that it decides, alone or with others; `in_force_since` is when its very text
    came into force and stayed.
    """

    id: str
    effect: Literal["permit", "forbid"]
    explanation: str
    requirement: str
    file: str
    text: str
    in_force_since: datetime | None
    decisions_at_least: int
    tests: tuple[TestView, ...]


@dataclass(frozen=True)
class FormerPolicy:
    """What a policy said that is in force no more, and until when it was."""

    id: str
    effect: Literal["permit", "forbid"]
    explanation: str
    text: str
    in_force_until: datetime


@dataclass(frozen=True)
class PoliciesView:
    """The policy set in force, by its version, the requirements in words, and its policies."""

    version: str
    in_force_since: datetime | None
    requirements: dict[str, str]
    policies: tuple[PolicyView, ...]
    test_bases: dict[str, BaseView]


def show_policies(session: Session, policies: PolicySet) -> PoliciesView:
    """Show all policies in force, in the order of the requirements that they state."""
    since = policies_since(session, policies)
    counts = standing_answers(session, policies.version)
    tests = _by_policy(cases_of(policies))
    order = list(REQUIREMENTS)
    by_requirement = sorted(
        policies.policies.values(), key=lambda policy: order.index(policy.requirement)
    )
    changes = policy_changes(session)
    return PoliciesView(
        version=policies.version,
        in_force_since=next(
            (one.since for one in changes if one.version == policies.version), None
        ),
        requirements=dict(REQUIREMENTS),
        policies=tuple(_view(policy, since, counts, tests) for policy in by_requirement),
        test_bases={name: _base(file) for name, file in case_files(policies).items()},
    )


def show_policy(session: Session, policies: PolicySet, name: str) -> PolicyView:
    """Show one policy in force.

    Raises:
        NotFound: no policy of this name is in force.
    """
    if name not in policies.policies:
        raise NotFound("No policy of this name is in force.")
    since = policies_since(session, policies)
    counts = standing_answers(session, policies.version)
    tests = _by_policy(cases_of(policies))
    return _view(policies.policies[name], since, counts, tests)


def show_former(session: Session, name: str) -> FormerPolicy:
    """Show what a policy said that is in force no more.

    Raises:
        NotFound: no policy of this name ever was.
    """
    found = last_wording(session, name)
    if found is None:
        raise NotFound("There is no policy of this name, and never was.")
    said = read_policy(name, found.text)
    return FormerPolicy(name, said.effect, said.explain, found.text, found.until)


def _view(
    policy: PolicyText,
    since: Mapping[str, datetime],
    counts: Mapping[str, int],
    tests: Mapping[str, list[TestView]],
) -> PolicyView:
    return PolicyView(
        id=policy.id,
        effect=policy.effect,
        explanation=policy.explain,
        requirement=policy.requirement,
        file=policy.file,
        text=policy.text,
        in_force_since=since.get(policy.id),
        decisions_at_least=shown_count(counts.get(policy.id, 0)),
        tests=tuple(tests.get(policy.id, ())),
    )


def _by_policy(cases: tuple[Case, ...]) -> dict[str, list[TestView]]:
    found: dict[str, list[TestView]] = {}
    for case in cases:
        written = case.written
        shown = TestView(
            file=case.file,
            name=case.name,
            who=written.who,
            action=str(written.action),
            what=written.what,
            allowed=case.allowed,
            policies=case.policies,
        )
        for name in case.policies:
            found.setdefault(name, []).append(shown)
    return found


def _base(file: CaseFile) -> BaseView:
    return BaseView(file.about, file.base.now, file.base.who, file.base.what)
