"""Alerts: found once in what is new, told to the party they concern, mailed until it is taken."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit import alerts
from app.audit.alerts import Acknowledge, AlertKind, AlertMail, AlertView
from app.audit.thresholds import Thresholds, load_thresholds
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import AlertId, new_id
from app.core.journal import Event
from app.log import LogState, WitnessState
from tests.records_world import begin, marking, read, release, released
from tests.reviewing_world import signed
from tests.world import NOON, POLICIES, World

SHIPPED = load_thresholds(POLICIES)
LOW = SHIPPED.model_copy(
    update={
        "alarms": SHIPPED.alarms.model_copy(
            update={"documents": 3, "out_of_hours_documents": 3, "refusals": 3, "factor": 2}
        )
    }
)
BUSINESS = NOON - timedelta(hours=4)  # 16:00 in Singapore, 9:00 in Brussels, on a Monday


def look(world: World, thresholds: Thresholds = LOW) -> None:
    """Look for findings as the worker does, for both parties, until nothing is new."""
    signed(world)
    for party in ("SG", "EU"):
        more = True
        while more:
            with world.work() as work:
                more = alerts.look(work, party, thresholds, world.gate.keeper.current)


def listed(world: World, name: str = "abel") -> list[AlertView]:
    with world.work() as work:
        return list(alerts.alerts(work, world.gate, world.actor(work, name)).open)


def burst(world: World, name: str, count: int) -> None:
    """Have somebody open so many records of imda, each a few seconds after the other."""
    for number in range(count):
        made = released(world, title=f"R{number}", marking=marking("TLP:GREEN", "community"))
        world.clock.pass_time(timedelta(seconds=5))
        read(world, name, made.record_id)


@pytest.fixture
def day(world: World) -> World:
    """A working day in both places."""
    world.clock.now = BUSINESS
    return world


def test_a_burst_is_told_once_to_each_party_that_it_concerns(day: World) -> None:
    burst(day, "uma", 4)
    look(day)
    for name in ("abel", "aude"):  # the records are Singapore's, the reader is sponsored by the EU
        (found,) = [one for one in listed(day, name) if one.kind is AlertKind.BULK_READING]
        assert found.sentence == "4 documents in 15 seconds; this person's median is 0"
        assert found.person == str(day.people["uma"])
        assert found.person_name == "Uma"
        assert found.entry_count == len(found.entries) == 4
    burst(day, "uma", 2)
    look(day)
    look(day)
    assert len([one for one in listed(day) if one.kind is AlertKind.BULK_READING]) == 1
    assert len(day.told("alert.raised")) == 2


def test_a_party_is_not_told_of_what_does_not_concern_it(day: World) -> None:
    burst(day, "bo", 4)
    look(day)
    assert len(listed(day, "abel")) == 1
    assert listed(day, "aude") == []
    (told,) = day.told("alert.raised")
    assert set(told["organisations"]) == {"imda", "biz-sg"}


def test_a_burst_is_counted_in_what_a_party_sees(day: World) -> None:
    burst(day, "eric", 2)
    for number in range(2):
        theirs = begin(day, "ella", title=f"T{number}", marking=marking("TLP:GREEN", "party:EU"))
        release(day, theirs.version_id, by="emil", name="ella")
        read(day, "eric", theirs.record_id)
    look(day)
    assert [one.facts["documents"] for one in listed(day, "aude")] == [4]
    assert listed(day, "abel") == []


def test_a_damaged_file_is_told_to_the_party_that_it_concerns(day: World) -> None:
    with day.work() as work:
        concerned = frozenset({"imda", "biz-sg"})
        work.record(Event("attachment.damaged", subject="attachment:1", organisations=concerned))
    look(day)
    assert [one.kind for one in listed(day, "abel")] == [AlertKind.DAMAGED_ATTACHMENT]
    assert listed(day, "aude") == []


def test_the_own_median_is_counted_before_the_burst(day: World) -> None:
    burst(day, "uma", 2)
    day.clock.pass_time(timedelta(hours=1))
    burst(day, "uma", 3)
    look(day)
    assert listed(day) == []  # 3 < 2 * 2
    day.clock.pass_time(timedelta(hours=1))
    burst(day, "uma", 4)
    look(day)
    (found,) = listed(day)
    assert found.facts["median"] == 2


def test_only_what_is_new_is_looked_at(day: World) -> None:
    burst(day, "uma", 4)
    look(day, SHIPPED)
    assert listed(day) == []
    look(day, LOW)  # what was looked at is not looked at again
    assert listed(day) == []


def test_what_is_long_past_is_no_news(day: World) -> None:
    burst(day, "uma", 4)
    day.clock.pass_time(timedelta(days=8))
    look(day)
    assert listed(day) == []


def test_out_of_hours_is_by_the_clock_of_the_readers_party(world: World) -> None:
    world.clock.now = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)  # 22:00 in Brussels
    burst(world, "eric", 3)
    look(world)
    kinds = {one.kind: one for one in listed(world, "aude")}
    assert "22:00" in kinds[AlertKind.OUT_OF_HOURS].sentence


def test_refusals_in_a_row(day: World) -> None:
    hidden = released(day, marking=marking("TLP:AMBER", "org:dtc"))
    for _ in range(3):
        with pytest.raises(NotFound):
            read(day, "uma", hidden.record_id)
    look(day)
    (found,) = listed(day)
    assert found.kind is AlertKind.REFUSALS
    assert found.sentence.startswith("3 refusals in a row")


def test_failed_sign_ins_to_one_account(day: World) -> None:
    subject = f"person:{day.people['ida']}"
    with day.work() as work:
        for _ in range(6):
            organisations = frozenset({"imda"})
            work.record(
                Event(
                    "sign-in.refused", subject=subject, organisations=organisations, decision="deny"
                )
            )
    look(day)
    (found,) = listed(day)
    assert found.sentence == "6 failed sign-ins to one account within 1 second"
    assert (found.person_name, found.organisation_name) == (
        "Ida",
        "Infocomm Media Development Authority",
    )
    assert listed(day, "aude") == []


def test_what_a_suspended_person_opened_is_told(day: World) -> None:
    """The portal lets nobody do this: the entries are as a broken portal would write them."""
    made = released(day, marking=marking("TLP:GREEN", "community"))
    uma = str(day.people["uma"])
    with day.work() as work:
        concerned = frozenset({"uni-eu"})
        work.record(Event("person.suspended", subject=f"person:{uma}", organisations=concerned))
    day.clock.pass_time(timedelta(minutes=1))
    with day.work() as work:
        audience = work.session.execute(text("SELECT min(id) FROM audiences")).scalar_one()
        work.record(
            Event(
                "record.read",
                subject=f"record:{made.record_id}",
                record=made.record_id,
                actor=uma,
                organisation="uni-eu",
                organisations=frozenset({"uni-eu", "imda"}),
                decision="allow",
                audience=audience,
            )
        )
    look(day)
    (found,) = listed(day, "aude")
    assert found.kind is AlertKind.AFTER_THE_END
    assert "suspended" in found.sentence


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (Event("attachment.damaged", subject="attachment:1"), AlertKind.DAMAGED_ATTACHMENT),
        (Event("log.witness-refused", subject="witness:w"), AlertKind.WITNESS_REFUSES),
    ],
)
def test_what_is_told_whenever_it_happens(day: World, event: Event, kind: AlertKind) -> None:
    with day.work() as work:
        work.record(event)
    look(day)
    for name in ("abel", "aude"):
        assert [one.kind for one in listed(day, name)] == [kind]


def test_many_roles_by_one_administrator(day: World) -> None:
    with day.work() as work:
        for name in ("ida", "ivan", "iris", "ines", "abel"):
            work.record(
                Event(
                    "person.roles-assigned",
                    subject=f"person:{day.people[name]}",
                    actor=str(day.people["olga"]),
                    organisation="imda",
                    organisations=frozenset({"imda"}),
                    decision="allow",
                )
            )
    look(day)
    (found,) = listed(day)
    assert found.sentence.startswith("One administrator assigned roles to 5 people")


def test_the_log_itself_is_watched(day: World) -> None:
    burst(day, "uma", 1)
    size = signed(day).size
    quiet = WitnessState("w", "w+1+AA", 5, day.clock(), late=False)
    state = LogState(
        log=1,
        origin="log.example/log/2026",
        size=size,
        signed_size=size,
        signed_at=day.clock(),
        published_size=size,
        unsequenced=7,
        oldest_unsequenced_at=day.clock(),
        vkeys=(),
        witnesses=(quiet,),
        policy_met=True,
    )

    def watched() -> list[AlertKind]:
        with day.work() as work:
            alerts.look_at_the_log(work, "SG", LOW, state)
        return sorted(one.kind for one in listed(day))

    assert watched() == []
    day.clock.pass_time(timedelta(minutes=12))
    expected = [AlertKind.LOG_BEHIND, AlertKind.WITNESS_LATE]
    assert watched() == expected
    day.clock.pass_time(timedelta(hours=12))
    assert watched() == expected
    assert listed(day, "aude") == []


def taken(world: World) -> AlertMail | None:
    with world.work() as work:
        return alerts.take_mail(work, "https://entente.example")


def test_an_alert_is_mailed_to_the_partys_auditors_until_it_is_taken(day: World) -> None:
    burst(day, "bo", 4)
    look(day)
    for wait in (1, 2, 4):
        waiting = taken(day)
        assert waiting is not None
        assert taken(day) is None  # it is one worker's at a time
        with day.work() as work:
            alerts.not_mailed(work, waiting.id)
        day.clock.pass_time(timedelta(minutes=wait, seconds=-1))
        assert taken(day) is None  # not yet: nothing is asked of the server
        day.clock.pass_time(timedelta(seconds=1))
    sent = taken(day)
    assert sent is not None
    with day.work() as work:
        alerts.mailed(work, sent.id)
    day.clock.pass_time(timedelta(days=1))
    assert taken(day) is None
    assert sent.mail.to == ["abel@imda.example"]
    assert "4 documents in 15 seconds; this person's median is 0." in sent.mail.text
    assert "https://entente.example/audit/alerts" in sent.mail.text
    for name in ("Bo", "biz-sg", "business", "R0", str(day.people["bo"])):
        assert name not in sent.mail.text + sent.mail.subject


def test_a_worker_that_died_before_it_noted_a_mail_is_followed_by_another(day: World) -> None:
    burst(day, "bo", 4)
    look(day)
    assert taken(day) is not None
    day.clock.pass_time(timedelta(minutes=5))
    assert taken(day) is not None


def test_with_nobody_to_tell_it_waits(day: World) -> None:
    burst(day, "bo", 4)
    look(day)
    with day.owner() as session:
        session.execute(text("UPDATE people SET active = false WHERE name = 'Abel'"))
    assert taken(day) is None
    with day.owner() as session:
        session.execute(text("UPDATE people SET active = true WHERE name = 'Abel'"))
    day.clock.pass_time(timedelta(hours=1))
    assert taken(day) is not None


def test_what_was_seen_to_is_not_mailed(day: World) -> None:
    burst(day, "bo", 4)
    look(day)
    acknowledged(day, listed(day)[0].id)
    assert taken(day) is None


def acknowledged(world: World, alert_id: AlertId, name: str = "abel") -> None:
    with world.work() as work:
        command = Acknowledge(note="Bo prepares a talk.")
        alerts.acknowledge(work, world.gate, world.actor(work, name), alert_id, command)


def test_acknowledging_is_on_the_log_and_happens_once(day: World) -> None:
    burst(day, "bo", 4)
    look(day)
    (found,) = listed(day)
    acknowledged(day, found.id)
    with day.work() as work:
        shown = alerts.alerts(work, day.gate, day.actor(work, "abel"))
    assert shown.open == []
    assert shown.acknowledged[0].note == "Bo prepares a talk."
    assert shown.acknowledged[0].acknowledged_by_name == "Abel"
    with pytest.raises(Conflict):
        acknowledged(day, found.id)
    (told,) = day.told("alert.acknowledged")
    assert told["details"]["alert"] == str(found.id)
    assert "talk" not in json.dumps(day.entries())


def test_another_partys_alert_is_as_one_that_never_was(day: World) -> None:
    burst(day, "bo", 4)
    look(day)
    (found,) = listed(day)
    for asked in (found.id, AlertId(new_id())):
        with pytest.raises(NotFound):
            acknowledged(day, asked, "aude")
    assert len(day.told("alert.refused")) == 2


@pytest.mark.parametrize("name", ["ida", "olga", "sys"])
def test_nobody_but_an_auditor_sees_alerts(day: World, name: str) -> None:
    with pytest.raises(Forbidden):
        listed(day, name)
    with pytest.raises(Forbidden):
        acknowledged(day, AlertId(new_id()), name)


@pytest.mark.parametrize(
    "rewriting",
    [
        "UPDATE alerts SET kind = 'refusals'",
        "UPDATE alerts SET facts = '{}'",
        "UPDATE alerts SET note = 'Another', acknowledged_at = now()",
        "DELETE FROM alerts",
        "TRUNCATE alerts",
    ],
)
def test_even_the_owner_cannot_rewrite_one_that_was_answered(day: World, rewriting: str) -> None:
    burst(day, "bo", 4)
    look(day)
    acknowledged(day, listed(day)[0].id)
    with pytest.raises(DBAPIError, match="never"), day.owner() as session:
        session.execute(text(rewriting))
