"""What is coming: to whom it is shown, and who is told of it beforehand, once."""

from datetime import date, timedelta

from sqlalchemy import text

from app import agenda, conversation, records
from app.agenda import Coming, Matter
from app.conversation import Say, StartThread
from app.core.ids import RecordId, ThreadId
from app.membership import load_review_rules
from app.records import ChangeInput, DraftView
from tests.records_world import marking, released, section
from tests.world import NOON, POLICIES, World

RULES = load_review_rules(POLICIES)
DAY = timedelta(days=1)
SOON = NOON + 20 * DAY
YEAR = 366 * DAY


def coming(world: World, name: str, span: timedelta = 90 * DAY) -> list[Coming]:
    with world.work() as work:
        actor = world.actor(work, name)
        return agenda.upcoming(work, world.gate, RULES, actor, work.now + span)


def said(found: list[Coming]) -> list[tuple[Matter, str]]:
    return [(one.matter, one.what) for one in found]


def told(world: World) -> set[tuple[str, str, str]]:
    """Who was told what, by which key's days."""
    with world.work() as work:
        agenda.tell(work, world.gate, RULES)
    names = {person: name for name, person in world.people.items()}
    with world.owner() as session:
        rows = session.execute(
            text("SELECT person_id, kind, key FROM notices WHERE key LIKE 'date:%'")
        ).all()
    return {
        (names[row.person_id], row.key.split(":")[1], row.key.rsplit(":", 1)[1]) for row in rows
    }


def grant(world: World, name: str, record_id: RecordId) -> None:
    with world.work() as work:
        actor = world.actor(work, "iris")
        records.grant(
            work, world.gate, actor, record_id, [world.people[name]], SOON, longest=30 * DAY
        )


def ask(world: World, name: str, made: DraftView, due_on: date) -> ThreadId:
    """Ask the owner something about the last section, which fewer people read."""
    with world.owner() as session:
        asked = text("SELECT id FROM portions WHERE version_id = :id AND heading = 'Few'")
        portion = session.scalar(asked, {"id": made.version_id})
    with world.work() as work:
        command = StartThread(
            kind="information-request",
            body="Is this so?",
            addressee="imda",
            due_on=due_on,
            portion_id=portion,
        )
        actor = world.actor(work, name)
        return conversation.start(work, world.gate, actor, made.version_id, command)


def test_each_sees_what_comes_of_what_they_see(world: World) -> None:
    falling = marking("TLP:AMBER", "org:dtc", changes=[ChangeInput(at=SOON, to="TLP:GREEN")])
    own = marking("TLP:RED", "", changes=[ChangeInput(at=SOON - DAY)])
    made = released(
        world, marking=falling, sections=[section("Own", own=own)], review_by=SOON.date()
    )
    later = released(world, marking=marking(not_before=SOON + DAY), title="Later")

    whole = (Matter.CHANGE, "Marked TLP:GREEN from then on")
    assert said(coming(world, "dana")) == [whole]
    assert said(coming(world, "uma")) == []
    assert said(coming(world, "ida")) == [
        (Matter.CHANGE, "A part is marked TLP:CLEAR from then on"),
        (Matter.REVIEW, "Look whether it still holds"),
        whole,
        (Matter.EMBARGO, "Opens to whom it is released"),
    ]
    (one,) = coming(world, "dana")
    assert (one.title, one.path) == ("On evaluations", f"/records/{made.record_id}")
    assert one.marking and one.marking.text == "TLP:AMBER"
    entry = world.told("calendar.shown")[-1]
    assert entry["details"]["shown"] == [str(made.record_id)]
    assert entry["markings"] == ["TLP:AMBER"]
    assert said(coming(world, "dana", 5 * DAY)) == []
    world.clock.now = SOON
    assert later.reference not in {one.reference for one in coming(world, "uma")}


