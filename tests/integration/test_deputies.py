"""Who stands in for a release authority: within the window, in their organisation, no further."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from app import parties, release
from app.access import Role
from app.core.database import Database
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from app.core.ids import PersonId
from app.parties import DelegationView, NameDeputy
from app.release import OwnWork
from tests import changing
from tests.records_world import begin, marking
from tests.release_world import approve, desk, review, state, submit, waiting_count
from tests.world import World, make_world

HIGH = marking("RESTRICTED", "party:SG")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def shared(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world for steps that do not disturb each other."""
    made = make_world(module_database, tmp_path_factory.mktemp("deputies"))
    yield made
    made.close()


def name(
    world: World, deputy: str = "ines", by: str = "iris", days: int = 7, later: int = 0
) -> DelegationView:
    """Have somebody stand in for so many days, from today or some days later."""
    first = world.clock().date() + later * DAY
    with world.work() as work:
        command = NameDeputy(
            deputy=world.people[deputy],
            since=first if later else None,
            until=first + (days - 1) * DAY,
            reason="On leave.",
        )
        return release.name_deputy(work, world.gate, world.actor(work, by), command)


def revoke(world: World, made: DelegationView, by: str = "iris") -> None:
    """End it."""
    with world.work() as work:
        release.revoke_deputy(work, world.gate, world.actor(work, by), made.id)


def holds(world: World, who: str) -> bool:
    """Whether this person holds release authority now."""
    with world.work() as work:
        return Role.RELEASE_AUTHORITY in world.actor(work, who).profile.roles


def set_active(world: World, who: str, *, active: bool) -> None:
    """Suspend a person or let them take part again, as their administrator does."""
    verb = changing.resume if active else parties.suspend
    with world.work() as work:
        verb(work, world.gate, world.actor(work, "olga"), world.people[who])


def test_a_deputy_decides_within_the_window_and_it_is_told_for_whom(world: World) -> None:
    made = begin(world)
    submit(world, made.version_id)
    named = name(world, later=2)
    assert (named.deputy, named.state) == ("Ines", "coming")
    assert not holds(world, "ines")
    with pytest.raises(Refused):
        approve(world, made.version_id, "ines", alone=True)

    world.clock.pass_time(2 * DAY)
    assert holds(world, "ines")
    assert waiting_count(world, "ines") == 1
    decided = approve(world, made.version_id, "ines", alone=True)
    assert decided.for_whom is not None
    assert decided.for_whom.name == "Iris"
    assert state(world, made.version_id) == "released"
    assert decided.statement["for"] == str(world.people["iris"])
    assert world.told("record.released")[-1]["details"]["for"] == str(world.people["iris"])

    world.clock.pass_time(7 * DAY)
    assert not holds(world, "ines")


def test_a_deputy_is_told_and_told_again_when_it_is_ended_early(shared: World) -> None:
    before = notices_of(shared)
    revoke(shared, name(shared))
    told = notices_of(shared)[len(before) :]
    assert told == [("ines", "delegated", "/desk/away"), ("ines", "delegation-ended", "/desk/away")]


def notices_of(world: World) -> list[tuple[str, str, str]]:
    """Who was told what, and where it leads, in the order in which it was told."""
    names = {person: short for short, person in world.people.items()}
    with world.owner() as session:
        rows = session.execute(text("SELECT person_id, kind, path FROM notices ORDER BY id")).all()
    return [(names[row.person_id], row.kind, row.path) for row in rows]


def test_a_deputy_never_approves_for_whom_it_is_the_own_work(shared: World) -> None:
    named = name(shared)
    theirs, others = begin(shared, "iris"), begin(shared, "ida")
    submit(shared, theirs.version_id, "ida")
    submit(shared, others.version_id, "iris")
    for made in (theirs, others):
        with pytest.raises(OwnWork, match="stand in"):
            approve(shared, made.version_id, "ines", alone=True)
        approve(shared, made.version_id, "ivan", alone=True)
    revoke(shared, named)


def test_the_one_away_and_their_deputy_are_one_approval(shared: World) -> None:
    named = name(shared)
    made = begin(shared, "ida", marking=HIGH)
    submit(shared, made.version_id)
    assert review(shared, made.version_id, "iris").approvals.could == ("Ines", "Iris", "Ivan")
    approve(shared, made.version_id, "iris", alone=True)
    assert review(shared, made.version_id, "ivan").approvals.could == ("Ivan",)
    with pytest.raises(OwnWork):
        approve(shared, made.version_id, "ines", alone=True)
    assert made.version_id in [one.version_id for one in desk(shared, "ines").for_others]
    approve(shared, made.version_id, "ivan", alone=True)
    assert state(shared, made.version_id) == "released"
    revoke(shared, named)


def test_a_deputy_hands_nothing_on(shared: World) -> None:
    named = name(shared)
    with pytest.raises(Forbidden, match="hand that on"):
        name(shared, "ida", by="ines")
    assert shared.events()[-1][:2] == ("name-deputy.refused", "ines")
    with pytest.raises(NotFound):
        revoke(shared, named, "ivan")
    revoke(shared, named)
    assert not holds(shared, "ines")
    with pytest.raises(Conflict):
        revoke(shared, named)


@pytest.mark.parametrize(
    ("deputy", "field"),
    [("abel", "deputy"), ("sys", "deputy"), ("olga", "deputy"), ("ivan", "deputy"),
     ("iris", "deputy"), ("ella", "deputy")],
)  # fmt: skip
def test_only_a_colleague_with_content_stands_in(shared: World, deputy: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        name(shared, deputy)
    assert field in refused.value.fields


def test_the_window_has_an_end_that_is_not_far(shared: World) -> None:
    for days in (91, 0, -3):
        with pytest.raises(Invalid) as refused:
            name(shared, days=days)
        assert "until" in refused.value.fields
    with pytest.raises(Invalid):
        name(shared, later=-2)
    for who in ("ida", "ines", "olga", "abel"):
        with pytest.raises(Forbidden):
            name(shared, "ines" if who != "ines" else "ida", by=who)
    revoke(shared, name(shared, days=90))


@pytest.mark.parametrize("suspended", ["iris", "ines"])
def test_it_ends_when_either_is_suspended_and_does_not_come_back(
    shared: World, suspended: str
) -> None:
    name(shared)
    assert holds(shared, "ines")
    set_active(shared, suspended, active=False)
    assert not holds(shared, "ines")
    set_active(shared, suspended, active=True)
    assert not holds(shared, "ines")


def test_how_a_deputy_stood_is_kept_for_a_later_question(shared: World) -> None:
    before = shared.clock()
    revoke(shared, name(shared))
    with shared.work() as work:
        found = parties.standings_between(
            work.session, before - DAY, shared.clock() + timedelta(seconds=1)
        )
    ines: PersonId = shared.people["ines"]
    lent = [len(one.profile.delegations) for one in found if one.person == ines]
    assert 1 in lent
    assert lent[-1] == 0
