"""Every question equals a slow, obvious oracle over the entries, for each party's auditor."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.audit import QuestionName as Q
from tests.conftest import clone
from tests.questions_world import (
    OFFICIAL,
    OPENED,
    PARTY,
    Entry,
    History,
    at,
    ids,
    make_history,
    place,
    totals,
)
from tests.world import make_world

SEEDS = (1, 2, 3)
ZONES = {"SG": ZoneInfo("Asia/Singapore"), "EU": ZoneInfo("Europe/Brussels")}


@pytest.fixture(scope="module", params=SEEDS)
def history(
    request: pytest.FixtureRequest, server: Any, template: str, tmp_path_factory: Any
) -> Iterator[History]:
    """A history of each seed, shared by the tests of this file, which only ask."""
    with clone(server, template) as database:
        world = make_world(database, tmp_path_factory.mktemp("history"))
        yield make_history(world, request.param)
        world.close()


def opening(entry: Entry) -> bool:
    return entry["decision"] == "allow" and entry["type"] in OPENED


def access(entry: Entry) -> bool:
    return opening(entry) or (entry["decision"] == "deny" and entry["type"].endswith(".refused"))


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_who_opened_a_record(history: History, party: str) -> None:
    for record in history.records:
        answer, rows = history.whole(party, Q.RECORD_OPENED, record=str(record))
        found = [e for e in history.sight(party) if e["record"] == str(record) and access(e)]
        opened = [e for e in found if opening(e)]
        assert ids(rows) == [e["id"] for e in found]
        assert totals(answer) == {
            "people": len({e["actor"] for e in opened} - {""}),
            "organisations": len({e["organisation"] for e in opened} - {""}),
            "opened": len(opened),
            "public": len([e for e in opened if not e["actor"]]),
            "refused": len(found) - len(opened),
        }
        assert answer.chart is not None
        assert sum(answer.chart.series[0].values) == len(opened)


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_what_an_organisation_opened(history: History, party: str) -> None:
    for slug in PARTY:
        answer, rows = history.whole(party, Q.ORGANISATION_OPENED, organisation=slug)
        found = [e for e in history.sight(party) if e["organisation"] == slug and access(e)]
        opened = [e for e in found if opening(e)]
        assert ids(rows) == [e["id"] for e in found]
        assert totals(answer) == {
            "people": len({e["actor"] for e in opened}),
            "records": len({e["record"] for e in opened}),
            "opened": len(opened),
            "refused": len(found) - len(opened),
            "served_bytes": sum(e["served_bytes"] for e in found),
        }
        heat = {
            (day, hour): series.values[hour]
            for day, series in enumerate(answer.chart.series if answer.chart else ())
            for hour in range(24)
            if series.values[hour]
        }
        expected: dict[tuple[int, int], int] = {}
        for e in opened:
            local = at(e).astimezone(ZONES[party])
            key = (local.weekday(), local.hour)
            expected[key] = expected.get(key, 0) + 1
        assert heat == expected


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_which_organisations_opened_how_much(history: History, party: str) -> None:
    answer, rows = history.whole(party, Q.ORGANISATION_OPENED, **{"from": "2026-01-01"})
    found = [e for e in history.sight(party) if access(e)]
    assert ids(rows) == [e["id"] for e in found]
    assert totals(answer)["organisations"] == len(
        {e["organisation"] for e in found if opening(e)} - {""}
    )
    assert answer.chart is not None
    assert sum(answer.chart.series[0].values) == len([e for e in found if opening(e)])


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_what_a_person_opened(history: History, party: str) -> None:
    for name in ("uma", "bo", "ida"):
        person = str(history.world.people[name])
        answer, rows = history.whole(party, Q.PERSON_OPENED, person=person)
        found = [e for e in history.sight(party) if e["actor"] == person and access(e)]
        assert ids(rows) == [e["id"] for e in found]
        assert totals(answer)["records"] == len({e["record"] for e in found if opening(e)})


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_filters_narrow(history: History, party: str) -> None:
    day = at(history.entries[len(history.entries) // 2]).date()
    asked = {"from": str(day), "to": str(day), "marking": "SENSITIVE", "action": "download"}
    _, rows = history.whole(party, Q.ORGANISATION_OPENED, **asked)
    assert ids(rows) == [
        e["id"]
        for e in history.sight(party)
        if at(e).date() == day
        and e["markings"] == ["SENSITIVE"]
        and e["type"] == "attachment.downloaded"
    ]


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_what_was_refused(history: History, party: str) -> None:
    answer, rows = history.whole(party, Q.REFUSED)
    found = [e for e in history.sight(party) if e["decision"] == "deny"]
    assert ids(rows) == [e["id"] for e in found]
    assert totals(answer) == {
        "refused": len(found),
        "people": len({e["actor"] for e in found} - {""}),
    }
    why = {True: "It was not for them", False: "There was no such thing", None: "What was given"}
    for row, e in zip(rows, found, strict=True):
        assert str(row.cells[-1]).startswith(why[e["details"].get("exists")])


def absent(history: History, seen: list[Entry], entry: Entry) -> set[str]:
    """Why whoever acted had no standing, from what came before their act alone."""
    before = [e for e in sorted(seen, key=lambda e: e["place"]) if e["place"] < entry["place"]]
    why = set()
    for subject, words in (
        (f"person:{entry['actor']}", "Suspended"),
        (f"organisation:{entry['organisation']}", "Organisation suspended"),
    ):
        turns = [
            e for e in before if e["subject"] == subject and e["type"].split(".")[1][0] in "sr"
        ]
        turns = [e for e in turns if e["type"].endswith((".suspended", ".resumed"))]
        if turns and turns[-1]["type"].endswith(".suspended") and at(turns[-1]) <= at(entry):
            why.add(words)
    agreed = [e for e in before if e["subject"] == f"agreement:{entry['organisation']}"]
    if agreed:
        told = agreed[-1]["details"]
        if at(entry) < datetime.fromisoformat(told["valid_from"]):
            why.add("Before the agreement began")
        if at(entry) >= datetime.fromisoformat(told["valid_until"]):
            why.add("After the agreement ended")
    return why


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_what_was_read_after_leaving(history: History, party: str) -> None:
    answer, rows = history.whole(party, Q.AFTER_LEAVING)
    seen = history.sight(party)
    acts = [e for e in seen if e["decision"] == "allow" and e["audience"] is not None]
    found = [(e, absent(history, seen, e)) for e in acts]
    found = [(e, why) for e, why in found if why]
    assert ids(rows) == [e["id"] for e, _ in found]
    assert [set(str(row.cells[-1]).split("; ")) for row in rows] == [why for _, why in found]
    assert totals(answer)["acts"] == len(found)
    assert totals(answer)["people"] == len({e["actor"] for e, _ in found})


@pytest.mark.parametrize("party", ["SG", "EU"])
@pytest.mark.parametrize(("least", "factor"), [(2, 2), (4, 3)])
def test_what_is_unusual(history: History, party: str, least: int, factor: int) -> None:
    volume = history.thresholds.volume.model_copy(update={"least": least, "factor": factor})
    thresholds = history.thresholds.model_copy(update={"volume": volume})
    asking = History(history.world, thresholds, history.entries, history.records)
    days = sorted({at(e).date() for e in history.entries})
    since, until = days[len(days) // 2], days[-1]
    _, rows = asking.whole(party, Q.UNUSUAL, **{"from": str(since), "to": str(until)})
    counted: dict[tuple[str, Any], list[Entry]] = {}
    for e in history.sight(party):
        if opening(e) and e["actor"]:
            local = at(e).astimezone(ZONES[PARTY[e["organisation"]]])
            counted.setdefault((e["actor"], local.date()), []).append(e)
    expected = []
    for (person, day), acts in counted.items():
        if not since <= day <= until:
            continue
        earlier = [
            len(of)
            for (who, on), of in counted.items()
            if who == person and since - timedelta(days=volume.median_days) <= on < since
        ]
        usual = median(earlier) if earlier else 0
        late = [e for e in acts if not working(e)]
        much = len(acts) >= least and len(acts) >= factor * usual
        if late or much:
            last = max(acts, key=place)
            expected.append((place(last), last["id"], day.isoformat(), len(acts), usual, len(late)))
    expected.sort(reverse=True)
    told = [(str(r.entry), r.cells[0], r.cells[3], r.cells[4], r.cells[5]) for r in rows]
    assert told == [one[1:] for one in expected]


def working(entry: Entry) -> bool:
    local = at(entry).astimezone(ZONES[PARTY[entry["organisation"]]])
    return local.weekday() < 5 and "07:30" <= local.strftime("%H:%M") < "20:00"


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_administrative_acts(history: History, party: str) -> None:
    answer, rows = history.whole(party, Q.ADMINISTRATION)
    kinds = ("person.suspended", "person.resumed", "organisation.suspended")
    types = {*OFFICIAL, *kinds, "organisation.resumed", "agreement.changed", "log.begun"}
    found = [e for e in history.sight(party) if e["type"] in types]
    assert ids(rows) == [e["id"] for e in found]
    assert totals(answer) == {
        "acts": len(found),
        "people": len({e["actor"] for e in found} - {""}),
        "by_operator": len([e for e in found if not e["actor"]]),
    }


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_changes_of_labels(history: History, party: str) -> None:
    answer, rows = history.whole(party, Q.LABELS_CHANGED)
    types = {"draft.relabelled", "attachment.relabelled"}
    found = [e for e in history.sight(party) if e["type"] in types]
    assert ids(rows) == [e["id"] for e in found]
    assert totals(answer)["changes"] == len(found)
    assert {row.cells[-1] for row in rows} <= {"title: TLP:RED becomes TLP:AMBER"}


def names(history: History, people: list[str]) -> str:
    known = {str(one): name.title() for name, one in history.world.people.items()}
    return ", ".join(known[one] for one in people)


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_releases(history: History, party: str) -> None:
    answer, rows = history.whole(party, Q.RELEASES)
    seen = sorted(history.sight(party), key=lambda e: e["place"])
    found = [e for e in history.sight(party) if e["type"] == "record.released"]
    assert ids(rows) == [e["id"] for e in found]
    for row, e in zip(rows, found, strict=True):
        earlier = [o for o in seen if o["subject"] == e["subject"] and o["place"] < e["place"]]
        submitted = [o for o in earlier if o["type"] == "record.submitted"]
        since = submitted[-1]["place"] if submitted else (0, 0)
        consents = [
            o["actor"] for o in earlier if o["type"] == "record.consented" and o["place"] > since
        ]
        submitter = row.cells[4]
        assert getattr(submitter, "id", None) == (submitted[-1]["actor"] if submitted else None)
        assert row.cells[5] == names(history, consents)
        days = (at(e) - at(submitted[-1])).total_seconds() / 86_400 if submitted else None
        assert row.cells[7] == pytest.approx(days, abs=0.051)
    assert totals(answer)["releases"] == len(found)


@pytest.mark.parametrize("party", ["SG", "EU"])
def test_requests(history: History, party: str) -> None:
    answer, rows = history.whole(party, Q.REQUESTS)
    seen = sorted(history.sight(party), key=lambda e: e["place"])
    found = [e for e in history.sight(party) if e["type"] == "record.submitted"]
    endings = {"record.released", "record.returned", "record.refused"}
    assert ids(rows) == [e["id"] for e in found]
    counts: dict[str, int] = dict.fromkeys(("released", "returned", "refused", "open"), 0)
    for row, e in zip(rows, found, strict=True):
        later = [o for o in seen if o["subject"] == e["subject"] and o["place"] > e["place"]]
        ended = next((o for o in later if o["type"] in endings), None)
        outcome = ended["type"].split(".")[1] if ended else "open"
        counts[outcome] += 1
        consents = [
            o["actor"]
            for o in later
            if o["type"] == "record.consented" and (not ended or o["place"] < ended["place"])
        ]
        assert (row.cells[4], row.cells[7]) == (outcome, names(history, consents))
        assert row.cells[6] == (at(ended) if ended else None)
    told = totals(answer)
    assert {name: told[name] for name in counts} == counts
    assert told["requests"] == len(found)


@pytest.mark.parametrize("party", ["SG", "EU"])
@pytest.mark.parametrize(("files", "gap"), [(2, 60), (3, 300)])
def test_what_was_had_in_bulk(history: History, party: str, files: int, gap: int) -> None:
    bulk = history.thresholds.bulk.model_copy(update={"files": files, "gap_minutes": gap})
    thresholds = history.thresholds.model_copy(update={"bulk": bulk})
    asking = History(history.world, thresholds, history.entries, history.records)
    answer, rows = asking.whole(party, Q.BULK, **{"from": "2026-01-01"})
    seen = sorted(history.sight(party), key=place)
    expected: list[tuple[Any, Any, int | None]] = [
        (place(e), e["id"], None) for e in seen if e["type"] == "log.exported"
    ]
    for person in {e["actor"] for e in seen} - {""}:
        runs: list[list[Entry]] = []
        for e in seen:
            if e["actor"] != person or e["type"] != "attachment.downloaded":
                continue
            if runs and at(e) - at(runs[-1][-1]) <= timedelta(minutes=gap):
                runs[-1].append(e)
            else:
                runs.append([e])
        for run in runs:
            different = len({e["subject"] for e in run})
            if different >= files:
                expected.append((place(run[-1]), run[-1]["id"], different))
    expected.sort(key=lambda one: one[0], reverse=True)
    assert [(str(row.entry), row.cells[4]) for row in rows] == [one[1:] for one in expected]
    assert totals(answer)["runs"] == len([one for one in expected if one[2]])


def test_the_oracles_have_something_to_find(history: History) -> None:
    for party in ("SG", "EU"):
        for name in (Q.REFUSED, Q.ADMINISTRATION, Q.RELEASES, Q.REQUESTS, Q.BULK):
            rows = history.whole(party, name, **{"from": "2026-01-01"})[1]
            assert rows, (name, [e["type"] for e in history.entries if "record.s" in e["type"]])
    assert history.whole("EU", Q.AFTER_LEAVING)[1]