def test_the_end_of_a_grant_is_shown_to_who_has_it_and_to_who_gave_it(world: World) -> None:
    made = released(world, marking=marking("TLP:RED", ""))
    grant(world, "uma", made.record_id)
    assert said(coming(world, "uma")) == [(Matter.GRANT, "Your access ends")]
    given = "The access of Uma, A university in the EU, ends"
    assert said(coming(world, "iris")) == [(Matter.GRANTED, given)]
    assert said(coming(world, "ines")) == said(coming(world, "bo")) == []


def test_the_end_of_an_agreement_is_for_its_organisation_and_its_sponsor(world: World) -> None:
    world.clock.now = NOON + 390 * DAY
    own = "Your organisation’s agreement ends, and with it all access"
    sponsored = "The agreement of A university in the EU ends, and with it all access"
    assert said(coming(world, "uma")) == [(Matter.AGREEMENT, own)]
    assert (Matter.AGREEMENT, sponsored) in said(coming(world, "emil"))
    assert said(coming(world, "eric")) == [(Matter.AGREEMENT, own)]
    assert (Matter.AGREEMENT, sponsored) not in said(coming(world, "iris"))


def test_people_are_told_thirty_days_a_week_and_a_day_before_each_once(world: World) -> None:
    falling = marking("TLP:AMBER", "org:dtc", changes=[ChangeInput(at=NOON + 40 * DAY)])
    released(world, marking=falling, review_by=(NOON + 40 * DAY).date())
    assert told(world) == set()
    world.clock.now = NOON + 11 * DAY
    month = {
        *(("ida", what, "30") for what in ("change", "review")),
        *(("ivan", what, "30") for what in ("change", "review")),
        *(("iris", what, "30") for what in ("change", "review")),
    }
    assert told(world) == month
    assert told(world) == month
    # Whoever was away for a week is told of the nearest day alone.
    world.clock.now = NOON + 39 * DAY + timedelta(hours=1)
    day = {(name, what, "1") for name, what, _ in month}
    assert told(world) == month | day
    world.clock.now = NOON + 41 * DAY
    assert told(world) == month | day


def test_who_has_a_grant_and_who_gave_it_are_told_of_its_end(world: World) -> None:
    made = released(world, marking=marking("TLP:RED", ""))
    grant(world, "uma", made.record_id)
    assert told(world) == {
        ("uma", "grant", "30"),
        ("iris", "granted", "30"),
        ("ivan", "granted", "30"),
    }
    with world.owner() as session:
        kept = session.execute(text("SELECT said::text FROM notices")).scalars()
        assert all("On evaluations" not in one for one in kept)


def test_a_request_for_information_is_due_to_who_is_asked_and_sees_it(world: World) -> None:
    few = marking("TLP:AMBER", "org:uni-eu")
    made = released(world, sections=[section("Few", own=few)])
    thread = ask(world, "uma", made, due_on=(NOON + 5 * DAY).date())
    told_of = {(name, "information", "7") for name in ("ida", "ivan", "iris")}
    assert said(coming(world, "ida")) == [
        (Matter.INFORMATION, "Your organisation is to answer a request")
    ]
    assert coming(world, "ida")[0].path == f"/threads/{thread}"
    for other in ("uma", "ines", "dana", "eric"):
        assert said(coming(world, other)) == []
    assert told(world) == told_of
    with world.work() as work:
        command = Say(body="Yes.", answers=True)
        conversation.say(work, world.gate, world.actor(work, "ida"), thread, command)
    assert said(coming(world, "ida")) == []
    world.clock.now = NOON + 4 * DAY
    assert told(world) == told_of


def test_a_review_of_access_ends_for_who_has_to_answer(world: World) -> None:
    # The first of April: everybody was there before. It ends four weeks later.
    world.clock.now = NOON + 30 * DAY
    ends = "Whoever is unanswered in the review of access is suspended"
    assert said(coming(world, "olga")) == [(Matter.ACCESS_REVIEW, ends)]
    assert said(coming(world, "ida")) == []
    assert told(world) == set()
    world.clock.now = NOON + 57 * DAY
    of_imda = {one for one in told(world) if one[0] in ("olga", "iris", "ivan", "ida", "ines")}
    assert of_imda == {(name, "access-review", "1") for name in ("olga", "iris", "ivan")}
