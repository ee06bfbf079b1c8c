"""Monthly statements: complete, made once, signed, for few readers, and proved by the log."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import identity, records
from app.audit import statements
from app.audit.statements import StatementLine, StatementView
from app.audit.statements.months import following, is_complete
from app.core.errors import Forbidden, NotFound
from app.core.ids import StatementId, new_id
from app.log import proof_of
from tests.records_world import begin, marking, read, release, released
from tests.release_world import KEYS
from tests.reviewing_world import signed
from tests.world import World

SIGN = partial(identity.sign_statement, KEYS, typ=statements.JWS_TYPE)
APRIL = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)


def make_all(world: World) -> int:
    """Make what is due, as the worker does."""
    made = 0
    while True:
        with world.work() as work:
            if not statements.make_next(work, SIGN):
                return made
        made += 1


def verified(view: StatementView) -> dict[str, Any]:
    return identity.verify_statement(KEYS, view.signed, typ=statements.JWS_TYPE)


def reads(world: World, *names: str) -> Any:
    """A released record of imda, opened by these people, and one of eu-ai-office's."""
    made = released(world, marking=marking("TLP:GREEN", "community"))
    for name in names:
        read(world, name, made.record_id)
    return made


def own(world: World, name: str) -> list[StatementLine]:
    with world.work() as work:
        return statements.own_statements(work, world.gate, world.actor(work, name))


def shown(world: World, name: str, statement_id: StatementId) -> StatementView:
    with world.work() as work:
        return statements.statement(work, world.gate, world.actor(work, name), statement_id)


@pytest.fixture
def told(world: World) -> World:
    """March is over; five people opened a record of imda, two of them its own."""
    reads(world, "uma", "bo", "eric", "ida", "ines", "uma")
    world.clock.now = APRIL
    signed(world)
    make_all(world)
    return world


def test_it_tells_of_each_access_by_others_and_of_no_other(told: World) -> None:
    (line,) = own(told, "olga")
    assert line.month == date(2026, 3, 1)
    view = shown(told, "olga", line.id)
    people = [told.people[name] for name in ("uma", "bo", "eric", "uma")]
    assert [one.person for one in view.accesses] == list(map(str, people))
    assert {one.organisation for one in view.accesses} == {"uni-eu", "biz-sg", "eu-ai-office"}
    assert {one.type for one in view.accesses} == {"record.read"}
    assert all(one.reference.startswith("ENT-2026-") for one in view.accesses)


def test_it_tells_of_no_other_originators_records(world: World) -> None:
    reads(world, "uma")
    theirs = begin(world, "ella", marking=marking("TLP:GREEN", "community"))
    release(world, theirs.version_id, by="emil", name="ella")
    read(world, "bo", theirs.record_id)
    world.clock.now = APRIL
    signed(world)
    assert make_all(world) == 2
    for name, reader in (("olga", "uni-eu"), ("emil", "biz-sg")):
        (line,) = own(world, name)
        assert [one.organisation for one in shown(world, name, line.id).accesses] == [reader]


def test_each_line_is_proved_by_the_log(told: World) -> None:
    (line,) = own(told, "iris")
    said = verified(shown(told, "iris", line.id))
    assert said["type"] == "access-statement"
    assert said["lines"]
    for one in said["lines"]:
        leaf = hashlib.sha256(b"\x00" + one["entry"].encode()).hexdigest()
        assert leaf == one["leaf_hash"]
        entry_id = json.loads(one["entry"])["id"]
        with told.work() as work:
            proof = proof_of(work.session, entry_id)
        assert (proof.log, proof.index, proof.leaf_hash.hex()) == (one["log"], one["index"], leaf)
    assert said["checkpoint"].splitlines()[1] == said["at"].partition(".")[2]


def test_it_is_no_approval_and_no_review(told: World) -> None:
    (line,) = own(told, "iris")
    with pytest.raises(identity.BadSignature):
        identity.verify_statement(KEYS, shown(told, "iris", line.id).signed)


def test_names_of_people_are_not_in_it(told: World) -> None:
    (line,) = own(told, "iris")
    signed_text = json.dumps(verified(shown(told, "iris", line.id)))
    for name in ("Uma", "uma@", "Eric", "eric@"):
        assert name not in signed_text


