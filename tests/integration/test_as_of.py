"""Who could read a record on a past day: what is decided again is what an oracle said then."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app import parties, records, release
from app.access import Actor, PolicyKeeper, register_policies
from app.access.policy_set import assemble
from app.audit.as_of import AsOf, PastReader
from app.core.errors import Invalid, NotFound, Unavailable
from app.core.ids import PersonId, RecordId, new_id
from app.core.work import Work
from app.log import At
from app.parties import AdmitPerson, AssignRoles, SetClearance
from app.parties.stock import Stock
from app.records import MarkingInput
from tests import changing
from tests import release_world as steps
from tests.past_world import HOUR, Past, Truth, begin_past, change, declare
from tests.records_world import draft_input, read
from tests.world import NOON, PEOPLE, POLICIES, World

DRAFT = "A draft was written in since"


def history(world: World, seed: int, changes_count: int = 16) -> Past:
    """A record that is released, and what became of it and of everybody over some days."""
    chance = random.Random(seed)  # noqa: S311
    past = begin_past(world)
    steps.release_it(world, past.version_id)
    past.remember()
    for _ in range(changes_count):
        world.clock.pass_time(chance.randint(1, 9) * HOUR)
        change(past, chance)
    world.clock.pass_time(chance.randint(1, 40) * HOUR)
    return past


def days_of(past: Past) -> list[date]:
    """The days from the first snapshot to today."""
    # A day that begins at this very moment has no part that is over yet.
    first = past.snapshots[0][0].date()
    now = (past.world.clock() - timedelta(microseconds=1)).date()
    return [first + timedelta(days=n) for n in range((now - first).days + 1)]


@pytest.mark.parametrize("seed", range(12))
def test_what_is_answered_is_what_the_oracle_said_then(world: World, seed: int) -> None:
    past, compared = history(world, seed), 0
    for day in days_of(past):
        truth = past.truth(day, world.clock())
        found = past.asked(day, world.clock())
        assert found.public is (truth.pop(None).could != "no"), day
        # Not whoever only helped a release of the test.
        told = {row.person: said(row) for row in found.rows if row.person in truth}
        assert len(told) + found.others_count == len(truth), day
        if any(note.startswith(DRAFT) for note in found.notes):
            # What a draft said before is not kept, and the answer says so; only its own people
            # could read it.
            for person in owners(past):
                told.pop(person, None)
                truth.pop(person)
        could = {person: one for person, one in truth.items() if one.could != "no"}
        assert {person: one for person, one in told.items() if one.could != "no"} == could, day
        compared += len(could)
    assert compared


def said(row: PastReader) -> Truth:
    """A row of the answer as the oracle says it."""
    return Truth(row.could, frozenset(row.versions), row.current, row.whole)


def owners(past: Past) -> list[PersonId]:
    """The people of the organisation whose record it is."""
    return [past.world.people[name] for name, slug, _ in PEOPLE if slug == "imda"]


@pytest.fixture
def past(world: World) -> Past:
    """A record that uma and the people of dtc could read from two o'clock on, until she left."""
    made = begin_past(world)
    label = MarkingInput(markings="TLP:AMBER", release_to="org:uni-eu, org:dtc")
    with world.work() as work:
        actor = world.actor(work, "ida")
        records.amend(
            work, world.gate, actor, made.version_id, draft_input(marking=label), edition=1
        )
    world.clock.pass_time(2 * HOUR)
    steps.release_it(world, made.version_id)
    return made


def named(world: World, found: AsOf) -> dict[str, str]:
    """Who could, by short name."""
    names = {person: name for name, person in world.people.items()}
    return {names[row.person]: row.could for row in found.rows}


DAY = NOON.date()
NEXT = DAY + timedelta(days=1)


def test_a_person_who_left_could_before_and_could_not_after(past: Past) -> None:
    world = past.world
    suspend(world, "uma")
    world.clock.pass_time(40 * HOUR)
    first, second = (past.asked(day, world.clock()) for day in (DAY, NEXT))
    assert named(world, first)["uma"] == named(world, first)["dana"] == "part of the day"
    assert "uma" not in named(world, second)
    assert named(world, second)["dana"] == "all day"


def suspend(world: World, name: str) -> None:
    """Suspend a person, by the file, four hours from now."""
    world.clock.pass_time(4 * HOUR)
    (email,) = emails(world, name)

    def one(stock: Stock) -> None:
        stock["person", email] = {**stock["person", email], "active": False}

    declare(world, one)


def emails(world: World, name: str) -> list[str]:
    """The address of a person."""
    return [f"{name}@{slug}.example" for one, slug, _ in PEOPLE if one == name]


def test_it_says_why_in_words(past: Past) -> None:
    world = past.world
    suspend(world, "dana")
    world.clock.pass_time(40 * HOUR)
    rows = {row.name: row for row in past.asked(NEXT, world.clock()).rows}
    assert rows["Uma"].why and rows["Uma"].policies
    assert (
        rows["Dana"].why == "Not met: Account and organisation are active, under an agreement "
        "in force."
    )
    assert rows["Ines"].why == "Not met: It is released to this person."
    assert rows["Abel"].why == "Not met: Holds a role that gives content."


def test_an_auditor_of_the_other_party_learns_of_their_own_people_only(past: Past) -> None:
    past.world.clock.pass_time(20 * HOUR)
    now = past.world.clock()
    ours, theirs = past.asked(DAY, now), past.asked(DAY, now, party="EU")
    assert set(named(past.world, theirs)) == {"uma"}
    assert theirs.others_count == 0
    assert {"uma", "dana", "ida", "ines", "bo", "sys"} <= set(named(past.world, ours))
    assert not {"carl", "eric"} & set(named(past.world, ours))
    assert ours.others_count == len(past.world.people) - len(ours.rows)


