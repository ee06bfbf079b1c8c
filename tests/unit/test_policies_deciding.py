"""Deciding fails closed, in order, and says why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.access import policy_lint
from app.access.alike import Alike
from app.access.entities import PERSON, PUBLIC, microseconds
from app.access.explain import Explanation, explain
from app.access.facts import PUBLIC as NOBODY
from app.access.facts import (
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
from app.access.pdp import load_policies
from app.access.policy_files import PolicyError, read_policies, read_policy, read_schema
from app.access.policy_set import assemble
from app.labels import Entry, Label, Marking, SchemeId, planned
from tests.strategies import NOW, POLICIES, SCHEMES, labelled

POLICY_SET = load_policies(POLICIES, SCHEMES)
SENSITIVE = SCHEMES.parse("SENSITIVE")
ANA = Profile(
    person="ana",
    organisation="imda",
    organisation_kind="authority",
    party="SG",
    roles=frozenset({Role.READER}),
    clearance=SCHEMES.parse("TOP SECRET \\ SENSITIVE HIGH"),
    groups=frozenset(),
    agreement=Agreement(
        NOW - timedelta(days=1), NOW + timedelta(days=9), SENSITIVE, frozenset({Area.TRENDS})
    ),
    assurance=Assurance.PASSWORD,
    active=True,
)
PAPER = Audience(
    State.RELEASED,
    "connect",
    "connect",
    Label((SENSITIVE,), releasability=frozenset({Entry("org", "imda")})),
    Area.TRENDS,
)
UNKNOWN = labelled(PAPER, markings=(Marking(SchemeId("nato"), "cosmic"),))


def test_answers_come_in_the_order_of_the_questions() -> None:
    draft = replace(PAPER, state=State.DRAFT)

    decisions = POLICY_SET.decide(ANA, Action.READ, [PAPER, draft, UNKNOWN, PAPER], NOW)

    assert [one.allowed for one in decisions] == [True, False, False, True]
    assert [one.policies for one in decisions] == [
        ("read-released-to-organisation",),
        (),
        (),
        ("read-released-to-organisation",),
    ]


def test_no_question_gives_no_answer() -> None:
    assert POLICY_SET.decide(ANA, Action.READ, [], NOW) == []


@pytest.mark.parametrize(
    "marking", [Marking(SchemeId("nato"), "cosmic"), Marking(SchemeId("eu"), "no-such-level")]
)
def test_a_marking_that_no_scheme_knows_is_denied(marking: Marking) -> None:
    asked = labelled(PAPER, markings=(marking,))

    (decision,) = POLICY_SET.decide(ANA, Action.READ, [asked], NOW)

    assert not decision.allowed


@pytest.mark.parametrize(
    "clearance",
    [SCHEMES.parse("TLP:RED"), Marking(SchemeId("nato"), "cosmic"), Marking(SchemeId("eu"), "x")],
)
def test_a_clearance_that_classifies_nothing_is_worth_nothing(clearance: Marking) -> None:
    (decision,) = POLICY_SET.decide(replace(ANA, clearance=clearance), Action.READ, [PAPER], NOW)

    assert decision.policies == ("clearance-eu",)


def test_facts_that_do_not_fit_the_schema_are_denied_alone() -> None:
    odd = replace(PAPER, state="published")  # type: ignore[arg-type]

    decisions = POLICY_SET.decide(ANA, Action.READ, [PAPER, odd], NOW)

    assert [one.allowed for one in decisions] == [True, False]


def test_a_profile_that_does_not_fit_the_schema_is_denied_everything() -> None:
    odd = replace(ANA, organisation_kind="embassy")

    assert not POLICY_SET.decide(odd, Action.READ, [PAPER], NOW)[0].allowed
    assert not POLICY_SET.decide_office(odd, OfficeAction.ADMIT, Office("SG"), NOW).allowed


def test_an_action_that_the_schema_does_not_know_is_denied() -> None:
    (decision,) = POLICY_SET.decide(ANA, "burn", [PAPER], NOW)  # type: ignore[arg-type]

    assert not decision.allowed


def test_an_allow_beside_an_error_is_a_deny() -> None:
    """Cedar skips a forbid that errors: this one overflows, and would have let ana in."""
    broken = """
        @id("broken") @explain("Overflows.") @requirement("caveats")
        forbid (principal is Person, action in Action::"see", resource)
        when { context.now * 9000000000 > 0 };"""
    texts = [policy.text for policy in read_policies(POLICIES)]
    policy_set = replace(
        assemble(read_policies(POLICIES), read_schema(POLICIES), SCHEMES),
        handle=type(POLICY_SET.handle).from_str("\n".join([*texts, broken])),
    )

    (decision,) = policy_set.decide(ANA, Action.READ, [PAPER], NOW)

    assert (decision.allowed, decision.policies) == (False, ())


def test_nobody_signed_in_is_told_apart_by_the_empty_person() -> None:
    assert POLICY_SET.maker.world(NOBODY, [PAPER], NOW).principal == PUBLIC
    assert POLICY_SET.maker.world(ANA, [PAPER], NOW).principal == PERSON


def test_a_decision_holds_until_the_nearest_boundary() -> None:
    soon, late = NOW + timedelta(days=2), NOW + timedelta(days=20)
    asked = [PAPER, labelled(PAPER, not_before=soon), labelled(PAPER, not_before=late)]
    ends = NOW + timedelta(days=9)

    decisions = POLICY_SET.decide(ANA, Action.READ, asked, NOW)
    public = POLICY_SET.decide(NOBODY, Action.READ, asked, NOW)

    assert [one.holds_until for one in decisions] == [ends, soon, ends]
    assert [one.holds_until for one in public] == [None, soon, late]


def test_a_decision_holds_until_a_planned_change_or_the_end_of_ones_own_grant() -> None:
    soon, late = NOW + timedelta(days=2), NOW + timedelta(days=3)
    changes = planned(SCHEMES, PAPER.label.markings, [(soon, "PUBLIC")])
    asked = [
        labelled(PAPER, changes=changes),
        replace(PAPER, grants=frozenset({Grant("ana", late), Grant("ben", soon)})),
    ]

    ana = POLICY_SET.decide(ANA, Action.READ, asked, NOW)
    nobody = POLICY_SET.decide(NOBODY, Action.READ, asked, NOW)

    assert [one.holds_until for one in ana] == [soon, late]
    assert [one.holds_until for one in nobody] == [soon, None]


def test_people_to_whom_something_was_granted_are_not_alike() -> None:
    granted = replace(PAPER, grants=frozenset({Grant("ana", NOW)}))
    alike = Alike.of(POLICY_SET, [PAPER, granted])

    assert alike.by_entry_only
    assert alike.facts(ANA).person == "ana"
    assert alike.facts(replace(ANA, person="ben")).person == "anybody"


def test_facts_without_grants_terms_or_changes_are_hashed_as_before_there_were_any() -> None:
    assert set(PAPER.to_json()) == {"state", "owner", "originator", "label", "area"}
    assert not {"terms", "changes"} & set(PAPER.label.to_json())
    assert "accepted" not in ANA.to_json()


@pytest.mark.parametrize("tag", ["principal.organisation", '"ben"', "resource.owner"])
def test_a_policy_may_look_at_the_grant_of_who_asks_and_at_no_other(tag: str) -> None:
    text = f"""@id("odd") @explain("Odd.") @requirement("releasability")
        permit (principal is Person, action in Action::"see", resource)
        when {{ principal.roles.contains(Role::"reader") && resource.hasTag({tag}) }};"""

    with pytest.raises(PolicyError, match="looks at the resource itself"):
        policy_lint.lint([*read_policies(POLICIES), read_policy("odd.cedar", text)], SCHEMES)


def test_the_version_changes_with_whatever_may_change_an_answer() -> None:
    policies, schema = read_policies(POLICIES), read_schema(POLICIES)
    longer = replace(policies[0], text=policies[0].text + " ")
    versions = {
        assemble(policies, schema, SCHEMES).version,
        assemble([longer, *policies[1:]], schema, SCHEMES).version,
        assemble(policies[1:], schema, SCHEMES).version,
        assemble(policies, schema + "\n", SCHEMES).version,
        assemble(policies, schema, replace(SCHEMES, hash_hex="0" * 64)).version,
    }

    assert POLICY_SET.version == assemble(policies, schema, SCHEMES).version
    assert len(versions) == 5


def test_the_lint_knows_exactly_the_facts_that_are_given() -> None:
    asked = labelled(PAPER, not_before=NOW, terms=frozenset({"data-use-1"}))
    granted = replace(asked, grants=frozenset({Grant("ana", NOW)}))
    made = POLICY_SET.maker
    (person,) = made._profile(replace(ANA, accepted=frozenset({"data-use-1"})))
    thing = made._thing(granted, 0, NOW)
    office = made._thing(Office("SG", "imda", "ben"), 0, NOW)
    assert thing and office

    assert set(person["attrs"]) == policy_lint.PROFILE_FACTS
    assert set(thing["attrs"]) == policy_lint.AUDIENCE_FACTS - {"grants"} | {"eu"}
    assert thing["tags"] == {"ana": microseconds(NOW)}
    assert set(office["attrs"]) == policy_lint.OFFICE_FACTS


def _unmet(explanation: Explanation) -> dict[str, str]:
    return {one.id: one.detail for one in explanation.requirements if not one.met}


def test_an_allow_is_explained_by_the_policy_that_permits() -> None:
    explanation = explain(POLICY_SET, ANA, Action.READ, PAPER, NOW)

    assert [one.id for one in explanation.requirements] == [
        "standing",
        "content-role",
        "area",
        "clearance",
        "state",
        "releasability",
        "caveats",
        "not-before",
        "terms",
        "assurance",
    ]
    assert not _unmet(explanation)
    assert [one.explain for one in explanation.policies] == [
        "It is released to the person's organisation."
    ]


def test_a_denial_says_everything_that_stands_in_the_way() -> None:
    secret = labelled(PAPER, markings=(SCHEMES.parse("SECRET UE/EU SECRET"),))
    kept = labelled(secret, releasability=frozenset(), not_before=NOW + timedelta(days=1))

    unmet = _unmet(explain(POLICY_SET, ANA, Action.READ, kept, NOW))

    assert list(unmet) == ["clearance", "releasability", "not-before", "assurance"]
    assert unmet["clearance"] == (
        "The ceiling of the organisation's agreement must reach the European Union marking. "
        "Marked SECRET UE/EU SECRET; cleared for TOP SECRET \\ SENSITIVE HIGH "
        "(worth TRES SECRET UE/EU TOP SECRET), agreement up to SENSITIVE."
    )
    assert unmet["releasability"] == (
        "Released to nobody else, marked SECRET UE/EU SECRET; owner and originator are connect."
    )


def test_an_unknown_marking_is_explained_without_failing() -> None:
    unmet = _unmet(explain(POLICY_SET, ANA, Action.READ, UNKNOWN, NOW))

    assert list(unmet) == ["releasability"]
    assert "nato:cosmic (unknown here)" in unmet["releasability"]


def test_the_public_and_the_procedure_have_requirements_of_their_own() -> None:
    public = _unmet(explain(POLICY_SET, NOBODY, Action.READ, PAPER, NOW))
    approve = _unmet(explain(POLICY_SET, ANA, Action.APPROVE, PAPER, NOW))

    assert list(public) == ["public"]
    assert list(approve) == ["procedure"]
    assert "Roles held: reader. Organisation: imda." in approve["procedure"]
