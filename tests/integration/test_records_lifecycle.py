"""The life of a version: frozen, released, superseded, withdrawn; and nothing rewritten."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import records
from app.access import Action, State, Subject
from app.core.errors import Invalid, NotFound, Refused
from app.core.ids import VersionId
from app.records import NotInThisState
from tests.records_world import (
    HIGH,
    begin,
    draft_input,
    marking,
    permit_for,
    read,
    release,
    released,
    section,
    submit,
    withdraw,
)
from tests.world import World

REWRITINGS = [
    "UPDATE portions SET body = 'other' WHERE version_id = :id",
    "UPDATE portions SET fields = '{}' WHERE version_id = :id AND role = 'fields'",
    "UPDATE portions SET heading = 'other' WHERE version_id = :id",
    "UPDATE portions SET position = position + 10 WHERE version_id = :id",
    "UPDATE portions SET words = '' WHERE version_id = :id",
    "DELETE FROM portions WHERE version_id = :id",
    "DELETE FROM versions WHERE id = :id",
    "UPDATE versions SET kind = 'trend' WHERE id = :id",
    "UPDATE versions SET language = 'de' WHERE id = :id",
    "UPDATE versions SET writers = '{}' WHERE id = :id",
    "UPDATE versions SET number = 7 WHERE id = :id",
    "UPDATE versions SET edition = edition + 1 WHERE id = :id",
    "INSERT INTO portions SELECT gen_random_uuid(), version_id, record_id, 99, 'section', 'new',"
    " 'new', '{}', language, audience_id, '' FROM portions WHERE version_id = :id LIMIT 1",
]


@pytest.mark.parametrize("statement", REWRITINGS)
def test_what_was_submitted_is_not_rewritten_even_by_direct_sql(
    world: World, statement: str
) -> None:
    made = begin(world)
    submit(world, made.version_id)
    before = read(world, "iris", made.record_id)
    with pytest.raises(DBAPIError, match="never changed"), world.work() as work:
        world.gate.scope(work, world.actor(work, "iris"))
        work.session.execute(text(statement), {"id": made.version_id})
    assert read(world, "iris", made.record_id) == before


def test_the_hash_of_the_content_outlives_every_change_of_state(world: World) -> None:
    made = begin(world)
    hashes = [_hash(world, made.version_id)]
    submit(world, made.version_id)
    hashes.append(_hash(world, made.version_id))
    _return(world, made.version_id)
    hashes.append(_hash(world, made.version_id))
    release(world, made.version_id)
    hashes.append(_hash(world, made.version_id))
    assert len(set(hashes)) == 1
    read(world, "eric", made.record_id)
    (told,) = world.told("record.read")
    assert told["details"]["version_hash"] == hashes[0].hex()  # Eric saw all of it


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"summary": "Another."},
        {"marking": marking("TLP:CLEAR", "community")},
        {"marking": marking("TLP:GREEN", "community; org:imda")},
        {"marking": marking(orcon=True)},
        {"marking": marking(handling="By hand")},
        {"fields": {"authors": "Another"}},
        {"sections": [section("Results"), section("Method")]},
        {"sections": [section("Method"), section("Results", "| a | b |\n|---|---|\n| 1 | 3 |")]},
        {"change_note": "Why"},
        {"language": "de"},
        {"kind": "trend", "fields": {}},
        {"area": "trends"},
    ],
)
def test_the_hash_of_the_content_changes_with_any_part(
    world: World, change: dict[str, object]
) -> None:
    made = begin(world)
    before = _hash(world, made.version_id)
    with world.work() as work:
        actor = world.actor(work, "ida")
        command = draft_input(**change)
        records.amend(work, world.gate, actor, made.version_id, command, edition=1)
    assert _hash(world, made.version_id) != before


def test_a_hash_is_given_only_of_the_whole(world: World) -> None:
    made = begin(world, sections=[section("High", own=marking(HIGH))])
    with world.owner() as session:
        session.execute(text("UPDATE people SET clearance = 'OFFICIAL (OPEN)' WHERE name = 'Ivan'"))
    with pytest.raises(Refused), world.work() as work:
        actor = world.actor(work, "ivan")
        records.version_facts(work, world.gate, actor, Action.READ, made.version_id)
    with pytest.raises(NotFound), world.work() as work:
        world.gate.scope(work, world.actor(work, "ivan"))
        records.content_hash(work, made.version_id)


def test_a_release_supersedes_the_one_before(world: World) -> None:
    made = released(world)
    with world.work() as work:
        next_ = records.revise(work, world.gate, world.actor(work, "ida"), made.record_id)
    release(world, next_.version_id)
    with world.owner() as session:
        states = session.execute(
            text("SELECT number, state, ended_at IS NULL FROM versions ORDER BY number")
        ).all()
        counted = session.execute(
            text("SELECT sum(count) FROM facets WHERE dimension = 'all'")
        ).scalar_one()
    assert [tuple(row) for row in states] == [(1, "superseded", False), (2, "released", True)]
    assert counted == 1
    with world.work() as work:
        old = records.read_version(work, world.gate, world.actor(work, "eric"), made.record_id, 1)
    assert old.state == "superseded"


def test_a_version_out_of_its_approvers_sight_is_superseded_all_the_same(world: World) -> None:
    named = f"person:{world.people['ines']}"
    made = begin(world, marking=marking("TLP:RED", named, eyes_only=True))
    release(world, made.version_id)
    with pytest.raises(Refused):
        read(world, "ivan", made.record_id)
    with world.owner() as session:  # as if Ines had been a contributor when she revised it
        session.execute(text("UPDATE people SET roles = '{contributor}' WHERE name = 'Ines'"))
    with world.work() as work:
        next_ = records.revise(work, world.gate, world.actor(work, "ines"), made.record_id)
    release(world, next_.version_id, name="ines")
    assert [line.state for line in read(world, "ines", made.record_id).versions] == [
        "released",
        "superseded",
    ]


def test_a_permit_is_for_one_act_on_one_version(world: World) -> None:
    made, other = begin(world), begin(world)
    with world.work() as work:
        actor = world.actor(work, "ida")
        permit = permit_for(world, work, actor, Action.SUBMIT, made.version_id)
        with pytest.raises(TypeError):
            records.freeze(work, world.gate, permit, other.version_id, world.people["ida"])
        with pytest.raises(TypeError):
            records.publish(work, world.gate, permit, made.version_id, world.people["ida"])


def test_a_version_is_moved_once(world: World) -> None:
    made = begin(world)
    with world.work() as work:
        actor = world.actor(work, "ida")
        permit = permit_for(world, work, actor, Action.SUBMIT, made.version_id)
        records.freeze(work, world.gate, permit, made.version_id, world.people["ida"])
        with pytest.raises(NotInThisState):
            records.freeze(work, world.gate, permit, made.version_id, world.people["ida"])


def test_what_came_after_the_permit_is_not_submitted_with_it(world: World) -> None:
    made = begin(world)
    with world.work() as work:
        actor = world.actor(work, "ida")
        facts = records.version_facts(work, world.gate, actor, Action.SUBMIT, made.version_id)
        permit = world.gate.pass_through(
            work,
            actor,
            Action.SUBMIT,
            facts.audience_ids,
            subject=Subject("version", made.version_id, made.record_id),
            event="record.submitted",
        )
        command = draft_input(sections=[section("New", own=marking(HIGH))])
        records.amend(work, world.gate, actor, made.version_id, command, edition=1)
        with pytest.raises(NotInThisState):
            records.freeze(work, world.gate, permit, made.version_id, world.people["ida"])


def test_a_submission_needs_the_fields_of_its_kind(world: World) -> None:
    made = begin(world, kind="tool_writeup", fields={"repository": "https://example.org/x"})
    with pytest.raises(Invalid) as told:
        submit(world, made.version_id)
    assert set(told.value.fields) == {"fields.licence", "fields.maturity"}
    assert read(world, "ida", made.record_id).state == "draft"


def test_a_withdrawal_needs_a_reason_and_is_final(world: World) -> None:
    made = released(world)
    with pytest.raises(Invalid):
        withdraw(world, made.version_id, reason="  ")
    withdraw(world, made.version_id)
    with pytest.raises(Refused):
        withdraw(world, made.version_id)
    with pytest.raises(Refused), world.work() as work:
        records.revise(work, world.gate, world.actor(work, "ida"), made.record_id)


def test_a_draft_that_was_submitted_once_is_not_discarded(world: World) -> None:
    made = begin(world)
    submit(world, made.version_id)
    with world.owner() as session:
        session.execute(
            text(
                "INSERT INTO decisions (id, version_id, record_id, audience_id, kind, person_id,"
                " decided_at, comment, content_hash, statement) SELECT gen_random_uuid(), id,"
                " record_id, audience_id, 'return', submitted_by, now(), '', '', '{}'"
                " FROM versions WHERE id = :id"
            ),
            {"id": made.version_id},
        )
    _return(world, made.version_id)
    with pytest.raises(NotInThisState), world.work() as work:
        records.discard(work, world.gate, world.actor(work, "ida"), made.version_id)


def test_the_audience_of_each_part_is_known_before_release(world: World) -> None:
    made = begin(world, sections=[section("A"), section("B", own=marking("TLP:RED", ""))])
    with world.work() as work:
        actor = world.actor(work, "ida")
        parts = records.audiences_after(work, world.gate, actor, made.version_id, State.RELEASED)
        assert records.audiences_now(work, world.gate, actor, made.record_id) == []
    assert [part.name for part in parts] == ["Title", "Summary", "Details", "A", "B"]
    assert {part.audience.state for part in parts} == {State.RELEASED}
    release(world, made.version_id)
    with world.work() as work:
        actor = world.actor(work, "ida")
        assert records.audiences_now(work, world.gate, actor, made.record_id) == parts


def _hash(world: World, version_id: VersionId) -> bytes:
    with world.work() as work:
        world.gate.scope(work, world.actor(work, "iris"))
        return records.content_hash(work, version_id)


def _return(world: World, version_id: VersionId) -> None:
    with world.work() as work:
        permit = permit_for(world, work, world.actor(work, "iris"), Action.RETURN, version_id)
        records.reopen(work, world.gate, permit, version_id)