def test_a_record_of_another_party_that_none_of_theirs_could_read_looks_like_none(
    world: World,
) -> None:
    past = begin_past(world)
    world.clock.pass_time(HOUR)
    nowhere = replace(past, record_id=RecordId(new_id()))
    for one in (past, nowhere):
        with pytest.raises(NotFound) as told:
            one.asked(DAY, world.clock(), party="EU")
        assert told.value.detail == NotFound().detail
    with pytest.raises(NotFound):
        nowhere.asked(DAY, world.clock())


def test_readings_are_counted_up_to_the_size_asked_for(past: Past) -> None:
    world = past.world
    for _ in range(2):
        read(world, "uma", past.record_id)
    early = At(1, world.sequence())
    world.clock.pass_time(24 * HOUR)
    read(world, "uma", past.record_id)
    late = At(1, world.sequence())
    for at, count in ((early, 2), (late, 3)):
        (row,) = (one for one in past.asked(DAY, world.clock(), at=at).rows if one.name == "Uma")
        assert (row.reads_that_day, row.reads_in_all) == (2, count)
    assert row.last_read_at == world.clock()


def test_what_was_not_kept_is_refused(past: Past) -> None:
    now = past.world.clock()
    for day in (DAY - timedelta(days=1), NEXT):
        with pytest.raises(Invalid):
            past.asked(day, now)


def test_a_second_factor_is_named_where_it_is_needed(world: World) -> None:
    past = begin_past(world)
    high = MarkingInput(markings="TLP:RED", release_to=f"person:{world.people['uma']}")
    with world.work() as work:
        actor = world.actor(work, "ida", steps.MFA)
        said_now = draft_input(marking=high)
        records.amend(work, world.gate, actor, past.version_id, said_now, edition=1)
        records.edit(work, world.gate, actor, past.version_id)
    with world.work() as work:
        actor = world.actor(work, "ida", steps.MFA)
        release.submit(work, world.gate, actor, past.version_id)
    steps.approve(world, past.version_id)
    world.clock.pass_time(HOUR)
    (row,) = (one for one in past.asked(DAY, world.clock()).rows if one.name == "Uma")
    assert row.needs_second_factor


def test_each_moment_is_judged_by_the_policies_of_that_moment(past: Past) -> None:
    world = past.world
    closed = PolicyKeeper(POLICIES).current
    only = {id_: one for id_, one in closed.policies.items() if one.effect == "forbid"}
    nobody = assemble(only.values(), closed.schema, closed.schemes)
    world.clock.pass_time(6 * HOUR)
    with world.work() as work:
        register_policies(work.session, nobody, work.now)
    world.clock.pass_time(HOUR)
    with world.work() as work:
        register_policies(work.session, closed, work.now)
    world.clock.pass_time(30 * HOUR)
    found = past.asked(DAY, world.clock())
    assert found.policy_sets == (closed.version, nobody.version)
    assert named(world, found)["ida"] == "part of the day"
    assert named(world, past.asked(NEXT, world.clock()))["ida"] == "all day"


@pytest.mark.parametrize("sources", ["NULL", "'{}'", "sources"])
def test_policies_that_are_not_kept_whole_are_not_guessed(past: Past, sources: str) -> None:
    """Nor are those that are kept, but do not have the version that was in force."""
    world = past.world
    with world.owner() as session:
        kept = f"SELECT 'old', now(), '{{}}', {sources} FROM policy_sets LIMIT 1"
        session.execute(text(f"INSERT INTO policy_sets {kept}"))
        session.execute(
            text("INSERT INTO policy_loads (policy_set, loaded_at) VALUES ('old', :at)"),
            {"at": world.clock()},
        )
    world.clock.pass_time(2 * HOUR)
    with pytest.raises(Unavailable, match="not kept whole"):
        past.asked(DAY, world.clock())


@pytest.mark.parametrize("table", ["standings", "policy_loads", "policy_sets"])
def test_the_past_is_not_rewritten(world: World, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(ProgrammingError, match="never changed"), world.owner() as session:
            session.execute(text(statement))


def test_a_standing_is_noted_with_each_change_and_with_no_other(world: World) -> None:
    """By each verb of an administrator; files are held to the oracle above."""
    gate, count = world.gate, 0

    def noted() -> int:
        with world.owner() as session:
            return int(session.execute(text("SELECT count(*) FROM standings")).scalar_one())

    ines = world.people["ines"]
    verbs: list[Callable[[Work, Actor], object]] = [
        lambda w, a: changing.admit(w, gate, a, AdmitPerson(email="n@imda.example", name="N")),
        lambda w, a: parties.suspend(w, gate, a, ines),
        lambda w, a: changing.resume(w, gate, a, ines),
        lambda w, a: changing.assign_roles(w, gate, a, ines, AssignRoles(roles=["contributor"])),
        lambda w, a: changing.set_clearance(w, gate, a, ines, SetClearance(clearance="")),
    ]
    before = noted()
    for count, verb in enumerate(verbs, start=1):
        world.clock.pass_time(HOUR)
        with world.work() as work:
            verb(work, world.actor(work, "olga"))
        assert noted() == before + count
    with world.work() as work:
        parties.note_standings(work, world.schemes)
        changing.set_clearance(work, gate, world.actor(work, "olga"), ines, SetClearance())
    assert noted() == before + count
