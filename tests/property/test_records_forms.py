"""Who gets a file in which form: roles, markings and kinds, against an oracle in its own words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.access import Action, Audience
from app.access.facts import Profile
from app.access.pdp import load_policies
from app.records.forms import TAKING, CannotBeMarked, FileKind, NotInspectedYet, form_of, forms_for
from tests import oracle
from tests.strategies import NOW, POLICIES, SCHEMES, audiences, profiles

POLICY_SET = load_policies(POLICIES, SCHEMES)
KINDS = {
    "PDF": FileKind("application/pdf", 3),
    "PNG": FileKind("image/png", None),
    "JPEG": FileKind("image/jpeg", 1),
    "CSV": FileKind("text/csv", None),
    "nobody knows": FileKind("", None),
    "nobody knows yet": FileKind("", None, waiting=True),
}


@settings(max_examples=150, deadline=None)
@given(profile=profiles, audience=audiences(), kind=st.sampled_from(list(KINDS)))
def test_forms_are_those_of_the_oracle(profile: Profile, audience: Audience, kind: str) -> None:
    allowed = {
        action
        for action in TAKING
        if POLICY_SET.decide(profile, action, [audience], NOW)[0].allowed
    }
    public = all(map(SCHEMES.is_public, audience.label.markings))
    told = forms_for(KINDS[kind], allowed, public=public)

    assert set(told) == said(profile, audience, kind)
    assert len(set(told)) == len(told)


def said(profile: Profile, audience: Audience, kind: str) -> set[str]:
    """The forms, slowly: who may have the original may always have it; marks are for the rest."""

    def may(action: Action) -> bool:
        return oracle.may(SCHEMES, profile, action, audience, NOW)

    if not may(Action.DOWNLOAD):
        return set()
    if kind.startswith("nobody knows"):
        return {"original"} if may(Action.TAKE_ORIGINAL) else set()
    if kind == "CSV":
        return {"unmarked"} if may(Action.TAKE_UNMARKED) else set()
    return {"marked", "original"} if may(Action.TAKE_ORIGINAL) else {"marked"}


@settings(max_examples=100, deadline=None)
@given(profile=profiles, audience=audiences(), kind=st.sampled_from(["PDF", "PNG", "JPEG"]))
def test_what_can_be_marked_and_is_not_public_leaves_marked_unasked(
    profile: Profile, audience: Audience, kind: str
) -> None:
    public = all(map(SCHEMES.is_public, audience.label.markings))
    theirs = oracle.may(SCHEMES, profile, Action.TAKE_ORIGINAL, audience, NOW)
    form, action = form_of("", KINDS[kind], public=public, original_too=theirs)

    assert form == ("original" if public else "marked")
    assert action == (Action.TAKE_ORIGINAL if public else Action.DOWNLOAD)


def test_a_declared_kind_counts_for_nothing() -> None:
    """Until an inspection has looked, a file of strangers leaves in no form."""
    for kind in (KINDS["nobody knows"], KINDS["nobody knows yet"]):
        with pytest.raises(NotInspectedYet):
            form_of("", kind, public=False, original_too=False)
        with pytest.raises(NotInspectedYet):
            form_of("marked", kind, public=True, original_too=True)
    with pytest.raises(CannotBeMarked):
        form_of("marked", KINDS["CSV"], public=False, original_too=True)
    assert [KINDS[name].page_count for name in KINDS] == [3, 1, 1, 0, 0, 0]
    assert FileKind("application/pdf", None).page_count == 0
