"""Asking: permanent links, sizes of the log, pages, whose sight it is, and what asking leaves."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from app import audit, parties
from app.audit import QuestionFilter, queries
from app.audit import QuestionName as Q
from app.core.errors import Forbidden, Invalid, Unavailable
from app.core.ids import new_id
from app.core.journal import Event
from app.log import LoggedRow
from tests.conftest import clone
from tests.questions_world import PARTY, History, Walk, ids, make_history
from tests.records_world import begin, release
from tests.world import POLICIES, World, make_world

QUESTIONS = [name for name in Q if name not in (Q.COULD_READ, Q.PERSON_COULD)]


@pytest.fixture(scope="module")
def history(server: Any, template: str, tmp_path_factory: Any) -> Iterator[History]:
    """A history that the tests of this file ask about, and go on with."""
    with clone(server, template) as database:
        world = make_world(database, tmp_path_factory.mktemp("history"))
        yield make_history(world, 7)
        world.close()


def needed(history: History, name: Q) -> dict[str, str]:
    """What a question cannot do without."""
    return {
        Q.RECORD_OPENED: {"record": str(history.records[0])},
        Q.PERSON_OPENED: {"person": "uma@uni-eu.example"},
    }.get(name, {})


def go_on(history: History, seed: int) -> None:
    """Let more happen, give it places and sign."""
    walk = Walk(history, random.Random(seed))  # noqa: S311
    for _ in range(60):
        walk.step()
    history.settle()


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_a_permanent_link_gives_the_identical_answer(history: History, party: str) -> None:
    asked = [(name, history.ask(party, name, **needed(history, name))) for name in QUESTIONS]
    go_on(history, 1)
    for name, answer in asked:
        again = history.ask(party, name, **dict(parse_qsl(answer.permalink_query)))
        assert again == answer
        assert history.ask(party, name, **needed(history, name)) != answer


def test_who_could_read_is_answered_the_same_again(world: World) -> None:
    made = begin(world)
    release(world, made.version_id)
    world.clock.pass_time(timedelta(hours=1))
    history = History(world, audit.load_thresholds(world.gate.keeper._folder))
    world.sequence()
    answer = history.ask("EU", Q.COULD_READ, record=made.reference)
    assert made.reference in answer.sentence
    assert "could read" in answer.sentence
    rows = answer.rows.items
    assert {"all day", "no"} & {row.cells[2] for row in rows}
    world.clock.pass_time(timedelta(hours=3))
    with world.work() as work:
        parties.suspend(work, world.gate, world.actor(work, "olga"), world.people["ines"])
    world.sequence()
    assert history.ask("EU", Q.COULD_READ, **dict(parse_qsl(answer.permalink_query))) == answer


def test_of_an_unknown_record_nothing_is_told(history: History) -> None:
    for asked in ({"record": "ENT-2026-999999"}, {"record": str(new_id())}):
        for name in (Q.RECORD_OPENED, Q.COULD_READ):
            answer = history.ask("SG", name, **asked)
            assert answer.rows.items == []
            assert answer.sentence.startswith(("Nobody opened", "Nothing of"))


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_an_answer_is_of_the_entries_below_its_size(history: History, party: str) -> None:
    for size in (1, 40, 133, len(history.entries)):
        for name in QUESTIONS:
            given = {**needed(history, name), "at": f"1.{size}", "from": "2026-01-01"}
            _, rows = history.whole(party, name, **given)
            assert all(row.index is not None and row.index < size for row in rows)
        _, rows = history.whole(party, Q.REFUSED, at=f"1.{size}")
        assert ids(rows) == [
            e["id"]
            for e in history.sight(party)
            if e["decision"] == "deny" and e["place"] < (1, size)
        ]


def test_what_is_not_signed_is_not_answered(world: World) -> None:
    history = History(world, audit.load_thresholds(world.gate.keeper._folder))
    with pytest.raises(Unavailable):
        history.ask("SG", Q.REFUSED)
    history.settle()
    with world.work() as work:
        work.record(Event("read.refused", decision="deny"))
    assert history.ask("SG", Q.REFUSED).rows.items == []
    for at in (f"1.{len(history.entries) + 100}", "2.1", "1.01", "1", "latest"):
        with pytest.raises(Invalid) as told:
            history.ask("SG", Q.REFUSED, at=at)
        assert list(told.value.fields) == ["at"]


@pytest.mark.parametrize("name", QUESTIONS)
def test_pages_hold_every_row_once_in_order(
    history: History, name: Q, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.audit.questions import answering

    given = {**needed(history, name), "from": "2026-01-01"}
    _, rows = history.whole("EU", name, **given)
    monkeypatch.setattr(answering, "PAGE_ROWS", 3)
    monkeypatch.setattr(answering, "BATCH_ROWS", 4)
    assert history.whole("EU", name, **given)[1] == rows
    paged: list[audit.Row] = []
    cursor = ""
    while True:
        page = history.ask("EU", name, **given, cursor=cursor).rows
        paged += page.items
        if not page.next_cursor:
            break
        assert len(page.items) == 3
        cursor = page.next_cursor
    assert paged == rows


@pytest.mark.parametrize(
    "wrong",
    [
        {"cursor": "damaged"},
        {"cursor": "WyIyMDI2LTAxLTAxIiwxLDJd"},
        {"from": "2026-03-05", "to": "2026-03-04"},
        {"to": "9999-12-31"},
        {"action": "fly"},
        {"person": "somebody"},
        {"record": "a title"},
    ],
)
def test_a_wrong_question_is_told_what_to_do(history: History, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        history.ask("SG", Q.REFUSED, **wrong)


@pytest.mark.parametrize("name", [Q.RECORD_OPENED, Q.PERSON_OPENED, Q.COULD_READ])
def test_a_question_says_what_it_needs(history: History, name: Q) -> None:
    with pytest.raises(Invalid) as told:
        history.ask("SG", name)
    assert set(told.value.fields) <= {"record", "person"}


@pytest.mark.parametrize("name", list(Q))
def test_only_auditors_ask(history: History, name: Q) -> None:
    given = {**needed(history, name), "record": str(history.records[0])}
    for who in ("ida", "uma", "olga", "sys"):
        with pytest.raises(Forbidden), history.world.work() as work:
            audit.answer(
                work,
                history.world.gate,
                history.world.actor(work, who),
                name,
                QuestionFilter.model_validate(given),
                thresholds=history.thresholds,
            )
    assert history.world.entries()[-1]["type"] == "review-log.refused"


def test_asking_is_on_the_log_with_its_filters(history: History) -> None:
    history.ask("EU", Q.PERSON_OPENED, person="uma@uni-eu.example", marking="Jane Doe")
    told = history.world.entries()[-1]
    assert told["type"] == "log.reviewed"
    assert told["details"]["question"] == "person-opened"
    assert told["details"]["person"] == str(history.world.people["uma"])
    assert told["details"]["at"].startswith("1.")
    assert "Jane" not in str(told)
    assert "uma@" not in str(told)
    history.whole("EU", Q.REFUSED)
    assert history.world.entries()[-1]["type"] == "log.exported"


def test_sight_is_what_concerns_the_party_or_nobody(world: World) -> None:
    chance, slugs = random.Random(3), sorted(PARTY)  # noqa: S311
    sets = [frozenset(chance.sample(slugs, chance.randint(0, 6))) for _ in range(120)]
    with world.work() as work:
        for organisations in sets:
            work.record(Event("records.listed", organisations=organisations, subject="x:1"))
    world.sequence()
    told = {UUID(e["id"]): set(e["organisations"]) for e in world.told("records.listed")}
    for _ in range(20):
        ours = chance.sample(slugs, chance.randint(1, 6))
        chosen = queries.concerning(ours).where(LoggedRow.subject == "x:1")
        with world.work() as work:
            found = {row.entry_id for row in work.session.scalars(chosen)}
        assert found == {one for one, of in told.items() if not of or of & set(ours)}


def test_one_file_had_in_many_pieces_is_not_bulk(world: World) -> None:
    history = History(world, audit.load_thresholds(POLICIES))
    uma: dict[str, Any] = {
        "actor": str(world.people["uma"]),
        "decision": "allow",
        "organisation": "uni-eu",
    }
    files = [f"attachment:{new_id()}" for _ in range(20)]
    for subject in [files[0]] * 60:
        with world.work() as work:
            work.record(Event("attachment.downloaded", subject=subject, **uma))
    history.settle()
    assert history.ask("EU", Q.BULK).rows.items == []
    for subject in files:
        world.clock.pass_time(timedelta(seconds=30))
        with world.work() as work:
            work.record(Event("attachment.downloaded", subject=subject, **uma))
    history.settle()
    answer = history.ask("EU", Q.BULK)
    assert answer.rows.items[0].cells[-1] == "20 files in 10 minutes."
    assert answer.sentence == (
        "1 person downloaded 20 files in bulk, once in all, and there were 0 exports, between "
        "1 February and 2 March 2026."
    )
