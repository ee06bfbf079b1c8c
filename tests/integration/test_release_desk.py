"""The desk, the review and the history: what each person is shown of the procedure."""

from collections.abc import Callable
from typing import Any

import pytest

from app import records
from app.access import Action, Assurance
from app.core.errors import Refused
from app.core.ids import VersionId
from app.records import DraftView
from app.release import AwaitsConsent
from tests.records_world import begin, draft_input, marking, section
from tests.release_world import (
    approve,
    consent,
    desk,
    give_back,
    history,
    refuse,
    release_it,
    review,
    submit,
    waiting_count,
    withdraw,
)
from tests.world import World


def submitted(world: World, name: str = "ida", **changes: Any) -> DraftView:
    """A submission by this person."""
    made = begin(world, name, **changes)
    submit(world, made.version_id, name, "Please have a look.")
    return made


def test_what_waits_longest_comes_first_and_own_work_waits_for_others(world: World) -> None:
    first = submitted(world, "ida", title="First")
    second = submitted(world, "ivan", title="Second")
    third = submitted(world, "ida", title="Third")

    iris, ivan = desk(world, "iris"), desk(world, "ivan")
    assert [line.title for line in iris.to_decide] == ["First", "Second", "Third"]
    assert iris.for_others == ()
    assert [line.version_id for line in ivan.to_decide] == [first.version_id, third.version_id]
    (own,) = ivan.for_others
    assert own.version_id == second.version_id
    assert "You submitted this version" in own.why_not
    line = iris.to_decide[0]
    assert (line.reference, line.number, line.action) == (first.reference, 1, Action.APPROVE)
    assert (line.comment, line.submitted_at) == ("Please have a look.", world.clock())
    assert line.submitted_by is not None
    assert line.submitted_by.name == "Ida"
    assert line.banner.text == "TLP:GREEN"
    assert (waiting_count(world, "iris"), waiting_count(world, "ivan")) == (3, 2)


@pytest.mark.parametrize("name", ["ida", "ines", "abel", "sys", "dana", "emil", "uma", "public"])
def test_nothing_waits_for_anybody_else(world: World, name: str) -> None:
    submitted(world)
    assert waiting_count(world, name) == 0
    if name != "public":
        shown = desk(world, name)
        assert (shown.to_decide, shown.to_consent, shown.for_others) == ((), (), ())


def test_counting_writes_nothing_in_the_journal(world: World) -> None:
    submitted(world)
    before = world.events()
    waiting_count(world, "iris")
    assert world.events() == before


def test_a_consent_is_asked_of_the_originator_until_it_is_given(world: World) -> None:
    made = submitted(world, originator="eu-ai-office", title="Joint")
    shown = desk(world, "emil")
    assert [line.title for line in shown.to_consent] == ["Joint"]
    assert (shown.to_consent[0].owner, shown.to_decide) == ("imda", ())
    assert waiting_count(world, "emil") == 1
    consent(world, made.version_id, "emil")
    assert desk(world, "emil").to_consent == ()
    assert waiting_count(world, "emil") == 0
    give_back(world, made.version_id)
    with world.work() as work:
        said = draft_input(title="Joint, again", originator="eu-ai-office")
        actor = world.actor(work, "ida")
        records.amend(work, world.gate, actor, made.version_id, said, edition=made.edition)
    submit(world, made.version_id)
    assert [line.title for line in desk(world, "emil").to_consent] == ["Joint, again"]
    assert waiting_count(world, "emil") == 1


def test_what_is_marked_high_waits_for_a_second_factor(world: World) -> None:
    submitted(world, marking=marking("RESTRICTED", "party:SG"))
    shown = desk(world, "iris", Assurance.PASSWORD)
    assert (shown.to_decide, shown.for_others) == ((), ())
    assert len(desk(world, "iris").to_decide) == 1


def test_submitters_follow_what_became_of_it(world: World) -> None:
    outcomes: dict[str, Callable[[World, VersionId], object]] = {
        "return": give_back,
        "refuse": refuse,
        "approve": approve,
    }
    for outcome, verb in outcomes.items():
        made = submitted(world, title=f"To {outcome}")
        verb(world, made.version_id)
    gone = submitted(world, title="To withdraw")
    approve(world, gone.version_id)
    withdraw(world, gone.version_id, comment="Wrong figures.")
    submitted(world, title="Waits")
    mine = desk(world, "ida").mine
    assert [(line.title, line.outcome) for line in mine] == [
        ("Waits", ""),
        ("To withdraw", "withdraw"),
        ("To approve", "approve"),
        ("To refuse", "refuse"),
        ("To return", "return"),
    ]
    assert mine[1].comment == "Wrong figures."
    assert desk(world, "ivan").mine == ()


