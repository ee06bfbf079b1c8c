"""What a person could read at a moment: counted over the store, told as far as it concerns."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import ProgrammingError

from app import audit
from app.audit import Answer, QuestionFilter, QuestionName, load_thresholds
from app.core.errors import Invalid
from app.core.ids import new_id
from tests import release_world as steps
from tests.records_world import begin, marking
from tests.world import POLICIES, World

HOUR = timedelta(hours=1)


def asked(world: World, auditor: str, person: str, **more: str) -> Answer:
    """What an auditor is answered."""
    world.sequence()
    given = QuestionFilter.model_validate({"person": person, **more})
    thresholds = load_thresholds(POLICIES)
    with world.work() as work:
        actor = world.actor(work, auditor)
        name = QuestionName.PERSON_COULD
        return audit.answer(work, world.gate, actor, name, given, thresholds=thresholds)


def count(answer: Answer, name: str) -> object:
    """One of its numbers."""
    return next(one.value for one in answer.totals if one.name == name)


def numbers(answer: Answer) -> list[object]:
    """The records that it names."""
    return [getattr(row.cells[0], "text", "") for row in answer.rows.items]


def test_what_a_person_could_read_is_counted_and_named_as_far_as_it_concerns(world: World) -> None:
    label = marking("TLP:AMBER", "org:uni-eu")
    ours = begin(world, "ida", marking=label)
    steps.release_it(world, ours.version_id)
    theirs = begin(world, "ella", marking=label)
    steps.submit(world, theirs.version_id, by="ella")
    seen = steps.review(world, theirs.version_id, "emil").seen_hash
    steps.approve(world, theirs.version_id, by="emil", seen=seen)
    world.clock.pass_time(HOUR)
    uma = str(world.people["uma"])
    one, both = asked(world, "abel", uma), asked(world, "aude", uma)
    assert (count(one, "records"), numbers(one)) == (1, [ours.reference])
    assert (count(both, "records"), count(both, "ours")) == (2, 1)
    assert numbers(both) == [theirs.reference]
    assert count(both, "marked:TLP:AMBER") == 2
    assert one.rows.items[0].cells[-1] == "It is released to the person's organisation."
    # An hour before there was nothing of it.
    before = asked(world, "aude", uma, moment="2026-03-02T12:00:00+00:00")
    assert count(before, "records") in (0, 2)
    with pytest.raises(Invalid):
        asked(world, "aude", uma, moment="2027-01-01T00:00")


def test_somebody_of_whom_nothing_concerns_is_like_nobody(world: World) -> None:
    theirs = begin(world, "ella", marking=marking("TLP:AMBER", "org:dg-connect"))
    steps.submit(world, theirs.version_id, by="ella")
    seen = steps.review(world, theirs.version_id, "emil").seen_hash
    steps.approve(world, theirs.version_id, by="emil", seen=seen)
    found = []
    asked(world, "abel", str(new_id()))
    for person in (str(world.people["carl"]), str(new_id())):
        sent: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_: Any, sent: list[str] = sent) -> None:
            sent.append(statement)

        world.sequence()
        event.listen(world.engine, "before_cursor_execute", note)
        answer = asked(world, "abel", person)
        event.remove(world.engine, "before_cursor_execute", note)
        assert not answer.rows.items and not answer.totals
        found.append((sent, answer.sentence.replace(person, "")))
    assert found[0] == found[1]


def test_only_what_is_asked_through_its_functions_is_told(world: World) -> None:
    """The application cannot ask for the whole of what stood where."""
    with world.work() as work, pytest.raises(ProgrammingError, match="permission denied"):
        work.session.execute(text("SELECT * FROM entente_there_then(now())"))
