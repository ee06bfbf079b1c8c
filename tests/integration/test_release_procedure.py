"""The procedure: every step by everybody in every state, what it changes and what it writes."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app import records, release
from app.access import Assurance
from app.core.errors import Invalid, NotFound, Refused, Unavailable
from app.core.ids import VersionId, new_id
from app.records import DraftView
from app.release import AwaitsConsent, ChangedMeanwhile
from tests.records_world import begin, draft_input, marking, section
from tests.release_world import (
    approve,
    consent,
    desk,
    give_back,
    history,
    last_hash,
    preview,
    refuse,
    release_it,
    review,
    state,
    submit,
    withdraw,
)
from tests.world import World

Step = Callable[[World, VersionId, str], object]
STEPS: dict[str, Step] = {
    "submit": submit,
    "approve": approve,
    "return": give_back,
    "refuse": refuse,
    "consent": consent,
    "withdraw": withdraw,
}
PEOPLE = ["ida", "ivan", "iris", "ines", "abel", "olga", "sys"]
OTHERS = ["ella", "emil", "eric", "uma"]
STATES = ["draft", "submitted", "released", "superseded", "withdrawn"]
WRITERS, AUTHORITIES = {"ida", "ivan", "iris"}, {"ivan", "iris"}
# Who may take which step in which state, of a version that Ida wrote and submitted for IMDA
# itself, and of one that she wrote and submitted for IMDA with information of the AI Office.
OWN = {
    ("draft", "submit"): WRITERS,
    ("submitted", "approve"): AUTHORITIES,
    ("submitted", "return"): AUTHORITIES,
    ("submitted", "refuse"): AUTHORITIES,
    ("released", "withdraw"): AUTHORITIES,
    ("superseded", "withdraw"): AUTHORITIES,
}
FOREIGN = {
    ("draft", "submit"): WRITERS,
    ("submitted", "approve"): AUTHORITIES,
    ("submitted", "return"): AUTHORITIES,
    ("submitted", "refuse"): AUTHORITIES,
    ("submitted", "consent"): {"emil"},
    ("released", "withdraw"): AUTHORITIES | {"emil"},
    ("superseded", "withdraw"): AUTHORITIES | {"emil"},
}


def bring(world: World, wanted: str, originator: str = "") -> DraftView:
    """A record whose first version is in this state."""
    made = begin(world, "ida", originator=originator, marking=marking("TLP:CLEAR", "public"))
    if wanted == "draft":
        return made
    submit(world, made.version_id)
    if originator:
        consent(world, made.version_id, "emil")
    if wanted == "submitted":
        return made
    approve(world, made.version_id)
    if wanted == "withdrawn":
        withdraw(world, made.version_id)
    if wanted == "superseded":
        supersede(world, made, originator)
    return made


def supersede(world: World, made: DraftView, originator: str) -> None:
    with world.work() as work:
        actor = world.actor(work, "ida")
        second = records.revise(work, world.gate, actor, made.record_id)
    submit(world, second.version_id)
    if originator:
        consent(world, second.version_id, "emil")
    approve(world, second.version_id)


@pytest.mark.parametrize("originator", ["", "eu-ai-office"])
@pytest.mark.parametrize("wanted", STATES)
def test_every_step_by_everybody(world: World, wanted: str, originator: str) -> None:
    allowed = FOREIGN if originator else OWN
    made = bring(world, wanted, originator)
    refused: list[tuple[str, str, str]] = []
    for name, step in STEPS.items():
        for person in {*PEOPLE, *OTHERS, "public"} - allowed.get((wanted, name), set()):
            with pytest.raises(Refused):
                step(world, made.version_id, person)
            who = "" if person == "public" else person
            refused.append((f"{name}.refused", who, f"version:{made.version_id}"))
    assert state(world, made.version_id) == wanted
    assert world.events()[-len(refused) :] == refused


@pytest.mark.parametrize("originator", ["", "eu-ai-office"])
@pytest.mark.parametrize(
    ("wanted", "name", "after"),
    [
        ("draft", "submit", "submitted"),
        ("submitted", "approve", "released"),
        ("submitted", "return", "draft"),
        ("submitted", "refuse", "draft"),
        ("submitted", "consent", "submitted"),
        ("released", "withdraw", "withdrawn"),
        ("superseded", "withdraw", "withdrawn"),
    ],
)
def test_every_step_that_is_allowed(
    world: World, wanted: str, name: str, after: str, originator: str
) -> None:
    for person in sorted((FOREIGN if originator else OWN).get((wanted, name), set())):
        made = bring(world, wanted, originator)
        STEPS[name](world, made.version_id, person)
        assert state(world, made.version_id) == after
        told = {
            "submit": "submitted",
            "approve": "released",
            "return": "returned",
            "refuse": "refused",
            "consent": "consented",
            "withdraw": "withdrawn",
        }
        expected = (f"record.{told[name]}", person, f"version:{made.version_id}")
        assert expected in world.events()


@pytest.mark.parametrize("name", [*STEPS, "review", "preview"])
def test_a_refusal_looks_like_absence(world: World, name: str) -> None:
    made = bring(world, "submitted" if name != "submit" else "draft")
    step = (STEPS | {"review": review, "preview": preview})[name]
    told = []
    for version_id in (made.version_id, VersionId(new_id())):
        with pytest.raises(NotFound) as raised:
            step(world, version_id, "uma")
        told.append((raised.value.title, raised.value.detail))
    assert told[0] == told[1]


def test_the_release_is_written_with_its_audience(world: World) -> None:
    made = begin(world, "ida", marking=marking("TLP:AMBER", "org:dtc"))
    submit(world, made.version_id)
    shown = preview(world, made.version_id, "iris")
    approve(world, made.version_id)
    (told,) = world.told("record.released")
    assert told["markings"] == ["TLP:AMBER"]
    assert told["organisations"] == ["imda"]
    assert told["details"] == {
        "version": 1,
        "version_hash": last_hash(world, made.version_id),
        "approval": "1 of 1",
        "audience_people": 4,
        "audience_organisations": ["dtc: 1", "imda: 3"],
        "audience_hash": shown.people_hash_hex,
        "public": False,
    }


@pytest.mark.parametrize("verb", [approve, consent])
@pytest.mark.parametrize("seen", ["0" * 64, "", "short"])
def test_what_was_not_looked_at_is_not_decided_on(
    world: World, verb: Callable[..., object], seen: str
) -> None:
    made = bring_for_consent(world)
    with pytest.raises(ChangedMeanwhile):
        verb(world, made.version_id, "iris" if verb is approve else "emil", seen)
    assert state(world, made.version_id) == "submitted"


def bring_for_consent(world: World, **changes: object) -> DraftView:
    """A submission with information of the AI Office, which has not consented."""
    made = begin(world, "ida", originator="eu-ai-office", **changes)
    submit(world, made.version_id)
    return made


def amend(world: World, made: DraftView, name: str, edition: int, **changes: object) -> DraftView:
    with world.work() as work:
        said = draft_input(**changes)
        actor = world.actor(work, name)
        return records.amend(work, world.gate, actor, made.version_id, said, edition=edition)


def test_any_edit_voids_what_was_looked_at(world: World) -> None:
    made = begin(world, "ida")
    submit(world, made.version_id)
    looked_at = review(world, made.version_id, "iris").seen_hash
    give_back(world, made.version_id, "ivan")
    amend(world, made, "ida", made.edition, title="On evaluations, again")
    submit(world, made.version_id)
    with pytest.raises(ChangedMeanwhile):
        approve(world, made.version_id, "iris", looked_at)
    approve(world, made.version_id, "iris", review(world, made.version_id, "iris").seen_hash)
    assert state(world, made.version_id) == "released"


def test_the_hash_that_is_shown_is_the_hash_that_was_submitted(world: World) -> None:
    made = bring_for_consent(world)
    for person in ("ida", "iris", "emil"):
        assert review(world, made.version_id, person).seen_hash == last_hash(world, made.version_id)


def test_anothers_information_waits_for_consent_to_exactly_this(world: World) -> None:
    made = bring_for_consent(world)
    with pytest.raises(AwaitsConsent, match="originator"):
        approve(world, made.version_id)
    consent(world, made.version_id, "emil")
    give_back(world, made.version_id)
    amend(world, made, "ida", made.edition, title="Changed", originator="eu-ai-office")
    submit(world, made.version_id)
    with pytest.raises(AwaitsConsent):
        approve(world, made.version_id)
    consent(world, made.version_id, "emil")
    approve(world, made.version_id)
    assert state(world, made.version_id) == "released"


def test_consent_holds_when_the_same_content_is_submitted_again(world: World) -> None:
    made = bring_for_consent(world)
    consent(world, made.version_id, "emil")
    give_back(world, made.version_id)
    submit(world, made.version_id)
    approve(world, made.version_id)
    assert state(world, made.version_id) == "released"


def test_a_consent_of_somebody_elses_version_counts_for_nothing(world: World) -> None:
    first, second = bring_for_consent(world), bring_for_consent(world)
    consent(world, first.version_id, "emil")
    with pytest.raises(AwaitsConsent):
        approve(world, second.version_id)


@pytest.mark.parametrize("verb", [give_back, refuse])
@pytest.mark.parametrize("comment", ["", "  \n"])
def test_what_is_given_back_says_why(
    world: World, verb: Callable[..., object], comment: str
) -> None:
    made = bring(world, "submitted")
    with pytest.raises(Invalid) as raised:
        verb(world, made.version_id, "iris", comment)
    assert "comment" in raised.value.fields
    assert state(world, made.version_id) == "submitted"


def test_a_withdrawal_says_why(world: World) -> None:
    made = bring(world, "released")
    with pytest.raises(Invalid) as raised:
        withdraw(world, made.version_id, "iris", " ")
    assert "comment" in raised.value.fields
    assert state(world, made.version_id) == "released"


def test_an_incomplete_draft_is_not_submitted(world: World) -> None:
    made = begin(world, "ida", fields={})
    with pytest.raises(Invalid) as raised:
        submit(world, made.version_id)
    assert set(raised.value.fields) == {"fields.authors"}
    assert state(world, made.version_id) == "draft"
    assert history(world, made.record_id, "ida") == ()


def test_what_is_marked_high_is_decided_on_with_a_second_factor_only(world: World) -> None:
    high = section("High", own=marking("RESTRICTED", ""))
    made = bring_for_consent(world, sections=[high])
    weak = Assurance.PASSWORD
    with world.owner() as session:
        session.execute(text("UPDATE people SET clearance = 'SECRET UE/EU SECRET'"))
        session.execute(text("UPDATE agreements SET ceiling = 'SECRET UE/EU SECRET'"))
    with pytest.raises(NotFound):
        consent(world, made.version_id, "emil", sure=weak)
    assert world.events()[-1][:2] == ("consent.refused", "emil")
    with pytest.raises(NotFound):
        review(world, made.version_id, "emil", weak)
    assert desk(world, "emil", weak).to_consent == ()
    consent(world, made.version_id, "emil")
    with pytest.raises(NotFound):
        approve(world, made.version_id, "iris", sure=weak)
    with pytest.raises(NotFound):
        review(world, made.version_id, "iris", weak)
    approve(world, made.version_id)


@pytest.mark.parametrize("name", ["approve", "return", "refuse", "withdraw"])
def test_nobody_decides_on_what_they_do_not_see_whole(world: World, name: str) -> None:
    high = section("High", own=marking("CONFIDENTIAL", "org:dtc"))
    made = begin(world, "ida", sections=[high])
    (submit if name != "withdraw" else release_it)(world, made.version_id)
    with world.owner() as session:
        lowered = text("UPDATE people SET clearance = 'RESTRICTED' WHERE name = 'Iris'")
        session.execute(lowered)
    before = state(world, made.version_id)
    with pytest.raises(Refused):
        STEPS[name](world, made.version_id, "iris")
    assert state(world, made.version_id) == before


def test_eyes_only_is_approved_by_one_who_may_not_read_it_afterwards(world: World) -> None:
    only = marking("TLP:AMBER", f"person:{world.people['ida']}", eyes_only=True)
    made = begin(world, "ida", marking=only)
    submit(world, made.version_id)
    assert preview(world, made.version_id, "iris").counts == {"imda": 1}
    approve(world, made.version_id, "iris")
    with world.work() as work, pytest.raises(NotFound):
        records.read(work, world.gate, world.actor(work, "iris"), made.record_id)
    withdraw(world, made.version_id, "iris")


def test_the_next_release_supersedes_the_last(world: World) -> None:
    made = bring(world, "superseded")
    with world.work() as work:
        shown = records.read(work, world.gate, world.actor(work, "uma"), made.record_id)
    assert [(line.number, line.state) for line in shown.versions] == [
        (2, "released"),
        (1, "superseded"),
    ]


def test_only_former_readers_see_the_tombstone(world: World) -> None:
    made = begin(world, "ida", marking=marking("TLP:AMBER", "org:dtc"))
    release_it(world, made.version_id)
    withdraw(world, made.version_id, "iris", "Superseded by events.")
    for name in [*PEOPLE, *OTHERS, "dana", "public"]:
        with world.work() as work:
            actor = world.actor(work, name)
            if name in ("ida", "dana"):
                shown = records.read(work, world.gate, actor, made.record_id)
                assert shown.tombstone is not None
                assert shown.tombstone.reason == "Superseded by events."
                assert shown.portions == ()
            elif name in AUTHORITIES:
                assert records.read(work, world.gate, actor, made.record_id).portions
            else:
                with pytest.raises(Refused):
                    records.read(work, world.gate, actor, made.record_id)


def test_of_two_decisions_at_once_one_waits_and_finds_nothing_left(world: World) -> None:
    made = bring(world, "submitted")
    with world.work() as first:
        actor = world.actor(first, "iris")
        release.return_to_draft(first, world.gate, actor, made.version_id, comment="Wait.")
        with pytest.raises(Unavailable), world.work() as second:
            second.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            release.preview(second, world.gate, world.actor(second, "ivan"), made.version_id)
    with pytest.raises(Refused):
        approve(world, made.version_id, "ivan")
    assert state(world, made.version_id) == "draft"
