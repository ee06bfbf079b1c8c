"""Conversations: seen as far as their place, moved with it, and never a way around a marking."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import conversation, records
from app.conversation import AlreadySettled, MarkedHigher, Say, StartThread, ThreadsView
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.ids import MessageId, ThreadId, VersionId
from app.records import DraftView
from tests import release_world as procedure
from tests.records_world import begin, draft_input, marking, released, section, submit
from tests.world import World

SECRET = "the measured threshold of the third probe was far above what anybody had expected"


def start(world: World, name: str, made: DraftView, where: str = "", **more: Any) -> ThreadId:
    """Begin a thread, at the section of this heading if there is one."""
    with world.work() as work:
        actor = world.actor(work, name)
        command = StartThread.model_validate(
            {"body": "Is this so?", "portion_id": portion(world, made, where) if where else None}
            | more
        )
        return conversation.start(work, world.gate, actor, made.version_id, command)


def portion(world: World, made: DraftView, heading: str) -> Any:
    """The id of a section, as the owner of the tables sees it."""
    asked = text("SELECT id FROM portions WHERE version_id = :version AND heading = :heading")
    with world.owner() as session:
        found = session.execute(asked, {"version": made.version_id, "heading": heading})
        return found.scalar_one()


def threads(world: World, name: str, version_id: VersionId) -> ThreadsView:
    """What this person sees at a version; nothing where they do not see the version."""
    with world.work() as work:
        try:
            return conversation.threads_of(work, world.gate, world.actor(work, name), version_id)
        except NotFound:
            return ThreadsView(version_id, ())


def seen_by(world: World, made: DraftView) -> set[str]:
    """Everybody who sees any thread at a version, the public too."""
    names = [*world.people, "public"]
    return {name for name in names if threads(world, name, made.version_id).threads}


def say(world: World, name: str, thread: ThreadId, body: str = "Yes.", **more: Any) -> MessageId:
    """Go on in a thread."""
    with world.work() as work:
        command = Say.model_validate({"body": body} | more)
        return conversation.say(work, world.gate, world.actor(work, name), thread, command)


def split(world: World) -> DraftView:
    """A released record with a section that fewer people read."""
    few = marking("TLP:AMBER", "org:uni-eu")
    return released(world, sections=[section("Open", "Read me."), section("Few", SECRET, few)])


def test_a_thread_is_seen_as_far_as_its_part_and_no_further(world: World) -> None:
    made = split(world)
    start(world, "uma", made, "Few")
    assert seen_by(world, made) == {"ida", "ivan", "iris", "uma"}
    other = released(world)
    start(world, "bo", other, "Method")
    everybody = {"ida", "ivan", "iris", "ines", "dana", "ella", "emil", "eric", "carl", "uma", "bo"}
    assert seen_by(world, other) == everybody


def test_at_the_whole_record_a_thread_is_marked_as_the_highest_part_in_sight(world: World) -> None:
    made = split(world)
    start(world, "ida", made)
    assert seen_by(world, made) == {"ida", "ivan", "iris"}
    start(world, "bo", made)
    shown = threads(world, "bo", made.version_id).threads
    assert [one.marking.text for one in shown] == ["TLP:GREEN"]


def test_who_sees_parts_for_different_readers_speaks_of_the_whole_under_its_title(
    world: World,
) -> None:
    made = split(world)
    start(world, "uma", made)
    assert seen_by(world, made) >= {"uma", "bo", "ida"}
    shown = threads(world, "uma", made.version_id).threads
    assert [one.marking.text for one in shown] == ["TLP:GREEN"]
    with pytest.raises(Invalid):
        start(world, "uma", made, body=f"> {SECRET}")


def test_what_is_public_is_not_spoken_of_in_public(world: World) -> None:
    made = released(world, marking=marking("TLP:CLEAR", "public"))
    start(world, "bo", made)
    assert "eric" in seen_by(world, made)
    with world.work() as work:
        world.gate.scope(work, world.actor(work, "public"))
        assert work.session.scalar(text("SELECT count(*) FROM versions")) == 1
        assert work.session.scalar(text("SELECT count(*) FROM threads")) == 0


def test_internal_is_the_default_before_release_and_stays_internal(world: World) -> None:
    made = begin(world)
    start(world, "ida", made, "Method")
    assert seen_by(world, made) == {"ida", "ivan", "iris"}
    submit(world, made.version_id)
    assert seen_by(world, made) == {"ida", "ivan", "iris"}


def test_a_thread_moves_with_its_version_in_the_same_transaction(world: World) -> None:
    made = begin(world)
    start(world, "ida", made, "Method")
    start(world, "ida", made, "Method", circle="audience")
    procedure.submit(world, made.version_id)
    procedure.approve(world, made.version_id)
    assert len(threads(world, "iris", made.version_id).threads) == 2
    assert len(threads(world, "bo", made.version_id).threads) == 1
    assert len(threads(world, "ines", made.version_id).threads) == 1
    procedure.withdraw(world, made.version_id)
    assert seen_by(world, made) == {"ivan", "iris"}


def test_a_returned_submission_keeps_its_threads(world: World) -> None:
    made = begin(world)
    procedure.submit(world, made.version_id)
    start(world, "iris", made, "Method")
    procedure.give_back(world, made.version_id)
    assert [one.internal for one in threads(world, "ida", made.version_id).threads] == [True]


def test_an_originator_asked_for_consent_speaks_too(world: World) -> None:
    made = begin(world, originator="eu-ai-office")
    procedure.submit(world, made.version_id)
    thread = start(world, "emil", made, "Method")
    say(world, "iris", thread)
    assert len(threads(world, "emil", made.version_id).threads[0].messages) == 2
    assert threads(world, "ella", made.version_id).threads == ()


def test_private_is_for_its_writer_and_the_owners_people(world: World) -> None:
    made = released(world)
    start(world, "uma", made, "Method", circle="private")
    assert seen_by(world, made) == {"uma", "ida", "ivan", "iris"}
    with pytest.raises(Invalid):
        start(world, "uma", made, "Method", circle="internal")


def test_a_marking_is_never_lower_than_what_it_stands_at(world: World) -> None:
    made = split(world)
    with pytest.raises(Invalid) as wrong:
        start(world, "uma", made, "Few", markings="TLP:GREEN")
    assert set(wrong.value.fields) == {"markings"}
    start(world, "uma", made, "Open", markings="TLP:RED", circle="private")
    assert seen_by(world, made) == {"uma", "ida", "ivan", "iris"}


@pytest.mark.parametrize(
    "said", [f"They say that {SECRET}, I think.", "> the measured threshold of the third"]
)
def test_nothing_is_quoted_where_more_people_read_it(world: World, said: str) -> None:
    made = split(world)
    with pytest.raises(Invalid) as wrong:
        start(world, "uma", made, "Open", body=said)
    assert set(wrong.value.fields) == {"body"}
    thread = start(world, "uma", made, "Open")
    with pytest.raises(Invalid):
        say(world, "uma", thread, said)
    start(world, "uma", made, "Few", body=said)


def test_whom_it_mentions_must_see_it_and_the_refusal_tells_nothing(world: World) -> None:
    made = split(world)
    told = []
    for address in ("bo@biz-sg.example", "nobody@nowhere.example"):
        with pytest.raises(Invalid) as wrong:
            start(world, "uma", made, "Few", mentions=address)
        told.append((wrong.value.detail, wrong.value.fields))
    assert told[0] == told[1]
    thread = start(world, "uma", made, "Few", mentions="iris@imda.example\nida@imda.example")
    notices = _notices(world, thread)
    assert notices == {("iris", "mentioned"), ("ida", "mentioned")}
    say(world, "ida", thread)
    assert _notices(world, thread) - notices == {("uma", "conversation"), ("iris", "conversation")}


def test_who_else_sees_it_is_not_learnt_by_mentioning_them(world: World) -> None:
    made = released(world)  # everybody sees it, bo too
    with pytest.raises(Invalid) as wrong:
        start(world, "uma", made, mentions="bo@biz-sg.example")
    with pytest.raises(Invalid) as nobody:
        start(world, "uma", made, mentions="nobody@nowhere.example")
    assert wrong.value.fields == nobody.value.fields
    thread = start(world, "ida", made, mentions="bo@biz-sg.example")
    say(world, "uma", thread, mentions="bo@biz-sg.example")  # who stands there already
    with pytest.raises(Invalid):
        say(world, "uma", thread, mentions="carl@dg-connect.example")


def test_an_ended_grant_ends_what_is_said_under_it_too(world: World) -> None:
    made = released(world, sections=[section("Few", SECRET, marking("TLP:AMBER", ""))])
    start(world, "ida", made, "Few")  # before, and so not to her
    with world.work() as work:
        actor, uma = world.actor(work, "iris"), [world.people["uma"]]
        until, longest = work.now + timedelta(days=9), timedelta(days=99)
        records.grant(work, world.gate, actor, made.record_id, uma, until, longest=longest)
    start(world, "ida", made)  # of the whole, the title of which everybody sees
    start(world, "ida", made, "Few")
    assert seen_by(world, made) == {"ida", "ivan", "iris", "uma"}
    assert len(threads(world, "uma", made.version_id).threads) == 2
    with world.work() as work:
        actor, (given,) = world.actor(work, "iris"), records.grants_of(work, made.record_id)
        records.end_grant(work, world.gate, actor, made.record_id, given.id)
    assert seen_by(world, made) == {"ida", "ivan", "iris"}
    assert len(threads(world, "iris", made.version_id).threads) == 3


def test_a_request_for_information_is_answered_by_whom_it_asks(world: World) -> None:
    made = split(world)
    asked = {"kind": "information-request", "addressee": "imda", "due_on": "2026-03-02"}
    thread = start(world, "uma", made, "Few", **asked)
    with world.work() as work:
        actor = world.actor(work, "iris")
        assert conversation.asked_count(work, world.gate, actor) == 1
        assert [one.id for one in conversation.open_threads(work, world.gate, actor)] == [thread]
    world.clock.now = world.clock.now.replace(day=3)
    assert threads(world, "uma", made.version_id).threads[0].overdue
    with pytest.raises(Invalid):
        say(world, "uma", thread, answers=True)
    say(world, "ida", thread, answers=True)
    shown = threads(world, "uma", made.version_id).threads[0]
    assert shown.answered_at and not shown.overdue
    for wrong in ({"addressee": "dtc"}, {"due_on": "2026-03-01"}, {"addressee": ""}):
        with pytest.raises(Invalid):
            start(world, "uma", made, "Few", **(asked | {"due_on": "2026-04-01"} | wrong))


def test_resolving_is_for_who_began_it_and_the_owners_people(world: World) -> None:
    made = released(world)
    thread = start(world, "bo", made)
    for name, verb, error in (
        ("uma", conversation.resolve, Forbidden),
        ("bo", conversation.resolve, None),
        ("ida", conversation.resolve, AlreadySettled),
        ("ida", conversation.reopen, None),
    ):
        with world.work() as work:
            if error is None:
                verb(work, world.gate, world.actor(work, name), thread)
                continue
            with pytest.raises(error):
                verb(work, world.gate, world.actor(work, name), thread)
    assert threads(world, "uma", made.version_id).threads[0].resolved_at is None


def test_what_was_said_is_taken_back_only_by_its_author_and_never_changed(world: World) -> None:
    made = released(world)
    thread = start(world, "bo", made)
    message = say(world, "uma", thread, "A mistake.")
    with pytest.raises(AlreadySettled), world.work() as work:
        actor = world.actor(work, "bo")
        conversation.withdraw_message(work, world.gate, actor, thread, message)
    for statement in (
        "UPDATE messages SET body = 'other' WHERE id = :id",
        "DELETE FROM messages WHERE id = :id",
        "UPDATE messages SET said_at = now() WHERE id = :id",
    ):
        with pytest.raises(DBAPIError), world.work() as work:
            world.gate.scope(work, world.actor(work, "uma"))
            work.session.execute(text(statement), {"id": message})
    with world.work() as work:
        actor = world.actor(work, "uma")
        conversation.withdraw_message(work, world.gate, actor, thread, message)
    last = threads(world, "bo", made.version_id).threads[0].messages[-1]
    assert (last.body, last.html, bool(last.withdrawn_at)) == ("", "", True)


def test_a_draft_marked_higher_hides_what_was_said_below(world: World) -> None:
    made = begin(world)
    thread = start(world, "ida", made, "Method", circle="audience")
    higher = section("Method", "Text.", marking("TLP:AMBER", "org:uni-eu"))
    with world.work() as work:
        changed = draft_input(sections=[higher])
        actor = world.actor(work, "ida")
        records.amend(work, world.gate, actor, made.version_id, changed, edition=1)
    with pytest.raises(MarkedHigher):
        say(world, "ida", thread)
    procedure.submit(world, made.version_id)
    procedure.approve(world, made.version_id)
    assert seen_by(world, made) == {"ida", "ivan", "iris", "uma"}


def test_row_security_holds_without_any_filter(world: World) -> None:
    made = split(world)
    start(world, "uma", made, "Few", mentions="iris@imda.example")
    for name, count in (("bo", 0), ("uma", 1)):
        with world.work() as work:
            world.gate.scope(work, world.actor(work, name))
            for table in ("threads", "messages", "mentions"):
                found = work.session.scalar(text(f"SELECT count(*) FROM {table}"))
                assert (table, found) == (table, count)


def test_reading_and_writing_are_told_and_a_refusal_looks_like_absence(world: World) -> None:
    made = split(world)
    thread = start(world, "uma", made, "Few")
    threads(world, "iris", made.version_id)
    said = [one["type"] for one in world.entries() if one["type"].startswith("conversation")]
    assert said == ["conversation.begun", "conversation.read"]
    with pytest.raises(NotFound), world.work() as work:
        conversation.thread(work, world.gate, world.actor(work, "bo"), thread)
    refused = world.told("read.refused")[-1]
    assert (refused["record"], refused["organisation"]) == (str(made.record_id), "biz-sg")
    assert threads(world, "bo", made.version_id).threads == ()


def _notices(world: World, thread: ThreadId) -> set[tuple[str, str]]:
    names = {person: name for name, person in world.people.items()}
    asked = text("SELECT person_id, kind FROM notices WHERE path = :path")
    with world.owner() as session:
        rows = session.execute(asked, {"path": f"/threads/{thread}"})
        return {(names[row.person_id], row.kind) for row in rows}
