"""Cedar and the slow oracle agree, whoever asks, whatever for, and at every moment."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.access.explain import explain
from app.access.facts import Action, Audience, Office, OfficeAction, Profile
from app.access.pdp import Decision, load_policies
from tests import oracle
from tests.strategies import NOW, POLICIES, SCHEMES, TICK, audiences, offices, people, profiles

POLICY_SET = load_policies(POLICIES, SCHEMES)


def say(profile: Profile, action: Action, audience: Audience, now: datetime = NOW) -> bool:
    return oracle.may(SCHEMES, profile, action, audience, now)


@settings(max_examples=200, deadline=None)
@given(profile=profiles, asked=st.lists(audiences(), max_size=5))
def test_cedar_agrees_with_the_oracle(profile: Profile, asked: list[Audience]) -> None:
    for action in Action:
        decisions = POLICY_SET.decide(profile, action, asked, NOW)
        said = [say(profile, action, audience) for audience in asked]

        assert [decision.allowed for decision in decisions] == said, (action, decisions)


@settings(max_examples=100, deadline=None)
@given(profile=profiles, office=offices())
def test_cedar_agrees_with_the_oracle_on_offices(profile: Profile, office: Office) -> None:
    for action in OfficeAction:
        decision = POLICY_SET.decide_office(profile, action, office, NOW)

        assert decision.allowed == oracle.may_office(profile, action, office, NOW), action


def test_the_random_questions_are_neither_all_refused_nor_all_granted() -> None:
    answers: list[bool] = []

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(profile=profiles, audience=audiences())
    def ask(profile: Profile, audience: Audience) -> None:
        answers.append(say(profile, Action.READ, audience))

    ask()
    assert 0.08 < sum(answers) / len(answers) < 0.8


@settings(max_examples=100, deadline=None)
@given(profile=profiles, audience=audiences(), action=st.sampled_from(list(Action)))
def test_a_decision_holds_until_it_says(
    profile: Profile, audience: Audience, action: Action
) -> None:
    (decision,) = POLICY_SET.decide(profile, action, [audience], NOW)

    for moment in _moments_before(decision):
        assert say(profile, action, audience, moment) == decision.allowed
        (again,) = POLICY_SET.decide(profile, action, [audience], moment)
        assert again == decision


def _moments_before(decision: Decision) -> list[datetime]:
    end = decision.holds_until or NOW + timedelta(days=40_000)
    assert end > NOW
    return [end - TICK, NOW + (end - NOW) / 2]


@settings(max_examples=100, deadline=None)
@given(profile=profiles, audience=audiences())
def test_an_explanation_is_met_exactly_when_the_answer_is_yes(
    profile: Profile, audience: Audience
) -> None:
    for action in Action:
        explanation = explain(POLICY_SET, profile, action, audience, NOW)
        unmet = [one for one in explanation.requirements if not one.met]

        assert (not unmet) == explanation.decision.allowed
        assert all(one.detail and one.policies for one in explanation.requirements)


@settings(max_examples=60, deadline=None)
@given(profile=people(), office=offices())
def test_no_office_gives_content(profile: Profile, office: Office) -> None:
    """Whoever is allowed an office only by being auditor or system administrator reads nothing."""
    for action in (OfficeAction.REVIEW_LOG, OfficeAction.CREATE_ORGANISATION):
        if POLICY_SET.decide_office(profile, action, office, NOW).allowed:
            assert not oracle.has_content_role(profile)
