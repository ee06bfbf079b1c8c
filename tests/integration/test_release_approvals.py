"""Several approvals: of one content, each by another; the last releases, a return voids all."""

from collections.abc import Iterator

import pytest

from app import release
from app.access import Actor, Urgency
from app.core.database import Database
from app.core.errors import Invalid
from app.core.ids import VersionId
from app.core.work import Origin, Work
from app.release import ApprovedAlready, ChangedMeanwhile, OwnWork
from tests.records_world import begin, marking
from tests.release_world import (
    KEYS,
    approve,
    desk,
    give_back,
    review,
    state,
    submit,
    waiting_count,
)
from tests.world import World, make_world

HIGH = marking("RESTRICTED", "party:SG")


@pytest.fixture(scope="module")
def shared(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world for steps that do not disturb each other."""
    made = make_world(module_database, tmp_path_factory.mktemp("approvals"))
    yield made
    made.close()


def test_the_last_of_two_approvals_releases(shared: World) -> None:
    made = begin(shared, "ida", marking=HIGH, title="Two of us")
    submit(shared, made.version_id)
    seen = review(shared, made.version_id, "iris")
    assert (seen.approvals.needed_count, seen.approvals.given) == (2, ())
    assert seen.approvals.could == ("Iris", "Ivan")
    first = approve(shared, made.version_id, "iris", alone=True)
    assert not first.releases
    assert state(shared, made.version_id) == "submitted"
    assert shared.told("record.approved")[-1]["details"]["approval"] == "1 of 2"

    again = review(shared, made.version_id, "ivan")
    assert [one.person.name for one in again.approvals.given] == ["Iris"]
    assert (again.approvals.still_count, again.approvals.could) == (1, ("Ivan",))
    (line,) = [one for one in desk(shared, "ivan").to_decide if one.title == "Two of us"]
    assert [one.name for one in line.approved_by] == ["Iris"]
    (own,) = [one for one in desk(shared, "ida").mine if one.title == "Two of us"]
    assert own.outcome == ""

    last = approve(shared, made.version_id, "ivan", alone=True)
    assert last.releases
    assert state(shared, made.version_id) == "released"
    assert last.statement["approval"] == {
        "number": 2,
        "needed": 2,
        "last": True,
        "earlier": [str(first.id)],
    }
    assert first.content_hash_hex == last.content_hash_hex
    assert "as approval 2 of 2" in release.verify_decision(KEYS, last)


def test_nobody_approves_twice(shared: World) -> None:
    made = begin(shared, "ida", marking=HIGH, title="Once each")
    submit(shared, made.version_id)
    before = waiting_count(shared, "iris")
    approve(shared, made.version_id, "iris", alone=True)
    with pytest.raises(ApprovedAlready):
        approve(shared, made.version_id, "iris", alone=True)
    assert shared.events()[-1] == ("approve.refused", "iris", f"version:{made.version_id}")
    assert waiting_count(shared, "iris") == before - 1
    assert "Once each" in [one.title for one in desk(shared, "iris").for_others]
    assert state(shared, made.version_id) == "submitted"


def test_a_return_voids_what_was_approved(shared: World) -> None:
    made = begin(shared, "ida", marking=HIGH)
    submit(shared, made.version_id)
    approve(shared, made.version_id, "iris", alone=True)
    give_back(shared, made.version_id, "iris")
    submit(shared, made.version_id)
    assert review(shared, made.version_id, "ivan").approvals.given == ()
    assert not approve(shared, made.version_id, "ivan", alone=True).releases
    assert approve(shared, made.version_id, "iris", alone=True).releases


def test_who_wrote_it_is_not_one_of_the_two(shared: World) -> None:
    made = begin(shared, "ivan", marking=HIGH)
    submit(shared, made.version_id, "ida")
    approve(shared, made.version_id, "iris", alone=True)
    with pytest.raises(OwnWork):
        approve(shared, made.version_id, "ivan", alone=True)
    seen = review(shared, made.version_id, "iris")
    assert (seen.approvals.still_count, seen.approvals.could) == (1, ())


def test_what_was_looked_at_before_it_changed_is_not_approved(shared: World) -> None:
    made = begin(shared, "ida", marking=HIGH)
    submit(shared, made.version_id)
    with pytest.raises(ChangedMeanwhile):
        approve(shared, made.version_id, "iris", seen="0" * 64)


def test_what_is_needed_first_comes_first(shared: World) -> None:
    late, soon = begin(shared, title="Whenever"), begin(shared, title="This week")
    today = shared.clock().date()
    submit(shared, late.version_id)
    with shared.work() as work:
        actor = shared.actor(work, "ida")
        with pytest.raises(Invalid) as refused:
            release.submit(work, shared.gate, actor, soon.version_id, needed_by=today)
    assert "needed_why" in refused.value.fields
    with shared.work() as work:
        release.submit(
            work,
            shared.gate,
            shared.actor(work, "ida"),
            soon.version_id,
            needed_by=today,
            needed_why="A meeting.",
        )
    lines = [
        one for one in desk(shared, "iris").to_decide if one.title in ("Whenever", "This week")
    ]
    assert [one.title for one in lines] == ["This week", "Whenever"]
    due = lines[0].due
    assert due is not None
    assert (due.urgency, due.why, due.needed_by) == (Urgency.URGENT, "A meeting.", today)


def chosen(world: World, name: str, seen: dict[VersionId, str]) -> release.BatchReport:
    """Approve several as this person, each as it was seen."""

    def make(work: Work) -> Actor:
        return world.actor(work, name)

    return release.release_chosen(
        world.units, world.gate, make, seen, keys=KEYS, origin=Origin(door="test")
    )


def test_several_are_approved_each_as_it_was_seen(shared: World) -> None:
    plain, high, changed, own = (
        begin(shared, name, title=title, **more)
        for name, title, more in [
            ("ida", "Plain", {}),
            ("ida", "High", {"marking": HIGH}),
            ("ida", "Changed", {}),
            ("iris", "Own", {}),
        ]
    )
    for made in (plain, high, changed, own):
        submit(shared, made.version_id)
    ids = [made.version_id for made in (plain, high, changed, own)]
    with shared.work() as work:
        lines = release.look_together(work, shared.gate, shared.actor(work, "iris"), ids)
    assert [bool(one.why_not) for one in lines] == [False, False, False, True]
    seen = {one.version_id: one.review.seen_hash for one in lines}
    give_back(shared, changed.version_id, "ivan")

    report = chosen(shared, "iris", seen)
    assert report.done == (plain.version_id,)
    assert report.approved == (high.version_id,)
    told = {one.version_id: one.reason for one in report.refused}
    assert "not waiting" in told[changed.version_id]
    assert "You wrote" in told[own.version_id]
    assert [state(shared, one) for one in ids] == ["released", "submitted", "draft", "submitted"]
    assert "changed meanwhile" in chosen(shared, "ivan", {ids[1]: "0" * 64}).refused[0].reason
    with pytest.raises(Invalid):
        chosen(shared, "ivan", {})


def test_a_submission_is_whole_or_not_there(shared: World) -> None:
    made = begin(shared, title="Cut off")
    with pytest.raises(RuntimeError), shared.work() as work:
        release.submit(work, shared.gate, shared.actor(work, "ida"), made.version_id)
        raise RuntimeError("the server stops before the commit")
    assert state(shared, made.version_id) == "draft"
    assert "Cut off" not in [one.title for one in desk(shared, "iris").to_decide]
    submit(shared, made.version_id)
    shared.engine.dispose()  # the server stops after the commit, and another one starts
    assert "Cut off" in [one.title for one in desk(shared, "iris").to_decide]
