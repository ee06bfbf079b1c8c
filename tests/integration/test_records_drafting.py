"""Drafts: begun, amended by two at once, revised, discarded; seen by nobody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app import records
from app.access import Actor
from app.core.errors import Forbidden, Invalid, NotFound, Refused
from app.core.ids import RecordId, VersionId, new_id
from app.core.work import Work
from app.records import EditedMeanwhile, NotInThisState
from tests.records_world import (
    HIGH,
    begin,
    draft_input,
    marking,
    read,
    release,
    released,
    section,
    submit,
    wait_for_a_blocked_statement,
)
from tests.world import World


def amend(
    world: World, name: str, version_id: VersionId, edition: int, **changes: object
) -> records.DraftView:
    with world.work() as work:
        actor = world.actor(work, name)
        command = draft_input(**changes)
        return records.amend(work, world.gate, actor, version_id, command, edition=edition)


def edit(world: World, name: str, version_id: VersionId) -> records.DraftView:
    with world.work() as work:
        return records.edit(work, world.gate, world.actor(work, name), version_id)


def test_a_draft_comes_back_as_it_was_typed(world: World) -> None:
    typed: dict[str, Any] = {
        "kind": "evaluation_report",
        "area": "joint_testing",
        "language": "fr",
        "summary_marking": marking("OFFICIAL (CLOSED) \\ NON-SENSITIVE; TLP:AMBER", "party:SG"),
        "fields": {"model": "M 1", "results": [["model", "score"], ["M 1", "0.5"]]},
        "sections": [section("Un"), section("Deux", own=marking("TLP:RED", "", orcon=True))],
        "change_note": "First.",
    }
    made = begin(world, **typed)
    shown = edit(world, "ivan", made.version_id)
    assert shown.input == draft_input(**typed, originator="imda")
    assert (shown.edition, shown.version_number, shown.state) == (1, 1, "draft")
    assert shown.reference.startswith("ENT-2026-")
    assert world.events() == [
        ("record.drafted", "ida", f"record:{made.record_id}"),
        ("draft.read", "ivan", f"version:{made.version_id}"),
    ]


def test_saving_what_the_editor_shows_changes_nothing(world: World) -> None:
    made = begin(world, sections=[section("A", own=marking("TLP:RED", "", eyes_only=True))])
    with world.work() as work:
        again = records.amend(
            work, world.gate, world.actor(work, "ida"), made.version_id, made.input, edition=1
        )
    assert again.input == made.input
    assert again.edition == 2


@pytest.mark.parametrize("name", ["ines", "dana", "ella", "eric", "uma", "abel", "sys", "public"])
def test_a_draft_is_invisible_to_everybody_but_its_writers(world: World, name: str) -> None:
    made = begin(world, marking=marking("TLP:CLEAR", "public; party:SG; org:imda"))
    verbs: list[Callable[[Work, Actor], object]] = [
        lambda work, actor: records.read(work, world.gate, actor, made.record_id),
        lambda work, actor: records.read_version(work, world.gate, actor, made.record_id, 1),
        lambda work, actor: records.edit(work, world.gate, actor, made.version_id),
        lambda work, actor: records.discard(work, world.gate, actor, made.version_id),
    ]
    for verb in verbs:
        with pytest.raises(NotFound), world.work() as work:
            verb(work, world.actor(work, name))
    with world.work() as work:
        assert records.drafts(work, world.gate, world.actor(work, name)) == []
    assert read(world, "ivan", made.record_id).title == "On evaluations"


def test_a_refusal_equals_absence_and_both_are_remembered(world: World) -> None:
    made = begin(world)
    refusals = []
    for record_id in (made.record_id, RecordId(new_id())):
        with pytest.raises(Refused) as refusal:
            read(world, "eric", record_id)
        refusals.append((type(refusal.value), str(refusal.value), refusal.value.detail))
    assert refusals[0] == refusals[1]
    assert [event[:2] for event in world.events()][1:] == [("read.refused", "eric")] * 2


def test_of_two_editors_the_second_is_told_and_nothing_is_lost(world: World) -> None:
    made = begin(world)
    amend(world, "ivan", made.version_id, 1, title="Ivan's title")
    with pytest.raises(EditedMeanwhile) as told:
        amend(world, "ida", made.version_id, 1, title="Ida's title")
    assert told.value.current.input.title == "Ivan's title"
    assert told.value.current.edition == 2
    assert edit(world, "ida", made.version_id).input.title == "Ivan's title"
    assert [event[:2] for event in world.events()] == [
        ("record.drafted", "ida"),
        ("draft.amended", "ivan"),
        ("draft.read", "ida"),  # the newer draft, shown beside Ida's text
        ("draft.read", "ida"),
    ]
    assert amend(world, "ida", made.version_id, 2, title="Ida's title").edition == 3


def test_two_who_save_in_the_same_moment_do_not_overwrite_each_other(world: World) -> None:
    made = begin(world)
    with ThreadPoolExecutor(1) as other:
        with world.work() as work:
            actor = world.actor(work, "ivan")
            command = draft_input(title="Ivan's title")
            records.amend(work, world.gate, actor, made.version_id, command, edition=1)
            late = other.submit(amend, world, "ida", made.version_id, 1, title="Ida's title")
            wait_for_a_blocked_statement(world)
        told = late.exception()
    assert isinstance(told, EditedMeanwhile)
    assert told.current.input.title == "Ivan's title"


def test_a_submitted_draft_is_amended_by_nobody(world: World) -> None:
    made = begin(world)
    submit(world, made.version_id)
    with pytest.raises(Refused):
        amend(world, "ida", made.version_id, 1)


def test_portions_that_stay_keep_their_ids(world: World) -> None:
    made = begin(world)
    before = {part.heading: part.id for part in read(world, "ida", made.record_id).portions}
    amend(
        world,
        "ida",
        made.version_id,
        1,
        sections=[section("Method", "New text."), section("Discussion")],
    )
    after = {part.heading: part.id for part in read(world, "ida", made.record_id).portions}
    assert after["Method"] == before["Method"]
    assert set(after) - set(before) == {"Discussion"}
    assert after["Discussion"] not in before.values()


def test_who_amends_must_see_the_draft_whole(world: World) -> None:
    with world.owner() as session:
        session.execute(text("UPDATE people SET clearance = 'OFFICIAL (OPEN)' WHERE name = 'Ivan'"))
    made = begin(world, sections=[section("Open"), section("High", own=marking(HIGH))])
    seen = read(world, "ivan", made.record_id)
    assert [part.heading for part in seen.portions if part.role == "section"] == ["Open"]
    assert seen.may == frozenset()
    assert "CONFIDENTIAL" not in repr(seen)
    with pytest.raises(Refused):
        edit(world, "ivan", made.version_id)
    with pytest.raises(Refused):
        amend(world, "ivan", made.version_id, 1)
    assert len(edit(world, "ida", made.version_id).input.sections) == 2


def test_nobody_marks_a_draft_out_of_their_own_reach(world: World) -> None:
    with pytest.raises(Invalid) as told:
        begin(world, "ella", sections=[section("High", own=marking(HIGH))])
    assert list(told.value.fields) == ["sections.0.marking.markings"]
    assert "could not open" in told.value.fields["sections.0.marking.markings"]


def test_above_the_accreditation_ceiling_nothing_is_entered(world: World) -> None:
    with pytest.raises(Invalid) as told:
        begin(
            world,
            marking=marking("SECRET"),
            summary_marking=marking("RESTREINT UE/EU RESTRICTED"),
            sections=[section("A", own=marking("nonsense"))],
        )
    assert set(told.value.fields) == {
        "marking.markings",
        "summary_marking.markings",
        "sections.0.marking.markings",
    }
    assert "accredited" in told.value.fields["marking.markings"]
    assert world.events() == []


@pytest.mark.parametrize("name", ["ines", "eric", "abel", "sys", "public"])
def test_only_writers_begin_records(world: World, name: str) -> None:
    with pytest.raises(Forbidden):
        begin(world, name)
    assert [event[0] for event in world.events()] == ["draft.refused"]


def test_the_originator_is_known_and_stays(world: World) -> None:
    with pytest.raises(Invalid) as told:
        begin(world, originator="nobody")
    assert "originator" in told.value.fields
    made = begin(world, originator="eu-ai-office")
    assert made.input.originator == "eu-ai-office"
    with pytest.raises(Invalid):
        amend(world, "ida", made.version_id, 1, originator="imda")
    assert amend(world, "ida", made.version_id, 1).input.originator == "eu-ai-office"


def test_a_revision_says_what_was_released_until_it_is_amended(world: World) -> None:
    made = released(world, sections=[section("A"), section("B", own=marking("TLP:RED", ""))])
    with world.work() as work:
        actor = world.actor(work, "ida")
        next_ = records.revise(work, world.gate, actor, made.record_id)
    assert next_.input == made.input
    assert (next_.version_number, next_.edition, next_.record_id) == (2, 1, made.record_id)
    assert read(world, "ida", made.record_id).version_number == 1
    with pytest.raises(NotInThisState), world.work() as work:
        records.revise(work, world.gate, world.actor(work, "ivan"), made.record_id)
    release(world, next_.version_id)
    shown = read(world, "eric", made.record_id)
    assert (shown.version_number, [line.number for line in shown.versions]) == (2, [2, 1])
    assert [line.state for line in shown.versions] == ["released", "superseded"]


@pytest.mark.parametrize("name", ["ines", "dana", "eric"])
def test_a_record_is_revised_by_its_owners_writers_only(world: World, name: str) -> None:
    made = released(world)
    with pytest.raises(Refused), world.work() as work:
        records.revise(work, world.gate, world.actor(work, name), made.record_id)
    assert "revise" not in read(world, name, made.record_id).may
    assert "revise" in read(world, "ida", made.record_id).may


def test_revising_does_not_open_what_is_for_named_eyes_only(world: World) -> None:
    named = f"person:{world.people['ines']}"
    made = released(
        world, sections=[section("Eyes", own=marking("TLP:RED", named, eyes_only=True))]
    )
    assert "Eyes" in [part.heading for part in read(world, "ines", made.record_id).portions]
    assert "Eyes" not in [part.heading for part in read(world, "ida", made.record_id).portions]
    with pytest.raises(Refused), world.work() as work:
        records.revise(work, world.gate, world.actor(work, "ida"), made.record_id)


def test_a_discarded_draft_leaves_nothing(world: World) -> None:
    made = begin(world)
    with world.work() as work:
        records.discard(work, world.gate, world.actor(work, "ivan"), made.version_id)
    with world.owner() as session:
        for table in ("records", "versions", "portions"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    assert world.events()[-1] == ("draft.discarded", "ivan", f"version:{made.version_id}")


def test_discarding_a_revision_leaves_the_released_version(world: World) -> None:
    made = released(world)
    with world.work() as work:
        next_ = records.revise(work, world.gate, world.actor(work, "ida"), made.record_id)
    with world.work() as work:
        records.discard(work, world.gate, world.actor(work, "ida"), next_.version_id)
    assert [line.number for line in read(world, "ida", made.record_id).versions] == [1]


def test_drafts_are_listed_newest_first_with_their_own_banners(world: World) -> None:
    first = begin(world, title="First", sections=[section("High", own=marking(HIGH, "org:dtc"))])
    world.clock.pass_time(timedelta(minutes=1))
    second = begin(world, "ivan", title="Second")
    submit(world, second.version_id, "ivan")
    with world.work() as work:
        lines = records.drafts(work, world.gate, world.actor(work, "iris"))
    assert [(line.title, line.state) for line in lines] == [
        ("Second", "submitted"),
        ("First", "draft"),
    ]
    assert [line.banner.text for line in lines] == [
        "TLP:GREEN",
        "CONFIDENTIAL \\ SENSITIVE HIGH // TLP:GREEN",
    ]
    assert lines[1].version_id == first.version_id
    assert lines[0].summary_snippet == (("What was found.", False),)


def test_a_draft_moves_to_another_area_with_all_of_its_parts(world: World) -> None:
    made = begin(world)
    moved = amend(world, "ida", made.version_id, 1, area="trends", kind="trend", fields={})
    assert (moved.input.area, moved.input.kind, moved.input.fields) == ("trends", "trend", {})
