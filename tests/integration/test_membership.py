"""Leaving ends everything at once and leaves a receipt; reviews keep, remove, or let lapse."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app import identity, membership, notices, records, release
from app.access import Assurance
from app.core.database import Database
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import PersonId
from app.identity import NewApiClient
from app.identity.models import SessionRow
from app.membership import AnswerReview, EndAccess, load_review_rules, queries
from app.membership.receipts import JWS_TYPE
from app.notices import Follow, Kind
from app.parties import NameDeputy
from tests import changing
from tests.records_world import begin, marking
from tests.release_world import KEYS, MFA, approve, release_it, submit
from tests.world import NOON, POLICIES, World, make_world

RULES = load_review_rules(POLICIES)
REASON = EndAccess(reason="Leaves on Friday.")


@pytest.fixture
def world(database: Database, tmp_path: Any) -> Iterator[World]:
    made = make_world(database, tmp_path)
    yield made
    made.close()


def end_all(world: World, name: str, by: str = "olga", command: EndAccess = REASON) -> Any:
    """End all access of somebody."""
    with world.work() as work:
        person = world.people[name]
        return membership.end_all(work, world.gate, world.actor(work, by), person, command)


def page(world: World, name: str, by: str = "olga") -> membership.LeavingView:
    """What an administrator sees of somebody who leaves."""
    with world.work() as work:
        person = world.people[name]
        return membership.leaving_page(work, world.gate, world.actor(work, by), person)


def read(world: World, name: str, record_id: Any) -> bool:
    """Whether somebody reads a record."""
    with world.work() as work:
        try:
            records.read(work, world.gate, world.actor(work, name), record_id)
        except NotFound:
            return False
        return True


def hang_everything_on(world: World, name: str) -> Any:
    """A session, an API client, something followed, and a grant of a record that is not theirs."""
    person = world.people[name]
    secret = begin(world, marking=marking("TLP:AMBER", "org:imda"), title="A name to hide")
    release_it(world, secret.version_id)
    with world.work() as work:
        actor = world.actor(work, name)
        made = identity.create_api_client(work, _identity(), actor, NewApiClient(name="script"))
        notices.follow(work, world.gate, actor, Follow(subject="area", value="research"))
        until = work.now + timedelta(days=20)
        iris = world.actor(work, "iris", MFA)
        args = (work, world.gate, iris, secret.record_id, [person], until)
        records.grant(*args, longest=timedelta(days=90))
    with world.owner() as session:
        session.add(
            SessionRow(
                secret_hash=bytes(32),
                id=person,
                person_id=person,
                assurance=Assurance.PASSWORD,
                waits_for=None,
                started_at=NOON,
                seen_at=NOON,
                expires_at=NOON + timedelta(days=1),
            )
        )
    return secret, made.client_id


def _identity() -> Any:
    return type("Parts", (), {"random_bytes": staticmethod(bytes)})()


def test_an_administrator_sees_how_much_and_how_marked_and_never_what(world: World) -> None:
    secret, _ = hang_everything_on(world, "uma")
    with world.owner() as session:
        runs = "organisation = 'uni-eu', roles = '{organisation_administrator}'"
        session.execute(text(f"UPDATE people SET {runs} WHERE name = 'Carl'"))
    shown = page(world, "uma", "carl")
    assert (shown.reach.total, [one.name for one in shown.reach.by_marking]) == (1, ["TLP:AMBER"])
    assert shown.reach.shown[0].reference == secret.reference
    assert "A name to hide" not in repr(shown)
    assert sorted(shown.hanging) == ["api-client", "grant", "session", "subscription"]
    assert world.events()[-1][:2] == ("person.reach-shown", "carl")


def test_one_click_ends_everything_and_nothing_comes_back(world: World) -> None:
    secret, client_id = hang_everything_on(world, "ines")
    other = begin(world, "dana", marking=marking("TLP:AMBER", "org:dtc"))
    release_it_by(world, other)
    grant_of(world, "dana", other.record_id, "ines")
    assert read(world, "ines", other.record_id)
    line = end_all(world, "ines")
    assert not read(world, "ines", other.record_id)
    with world.work() as work:
        ended = queries.leaving(work.session, line.id)
        assert ended is not None
        assert (ended.ended["sessions"], ended.ended["api_clients"]) == (1, [client_id])
        assert (ended.ended["subscriptions"], len(ended.ended["grants"])) == (1, 2)
        changing.resume(work, world.gate, world.actor(work, "olga"), world.people["ines"])
    assert read(world, "ines", secret.record_id)  # of her own organisation, as before
    assert not read(world, "ines", other.record_id)
    assert set(page(world, "ines").hanging) == set()


def release_it_by(world: World, made: Any) -> None:
    """Release a draft of the Digital Trust Centre, which needs a second person there."""
    with world.owner() as session:
        session.execute(text("UPDATE people SET organisation = 'dtc' WHERE name = 'Ivan'"))
    submit(world, made.version_id, "dana")
    approve(world, made.version_id, "ivan")


def grant_of(world: World, by: str, record_id: Any, name: str) -> None:
    """Grant somebody a record for some days."""
    with world.work() as work:
        actor, until = world.actor(work, by, MFA), work.now + timedelta(days=9)
        args = (work, world.gate, actor, record_id, [world.people[name]], until)
        records.grant(*args, longest=timedelta(days=90))


def test_nobody_ends_their_own_access_nor_that_of_another_organisation(world: World) -> None:
    for name in ("olga", "dana", "uma"):
        with pytest.raises(Forbidden):
            end_all(world, name)
        with pytest.raises(Forbidden):
            page(world, name)
    with pytest.raises(Forbidden):
        end_all(world, "ines", "iris")


def test_the_heir_is_a_colleague_who_writes_and_is_told(world: World) -> None:
    begin(world, "ida")
    for stranger in ("ines", "dana", "ida"):
        heir = EndAccess(reason="Leaves.", heir=world.people[stranger])
        with pytest.raises(Invalid):
            end_all(world, "ida", command=heir)
    end_all(world, "ida", command=EndAccess(reason="Leaves.", heir=world.people["ivan"]))
    with world.owner() as session:
        told = session.execute(
            text("SELECT person_id FROM notices WHERE kind = :kind"),
            {"kind": Kind.DRAFTS_INHERITED.value},
        )
        assert told.scalars().all() == [world.people["ivan"]]
    with pytest.raises(Conflict):
        end_all(world, "ida")


def test_a_receipt_is_signed_and_proved_once_the_log_has_the_entry(world: World) -> None:
    line = end_all(world, "ines")

    def receipt(by: str) -> membership.ReceiptView:
        with world.work() as work:
            actor = world.actor(work, by)
            asked = (work, world.gate, actor, line.id)
            return membership.receipt(*asked, keys=KEYS, log=world.log)

    first = receipt("olga")
    assert list(first.entries.values()) == [""]
    world.sequence()
    proved = receipt("olga")
    assert all(proof.startswith("c2sp.org/tlog-proof") for proof in proved.entries.values())
    said = identity.verify_statement(KEYS, proved.signature, typ=JWS_TYPE)
    assert (said["person"], said["reason"]) == (str(world.people["ines"]), "Leaves on Friday.")
    for stranger in ("dana", "iris", "emil"):
        with pytest.raises(Forbidden):
            receipt(stranger)


def answer(world: World, by: str, names: list[str], what: Any = "kept") -> None:
    """Answer in the review of this period."""
    people = frozenset(PersonId(world.people[name]) for name in names)
    with world.work() as work:
        actor = world.actor(work, by)
        command = AnswerReview(people=people, answer=what)
        membership.answer_review(work, world.gate, RULES, actor, command)


def attend(world: World) -> int:
    """What the worker does about reviews."""
    with world.work() as work:
        return membership.attend(work, world.gate, RULES)


def to_the_next_period(world: World) -> None:
    """The first of April: everybody was admitted in March."""
    world.clock.pass_time(timedelta(days=30))
    assert RULES.period(world.clock()).isoformat() == "2026-04-01"


def test_nobody_reviews_themselves_nor_another_organisation(world: World) -> None:
    to_the_next_period(world)
    for by, name in (("olga", "olga"), ("olga", "dana"), ("iris", "iris"), ("ines", "ida")):
        with pytest.raises((Forbidden, Conflict)):
            answer(world, by, [name])
    answer(world, "iris", ["olga"])
    with pytest.raises(Conflict):
        answer(world, "ivan", ["olga"])
    world.clock.pass_time(timedelta(days=28))
    with pytest.raises(Conflict):
        answer(world, "olga", ["ida"])


def test_a_deputy_only_does_not_review(world: World) -> None:
    to_the_next_period(world)
    until = world.clock().date() + timedelta(days=7)
    with world.work() as work:
        command = NameDeputy(deputy=world.people["ines"], until=until)
        release.name_deputy(work, world.gate, world.actor(work, "iris"), command)
    with pytest.raises(Forbidden, match="only stands in"):
        answer(world, "ines", ["olga"], "removed")
    answer(world, "iris", ["olga"])


def test_who_is_removed_loses_everything_and_who_is_unanswered_lapses(world: World) -> None:
    to_the_next_period(world)
    with world.work() as work:
        shown = membership.access_review(work, world.gate, RULES, world.actor(work, "olga"))
    assert {one.person.name for one in shown.people if not one.yours} == {"Olga"}
    answer(world, "olga", ["ines"], "removed")
    answer(world, "olga", ["ida", "ivan", "abel", "sys"])
    answer(world, "iris", ["olga"])
    assert attend(world) == 0
    world.clock.pass_time(timedelta(days=22))
    assert attend(world) == 0
    with world.owner() as session:
        warned = session.scalars(
            text("SELECT person_id FROM notices WHERE kind = 'access-lapses'")
        ).all()
    assert world.people["iris"] in warned
    assert world.people["ida"] not in warned
    world.clock.pass_time(timedelta(days=7))
    attend(world)
    assert attend(world) == 0
    with world.owner() as session:
        active = set(session.scalars(text("SELECT name FROM people WHERE active")))
    assert active == {"Olga", "Ida", "Ivan", "Abel", "Sys"}
    with world.work() as work:
        mine = membership.coverage(work, world.gate, RULES, world.actor(work, "olga"))
    assert [(c.kept_count, c.removed_count, c.lapsed_count, c.waiting_count) for c in mine] == [
        (5, 1, 1, 0)
    ]


def test_a_review_is_due_by_the_calendar_and_concerns_who_was_there_before(world: World) -> None:
    with world.work() as work:
        olga = world.actor(work, "olga")
        assert membership.access_review(work, world.gate, RULES, olga).people == ()
        assert membership.reviews_due(work, RULES, olga) is None
    to_the_next_period(world)
    with world.work() as work:
        due = membership.reviews_due(work, RULES, world.actor(work, "olga"))
        assert due is not None
        assert membership.reviews_due(work, RULES, world.actor(work, "ines")) is None


def test_an_auditor_reads_the_coverage_of_their_party_and_nobody_else_of_others(
    world: World,
) -> None:
    with world.work() as work:
        seen = membership.coverage(work, world.gate, RULES, world.actor(work, "abel"))
        assert {one.organisation for one in seen} == {"imda", "dtc", "biz-sg"}
    with world.work() as work, pytest.raises(Forbidden):
        membership.coverage(work, world.gate, RULES, world.actor(work, "ines"))