def test_who_may_read_it(told: World) -> None:
    (line,) = own(told, "olga")
    for name in ("olga", "iris", "ivan", "abel"):
        assert shown(told, name, line.id).line == line
    before = len(told.entries())
    for name in ("ida", "ines", "sys", "uma", "bo", "dana", "aude", "emil"):
        with pytest.raises(NotFound):
            shown(told, name, line.id)
        with pytest.raises(NotFound):
            shown(told, name, StatementId(new_id()))
    assert {entry["type"] for entry in told.entries()[before:]} == {"statement.refused"}
    for name in ("ida", "ines", "uma", "sys"):
        with pytest.raises(Forbidden):
            own(told, name)
        with pytest.raises(Forbidden), told.work() as work:
            statements.party_statements(work, told.gate, told.actor(work, name))
    assert own(told, "emil") == []
    with told.work() as work:
        listed = statements.party_statements(work, told.gate, told.actor(work, "abel"))
    assert listed == [line]
    with told.work() as work:
        assert statements.party_statements(work, told.gate, told.actor(work, "aude")) == []


def test_an_administrator_has_no_list_of_the_whole_party(told: World) -> None:
    for name in ("olga", "iris"):
        with pytest.raises(Forbidden), told.work() as work:
            statements.party_statements(work, told.gate, told.actor(work, name))


def test_it_is_made_once_however_often_it_is_looked_for(told: World) -> None:
    assert make_all(told) == 0
    assert len(told.told("statement.made")) == 1
    (entry,) = told.told("statement.made")
    assert entry["details"]["lines"] == 4
    assert entry["organisations"] == ["imda"]


def test_a_month_waits_until_it_is_over_and_under_a_checkpoint(world: World) -> None:
    reads(world, "uma")
    world.clock.now = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    signed(world)
    assert make_all(world) == 0
    world.clock.now = APRIL
    assert make_all(world) == 0  # the newest checkpoint is of March
    read(world, "uma", released(world).record_id)
    signed(world)
    assert make_all(world) == 1


def test_what_came_late_stands_in_the_next_statement(told: World) -> None:
    """An access that began in March and got its place after March's statement is not lost."""
    made = reads(told)
    told.clock.now = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    read(told, "eric", made.record_id)
    told.clock.now = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
    signed(told)
    assert make_all(told) == 1
    april, march = own(told, "olga")
    assert (april.month, april.line_count, march.line_count) == (date(2026, 4, 1), 1, 4)
    assert shown(told, "olga", april.id).accesses[0].at.month == 3
    said = verified(shown(told, "olga", april.id))
    assert said["follows"] == march.at


def test_every_month_has_its_statement_an_empty_one_too(told: World) -> None:
    told.clock.now = datetime(2026, 7, 2, tzinfo=UTC)
    signed(told)
    assert make_all(told) == 3
    assert [line.line_count for line in own(told, "olga")] == [0, 0, 0, 4]


def test_what_was_not_released_to_others_is_told_of_too(world: World) -> None:
    drafted = begin(
        world, "ida", originator="eu-ai-office", marking=marking("TLP:AMBER", "org:uni-eu")
    )
    with world.work() as work:
        records.edit(work, world.gate, world.actor(work, "ivan"), drafted.version_id)
    world.clock.now = APRIL
    signed(world)
    make_all(world)
    (line,) = own(world, "emil")
    (access,) = shown(world, "emil", line.id).accesses
    assert (access.organisation, access.type) == ("imda", "draft.read")


@pytest.mark.parametrize(
    "rewriting",
    ["UPDATE statements SET line_count = 0", "DELETE FROM statements", "TRUNCATE statements"],
)
def test_even_the_owner_cannot_rewrite_it(told: World, rewriting: str) -> None:
    with pytest.raises(DBAPIError, match="never"), told.owner() as session:
        session.execute(text(rewriting))


def test_months_follow_each_other() -> None:
    assert following(date(2026, 12, 1)) == date(2027, 1, 1)
    assert following(date(2028, 2, 1)) == date(2028, 3, 1)
    end = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
    assert is_complete(date(2026, 3, 1), end)
    assert not is_complete(date(2026, 3, 1), end - timedelta(seconds=1))
