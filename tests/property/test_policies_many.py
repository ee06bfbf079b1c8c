"""Deciding about many at once says what Cedar says of each, whatever the policies are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.access import decide_many
from app.access.facts import PUBLIC, Action, Area, Audience, Delegation, Profile, State
from app.access.pdp import PolicySet, load_policies
from app.access.policy_files import PolicyText, read_policy, read_schema
from app.access.policy_set import assemble
from app.labels import Entry, Label, Marking, SchemeId
from tests import oracle
from tests.drawn import Drawn
from tests.strategies import NOW, POLICIES, SCHEMES, TICK, audiences, labelled, moments, profiles

POLICY_SET = load_policies(POLICIES, SCHEMES)
SCHEMA = read_schema(POLICIES)

_FEW = Drawn(SCHEMES, 2, organisations=4, persons=3, groups=2)
_PEOPLE, THINGS = _FEW.profiles(5), _FEW.audiences(40)
# Some differ in nothing but who they are.
_TWINS = [replace(one, person=f"person{n}") for one in _PEOPLE[:2] for n in range(3)]
CROWD = [PUBLIC, *_PEOPLE[2:], *_TWINS]

some_profiles = st.lists(profiles, min_size=1, max_size=6)
some_audiences = st.lists(audiences(), max_size=12)
actions = st.sampled_from(list(Action))

# What policies could look at, in every way that is taken apart differently. Many of these fail for
# some, and some for all: a fact that is missing, a sum that is too large, no yes or no.
QUESTIONS = (
    "principal.organisation == resource.owner",
    "principal.organisation != resource.originator",
    "resource.owner == resource.originator",
    "principal.groups == resource.to_groups",
    "principal.groups.containsAll(resource.to_groups)",
    "resource.to_groups.containsAll(principal.groups)",
    "resource.to_groups.containsAny(principal.groups)",
    "resource.to_groups.contains(principal.organisation)",
    "resource.to_organisations.contains(principal.organisation)",
    "resource.to_organisations.isEmpty()",
    "resource.to_persons.contains(principal.person)",
    "[resource.owner, resource.originator].contains(principal.organisation)",
    '[resource.owner, "org1"].contains(principal.organisation)',
    '[principal.organisation, "org2"].containsAny([resource.owner, resource.originator])',
    '[resource.owner, "SG"].contains(principal.party)',
    "[resource.owner] == [principal.organisation]",
    "[resource.to_groups].contains(principal.groups)",
    "[resource.owner].containsAll(resource.to_organisations)",
    "[principal.organisation] == resource.to_organisations",
    "principal.organisation.contains(resource.owner)",
    "resource.sg == principal.clearance.sg",
    '[Area::"trends", resource.area].containsAll(principal.agreement.areas)',
    "principal.agreement.areas.contains(resource.area)",
    "principal.clearance.eu.level >= resource.eu.level",
    "principal.agreement.valid_from < resource.not_before",
    "principal.agreement.valid_until < resource.not_before",
    "principal has agreement.ceiling.eu",
    "resource has not_before",
    "resource.not_before <= context.now",
    "principal.agreement.valid_from + 9223372036854775807 > context.now",
    "principal.accepted.containsAll(resource.terms)",
    "resource.hasTag(principal.person)",
    "resource.getTag(principal.person) > context.now",
    'principal.person like "*0"',
    'principal.person == "person1"',
    'resource.owner like "*1"',
    "principal is Person",
    "if resource.eyes_only then principal.active else resource.view_only",
    'action == Action::"read"',
    'action in Action::"take"',
    "resource.owner",
    "true",
)
HEADS = (
    "principal, action, resource",
    "principal is Person, action, resource",
    "principal is Public, action, resource is Audience",
    'principal, action in Action::"see", resource',
    'principal, action in [Action::"take", Action::"prepare"], resource is Audience',
    "principal, action, resource is Office",
)
# Sides that fail where the other leaves nothing open, and policies that fail beside others.
_PERMIT = "permit (principal, action, resource)"
_FORBID = "forbid (principal, action, resource)"
JOINED = (
    (f"{_PERMIT} when {{ resource has not_before && resource.not_before <= context.now }};",),
    (f"{_PERMIT} when {{ !(resource has not_before) || resource.not_before <= context.now }};",),
    (f"{_PERMIT} when {{ resource.not_before <= context.now || resource.view_only }};",),
    (f"{_PERMIT} unless {{ resource.not_before <= context.now && resource.view_only }};",),
    (f"{_PERMIT} when {{ resource.view_only }} when {{ resource.not_before <= context.now }};",),
    (f"{_PERMIT};", f"{_FORBID} when {{ resource.not_before <= context.now }};"),
    (f"{_PERMIT};", f"{_FORBID};", f"{_PERMIT} when {{ principal.active }};"),
    (f"{_PERMIT} when {{ principal.active }};", f"{_FORBID} unless {{ resource.view_only }};"),
    ("permit (principal is Public, action, resource);",),
    (
        f'{_PERMIT} when {{ action == Action::"read" }};',
        f'{_FORBID} when {{ action == Action::"amend" }};',
    ),
)
conditions = st.recursive(
    st.sampled_from(QUESTIONS),
    lambda inner: st.one_of(
        inner.map("!({})".format),
        st.tuples(inner, inner).map("(({0[0]}) && ({0[1]}))".format),
        st.tuples(inner, inner).map("(({0[0]}) || ({0[1]}))".format),
    ),
    max_leaves=5,
)
clauses = st.tuples(st.sampled_from(["when", "unless"]), conditions).map(
    "{0[0]} {{ {0[1]} }}".format
)


@st.composite
def policy_sets(draw: st.DrawFn) -> PolicySet:
    """A few policies, mostly unsound."""
    bodies = st.tuples(
        st.sampled_from(["permit", "permit", "forbid"]),
        st.sampled_from(HEADS),
        st.lists(clauses, max_size=2).map(" ".join),
    )
    drawn = draw(st.lists(bodies, min_size=1, max_size=4))
    return policies(*("{} ({}) {};".format(*body) for body in drawn))


def policies(*texts: str) -> PolicySet:
    """Put policies together as they are, unchecked."""
    return assemble([named(text, n) for n, text in enumerate(texts)], SCHEMA, SCHEMES)


def named(text: str, number: int) -> PolicyText:
    return read_policy("drawn.cedar", f'@id("p{number}") {text}')


def agree(
    policies: PolicySet,
    action: Action = Action.READ,
    askers: Sequence[Profile] = CROWD,
    asked: Sequence[Audience] = THINGS,
    now: datetime = NOW,
) -> None:
    answers = decide_many(policies, action, askers, asked, now)
    for number, profile in enumerate(askers):
        one_by_one = policies.decide(profile, action, asked, now)
        ends = [one.holds_until for one in one_by_one if one.holds_until]

        assert [answers.decision(number, place) for place in range(len(asked))] == one_by_one
        assert [(one.allowed, one.policies) for one in answers.of(number)] == [
            (one.allowed, one.policies) for one in one_by_one
        ]
        assert answers.allowed(number) == sum(
            one.allowed << place for place, one in enumerate(one_by_one)
        )
        assert answers.holds_until(number) == min(ends, default=None)


@settings(max_examples=40, deadline=None)
@given(some_profiles, some_audiences, actions, moments)
def test_many_are_decided_as_each_is(
    askers: list[Profile], asked: list[Audience], action: Action, now: datetime
) -> None:
    agree(POLICY_SET, action, askers, asked, now)

    answers = decide_many(POLICY_SET, action, askers, asked, now)
    for number, profile in enumerate(askers):
        said = [oracle.may(SCHEMES, profile, action, audience, now) for audience in asked]
        assert [one.allowed for one in answers.of(number)] == said


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_is_answered_as_cedar_does(question: str) -> None:
    agree(policies(f"permit (principal, action, resource) when {{ {question} }};"))


@pytest.mark.parametrize("texts", JOINED)
def test_what_is_joined_is_joined_as_cedar_does(texts: tuple[str, ...]) -> None:
    for action in (Action.READ, Action.AMEND):
        agree(policies(*texts), action)


def test_what_time_changes_is_asked_again() -> None:
    """The same policies, people and audiences, before, at and after every moment that they name."""
    for days in (-21, -20, -1, 0, 1, 29, 30, 101, 401):
        agree(POLICY_SET, now=NOW + timedelta(days=days))


def test_a_deputy_is_one_only_within_the_window() -> None:
    window = Delegation("somebody", NOW, NOW + timedelta(days=1))
    lent = [replace(one, delegations=frozenset({window})) for one in CROWD if one.person]
    for moment in (NOW - TICK, NOW, NOW + timedelta(days=1)):
        agree(POLICY_SET, Action.APPROVE, [*lent, *CROWD], THINGS, moment)


@settings(max_examples=40, deadline=None)
@given(policy_sets(), actions)
def test_whatever_the_policies_are(drawn: PolicySet, action: Action) -> None:
    assert drawn.conditions.of_facts_only
    agree(drawn, action)


@settings(max_examples=10, deadline=None)
@given(
    some_profiles,
    some_audiences,
    st.sampled_from(['when { resource == Audience::"0" }', "unless { principal == principal }"]),
)
def test_who_looks_at_more_than_facts_is_asked_about_everybody(
    askers: list[Profile], asked: list[Audience], clause: str
) -> None:
    drawn = policies(f"permit (principal, action, resource) {clause};")

    assert not drawn.conditions.of_facts_only
    agree(drawn, Action.READ, askers, asked)


READABLE = Label(markings=(SCHEMES.parse("TLP:CLEAR"),), releasability=frozenset({Entry("public")}))
OTHER = Marking(SchemeId("eu"), "not-a-level")


@settings(max_examples=20, deadline=None)
@given(some_profiles, some_audiences, st.sampled_from(Area), st.booleans())
@example([PUBLIC], [], Area.TRENDS, False)
def test_what_does_not_fit_the_schema_is_denied_beside_what_does(
    askers: list[Profile], asked: list[Audience], area: Area, typed: bool
) -> None:
    """An area that the schema does not know, in agreements and audiences; a level that is none."""
    narrow = SCHEMA.replace(f', "{area}"', "").replace(f'"{area}", ', "")
    if typed:
        narrow = narrow.replace("owner: String", "owner: ipaddr", 1)
    texts = [policy for policy in POLICY_SET.policies.values() if str(area) not in policy.text]
    others = [labelled(one, markings=(OTHER,)) for one in asked[:2]]

    agree(assemble(texts, narrow, SCHEMES), Action.READ, askers, [*asked, *others])


def test_one_that_does_not_fit_condemns_no_other() -> None:
    """Whoever has an attribute in common with one that does not fit is still answered."""
    narrow = assemble(POLICY_SET.policies.values(), SCHEMA.replace(', "trends"', ""), SCHEMES)
    drawn = Drawn(SCHEMES, 3).audiences(40)
    unfit = [one for one in drawn if one.area is Area.TRENDS]
    fit = [one for one in drawn if one.area is not Area.TRENDS]
    public = [replace(one, label=READABLE) for one in (*unfit, *fit)]

    answers = decide_many(narrow, Action.READ, [PUBLIC], public, NOW)

    released = [one.state is State.RELEASED and one.area is not Area.TRENDS for one in public]
    assert [one.allowed for one in answers.of(0)] == released
