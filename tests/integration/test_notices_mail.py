"""Notices by mail and as a feed: no more than the channel may carry, once, until one says stop."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app import notices
from app.access import Action, Assurance, Audience, audiences
from app.core.errors import NotFound, TooMany, Unavailable
from app.core.ids import AudienceId, RecordId
from app.core.mail import Mail
from app.labels import Label, PlannedChange
from app.notices import Ceiling, Channel, Choose, Kind, Post, Rhythm, load_ceiling
from app.notices.rhythm import told_before
from app.parties import profile_of
from tests import oracle
from tests.notices_world import (
    BASE,
    MINUTE,
    WORKER,
    Server,
    follow,
    inbox,
    mail,
    post,
    serving_mail,
    states,
    tell,
    tell_followers,
    tell_of,
)
from tests.records_world import marking, released
from tests.strategies import NOW, SCHEMES, labels
from tests.world import NOON, POLICIES, World

UNSUBSCRIBE = re.compile(rf"{BASE}/notices/unsubscribe/([A-Za-z0-9_-]+)")
CARRIED = {
    "tlp:clear",
    "tlp:green",
    "eu:public",
    "eu:commission-use",
    "sg:official-open",
    "sg:official-closed:non-sensitive",
}


@pytest.fixture
def mailing(world: World) -> Iterator[tuple[Server, Post]]:
    with serving_mail(world) as made:
        yield made


def may_be_mailed(label: Label, now: datetime) -> bool:
    """What the shipped ceiling says, marking by marking and caveat by caveat."""
    markings = label.markings
    for change in label.changes:
        if now >= change.at:
            markings = change.markings
    closed = label.not_before is not None and now < label.not_before
    caveats = (label.orcon, label.eyes_only, label.view_only, bool(label.handling), label.terms)
    return not closed and not any(caveats) and {one.key for one in markings} <= CARRIED


@given(label=labels(), now=st.sampled_from([NOW, NOW + timedelta(days=4000)]))
@settings(max_examples=80, deadline=None)
def test_the_ceiling_is_as_it_is_written(label: Label, now: datetime) -> None:
    ceiling = load_ceiling(POLICIES, SCHEMES)
    assert ceiling.carries(SCHEMES, label, now) is may_be_mailed(label, now)


@pytest.mark.parametrize(
    "caveat",
    [
        {"orcon": True},
        {"eyes_only": True},
        {"view_only": True},
        {"handling": "At a desk only"},
        {"terms": frozenset({"data"})},
        {"not_before": NOW + timedelta(days=1)},
    ],
    ids=str,
)
def test_any_caveat_closes_the_channel(caveat: dict[str, Any]) -> None:
    ceiling, green = load_ceiling(POLICIES, SCHEMES), Label((SCHEMES.parse("TLP:GREEN"),))
    assert ceiling.carries(SCHEMES, green, NOW)
    assert not ceiling.carries(SCHEMES, replace(green, **caveat), NOW)
    assert not Ceiling({}).carries(SCHEMES, green, NOW)  # a scheme that is not named


def test_the_channel_opens_with_the_marking_in_force() -> None:
    high, low = SCHEMES.parse("SENSITIVE"), SCHEMES.parse("COMMISSION USE")
    label = Label((high,), changes=(PlannedChange(NOW, (low,)),))
    carries = [
        load_ceiling(POLICIES, SCHEMES).carries(SCHEMES, label, NOW + span)
        for span in (-MINUTE, timedelta(0))
    ]
    assert carries == [False, True]


@pytest.mark.parametrize(
    "said",
    [
        "not toml [",
        'version = "1"',
        'version = "1"\n[highest]\ntlp = "TLP:PURPLE"',
        'version = "1"\n[highest]\neu = "TLP:GREEN"',
        'version = "1"\nelse = 1\n[highest]',
    ],
)
def test_a_ceiling_that_is_not_understood_does_not_load(said: str, tmp_path: Any) -> None:
    with pytest.raises(Unavailable):
        load_ceiling(tmp_path, SCHEMES)
    (tmp_path / "notices.toml").write_text(said)
    with pytest.raises(Unavailable):
        load_ceiling(tmp_path, SCHEMES)


MARKINGS = (
    ("TLP:CLEAR", "public"),
    ("TLP:GREEN", "community"),
    ("TLP:AMBER", "org:eu-ai-office; org:uni-eu"),
    ("TLP:RED", "person:{eric}"),
    ("COMMISSION USE", "community"),
    ("SENSITIVE", "community"),
    ("OFFICIAL (CLOSED) \\ NON-SENSITIVE; TLP:GREEN", "community"),
    ("OFFICIAL (CLOSED) \\ SENSITIVE NORMAL", "community"),
    ("TLP:GREEN", "org:dtc"),
)
CAVEATS: tuple[dict[str, Any], ...] = (
    {"orcon": True},
    {"view_only": True},
    {"handling": "At a desk only"},
    {"not_before": NOON + timedelta(days=9)},
)
LABELS = [*((*one, {}) for one in MARKINGS), *((*MARKINGS[1], one) for one in CAVEATS)]


def audience_of(world: World, record_id: RecordId) -> Audience:
    with world.owner() as session:
        asked = text("SELECT audience_id FROM versions WHERE record_id = :id")
        found = AudienceId(session.execute(asked, {"id": record_id}).scalar_one())
        return audiences(session, [found])[found]


def test_no_mail_or_feed_names_what_it_may_not(world: World, mailing: tuple[Server, Post]) -> None:
    server, posted = mailing
    people = ("eric", "carl", "uma", "bo", "dana", "ines", "abel")
    titles = {}
    for number, (markings, to, caveats) in enumerate(LABELS):
        to = to.format(eric=world.people["eric"])
        made = released(world, title=f"Title-{number}.", marking=marking(markings, to, **caveats))
        titles[f"Title-{number}."] = audience_of(world, made.record_id)
        tell_of(world, made.record_id, *people)
    tokens = {name: feed_token(world, name) for name in people}
    mail(world, posted)
    named = 0
    for name in people:
        with world.work() as work:
            profile = profile_of(
                work.session, world.schemes, world.people[name], Assurance.PASSWORD
            )
        assert profile is not None
        expected = {
            title
            for title, audience in titles.items()
            if oracle.may(world.schemes, profile, Action.READ, audience, world.clock.now)
            and may_be_mailed(audience.label, world.clock.now)
        }
        (letter,) = server.texts(name)
        assert set(re.findall(r"Title-\d+\.", letter)) == expected
        fed = {title for one in feed(world, tokens[name]).entries for title in [one.title]}
        assert {found for one in fed for found in re.findall(r"Title-\d+\.", one)} == expected
        named += len(expected)
        assert len(re.findall(r"/records/[0-9a-f-]{36}", letter)) == len(expected)
        for other in people:
            assert other == name or other.title() not in letter
    assert named
    mailed = [one for one in world.told("notices.mailed") if one["details"]["versions"]]
    assert sum(len(one["details"]["versions"]) for one in mailed) == named


def feed_token(world: World, name: str) -> str:
    with world.work() as work:
        return notices.issue_feed(work, world.actor(work, name), lambda n: name.encode().ljust(n))


def feed(world: World, token: str, known: str = "") -> notices.FeedView:
    with world.work() as work:
        ceiling = load_ceiling(POLICIES, world.schemes)
        return notices.feed(work, world.gate, ceiling, token, known)


def test_what_needs_a_second_factor_is_in_no_mail_or_feed_whatever_the_ceiling(
    world: World, mailing: tuple[Server, Post]
) -> None:
    server, posted = mailing
    red = world.schemes.parse("TLP:RED")
    to = f"person:{world.people['eric']}"
    made = released(world, title="Red one", marking=marking("TLP:RED", to))
    tell_of(world, made.record_id, "eric")
    assert inbox(world, "eric")[0].title == "Red one"
    all_of_it = Ceiling({red.scheme: red})
    mail(world, replace(posted, ceiling=all_of_it))
    with world.work() as work:
        token = notices.issue_feed(work, world.actor(work, "eric"), posted.random_bytes)
        fed = notices.feed(work, world.gate, all_of_it, token)
    assert "Red one" not in server.texts("eric")[0]
    assert "Red one" not in fed.entries[0].title


def test_a_mail_says_how_to_stop_it_and_one_click_does(
    world: World, mailing: tuple[Server, Post]
) -> None:
    server, posted = mailing
    made = released(world, title="Bücher über Prüfungen")
    tell_of(world, made.record_id, "eric")
    tell(world, "eric", kind=Kind.DELEGATED)
    mail(world, posted)
    ((to, message),) = server.taken
    (letter,) = server.texts("eric")
    assert to == "eric@eu-ai-office.example"
    assert message.get_content_type() == "text/plain"
    assert "Bücher über Prüfungen (TLP:GREEN)" in letter
    assert f"{BASE}/records/{made.record_id}\n" in letter
    (token,) = UNSUBSCRIBE.findall(letter)
    assert message["List-Unsubscribe"] == f"<{BASE}/notices/unsubscribe/{token}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"].endswith("<notices.portal.example>")
    with world.owner() as session:
        (kept,) = session.scalars(text("SELECT unsubscribe_hash FROM notice_mails")).all()
    assert token.encode() not in bytes(kept)
    with world.work() as work:
        assert not notices.unsubscribe(work, token[:-1] + ("A" if token[-1] != "A" else "B"))
        assert notices.knows_token(work, token)
    tell(world, "eric")
    mail(world, posted)
    assert len(server.taken) == 2
    with world.work() as work:
        assert notices.unsubscribe(work, token)
        assert notices.unsubscribe(work, token)  # a mail program may ask twice
    tell(world, "eric")
    tell(world, "eric", kind=Kind.DELEGATED)
    mail(world, posted)
    assert len(server.taken) == 2  # both kinds were in that mail
    assert len(inbox(world, "eric")) == 5
    tell(world, "eric", kind=Kind.WITHDRAWN)
    mail(world, posted)
    assert len(server.taken) == 3
    with pytest.raises(NotFound):
        feed(world, token)  # it is good for nothing else


def test_nothing_is_sent_twice_whatever_becomes_of_it(
    world: World, mailing: tuple[Server, Post]
) -> None:
    server, posted = mailing
    server.answers = ["451 later", "250 OK"]
    tell(world, "eric")
    mail(world, posted)
    assert (states(world), server.taken) == (["waiting"], [])
    mail(world, posted)
    assert server.taken == []  # not before its time
    world.clock.pass_time(MINUTE)
    mail(world, posted)
    mail(world, posted)
    assert (states(world), len(server.taken)) == (["sent"], 1)
    server.answers = ["hang up"]
    tell(world, "eric")
    mail(world, posted)
    world.clock.pass_time(timedelta(days=2))
    mail(world, posted)
    assert (states(world), len(server.taken)) == (["sent", "unknown"], 2)


def test_a_worker_that_dies_in_between_leaves_a_mail_that_nobody_sends_again(
    world: World, mailing: tuple[Server, Post]
) -> None:
    class Killed(BaseException):
        pass

    class Dies:
        def send(self, mail: Mail) -> None:
            raise Killed

    tell(world, "eric")
    with pytest.raises(Killed):
        mail(world, post(world, Dies()))
    world.clock.pass_time(timedelta(hours=1))
    mail(world, mailing[1])
    with world.work() as work:
        notices.sweep(work)
    assert (states(world), mailing[0].taken) == (["unknown"], [])
    assert len(inbox(world, "eric")) == 1


def test_a_mail_that_is_refused_again_and_again_is_given_up(world: World) -> None:
    class Refuses:
        asked = 0

        def send(self, mail: Mail) -> None:
            Refuses.asked += 1
            raise Unavailable("no")

    tell(world, "eric")
    for _ in range(40):
        mail(world, post(world, Refuses()))
        world.clock.pass_time(timedelta(hours=4))
    assert (states(world), Refuses.asked) == (["given-up"], 12)


def test_two_workers_do_not_mail_one_notice(world: World, mailing: tuple[Server, Post]) -> None:
    class Meanwhile:
        def send(self, letter: Mail) -> None:
            mail(world, mailing[1])

    tell(world, "eric")
    mail(world, post(world, Meanwhile()))
    assert (mailing[0].taken, states(world)) == ([], ["sent"])


def test_what_is_sent_is_composed_when_it_is_sent(
    world: World, mailing: tuple[Server, Post]
) -> None:
    server, posted = mailing
    made = released(world, title="Was in sight")
    follow(world, "eric", "area", "research")
    tell_followers(world)
    server.answers = ["451 later"]
    mail(world, posted)
    with world.work() as work:
        work.session.execute(
            text("UPDATE agreements SET areas = '{trends}' WHERE organisation = 'eu-ai-office'")
        )
    world.clock.pass_time(MINUTE)
    mail(world, posted)
    assert (server.taken, states(world)) == ([], ["given-up"])
    tell_of(world, made.record_id, "eric")
    mail(world, posted)
    (letter,) = server.texts("eric")
    assert "Was in sight" not in letter
    assert "Something waits for you in Entente" in letter
    with world.work() as work:
        work.session.execute(
            text("UPDATE people SET active = false WHERE id = :id"), {"id": world.people["eric"]}
        )
    tell(world, "eric")
    mail(world, posted)
    assert len(server.taken) == 1  # who is suspended gets none


def test_digests_come_at_their_hour_and_choices_hold(
    world: World, mailing: tuple[Server, Post]
) -> None:
    server, posted = mailing
    with world.work() as work:
        for name, rhythm in (("eric", Rhythm.DAILY), ("uma", Rhythm.WEEKLY)):
            chosen = Choose(rhythm=rhythm, channels={Kind.MENTIONED: Channel.MAIL})
            notices.choose(work, world.actor(work, name), chosen)
    # Noon on a Monday; a release of one's own goes no further than the portal unasked.
    for key in ("1", "2"):
        tell(world, "eric", "uma", "bo", key=key)
    tell(world, "bo", kind=Kind.SUBMISSION_RELEASED)
    mail(world, posted)
    assert [to[:3] for to, _ in server.taken] == ["bo@"]
    world.clock.pass_time(timedelta(hours=17))
    mail(world, posted)
    assert len(server.taken) == 1
    world.clock.pass_time(timedelta(hours=1))
    mail(world, posted)
    assert [to[:4] for to, _ in server.taken] == ["bo@b", "eric"]
    assert server.texts("eric")[0].count("You were mentioned") == 2
    world.clock.pass_time(timedelta(days=6))
    mail(world, posted)
    assert [to[:4] for to, _ in server.taken] == ["bo@b", "eric", "uma@"]
    with world.work() as work:  # who ends a digest ends all of it
        assert notices.unsubscribe(work, UNSUBSCRIBE.findall(server.texts("uma")[0])[0])
    tell(world, "uma", kind=Kind.WITHDRAWN)
    world.clock.pass_time(timedelta(days=7))
    mail(world, posted)
    assert len(server.taken) == 3


@given(st.integers(0, 366 * 24 * 60))
@settings(max_examples=100)
def test_a_digest_is_due_at_six_and_a_weekly_one_on_monday(minutes: int) -> None:
    now = NOON + timedelta(minutes=minutes)
    daily, weekly = told_before(Rhythm.DAILY, now), told_before(Rhythm.WEEKLY, now)
    assert told_before(Rhythm.AT_ONCE, now) == now
    assert (daily.hour, daily.minute) == (weekly.hour, weekly.minute) == (6, 0)
    assert timedelta(0) <= now - daily < timedelta(days=1)
    assert weekly.weekday() == 0
    assert timedelta(0) <= now - weekly < timedelta(days=7)


def test_what_is_long_past_when_mail_begins_is_not_mailed(
    world: World, mailing: tuple[Server, Post]
) -> None:
    tell(world, "eric")
    world.clock.pass_time(timedelta(days=9))
    mail(world, mailing[1])
    assert mailing[0].taken == []


def test_a_feed_is_its_persons_until_its_token_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = released(world, title="In the feed")
    tell_of(world, made.record_id, "eric", "uma")
    token = feed_token(world, "eric")
    with world.owner() as session:
        (kept,) = session.scalars(text("SELECT feed_hash FROM notice_readers")).all()
    assert token.encode() not in bytes(kept)
    view = feed(world, token)
    assert "In the feed" in view.entries[0].title
    assert len(world.told("feed.read")) == 1
    assert feed(world, token, view.tag) == view
    assert len(world.told("feed.read")) == 1  # who has it already is shown nothing
    with world.work() as work:
        again = notices.issue_feed(work, world.actor(work, "eric"), lambda n: b"2" * n)
    for gone in (token, "", token + "x"):
        with pytest.raises(NotFound):
            feed(world, gone)
    monkeypatch.setattr("app.notices.feeds.MOST_READS", 2)
    for _ in range(2):
        feed(world, again)
    with pytest.raises(TooMany):
        feed(world, again)
    world.clock.pass_time(timedelta(hours=1))
    feed(world, again)
    with world.work() as work:
        work.session.execute(
            text("UPDATE people SET active = false WHERE id = :id"), {"id": world.people["eric"]}
        )
    with pytest.raises(NotFound):
        feed(world, again)
    with world.work() as work:
        work.session.execute(text("UPDATE people SET active = true"))
        notices.revoke_feed(work, world.actor(work, "eric"))
    with pytest.raises(NotFound):
        feed(world, again)
    assert [len(world.told(f"feed.{one}")) for one in ("issued", "revoked")] == [2, 1]


def test_only_one_worker_takes_up_what_is_due(world: World) -> None:
    tell(world, "eric")
    seen: list[Mail] = []

    class Keeps:
        def send(self, letter: Mail) -> None:
            seen.append(letter)

    assert notices.mail_next(world.units, world.gate, post(world, Keeps()), origin=WORKER)
    assert not notices.mail_next(world.units, world.gate, post(world, Keeps()), origin=WORKER)
    assert len(seen) == 1
