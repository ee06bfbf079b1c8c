"""The table of cases that a deployment keeps beside its policies: who, what, and the right answer.

A case states only where it differs from the file's base, so that what decides it stands out.
Policies that answer one of their own cases wrongly do not load.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from app.access.facts import (
    PUBLIC,
    Action,
    Agreement,
    Area,
    Assurance,
    Audience,
    Grant,
    Office,
    OfficeAction,
    Profile,
    Role,
    State,
)
from app.access.policy_files import PolicyError
from app.access.policy_set import Decision, PolicySet
from app.core.errors import Problem
from app.labels import Label, Schemes, parse_releasability, planned


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Agreement(_Strict):
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    ceiling: str
    areas: frozenset[Area]


class _Who(_Strict):
    person: str
    organisation: str
    organisation_kind: Literal["authority", "partner"]
    party: str
    roles: frozenset[Role]
    clearance: str | None
    groups: frozenset[str]
    agreement: _Agreement | None
    assurance: Assurance
    active: bool
    accepted: frozenset[str] = frozenset()


class _Grant(_Strict):
    person: str
    until: AwareDatetime


class _Change(_Strict):
    at: AwareDatetime
    to: str


class _What(_Strict):
    state: State
    owner: str
    originator: str
    area: Area
    markings: tuple[str, ...]
    eyes_only: bool
    view_only: bool = False
    not_before: AwareDatetime | None
    releasability: str
    terms: frozenset[str] = frozenset()
    changes: tuple[_Change, ...] = ()
    grants: tuple[_Grant, ...] = ()


class _Office(_Strict):
    party: str
    organisation: str
    person: str


class CaseInput(_Strict):
    """`policies` names those that decide it, empty where nothing permits."""

    name: str
    who: dict[str, Any] | Literal["public"] = {}
    action: Action | OfficeAction
    what: dict[str, Any] = {}
    allowed: bool
    policies: tuple[str, ...]


class CaseBase(_Strict):
    """The moment, who and what of every case that says nothing else."""

    now: AwareDatetime
    who: dict[str, Any]
    what: dict[str, Any]


class CaseFile(_Strict):
    """What a file of cases is about, from what its cases differ, and the cases as written."""

    about: str
    base: CaseBase
    cases: tuple[CaseInput, ...]


@dataclass(frozen=True)
class Case:
    """One question with its right answer; `file` and `name` are how people find it.

    `written` is how the file states it: only where it differs from the base.
    """

    file: str
    name: str
    written: CaseInput
    profile: Profile
    action: Action | OfficeAction
    thing: Audience | Office
    now: datetime
    allowed: bool
    policies: tuple[str, ...]


def read_tests(folder: Path) -> tuple[tuple[str, str], ...]:
    """Give the files of cases that stand in the folder's `tests`, each with its name.

    Raises:
        PolicyError: one cannot be read.
    """
    return tuple((file.name, _text(file)) for file in sorted((folder / "tests").glob("*.json")))


def cases_of(policy_set: PolicySet) -> tuple[Case, ...]:
    """Give every case that came with the policies.

    Raises:
        PolicyError: a file is malformed, or names what the schemes do not know.
    """
    return _cases(policy_set.tests, policy_set.schemes)


def case_files(policy_set: PolicySet) -> dict[str, CaseFile]:
    """Give the files of cases as they are written, by their names.

    Raises:
        PolicyError: a file is malformed.
    """
    return {name: _file(name, text) for name, text in policy_set.tests}


def check_cases(policy_set: PolicySet, cases: Iterable[Case]) -> None:
    """Check that the policies answer every case as it says, and by the policies it says.

    Raises:
        PolicyError: they do not; the detail lists each wrong answer.
    """
    wrong = [_wrong(case, decision) for case, decision in answers(policy_set, cases)]
    if any(wrong):
        raise PolicyError("\n".join(filter(None, wrong)))


def answers(policy_set: PolicySet, cases: Iterable[Case]) -> Iterator[tuple[Case, Decision]]:
    """Ask the policies every case."""
    for case in cases:
        yield case, _ask(policy_set, case)


def said(answer: Case | Decision) -> str:
    """Say an answer in words: `denied by eyes-only`."""
    return f"{'allowed' if answer.allowed else 'denied'} by {', '.join(answer.policies) or 'none'}"


def _ask(policy_set: PolicySet, case: Case) -> Decision:
    if isinstance(case.thing, Office):
        action = OfficeAction(case.action)
        return policy_set.decide_office(case.profile, action, case.thing, case.now)
    (decision,) = policy_set.decide(case.profile, Action(case.action), [case.thing], case.now)
    return decision


def _wrong(case: Case, decision: Decision) -> str:
    if (decision.allowed, decision.policies) == (case.allowed, case.policies):
        return ""
    return f"{case.file}: {case.name}: {said(decision)}, where the case says {said(case)}."


# Pages show them: what is read once is not read for each.
@lru_cache(maxsize=4)
def _cases(tests: tuple[tuple[str, str], ...], schemes: Schemes) -> tuple[Case, ...]:
    return tuple(case for name, text in tests for case in _read(name, text, schemes))


def _read(name: str, text: str, schemes: Schemes) -> Iterator[Case]:
    table = _file(name, text)
    for case in table.cases:
        try:
            yield _case(name, table.base, case, schemes)
        except (ValidationError, Problem) as error:
            raise PolicyError(f"{name}: {case.name}: {error}") from None


def _file(name: str, text: str) -> CaseFile:
    try:
        return CaseFile.model_validate_json(text)
    except ValidationError as error:
        raise PolicyError(f"{name}: cannot be read: {error}") from None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{file.name}: cannot be read: {error}") from None


def _case(file: str, base: CaseBase, case: CaseInput, schemes: Schemes) -> Case:
    return Case(
        file=file,
        name=case.name,
        written=case,
        profile=PUBLIC if case.who == "public" else _profile(_over(base.who, case.who), schemes),
        action=case.action,
        thing=_thing(base, case, schemes),
        now=base.now,
        allowed=case.allowed,
        policies=tuple(sorted(case.policies)),
    )


def _over(base: dict[str, Any], changes: Any) -> dict[str, Any]:
    """The base with the changes over it, one level deep for what is itself a group of facts."""
    merged = dict(base)
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(base.get(name), dict)
        merged[name] = base[name] | value if both else value
    return merged


def _profile(facts: dict[str, Any], schemes: Schemes) -> Profile:
    who = _Who.model_validate_json(json.dumps(facts))
    agreement = (
        None
        if who.agreement is None
        else Agreement(
            valid_from=who.agreement.valid_from,
            valid_until=who.agreement.valid_until,
            ceiling=schemes.parse(who.agreement.ceiling),
            areas=who.agreement.areas,
        )
    )
    clearance = schemes.parse(who.clearance) if who.clearance else None
    same = who.model_dump(exclude={"agreement", "clearance"})
    return Profile(agreement=agreement, clearance=clearance, **same)


def _thing(base: CaseBase, case: CaseInput, schemes: Schemes) -> Audience | Office:
    if isinstance(case.action, OfficeAction):
        office = _Office.model_validate_json(json.dumps(case.what))
        return Office(**office.model_dump())
    what = _What.model_validate_json(json.dumps(_over(base.what, case.what)))
    markings = tuple(map(schemes.parse, what.markings))
    label = Label(
        markings=markings,
        terms=what.terms,
        changes=planned(schemes, markings, ((one.at, one.to) for one in what.changes)),
        eyes_only=what.eyes_only,
        view_only=what.view_only,
        releasability=parse_releasability(what.releasability),
        not_before=what.not_before,
    )
    grants = frozenset(Grant(one.person, one.until) for one in what.grants)
    return Audience(what.state, what.owner, what.originator, label, what.area, grants)
