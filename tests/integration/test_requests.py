"""Requests: asked in the open or for the unknown, answered by the originator, never by oneself."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app import parties, records, requests
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, TermsNotAccepted
from app.core.ids import RecordId, RequestId
from app.parties import IssueTerms
from app.records import MarkingInput
from app.requests import NotInThisStep
from tests.records_world import begin, marking, read, release, released, section
from tests.requests_world import (
    RULES,
    ask,
    day,
    grant,
    list_it,
    match_all,
    say,
    show,
)
from tests.world import World

DAY = timedelta(days=1)
NEED = "Evaluations of jailbreak robustness in multilingual assistants"


def restricted(world: World, **changes: object) -> RecordId:
    """A record for IMDA alone."""
    given = {"marking": marking("TLP:AMBER", "")} | changes
    return released(world, **given).record_id


def reference_of(world: World, record_id: RecordId) -> str:
    return read(world, "iris", record_id).reference


def test_a_listed_record_is_asked_for_questioned_answered_and_granted_to_an_end(
    world: World,
) -> None:
    record_id = restricted(world)
    list_it(world, record_id)
    reference = reference_of(world, record_id)
    first = ask(world, "bo", reference=reference)
    asked = ask(world, reference=reference)
    view = show(world, asked)
    assert (view.line.originator, view.line.place, view.line.state) == ("imda", 2, "waiting")
    assert view.line.due_at == world.clock() + 14 * DAY  # ten working days from a Monday
    say(world, "return", asked, "iris", "Which model?")
    world.clock.pass_time(10 * DAY)
    assert show(world, asked).may == {"answer", "withdraw"}
    say(world, "answer", asked, "uma", "The newest.")
    assert show(world, asked).line.due_at == world.clock() + 14 * DAY
    grant(world, asked)
    assert show(world, asked).line.state == "granted"
    assert read(world, "uma", record_id).title == "On evaluations"
    with pytest.raises(NotFound):
        read(world, "bo", record_id)
    assert show(world, first, "bo").line.place == 1
    assert [step.kind for step in show(world, asked).steps] == [
        *("asked", "returned", "answered", "granted")
    ]
    world.clock.pass_time(21 * DAY)
    with pytest.raises(NotFound):
        read(world, "uma", record_id)


def test_nobody_else_sees_a_request_and_only_the_originator_answers_it(world: World) -> None:
    record_id = restricted(world)
    list_it(world, record_id)
    asked = ask(world, reference=reference_of(world, record_id))
    for name in ("bo", "dana", "emil", "ines"):
        with pytest.raises(NotFound):
            show(world, asked, name)
        with pytest.raises(NotFound):
            grant(world, asked, by=name)
    # An auditor is told whose it was and how it is marked; of which record it was, nobody is.
    refused = world.told("read.refused")[-1]
    assert refused["subject"] == f"request:{asked}"
    assert {"uni-eu", "imda"} <= set(refused["organisations"])
    assert (bool(refused["audience"]), bool(refused["markings"])) == (True, True)
    assert refused["record"] == ""
    with pytest.raises(Forbidden):
        grant(world, asked, by="ida")
    with pytest.raises(Forbidden):
        say(world, "refuse", asked, "ida")
    say(world, "refuse", asked, "ivan", "It is about somebody else's model.")
    with pytest.raises(NotInThisStep):
        grant(world, asked)


def test_nobody_answers_what_they_asked_for_or_are_named_in(world: World) -> None:
    record_id = restricted(world)
    reference = reference_of(world, record_id)
    for asker, named in (("iris", []), ("ida", [world.people["iris"]])):
        asked = ask(world, asker, reference=reference, people=named)
        for verb in ("grant", "refuse", "return"):
            with pytest.raises(Forbidden):
                grant(world, asked) if verb == "grant" else say(world, verb, asked, "iris")
        grant(world, asked, by="ivan")


def test_what_is_asked_for_has_an_end_and_names_colleagues_only(world: World) -> None:
    for wrong in (
        {"last_day": day(world, -1)},
        {"last_day": day(world, 367)},
        {"last_day": date.max},
        {"people": [world.people["bo"]]},
        {"area": None},
    ):
        with pytest.raises(Invalid):
            ask(world, **({"sought": NEED, "area": "research"} | wrong))
    with pytest.raises(Forbidden):
        ask(world, "abel", sought=NEED, area="research")


def test_nobody_has_more_requests_open_than_can_be_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.requests.asking.MOST_OPEN", 2)
    first, _ = (ask(world, sought=NEED, area="research") for _ in range(2))
    ask(world, "bo", sought=NEED, area="research")
    with pytest.raises(Conflict):
        ask(world, sought=NEED, area="research")
    with world.work() as work:
        requests.withdraw(work, world.gate, world.actor(work, "uma"), first)
    ask(world, sought=NEED, area="research")


def told_of(world: World, asked: RequestId) -> object:
    """What the requester sees, without what differs between any two requests."""
    view = show(world, asked)
    return replace(view, line=replace(view.line, id=None, about=""), sought="", renews=None)  # type: ignore[arg-type]


def test_who_asks_without_knowing_is_told_the_same_whatever_anybody_holds(world: World) -> None:
    record_id = restricted(
        world, sections=[section("Jailbreaks", "We test jailbreak robustness of assistants.")]
    )
    reference = reference_of(world, record_id)
    held = ask(world, sought=NEED, area="research")
    not_held = ask(world, sought="Verfahren zur Zertifizierung", area="research")
    named = ask(world, reference=reference, area="research", sought="x")
    not_named = ask(world, reference="ENT-2026-999999", area="research", sought="x")
    before = [told_of(world, one) for one in (held, not_held)]
    assert match_all(world) == 4
    assert [told_of(world, one) for one in (held, not_held)] == before
    assert before[0] == before[1]
    about = [show(world, one) for one in (named, not_named)]
    assert {(v.line.originator, v.line.place, v.line.state, len(v.steps)) for v in about} == {
        ("", None, "waiting", 1)
    }
    for name, count in (("iris", 2), ("dana", 0), ("emil", 0), ("ida", 0), ("uma", 0)):
        with world.work() as work:
            page = requests.requests_page(work, world.gate, RULES, world.actor(work, name))
        assert len(page.seekers) == count, name
    assert show(world, held, "iris").matches[0].record_id == record_id
    for name in ("ida", "dana", "emil"):
        with pytest.raises(NotFound):
            show(world, held, name)
    for one in (not_held, not_named):
        with pytest.raises(NotFound):
            show(world, one, "iris")
    found = world.told("match.found")
    assert {tuple(entry["organisations"]) for entry in found} == {("imda",)}


def test_a_match_is_offered_or_left_and_other_holders_learn_nothing_of_it(world: World) -> None:
    words = [section("Jailbreaks", "We test jailbreak robustness of multilingual assistants.")]
    record_id = restricted(world, sections=words)
    asked = ask(world, sought=NEED, area="research")
    left = ask(world, sought=NEED, area="research")
    match_all(world)
    with world.work() as work:
        actor = world.actor(work, "iris")
        requests.stay_silent(work, world.gate, actor, left, record_id)
    assert show(world, left).line.state == "waiting"
    with pytest.raises(Invalid):
        grant(world, asked, record_id=restricted(world))
    grant(world, asked, record_id=record_id)
    assert read(world, "uma", record_id).title == "On evaluations"
    assert show(world, asked).steps[-1].record_id == record_id
    with pytest.raises(NotInThisStep):  # which would extend it
        grant(world, asked, record_id=record_id, days=25)
    # A renewal goes to whoever granted, as a new request.
    again = ask(world, renews=asked)
    assert show(world, again).line.originator == "imda"
    assert show(world, again).renews == asked


def test_a_holder_and_the_auditors_of_who_asks_learn_of_no_other_match(world: World) -> None:
    words = [section("Jailbreaks", "We test jailbreak robustness of multilingual assistants.")]
    first = restricted(world, sections=words)
    other = begin(world, "ella", sections=words, marking=marking("TLP:AMBER", ""))
    release(world, other.version_id, "emil", "ella")
    second = other.record_id
    asked, named = (
        ask(world, sought=NEED, area="research"),
        ask(world, reference="ENT-2026-000000", area="research"),
    )
    match_all(world)
    before = show(world, asked, "emil").line
    assert show(world, asked, "emil").matches[0].record_id == second
    grant(world, asked, record_id=first)
    assert (show(world, asked).line.state, show(world, asked, "iris").line.state) == (
        *("granted", "granted"),
    )
    assert show(world, asked, "emil").line == before
    list_it(world, first)
    known = ask(world, reference=reference_of(world, first))
    for name in ("iris", "emil"):
        with world.work() as work:
            page = requests.requests_page(work, world.gate, RULES, world.actor(work, name))
        assert [one.request.state for one in page.seekers] == [
            {"iris": "granted", "emil": "waiting"}[name]
        ]
    told = [entry for entry in world.told("requests.listed") if "uni-eu" in entry["organisations"]]
    listed = {one for entry in told for one in entry["details"]["requests"]}
    assert str(known) in listed
    assert not {str(asked), str(named)} & listed


def test_silence_is_told_to_the_authorities_then_further_and_stands_on_the_log(
    world: World,
) -> None:
    record_id = restricted(world)
    list_it(world, record_id)
    asked = ask(world, reference=reference_of(world, record_id))
    world.clock.pass_time(14 * DAY)
    assert show(world, asked).line.silence == "overdue"
    counts = []
    for days in (0, 0, 6, 1, 5):
        world.clock.pass_time(days * DAY)
        with world.work() as work:
            counts.append(requests.escalate(work, RULES))
    assert counts == [1, 0, 0, 1, 0]
    assert show(world, asked).line.silence == "escalated"
    told = world.told("request.escalated")
    assert [entry["details"]["stage"] for entry in told] == [1, 2]
    assert str(world.people["olga"]) in told[1]["details"]["people"]
    assert str(world.people["dana"]) in told[1]["details"]["people"]
    with world.owner() as session:
        kinds = session.scalars(text("SELECT kind FROM notices WHERE kind = 'request-overdue'"))
        assert len(kinds.all()) == sum(len(entry["details"]["people"]) for entry in told)


def granted_to_bo(world: World, terms: MarkingInput) -> RecordId:
    record_id = restricted(world, marking=terms)
    with world.work() as work:
        until = work.now + 9 * DAY
        actor, people = world.actor(work, "iris"), [world.people["bo"]]
        records.grant(work, world.gate, actor, record_id, people, until, longest=RULES.longest)
    return record_id


def test_terms_are_accepted_with_the_request_and_a_new_version_asks_again(world: World) -> None:
    def issue(body: str) -> int:
        with world.work() as work:
            command = IssueTerms(slug="research-use", title="Research use", body=body)
            return parties.issue_terms(work, world.gate, world.actor(work, "iris"), command).version

    assert issue("For research only.") == 1
    terms = marking("TLP:AMBER", "", terms=("research-use",))
    record_id = restricted(world, marking=terms)
    list_it(world, record_id)
    reference = reference_of(world, record_id)
    with pytest.raises(Invalid):
        ask(world, reference=reference)
    asked = ask(world, reference=reference, terms=["research-use:1"])
    grant(world, asked)
    assert read(world, "uma", record_id).title == "On evaluations"
    # Whoever lacks nothing but the acceptance is told so; whoever lacks more is told of nothing.
    with pytest.raises(TermsNotAccepted) as told:
        read(world, "bo", granted_to_bo(world, terms))
    assert told.value.slugs == ("research-use",)
    with pytest.raises(NotFound) as absent:
        read(world, "bo", record_id)
    assert not isinstance(absent.value, TermsNotAccepted)
    (accepted,) = world.told("terms.accepted")
    (issued,) = world.told("terms.issued")
    assert accepted["details"]["text_hash"] == issued["details"]["text_hash"]
    assert issue("For research only, cited.") == 2
    with pytest.raises(NotFound):
        read(world, "uma", record_id)
