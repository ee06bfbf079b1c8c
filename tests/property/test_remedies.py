"""What is said to be needed suffices: after all of it the policies let the person in."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.access import (
    PUBLIC,
    Action,
    Agreement,
    Area,
    Assurance,
    Audience,
    Profile,
    Role,
    State,
    remedies,
)
from app.access.pdp import load_policies
from app.access.remedies import NOTHING, WITHDRAWN, Case, tried_out
from app.labels import Label, parse_releasability
from tests.strategies import NOW, POLICIES, SCHEMES, audiences, profiles

POLICY_SET = load_policies(POLICIES, SCHEMES)
ACTIONS = [Action.READ, Action.DOWNLOAD, Action.APPROVE, Action.WITHDRAW, Action.TAKE_ORIGINAL]


@settings(max_examples=60, deadline=None)
@given(profile=profiles, audience=audiences(), action=st.sampled_from(ACTIONS))
def test_all_that_would_have_to_change_lets_the_person_in(
    profile: Profile, audience: Audience, action: Action
) -> None:
    case = Case(POLICY_SET, profile, action, audience, NOW)
    found, after = tried_out(case)
    allowed = not case.unmet()
    assert bool(found) is not allowed
    if all(one.possible for one in found):
        assert not after.unmet()
        (decision,) = POLICY_SET.decide(after.profile, action, [after.audience], NOW)
        assert decision.allowed


def asker(**facts: object) -> Profile:
    """A reader of a partner in the EU, under an agreement."""
    held = next(iter(_READERS))
    return replace(held, **facts)  # type: ignore[arg-type]


def asked(markings: str = "TLP:AMBER", to: str = "org:dtc", **label: object) -> Audience:
    """Something released by another organisation."""
    made = Label(
        tuple(map(SCHEMES.parse, markings.split(" // "))),
        releasability=parse_releasability(to),
        **label,  # type: ignore[arg-type]
    )
    return Audience(State.RELEASED, "imda", "imda", made, Area.TRENDS)


_AGREEMENT = Agreement(
    NOW - timedelta(days=3), NOW + timedelta(days=3), SCHEMES.parse("SENSITIVE"), frozenset(Area)
)
_READERS = [
    Profile(
        person="uma",
        organisation="uni-eu",
        organisation_kind="partner",
        party="EU",
        roles=frozenset({Role.READER}),
        clearance=SCHEMES.parse("SENSITIVE"),
        groups=frozenset(),
        agreement=_AGREEMENT,
        assurance=Assurance.PASSWORD,
        active=True,
    )
]
NAMED = "Released to org:uni-eu, or to this person by name or by a grant."


@pytest.mark.parametrize(
    ("profile", "audience", "said"),
    [
        (asker(), asked(), [NAMED]),
        (asker(), asked("TLP:RED"), ["Released to this person by name or by a grant.", "factor"]),
        (
            asker(),
            asked("RESTREINT UE/EU RESTRICTED", "org:uni-eu"),
            ["A clearance of at least RESTREINT UE/EU RESTRICTED, under an agreement", "factor"],
        ),
        (asker(roles=frozenset({Role.AUDITOR})), asked(to="org:uni-eu"), ["instead of auditor"]),
        (asker(agreement=None), asked(to="org:uni-eu"), ["An agreement in force."]),
        (asker(), asked(to="org:uni-eu", terms=frozenset({"use-1"})), ["use-1 accepted"]),
        (
            asker(),
            asked(to="org:uni-eu", not_before=NOW + timedelta(days=1)),
            ["Only time: not before 2026-03-02 12:00 UTC."],
        ),
        (asker(), replace(asked(), state=State.DRAFT), ["Its release.", NAMED]),
        (asker(), replace(asked(), state=State.WITHDRAWN), [WITHDRAWN]),
        (asker(), asked(to="org:uni-eu"), []),
        (PUBLIC, asked(), [NOTHING]),
        (PUBLIC, asked("TLP:CLEAR"), ["Released to the public."]),
    ],
)
def test_what_would_have_to_change_is_told_concretely(
    profile: Profile, audience: Audience, said: list[str]
) -> None:
    found = remedies(POLICY_SET, profile, Action.READ, audience, NOW)
    assert len(found) == len(said)
    for one, text in zip(found, said, strict=True):
        assert text in one.text
        assert one.possible is (text not in (NOTHING, WITHDRAWN))


def test_nobody_but_its_own_people_is_told_to_take_a_role() -> None:
    """A role in another organisation would not open what is prepared here."""
    (one,) = remedies(POLICY_SET, asker(), Action.APPROVE, asked(to="org:uni-eu"), NOW)[:1]
    assert one.text == NOTHING
