"""A review: drawn by a seed that is on the log, marked by its author, and never changed again."""

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit import LogFilter, reviews
from app.audit.reviews import MarkItem, NewReview, ReviewView, SignOff, sample
from app.core.canonical import canonical_bytes
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from app.core.ids import ReviewId, new_id
from tests.records_world import marking, read, released
from tests.reviewing_world import SEED, begun, seeded, sign, signed
from tests.world import World

NOTE = "Uma opened it at night."
CHECKED = MarkItem(mark="checked")
EXCEPTION = MarkItem(mark="exception", note=NOTE)


@pytest.fixture
def reads(world: World) -> World:
    """Eight reads by partners of both parties, in their places under a checkpoint."""
    made = released(world, marking=marking("TLP:GREEN", "community"))
    for _ in range(4):
        for name in ("uma", "bo"):
            read(world, name, made.record_id)
    signed(world)
    return world


def shown(world: World, review_id: ReviewId, name: str = "abel") -> ReviewView:
    with world.work() as work:
        return reviews.review(work, world.gate, world.actor(work, name), review_id)


def mark(
    world: World, review_id: ReviewId, number: int, command: MarkItem, name: str = "abel"
) -> None:
    with world.work() as work:
        reviews.mark(work, world.gate, world.actor(work, name), review_id, number, command)


def sign_off(world: World, review_id: ReviewId, name: str = "abel") -> None:
    with world.work() as work:
        actor, command = world.actor(work, name), SignOff(conclusion="In order but for one.")
        reviews.sign_off(work, world.gate, actor, review_id, command, sign)


def test_the_sample_is_what_anybody_draws_from_the_seed(reads: World) -> None:
    review_id = begun(reads, type="record.read")
    view = shown(reads, review_id)
    leaves = [
        hashlib.sha256(b"\x00" + canonical_bytes(entry)).digest()
        for entry in reads.told("record.read")
    ]
    assert view.population == len(leaves)
    assert view.seed_hex == SEED.hex()
    drawn = [bytes.fromhex(item.leaf_hash_hex) for item in view.items]
    assert drawn == sample(SEED, leaves, 3)
    assert [item.number for item in view.items] == [1, 2, 3]
    assert all(item.entry and item.entry.type == "record.read" for item in view.items)
    assert view.own


def test_the_seed_and_the_selection_are_on_the_log_with_the_first_entry(reads: World) -> None:
    review_id = begun(reads, type="record.read", person="uma@uni-eu.example")
    (told,) = reads.told("review.begun")
    details = told["details"]
    assert details["seed"] == SEED.hex()
    assert details["review"] == str(review_id)
    assert f"person={reads.people['uma']}" in details["selection"]
    text_ = json.dumps(told)
    assert "March" not in text_
    assert "uma@" not in text_


def test_a_sample_is_drawn_from_what_the_checkpoint_held(reads: World) -> None:
    first = begun(reads, count=500)
    at = shown(reads, first).at
    size = int(at.partition(".")[2])
    assert len(reads.entries()) > size
    signed(reads)
    again = begun(reads, count=500, at=at)
    drawn = [item.place for item in shown(reads, again).items]
    assert drawn == [item.place for item in shown(reads, first).items]
    with pytest.raises(NotFound):
        begun(reads, at="1.2")


def test_a_party_draws_only_from_what_concerns_it(reads: World) -> None:
    view = shown(reads, begun(reads, "aude", count=500, type="record.read"), "aude")
    assert view.population < len(reads.told("record.read"))
    # Singapore's record, read by a business in Singapore, is not the European Union's to review.
    organisations = {item.entry.organisation for item in view.items if item.entry}
    assert organisations == {"uni-eu"}


