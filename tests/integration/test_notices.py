"""Notices in the portal: who is told, once; and what each finds there, by what they may see."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app import notices, parties, records
from app.core.errors import Conflict, Invalid, NotFound
from app.notices import Channel, Choose, Kind, Rhythm
from tests.notices_world import follow, inbox, tell, tell_followers, tell_of
from tests.records_world import GREEN, begin, marking, release, released, withdraw
from tests.release_world import approve, give_back, submit
from tests.world import NOON, World

AMBER_DTC = marking("TLP:AMBER", "org:dtc")


def choose(world: World, name: str, rhythm: Rhythm = Rhythm.AT_ONCE, **channels: Channel) -> None:
    """Have a person choose; kinds are named with underscores."""
    with world.work() as work:
        chosen = {Kind(kind.replace("_", "-")): channel for kind, channel in channels.items()}
        notices.choose(work, world.actor(work, name), Choose(rhythm=rhythm, channels=chosen))


def told(world: World, name: str) -> list[str]:
    return [one.title or one.sentence for one in inbox(world, name)]


def test_of_one_key_a_person_is_told_once_and_of_a_kind_that_is_off_never(world: World) -> None:
    choose(world, "uma", mentioned=Channel.OFF)
    for _ in range(2):
        tell(world, "uma", "eric", key="thread:1")
    tell(world, "eric", key="thread:2")
    assert (len(inbox(world, "uma")), len(inbox(world, "eric"))) == (0, 2)


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "desk"])
def test_a_notice_leads_to_a_page_of_the_portal(world: World, path: str) -> None:
    with pytest.raises(ValueError, match="page"):
        tell(world, "uma", path=path)


def test_a_title_is_looked_up_for_who_reads_and_the_log_says_which(world: World) -> None:
    open_, closed = released(world, title="Open"), released(world, title="Shut", marking=AMBER_DTC)
    tell_of(world, open_.record_id, "eric", "dana")
    tell_of(world, closed.record_id, "eric", "dana")
    assert [one.title for one in inbox(world, "dana")] == ["Shut", "Open"]
    gone, seen = inbox(world, "eric")
    assert (seen.title, seen.gone, seen.path) == ("Open", False, f"/records/{open_.record_id}")
    assert gone.gone
    assert (gone.title, gone.reference, gone.path, gone.marking) == ("", "", "", None)
    assert "no longer" in gone.sentence
    entry = world.told("notices.listed")[-1]
    assert entry["details"]["versions"] == [str(open_.version_id)]


def test_ones_own_request_stands_though_its_record_is_out_of_sight(world: World) -> None:
    closed = released(world, title="Shut", marking=AMBER_DTC)
    path = "/requests/1"
    tell(world, "eric", kind=Kind.REQUEST_ANSWERED, path=path, record_id=closed.record_id)
    (notice,) = inbox(world, "eric")
    assert (notice.sentence, notice.path) == ("A request of yours was answered.", path)
    assert (notice.title, notice.reference, notice.gone) == ("", "", False)


def test_what_was_withdrawn_since_keeps_only_its_reference(world: World) -> None:
    made = released(world, title="Soon gone")
    tell_of(world, made.record_id, "eric")
    withdraw(world, made.version_id)
    (notice,) = inbox(world, "eric")
    assert (notice.title, notice.gone) == ("", False)
    assert notice.reference.startswith("ENT-")


def test_the_unread_stand_first_and_are_counted(world: World) -> None:
    for number in range(30):
        tell(world, "uma", key=str(number))
        world.clock.pass_time(timedelta(minutes=1))
    tell(world, "eric")
    first = inbox(world, "uma")
    assert len(first) == 25
    with world.work() as work:
        uma = world.actor(work, "uma")
        assert notices.open_notice(work, uma, first[0].id) == "/desk"
        assert notices.unread_count(work, uma) == 29
        page = notices.inbox(work, world.gate, uma)
        rest = notices.inbox(work, world.gate, uma, page.next_cursor or "")
        shown = [*page.items, *rest.items]
        assert shown[-1].id == first[0].id
        assert len({one.id for one in shown}) == 30
        with pytest.raises(Invalid):
            notices.inbox(work, world.gate, uma, "nonsense")
        notices.mark_all_read(work, uma)
        assert notices.unread_count(work, uma) == 0
        eric = world.actor(work, "eric")
        assert notices.unread_count(work, eric) == 1
        with pytest.raises(NotFound):
            notices.open_notice(work, eric, first[0].id)


WAYS = {
    "organisation": "imda",
    "area": "research",
    "search": "q=found&kind=research",
}


@pytest.mark.parametrize("subject", WAYS)
def test_followers_are_told_of_what_they_may_see_and_once(world: World, subject: Any) -> None:
    for name in ("eric", "dana", "ivan"):
        follow(world, name, subject, WAYS[subject])
    follow(world, "carl", "area", "trends")
    closed = released(world, title="Shut", marking=AMBER_DTC)
    opened = released(world, title="Open")
    tell_followers(world)
    assert told(world, "eric") == ["Open"]
    assert sorted(told(world, "dana")) == ["Open", "Shut"]
    assert told(world, "ivan") == []  # who released it knows
    assert told(world, "carl") == []
    with world.owner() as session:
        assert session.scalar(text("SELECT count(*) FROM releases_to_tell")) == 0
        for one in (closed, opened):
            session.execute(
                text("INSERT INTO releases_to_tell VALUES (:id, :at)"),
                {"id": one.version_id, "at": NOON},
            )
    tell_followers(world)  # as after a worker that died before it was done
    assert told(world, "eric") == ["Open"]


def test_of_a_record_one_hears_when_it_has_another_version(world: World) -> None:
    made = released(world)
    world.clock.pass_time(timedelta(seconds=1))
    follow(world, "eric", "record", str(made.record_id))
    tell_followers(world)
    assert inbox(world, "eric") == []  # what was there before is no news
    with world.work() as work:
        again = records.revise(work, world.gate, world.actor(work, "ida"), made.record_id)
    release(world, again.version_id)
    released(world, title="Another")
    tell_followers(world)
    assert len(inbox(world, "eric")) == 1


def test_who_follows_in_many_ways_hears_once(world: World) -> None:
    for subject in ("organisation", "area", "search"):
        follow(world, "eric", subject, WAYS[subject])
    released(world)
    tell_followers(world)
    assert len(inbox(world, "eric")) == 1


def test_a_follower_hears_by_what_they_may_see_at_that_moment(world: World) -> None:
    follow(world, "eric", "area", "research")
    released(world)
    with world.work() as work:
        work.session.execute(
            text("UPDATE people SET active = false WHERE id = :id"), {"id": world.people["eric"]}
        )
    tell_followers(world)
    with world.owner() as session:
        assert session.scalar(text("SELECT count(*) FROM notices")) == 0


def test_what_opens_later_is_told_when_it_opens(world: World) -> None:
    follow(world, "eric", "area", "research")
    later = NOON + timedelta(days=3)
    released(world, title="Embargoed", marking=marking(GREEN, "community", not_before=later))
    tell_followers(world)
    assert told(world, "eric") == []
    world.clock.pass_time(timedelta(days=3))
    tell_followers(world)
    assert told(world, "eric") == ["Embargoed"]


def test_a_version_that_was_withdrawn_before_it_was_told_of_is_not(world: World) -> None:
    follow(world, "eric", "area", "research")
    made = released(world)
    withdraw(world, made.version_id)
    tell_followers(world)
    assert told(world, "eric") == []


def test_what_is_out_of_sight_cannot_be_followed(world: World) -> None:
    draft = begin(world)
    for value in (str(draft.record_id), "nonsense"):
        with pytest.raises(NotFound):
            follow(world, "eric", "record", value)
    for subject, value in (("area", "nowhere"), ("organisation", "nobody"), ("search", "year=x")):
        with pytest.raises(Invalid):
            follow(world, "eric", subject, value)
    release(world, draft.version_id)
    follow(world, "eric", "record", str(draft.record_id))


def test_what_an_earlier_portal_kept_keeps_nobody_from_hearing(world: World) -> None:
    for name in ("dana", "eric"):
        follow(world, name, "search", "q=found")
        tell(world, name)
    with world.owner() as session:
        session.execute(
            text(
                "UPDATE subscriptions SET value = 'kind=no-more' WHERE NOT EXISTS"
                " (SELECT FROM people p WHERE p.id = person_id AND p.email LIKE 'eric@%')"
            )
        )
        session.execute(text("UPDATE notices SET kind = 'no-more'"))
    released(world, title="Heard")
    tell_followers(world)
    assert told(world, "eric") == ["Heard"]
    assert told(world, "dana") == []


def test_following_is_ones_own_and_has_an_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(world, "eric", "area", "research")
    follow(world, "eric", "area", "research")
    with world.work() as work:
        eric = world.actor(work, "eric")
        (one,) = notices.settings(work, world.gate, eric).subscriptions
        assert (one.subject, one.value) == ("area", "research")
        with pytest.raises(NotFound):
            notices.leave(work, world.actor(work, "uma"), one.id)
        notices.leave(work, eric, one.id)
        assert not notices.settings(work, world.gate, eric).subscriptions
    monkeypatch.setattr("app.notices.following.MOST", 1)
    follow(world, "eric", "area", "research")
    with pytest.raises(Conflict):
        follow(world, "eric", "area", "trends")


def test_of_an_erased_person_nothing_is_kept(world: World) -> None:
    tell(world, "ines")
    follow(world, "ines", "search", "q=private+words")
    choose(world, "ines")
    with world.work() as work:
        parties.erase(work, world.gate, world.actor(work, "olga"), world.people["ines"], "asked")
    tables = ("notices", "notice_mails", "notice_readers", "notice_choices", "subscriptions")
    with world.owner() as session:
        for table in tables:
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_what_is_old_is_removed(world: World) -> None:
    for key in ("read", "unread"):
        tell(world, "eric", key=key)
    with world.work() as work:
        notices.open_notice(work, world.actor(work, "eric"), inbox(world, "eric")[0].id)
    for days, left in ((89, 2), (2, 1), (320, 0)):
        world.clock.pass_time(timedelta(days=days))
        with world.work() as work:
            notices.sweep(work)
        assert len(inbox(world, "eric")) == left


def test_what_waited_at_a_page_is_no_news_once_it_is_done(world: World) -> None:
    page = "/desk/7"
    for kind, key in ((Kind.SUBMISSION_WAITS, "one"), (Kind.SUBMISSION_RETURNED, "two")):
        tell(world, "uma", "eric", kind=kind, path=page, key=key)
    tell(world, "uma", kind=Kind.SUBMISSION_WAITS, path="/desk/8")
    with world.work() as work:
        notices.settle(work, page, [world.people["uma"]])
    assert _new(world, "eric") == [(Kind.SUBMISSION_RETURNED, page), (Kind.SUBMISSION_WAITS, page)]
    assert _new(world, "uma") == [
        (Kind.SUBMISSION_WAITS, "/desk/8"),
        (Kind.SUBMISSION_RETURNED, page),
    ]
    with world.work() as work:
        notices.settle(work, page)
    assert _new(world, "eric") == [(Kind.SUBMISSION_RETURNED, page)]
    tell(world, "eric", kind=Kind.SUBMISSION_WAITS, path=page, key="one")  # it waits again
    assert len(_new(world, "eric")) == 2
    with world.owner() as session:
        mail = text("SELECT mail FROM notices WHERE read_at IS NOT NULL")
        assert set(session.scalars(mail)) == {"none"}


def test_a_decided_submission_waits_for_nobody(world: World) -> None:
    made = begin(world, title="Decide on me")
    submit(world, made.version_id)
    assert _new(world, "iris") == _new(world, "ivan") != []
    give_back(world, made.version_id, "ivan", "Once more.")
    assert _new(world, "iris") == _new(world, "ivan") == []
    submit(world, made.version_id)
    assert len(_new(world, "iris")) == 1
    approve(world, made.version_id, "ivan")
    assert _new(world, "iris") == []


def test_a_moment_is_spelled_in_the_clock_of_who_reads(world: World) -> None:
    said = {"day": "2026-12-08T16:37:00+00:00"}
    tell(world, "ida", "eric", kind=Kind.GRANT_ENDS, said=said)
    tell(world, "ida", kind=Kind.GRANT_ENDS, said={"day": "2026-12-08"})
    ends = "An access that was granted to you ends on"
    assert told(world, "ida") == [
        f"{ends} 8 December 2026.",
        f"{ends} 9 December 2026, 00:37 SGT.",
    ]
    assert told(world, "eric") == [f"{ends} 8 December 2026, 17:37 CET."]


def _new(world: World, name: str) -> list[tuple[Kind, str]]:
    return [(one.kind, one.path) for one in inbox(world, name) if one.read_at is None]
