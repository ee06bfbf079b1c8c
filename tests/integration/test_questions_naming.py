"""Whom and what a question names: nobody, and nothing, that is another party's alone."""

from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from app import audit
from app.audit import QuestionName as Q
from app.core.ids import new_id
from tests.questions_world import History
from tests.records_world import begin, read, released
from tests.world import World


@pytest.fixture
def history(world: World) -> History:
    return History(world, audit.load_thresholds(world.gate.keeper._folder))


def test_a_number_of_another_partys_record_is_like_one_of_none(history: History) -> None:
    made = begin(history.world)
    history.world.clock.pass_time(timedelta(hours=1))
    history.settle()
    asked = {"record": made.reference}
    ours = history.ask("SG", Q.RECORD_OPENED, **asked)
    assert ours.filters["record"].text == made.reference
    for name in (Q.RECORD_OPENED, Q.COULD_READ):
        known = history.ask("EU", name, **asked)
        unknown = history.ask("EU", name, record="ENT-2026-999999")
        assert str(made.record_id) not in repr(known)
        assert repr(known).replace(made.reference, "ENT-2026-999999") == repr(unknown)


def test_by_its_identifier_a_record_out_of_sight_is_not_numbered(history: History) -> None:
    made = begin(history.world)
    history.settle()
    assert made.reference in repr(history.ask("SG", Q.RECORD_OPENED, record=str(made.record_id)))
    assert made.reference not in repr(
        history.ask("EU", Q.RECORD_OPENED, record=str(made.record_id))
    )


def test_an_address_of_another_partys_person_is_like_one_of_nobody(history: History) -> None:
    world = history.world
    history.settle()
    person = str(world.people["carl"])
    ours = history.ask("EU", Q.PERSON_OPENED, person="carl@dg-connect.example")
    assert ours.filters["person"].value == person
    theirs = history.ask("SG", Q.PERSON_OPENED, person="carl@dg-connect.example")
    nobody = history.ask("SG", Q.PERSON_OPENED, person="none@dg-connect.example")
    assert repr(theirs).replace("carl@", "none@") == repr(nobody)
    named = history.ask("EU", Q.PERSON_OPENED, person=person).filters["person"].text
    assert named not in repr(history.ask("SG", Q.PERSON_OPENED, person=person))


def test_nor_does_the_log_tell_who_an_address_is(history: History) -> None:
    world = history.world
    with world.work() as work:
        asked = audit.LogFilter(person="carl@dg-connect.example")
        audit.log(work, world.gate, world.actor(work, "abel"), asked)
    (told,) = [one for one in world.told("log.reviewed") if "person" in one["details"]]
    assert told["details"]["person"] == "nobody"


def test_somebody_who_opened_our_record_is_named(history: History) -> None:
    world = history.world
    made = released(world)
    read(world, "eric", made.record_id)
    history.settle()
    answer = history.ask("SG", Q.PERSON_OPENED, person="eric@eu-ai-office.example")
    assert answer.filters["person"].value == str(world.people["eric"])
    assert answer.rows.items


def test_the_links_of_an_answer_ask_for_it_again(history: History) -> None:
    made = released(history.world)
    history.settle()
    answer = history.ask("SG", Q.RECORD_OPENED, record=made.reference)
    given = {name: one for name, (one,) in parse_qs(answer.permalink_query).items()}
    history.world.clock.pass_time(timedelta(hours=1))
    assert history.ask("SG", Q.RECORD_OPENED, **given) == answer
    assert history.ask("SG", Q.RECORD_OPENED, record=str(new_id())) != answer