def test_a_review_of_another_party_is_as_one_that_never_was(reads: World) -> None:
    review_id = begun(reads)
    with reads.work() as work:
        assert reviews.reviews(work, reads.gate, reads.actor(work, "aude")) == []
    before = len(reads.entries())
    for asked in (review_id, ReviewId(new_id())):
        with pytest.raises(NotFound):
            shown(reads, asked, "aude")
        with pytest.raises(NotFound):
            mark(reads, asked, 1, CHECKED, "aude")
        with pytest.raises(NotFound):
            sign_off(reads, asked, "aude")
    left = [entry["type"] for entry in reads.entries()[before:]]
    assert left == ["review.refused"] * 6


@pytest.mark.parametrize("name", ["ida", "olga", "sys", "uma"])
def test_nobody_but_an_auditor_reviews(reads: World, name: str) -> None:
    review_id = begun(reads)
    for act in (
        lambda: begun(reads, name),
        lambda: shown(reads, review_id, name),
        lambda: mark(reads, review_id, 1, CHECKED, name),
        lambda: sign_off(reads, review_id, name),
    ):
        with pytest.raises(Forbidden, match="roles"):
            act()
    with pytest.raises(Forbidden), reads.work() as work:
        reviews.reviews(work, reads.gate, reads.actor(work, name))


def test_marking_is_on_the_log_and_the_note_is_not(reads: World) -> None:
    review_id = begun(reads)
    mark(reads, review_id, 1, CHECKED)
    mark(reads, review_id, 2, EXCEPTION)
    view = shown(reads, review_id)
    assert [item.mark for item in view.items] == ["checked", "exception", ""]
    assert view.exceptions[0].note == NOTE
    assert (view.line.open_count, view.line.exception_count) == (1, 1)
    (told,) = reads.told("review.exception-noted")
    # The salts of the test are of the same bytes as its seed.
    assert told["details"]["note_hash"] == hashlib.sha256(SEED[:16] + NOTE.encode()).hexdigest()
    assert NOTE not in json.dumps(reads.entries())
    mark(reads, review_id, 2, CHECKED)
    assert shown(reads, review_id).line.exception_count == 0


def test_an_exception_says_what_it_is(reads: World) -> None:
    review_id = begun(reads)
    with pytest.raises(Invalid) as problem:
        mark(reads, review_id, 1, MarkItem(mark="exception", note="  "))
    assert list(problem.value.fields) == ["note-1"]
    with pytest.raises(NotFound):
        mark(reads, review_id, 9, CHECKED)


def test_only_its_author_marks_and_signs(reads: World) -> None:
    review_id = begun(reads)
    with reads.owner() as session:
        session.execute(
            text("UPDATE people SET roles = '{auditor}' WHERE name = 'Dana'"),
        )
    assert not shown(reads, review_id, "dana").own
    with pytest.raises(Forbidden, match="who began it"):
        mark(reads, review_id, 1, CHECKED, "dana")
    with pytest.raises(Forbidden, match="who began it"):
        sign_off(reads, review_id, "dana")


def test_what_has_no_mark_keeps_a_review_open(reads: World) -> None:
    review_id = begun(reads)
    mark(reads, review_id, 1, CHECKED)
    with pytest.raises(Conflict, match="2 of 3"):
        sign_off(reads, review_id)


def test_nothing_changes_after_the_sign_off(reads: World) -> None:
    review_id = begun(reads)
    for number in (1, 2, 3):
        mark(reads, review_id, number, EXCEPTION if number == 2 else CHECKED)
    sign_off(reads, review_id)
    view = shown(reads, review_id)
    assert view.line.signed_off_at is not None
    assert view.conclusion == "In order but for one."
    with pytest.raises(Conflict):
        mark(reads, review_id, 1, EXCEPTION)
    with pytest.raises(Conflict):
        sign_off(reads, review_id)
    (told,) = reads.told("review.signed-off")
    assert told["details"]["statement_hash"] == hashlib.sha256(view.statement.encode()).hexdigest()
    assert told["details"]["exceptions"] == 1


