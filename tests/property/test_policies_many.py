"""Deciding about many at once says what Cedar says of each, whatever the policies are."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.access.facts import Action, Audience, Profile
from app.access.many import decide_many
from app.access.pdp import PolicySet, load_policies
from tests.strategies import NOW, POLICIES, SCHEMES, audiences, moments, profiles

POLICY_SET = load_policies(POLICIES, SCHEMES)

some_profiles = st.lists(profiles, min_size=1, max_size=6)
some_audiences = st.lists(audiences(), min_size=1, max_size=12)


def agree(
    policies: PolicySet,
    action: Action,
    askers: list[Profile],
    asked: list[Audience],
    now: datetime = NOW,
) -> None:
    answers = decide_many(policies, action, askers, asked, now)
    for number, profile in enumerate(askers):
        one_by_one = policies.decide(profile, action, asked, now)

        assert [answers.decision(number, place) for place in range(len(asked))] == one_by_one
        assert answers.allowed(number) == sum(
            one.allowed << place for place, one in enumerate(one_by_one)
        )


@settings(max_examples=100, deadline=None)
@given(some_profiles, some_audiences, st.sampled_from(list(Action)), moments)
def test_many_are_decided_as_each_is(
    askers: list[Profile], asked: list[Audience], action: Action, now: datetime
) -> None:
    agree(POLICY_SET, action, askers, asked, now)
