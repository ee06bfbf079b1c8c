"""What narrows never adds a reader, and what widens never removes one, in any state and action."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.access.facts import Action, Audience, Grant, Profile, Role
from app.access.pdp import load_policies
from app.labels import Entry
from tests.strategies import (
    NOW,
    POLICIES,
    SCHEMES,
    audiences,
    classifications,
    entries,
    grants,
    labelled,
    people,
    planned_changes,
    profiles,
)

POLICY_SET = load_policies(POLICIES, SCHEMES)
ACTIONS = st.sampled_from([Action.READ, Action.READ, *Action])


def allowed(profile: Profile, action: Action, *asked: Audience) -> list[bool]:
    return [one.allowed for one in POLICY_SET.decide(profile, action, asked, NOW)]


NARROWED: dict[str, Callable[[Audience], Audience]] = {
    "eyes only": lambda audience: labelled(audience, eyes_only=True),
    "view only": lambda audience: labelled(audience, view_only=True),
    "originator control": lambda audience: labelled(audience, orcon=True),
    "a handling note": lambda audience: labelled(audience, handling="Do not print"),
    "terms of use": lambda audience: labelled(audience, terms=audience.label.terms | {"others"}),
    "not before": lambda audience: labelled(
        audience, not_before=max(audience.label.not_before or NOW, NOW + timedelta(days=1))
    ),
}


@pytest.mark.parametrize("how", NARROWED)
@settings(max_examples=50, deadline=None)
@given(profile=profiles, audience=audiences(), action=ACTIONS)
def test_a_caveat_never_adds_a_reader(
    how: str, profile: Profile, audience: Audience, action: Action
) -> None:
    before, after = allowed(profile, action, audience, NARROWED[how](audience))

    assert before or not after


@settings(max_examples=100, deadline=None)
@given(profile=profiles, audience=audiences(), action=ACTIONS, data=st.data())
def test_a_marking_never_adds_a_reader(
    profile: Profile, audience: Audience, action: Action, data: st.DataObject
) -> None:
    used = {marking.scheme for marking in audience.label.markings}
    free = sorted(set(SCHEMES.by_id) - used)
    assume(free)
    scheme = data.draw(st.sampled_from(free))
    marking = data.draw(st.sampled_from(SCHEMES.markings(scheme)))
    marked = labelled(audience, markings=(*audience.label.markings, marking))

    before, after = allowed(profile, action, audience, marked)

    assert before or not after


@settings(max_examples=100, deadline=None)
@given(profile=profiles, audience=audiences(), action=ACTIONS, data=st.data())
def test_a_higher_marking_never_adds_a_reader(
    profile: Profile, audience: Audience, action: Action, data: st.DataObject
) -> None:
    marking = data.draw(st.sampled_from(audience.label.markings))
    scheme = SCHEMES.by_id[marking.scheme]
    higher = data.draw(
        st.sampled_from([one for one in scheme.markings if scheme.covers(one, marking)])
    )
    others = tuple(one for one in audience.label.markings if one != marking)
    marked = labelled(audience, markings=(*others, higher))

    before, after = allowed(profile, action, audience, marked)

    assert before or not after


@settings(max_examples=100, deadline=None)
@given(profile=profiles, audience=audiences(), action=ACTIONS, entry=entries)
def test_an_entry_never_removes_a_reader(
    profile: Profile, audience: Audience, action: Action, entry: Entry
) -> None:
    wider = labelled(audience, releasability=audience.label.releasability | {entry})

    before, after = allowed(profile, action, audience, wider)

    assert after or not before


@settings(max_examples=60, deadline=None)
@given(profile=people(), audience=audiences(), action=ACTIONS, grant=grants)
def test_a_grant_and_an_acceptance_never_remove_a_reader(
    profile: Profile, audience: Audience, action: Action, grant: Grant
) -> None:
    granted = replace(audience, grants=audience.grants | {grant})
    accepting = replace(profile, accepted=profile.accepted | {"data-use-1"})

    before, after = allowed(profile, action, audience, granted)
    (accepted,) = allowed(accepting, action, audience)

    assert after or not before
    assert accepted or not before


@settings(max_examples=60, deadline=None)
@given(profile=profiles, audience=audiences(), action=ACTIONS, data=st.data())
def test_a_planned_change_never_removes_a_reader(
    profile: Profile, audience: Audience, action: Action, data: st.DataObject
) -> None:
    markings = audience.label.markings
    without = labelled(audience, changes=())
    planned = labelled(audience, changes=data.draw(planned_changes(markings)))

    before, after = allowed(profile, action, without, planned)

    assert after or not before


@settings(max_examples=80, deadline=None)
@given(profile=people(), audience=audiences(), action=ACTIONS, data=st.data())
def test_a_lower_clearance_or_ceiling_never_adds_a_record(
    profile: Profile, audience: Audience, action: Action, data: st.DataObject
) -> None:
    high = data.draw(classifications)
    scheme = SCHEMES.by_id[high.scheme]
    low = data.draw(st.sampled_from([one for one in scheme.markings if scheme.covers(high, one)]))

    (cleared,) = allowed(replace(profile, clearance=high), action, audience)
    (lowered,) = allowed(replace(profile, clearance=low), action, audience)
    (without,) = allowed(replace(profile, clearance=None), action, audience)
    assert cleared or not lowered
    assert lowered or not without

    if profile.agreement:
        wide, narrow = (replace(profile.agreement, ceiling=ceiling) for ceiling in (high, low))
        (cleared,) = allowed(replace(profile, agreement=wide), action, audience)
        (lowered,) = allowed(replace(profile, agreement=narrow), action, audience)
        assert cleared or not lowered


@settings(max_examples=50, deadline=None)
@given(profile=people(), audience=audiences(), action=st.sampled_from(list(Action)))
def test_suspending_or_ending_the_agreement_leaves_nothing(
    profile: Profile, audience: Audience, action: Action
) -> None:
    agreement = profile.agreement
    ended = replace(agreement, valid_until=NOW) if agreement else None

    assert allowed(replace(profile, active=False), action, audience) == [False]
    assert allowed(replace(profile, agreement=ended), action, audience) == [False]


@settings(max_examples=50, deadline=None)
@given(profile=people(), audience=audiences(), action=st.sampled_from(list(Action)))
def test_oversight_beside_a_content_role_leaves_nothing(
    profile: Profile, audience: Audience, action: Action
) -> None:
    for role in (Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR):
        both = replace(profile, roles=profile.roles | {role})
        assert allowed(both, action, audience) == [False]