def test_what_is_signed_holds_the_sample_and_no_free_text(reads: World) -> None:
    review_id = begun(reads)
    for number in (1, 2, 3):
        mark(reads, review_id, number, EXCEPTION)
    kept: list[Any] = []
    with reads.work() as work:
        reviews.sign_off(
            work,
            reads.gate,
            reads.actor(work, "abel"),
            review_id,
            SignOff(conclusion="Secret words"),
            lambda statement: kept.append(statement) or "signed",  # type: ignore[func-returns-value]
        )
    (content,) = kept
    assert content["seed"] == SEED.hex()
    assert content["checkpoint"].splitlines()[1] == content["at"].partition(".")[2]
    assert [one["mark"] for one in content["sample"]] == ["exception"] * 3
    assert "Secret" not in json.dumps(content)
    assert NOTE not in json.dumps(content)


REWRITINGS = [
    "UPDATE reviews SET seed = '\\x" + "00" * 32 + "'",
    "UPDATE reviews SET population = 1",
    "UPDATE reviews SET name = 'Another'",
    "UPDATE review_items SET leaf_hash = '\\x00'",
    "UPDATE review_items SET number = 7 WHERE number = 1",
    "DELETE FROM review_items",
    "DELETE FROM reviews",
    "TRUNCATE reviews, review_items",
]
AFTER_THE_SIGN_OFF = [
    "UPDATE review_items SET mark = 'checked', note = ''",
    "UPDATE reviews SET conclusion = 'All well'",
    "UPDATE reviews SET signed_off_at = NULL, statement = NULL",
    "INSERT INTO review_items SELECT review_id, 9, entry_id, log, index, leaf_hash, salt, mark,"
    " note, marked_at FROM review_items LIMIT 1",
]


@pytest.mark.parametrize("rewriting", REWRITINGS)
def test_even_the_owner_cannot_redraw(reads: World, rewriting: str) -> None:
    begun(reads)
    with pytest.raises(DBAPIError, match="never"), reads.owner() as session:
        session.execute(text(rewriting))


@pytest.mark.parametrize("rewriting", [*REWRITINGS, *AFTER_THE_SIGN_OFF])
def test_even_the_owner_cannot_rewrite_what_was_signed(reads: World, rewriting: str) -> None:
    review_id = begun(reads, count=1)
    mark(reads, review_id, 1, EXCEPTION)
    sign_off(reads, review_id)
    with pytest.raises(DBAPIError, match="never"), reads.owner() as session:
        session.execute(text(rewriting))


def test_an_action_selects_its_types_and_a_number_its_record(reads: World) -> None:
    view = shown(reads, begun(reads, count=500, action="read"))
    types = {item.entry.type for item in view.items if item.entry}
    assert types == {"record.read"}
    with reads.owner() as session:
        number = session.execute(text("SELECT reference FROM records")).scalar_one()
    about = shown(reads, begun(reads, count=500, action="read", record=number))
    assert about.population == view.population
    with pytest.raises(Invalid, match="Choose one of these actions"):
        begun(reads, action="no such")


def test_nothing_is_drawn_from_nothing(reads: World) -> None:
    with pytest.raises(Invalid, match="Nothing on the log"):
        begun(reads, type="no.such")
    assert reads.told("review.begun") == []


def test_nothing_is_drawn_before_a_checkpoint(world: World) -> None:
    with pytest.raises(Unavailable):
        begun(world)


def test_a_sample_of_one_page_of_the_log_is_none() -> None:
    with pytest.raises(ValueError, match="not from one page"):
        NewReview(name="x", count=1, selection=LogFilter(cursor="abc"))


def test_seeds_are_drawn_once_each(reads: World) -> None:
    drawn: list[int] = []

    def chance(count: int) -> bytes:
        drawn.append(count)
        return seeded(count)

    command = NewReview(name="x", count=2)
    with reads.work() as work:
        reviews.begin(work, reads.gate, reads.actor(work, "abel"), command, chance)
    assert drawn.count(32) == 1