def test_submitted_again_after_a_return_it_waits_again(world: World) -> None:
    made = submitted(world)
    give_back(world, made.version_id)
    assert [line.outcome for line in desk(world, "ida").mine] == ["return"]
    submit(world, made.version_id)
    assert [line.outcome for line in desk(world, "ida").mine] == [""]


def test_a_review_shows_everything_that_the_decision_rests_on(world: World) -> None:
    made = begin(world, "ida", title="One", sections=[section("Method", "Old words.")])
    release_it(world, made.version_id)
    with world.work() as work:
        actor = world.actor(work, "ida")
        second = records.revise(work, world.gate, actor, made.record_id)
        said = draft_input(title="One", sections=[section("Method", "New words.")])
        records.amend(work, world.gate, actor, second.version_id, said, edition=1)
    submit(world, second.version_id, comment="New method.")
    shown = review(world, second.version_id, "iris")
    assert (shown.record.version_number, shown.record.state) == (2, "submitted")
    assert shown.difference is not None
    assert (shown.difference.old_number, shown.difference.new_number) == (1, 2)
    assert [p.heading for p in shown.difference.parts if p.kind == "changed"] == ["Method"]
    assert shown.preview.since == "the last release"
    assert [(one.kind, one.comment) for one in shown.decisions] == [("submit", "New method.")]
    assert shown.may == {"approve", "return", "refuse"}
    assert shown.submitted_by is not None
    assert (shown.submitted_by.name, shown.submitted_at) == ("Ida", world.clock())


def test_a_review_says_why_not(world: World) -> None:
    made = submitted(world, "ivan", originator="eu-ai-office")

    def why_not(name: str) -> dict[str, str]:
        shown = review(world, made.version_id, name)
        return {str(step.action): step.why_not for step in shown.steps}

    assert "You submitted this version" in why_not("ivan")["approve"]
    imda = "This is for a release authority of Infocomm Media Development Authority."
    assert set(why_not("ida").values()) == {
        imda,
        "This is for a release authority of EU AI Office.",
    }
    iris = why_not("iris")
    assert "to consent to exactly its parts first: EU AI Office" in iris["approve"]
    assert (iris["return"], iris["refuse"]) == ("", "")
    assert "EU AI Office" in iris["consent"]
    emil = why_not("emil")
    assert emil["consent"] == ""
    assert emil["approve"] == imda
    with pytest.raises(AwaitsConsent):
        approve(world, made.version_id)
    consent(world, made.version_id, "emil")
    assert why_not("iris")["approve"] == ""


def test_after_the_decision_there_is_nothing_to_decide(world: World) -> None:
    made = submitted(world)
    approve(world, made.version_id)
    shown = review(world, made.version_id, "iris")
    assert {step.why_not for step in shown.steps} == {"It is not waiting for a decision."}


@pytest.mark.parametrize("name", ["ines", "abel", "dana", "emil", "uma"])
def test_nobody_else_reviews(world: World, name: str) -> None:
    made = submitted(world)
    with pytest.raises(Refused):
        review(world, made.version_id, name)


def test_the_history_is_for_those_who_prepare_and_for_the_originator(world: World) -> None:
    made = submitted(world, originator="eu-ai-office", marking=marking("TLP:CLEAR", "public"))
    give_back(world, made.version_id, comment="Internal remark.")
    submit(world, made.version_id)
    consent(world, made.version_id, "emil")
    approve(world, made.version_id)
    kinds = ["submit", "return", "submit", "consent", "approve"]
    for name in ("ida", "iris", "emil"):
        assert [one.kind for one in history(world, made.record_id, name)] == kinds
        assert world.events()[-1][:2] == ("decisions.read", name)
    for name in ("ines", "ella", "eric", "dana", "uma", "abel", "sys", "public"):
        before = world.events()
        assert history(world, made.record_id, name) == ()
        assert world.events() == before


def test_a_withdrawal_is_seen_by_former_readers_alone(world: World) -> None:
    made = begin(world, "ida", marking=marking("TLP:AMBER", "org:dtc"))
    release_it(world, made.version_id)
    withdraw(world, made.version_id, "iris", "Wrong figures.")
    assert [one.comment for one in history(world, made.record_id, "dana")] == ["Wrong figures."]
    assert history(world, made.record_id, "uma") == ()
