"""Tests of policies in words: who asks, what for, and what is expected. Pure functions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from app.access import Area, BaseView, Role, State, TestView
from app.web.presenting import AREA_LABELS, ROLE_LABELS, STATE_LABELS, moment

WHO: Final = {
    "person": "person",
    "organisation": "organisation",
    "organisation_kind": "kind of organisation",
    "party": "party",
    "roles": "roles",
    "clearance": "clearance",
    "groups": "groups",
    "agreement": "agreement",
    "assurance": "signed in by",
    "active": "account",
    "accepted": "accepted terms of use",
}
WHAT: Final = {
    "state": "state",
    "owner": "owner",
    "originator": "originator",
    "area": "area",
    "markings": "marked",
    "eyes_only": "EYES ONLY",
    "view_only": "VIEW ONLY",
    "not_before": "not before",
    "releasability": "released to",
    "terms": "terms of use",
    "changes": "marked later",
    "grants": "granted",
    "party": "party",
    "organisation": "organisation",
    "person": "about the person",
}
OF_AGREEMENT: Final = {
    "valid_from": "agreement from",
    "valid_until": "agreement until",
    "ceiling": "agreement up to",
    "areas": "agreement on",
}
ACCOUNT: Final = {True: "active", False: "suspended"}


@dataclass(frozen=True)
class TestWords:
    """A test as a row of a table: its name, who asks for what in words, the expected answer."""

    __test__ = False

    name: str
    who: str
    asks: str
    allowed: bool
    others: tuple[str, ...]


def test_words(test: TestView, policy: str) -> TestWords:
    """Say a test of a policy in words; `others` are the policies that decide it too."""
    return TestWords(
        name=test.name,
        who=who_words(test.who),
        asks=f"to {test.action.replace('-', ' ')}: {what_words(test.what) or 'as usual'}",
        allowed=test.allowed,
        others=tuple(name for name in test.policies if name != policy),
    )


def who_words(who: Mapping[str, Any] | Literal["public"]) -> str:
    """Say who asks, as far as it is said; empty where nothing is."""
    if who == "public":
        return "the public, not signed in"
    return "; ".join(_pairs(who, WHO))


def what_words(what: Mapping[str, Any]) -> str:
    """Say what is asked for, as far as it is said; empty where nothing is."""
    return "; ".join(_pairs(what, WHAT))


def base_words(base: BaseView) -> tuple[tuple[str, str], ...]:
    """Say what a file's tests have in common, as facts in pairs."""
    return (
        ("Who", who_words(base.who)),
        ("What", what_words(base.what)),
        ("When", moment(base.now, seconds=True).text),
    )


def _pairs(facts: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from _pairs(value, OF_AGREEMENT)
        elif name in ("eyes_only", "view_only"):
            yield f"{'' if value else 'not '}{names[name]}"
        else:
            yield f"{names.get(name, name)}: {_value(name, value)}"


def _value(name: str, value: Any) -> str:
    if name == "active":
        return ACCOUNT[bool(value)]
    if isinstance(value, list):
        return ", ".join(_value(name, one) for one in value) or "none"
    if isinstance(value, dict) and "until" in value:
        return f"to {value.get('person')} until {_text(value['until'])}"
    if isinstance(value, dict):
        return f"{value.get('to')} from {_text(value.get('at'))}"
    return _text(value)


def _text(value: Any) -> str:
    if value is None or value == "":
        return "none"
    text = str(value)
    if text in set(Role):
        return ROLE_LABELS[Role(text)].lower()
    if text in set(Area):
        return AREA_LABELS[Area(text)]
    if text in set(State):
        return STATE_LABELS[State(text)].lower()
    try:
        return moment(datetime.fromisoformat(text), seconds=True).text
    except ValueError:
        return text
