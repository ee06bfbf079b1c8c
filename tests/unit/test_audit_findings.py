"""The rules of alerts: what they find, what they let be, and the sentence each finding reads as."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.audit.alerts import findings
from app.audit.alerts.findings import Act, AlertKind, Finding, duration, sentence
from app.audit.thresholds import Alarms, Hours, load_thresholds
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.log import WitnessState
from tests.world import POLICIES

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday; 17:00 in Singapore, 10:00 in Brussels
PERSON = UUID(int=7)
ALARMS = Alarms(
    window_minutes=10,
    again_minutes=60,
    documents=10,
    factor=5,
    median_days=60,
    out_of_hours_documents=2,
    refusals=3,
    failed_sign_ins=3,
    people_given_roles=3,
    log_behind_minutes=5,
    witness_late_minutes=10,
)
SINGAPORE = Hours(
    party="SG",
    zone="Asia/Singapore",
    opens="08:00",
    closes="18:00",
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
)


def act(thing: object, at: datetime = NINE, **changes: object) -> Act:
    """One act of the person."""
    made = Act(
        entry_id=new_id(),
        log=1,
        index=0,
        at=at,
        type="record.read",
        subject=f"record:{thing}",
        thing=thing,
        actor=PERSON,
        organisation="imda",
        organisations=frozenset({"imda", "dtc"}),
        decision="allow",
        content=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def every(seconds: int, count: int, **changes: object) -> list[Act]:
    """As many acts on different things, so far apart."""
    return [
        act(number, NINE + timedelta(seconds=seconds * number), **changes)
        for number in range(count)
    ]


def usually(median: int) -> Callable[[datetime], int]:
    return lambda _: median


def only(found: Iterator[Finding]) -> Finding:
    (one,) = found
    return one


def said(finding: Finding) -> str:
    return sentence(finding.kind, finding.facts)


def test_a_burst_reads_as_a_finding() -> None:
    acts = every(seconds=6, count=38)
    found = only(findings.bulk_reading(acts, usually(3), ALARMS))
    assert said(found) == "38 documents in 4 minutes; this person's median is 3"
    assert found.facts["person"] == str(PERSON)
    assert found.organisations == {"imda", "dtc"}
    assert found.acts == tuple(acts)


def test_a_burst_is_measured_by_different_documents_and_the_own_median() -> None:
    acts = every(seconds=6, count=14)
    assert list(findings.bulk_reading(acts, usually(3), ALARMS)) == []  # 14 < 5 * 3
    assert only(findings.bulk_reading(acts, usually(2), ALARMS))
    again = [replace(one, thing="the same") for one in every(seconds=6, count=38)]
    assert list(findings.bulk_reading(again, usually(0), ALARMS)) == []
    assert list(findings.bulk_reading(every(seconds=6, count=9), usually(0), ALARMS)) == []
    assert list(findings.bulk_reading(every(seconds=120, count=38), usually(0), ALARMS)) == []
    assert list(findings.bulk_reading([], usually(0), ALARMS)) == []


def test_more_of_the_same_burst_is_no_other_finding() -> None:
    acts = every(seconds=6, count=40)
    keys = {
        only(findings.bulk_reading(acts[:count], usually(0), ALARMS)).key for count in range(10, 41)
    }
    assert len(keys) == 1
    later = [replace(one, at=one.at + timedelta(hours=2)) for one in acts]
    assert only(findings.bulk_reading(later, usually(0), ALARMS)).key not in keys


def test_bursts_that_are_looked_at_late_are_all_told() -> None:
    acts = [
        replace(one, at=one.at + timedelta(hours=2 * number))
        for number in range(3)
        for one in every(seconds=6, count=12)
    ]
    found = list(findings.bulk_reading(acts, usually(0), ALARMS))
    assert [one.facts["documents"] for one in found] == [12] * 3
    assert len({one.key for one in found}) == 3


def test_out_of_hours_is_by_the_clock_of_the_party() -> None:
    evening = [act(1, NINE + timedelta(hours=1)), act(2, NINE + timedelta(hours=2))]
    found = only(findings.out_of_hours(evening, SINGAPORE, ALARMS))
    assert said(found) == (
        "2 documents outside working hours, between 18:00 and 19:00 on Monday 2 March 2026"
        " (Asia/Singapore time)"
    )
    inside = [act(1), act(2, NINE + timedelta(minutes=59))]
    assert list(findings.out_of_hours(inside, SINGAPORE, ALARMS)) == []
    saturday = NINE + timedelta(days=5)
    assert only(findings.out_of_hours([act(1, saturday), act(2, saturday)], SINGAPORE, ALARMS))
    assert list(findings.out_of_hours(evening[:1], SINGAPORE, ALARMS)) == []


def test_each_night_is_a_finding_of_its_own() -> None:
    night = NINE + timedelta(hours=2)
    acts = [act(number, night + timedelta(days=number // 2)) for number in range(4)]
    found = list(findings.out_of_hours(acts, SINGAPORE, ALARMS))
    assert len({one.key for one in found}) == 2


def test_refusals_in_a_row() -> None:
    row = every(seconds=30, count=4, decision="deny")
    found = only(findings.refusals(row, ALARMS))
    assert said(found) == "4 refusals in a row within 2 minutes"
    allowed = act("x", NINE + timedelta(seconds=45))
    broken = sorted([*row, allowed], key=lambda one: one.at)
    assert list(findings.refusals(broken, ALARMS)) == []


def test_failed_sign_ins_are_of_an_account() -> None:
    tried = [
        replace(one, actor=None, subject=f"person:{PERSON}", type="sign-in.refused")
        for one in every(seconds=100, count=3)
    ]
    found = only(findings.failed_sign_ins(tried, ALARMS))
    assert said(found) == "3 failed sign-ins to one account within 3 minutes"
    assert found.facts["person"] == str(PERSON)


def test_many_roles_counts_people() -> None:
    given = [replace(one, subject=f"person:{one.thing}") for one in every(seconds=10, count=3)]
    assert said(only(findings.many_roles(given, ALARMS))) == (
        "One administrator assigned roles to 3 people within 20 seconds"
    )
    same = [replace(one, subject="person:1") for one in given]
    assert list(findings.many_roles(same, ALARMS)) == []


def test_what_must_never_happen_is_told_each_time() -> None:
    acts = every(seconds=1, count=2)
    found = list(findings.after_the_end(acts, lambda _: "the agreement had ended"))
    assert [said(one) for one in found] == [
        "Something was opened although the agreement had ended; this must never happen"
    ] * 2
    assert len({one.key for one in found}) == 2
    assert list(findings.after_the_end(acts, lambda _: "")) == []


def test_a_damaged_file_is_told_once_a_day() -> None:
    acts = [act("f"), act("f", NINE + timedelta(hours=1)), act("f", NINE + timedelta(days=1))]
    assert len({one.key for one in findings.damaged(acts)}) == 2


def test_a_witness_that_is_silent_is_told_of_once() -> None:
    state = WitnessState("example.org/w", "example.org/w+00000000+AA", 80, NINE, late=True)
    for minutes in (10, 45):
        now = NINE + timedelta(minutes=minutes)
        found = only(findings.witness_behind(state, 100, NINE, now, ALARMS))
        assert found.key.endswith("+AA:2026-03-02T09:00:00")
    assert said(found) == (
        "The witness example.org/w has not co-signed for 45 minutes; it has seen 80 of 100 entries"
    )
    soon = NINE + timedelta(minutes=9)
    assert list(findings.witness_behind(state, 100, NINE, soon, ALARMS)) == []
    never = replace(state, size=None, at=None)
    assert list(findings.witness_behind(never, 100, NINE, soon, ALARMS)) == []
    found = only(findings.witness_behind(never, 100, NINE, now, ALARMS))
    assert found.kind is AlertKind.WITNESS_MISSING


def test_a_log_that_falls_behind_is_told_of() -> None:
    later = NINE + timedelta(minutes=6)
    found = only(findings.log_behind(312, NINE, later, ALARMS))
    assert said(found) == "312 entries wait for their place in the log, the oldest for 6 minutes"
    assert list(findings.log_behind(0, None, later, ALARMS)) == []
    assert list(findings.log_behind(3, later, later, ALARMS)) == []


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_has_a_sentence_that_names_nobody(kind: AlertKind) -> None:
    facts: dict[str, str | int] = {
        **dict.fromkeys(("documents", "median", "refusals", "attempts", "people"), 1234),
        **dict.fromkeys(("entries", "seconds", "seen", "size"), 1234),
        "day": "Monday",
        "from": "01:00",
        "to": "02:00",
        "zone": "UTC",
        "why": "it ended",
        "witness": "example.org/w",
        "person": "SECRET",
        "organisation": "SECRET",
    }
    told = sentence(kind, facts)
    assert "SECRET" not in told
    assert "{" not in told


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (228, "4 minutes"),
        (7200, "2 hours"),
        (200_000, "2 days"),
    ],
)
def test_durations_are_said_in_the_unit_that_fits(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_the_shipped_thresholds_load_and_a_wrong_one_is_named(tmp_path: object) -> None:
    shipped = load_thresholds(POLICIES)
    assert shipped.alarms.window == timedelta(minutes=10)
    text = (POLICIES / "alerts.toml").read_text()
    assert tomllib.loads(text)["alarms"]
    folder = POLICIES.__class__(str(tmp_path))
    (folder / "alerts.toml").write_text(text.replace("refusals = 8", "refusals = 1"))
    with pytest.raises(Unavailable, match="refusals"):
        load_thresholds(folder)
