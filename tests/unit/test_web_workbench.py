"""What the workbench says: how the log stands, cells in words, files that run nothing, paper."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.audit import Column, Named, Row
from app.core.errors import Invalid
from app.core.ids import EntryId
from app.core.spreadsheets import csv_line
from app.log import LogState, WitnessState
from app.web import printing
from app.web.answers import cells, header, line, place_words, ways, words
from app.web.log_standing import sentence_of, warnings_of

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ENTRY = EntryId(UUID(int=7))
COLUMNS = (
    Column("at", "When", "time"),
    Column("person", "Who", "person"),
    Column("event", "Did", "event"),
    Column("decision", "Decision", "decision"),
    Column("served_bytes", "Bytes", "bytes"),
)
ROW = Row(ENTRY, 2, 18_204, (NOW, Named("p1", "Ida"), "record.read", "deny", 1200))


def standing(*witnesses: WitnessState, **changes: object) -> LogState:
    told: dict[str, object] = {
        "log": 2,
        "origin": "entente.example/log/2026",
        "size": 18_204,
        "signed_size": 18_204,
        "signed_at": NOW,
        "published_size": 18_204,
        "unsequenced": 0,
        "oldest_unsequenced_at": None,
        "vkeys": (),
        "witnesses": witnesses,
        "policy_met": True,
    }
    return LogState(**told | changes)  # type: ignore[arg-type]


def seen(name: str, ago: timedelta, *, late: bool = False) -> WitnessState:
    return WitnessState(name, f"{name}+key", 18_000, NOW - ago, late)


def test_the_log_is_said_in_one_sentence() -> None:
    state = standing(seen("SG", timedelta(seconds=4)), seen("EU", timedelta(seconds=9)))
    signed = "18,204 entries, signed on 2 March 2026, 12:00:00 UTC"
    assert sentence_of(state, NOW, "") == f"{signed}, witnessed by SG and EU 9 seconds ago."
    assert list(warnings_of(state, NOW)) == []


def test_what_is_late_or_missing_is_a_warning_and_no_witness() -> None:
    never = WitnessState("SG", "SG+key", None, None, late=True)
    state = standing(
        never,
        seen("EU", timedelta(hours=2), late=True),
        signed_at=NOW - timedelta(minutes=5),
        unsequenced=3,
        oldest_unsequenced_at=NOW - timedelta(minutes=2),
        published_size=18_000,
        policy_met=False,
    )
    assert "witnessed" not in sentence_of(state, NOW, "")
    told = " ".join(warnings_of(state, NOW))
    assert "last signed 5 minutes ago" in told
    assert "3 entries wait for their place in the log, for 2 minutes." in told
    assert "The witness SG has not signed this log yet." in told
    assert "The witness EU is late: it last signed 2 hours ago, up to 18,000 entries." in told
    assert "newest 204 entries are signed by the portal, but not yet by the witnesses" in told


def test_a_row_leads_to_its_entry_and_to_whom_it_names() -> None:
    told = cells(ROW, COLUMNS, "SG")
    assert [one.text for one in told] == [
        *("2 March 2026, 20:00:00 SGT", "Ida", "Read a record", "Refused", "1.2 kB")
    ]
    assert told[0].href == f"/audit/entries/{ENTRY}"
    assert told[1].href == "/audit/questions/person-opened?person=p1"
    summed = Row(ENTRY, 2, 1, ("2026-03-02",), "refused?person=p1")
    assert ways(summed, (Column("day", "Day", "text"),)) == [
        ("Show all", "/audit/questions/refused?person=p1"),
        ("Entry", f"/audit/entries/{ENTRY}"),
    ]
    assert ways(ROW, COLUMNS) == []


def test_a_spreadsheet_has_identifiers_utc_and_the_entry_behind_each_row() -> None:
    assert header(COLUMNS) == [
        *("at", "person_id", "person", "event", "decision", "served_bytes"),
        *("entry", "log", "index"),
    ]
    assert list(line(ROW, COLUMNS)) == [
        *("2026-03-02T12:00:00Z", "p1", "Ida", "record.read", "deny", "1200"),
        *(str(ENTRY), "2", "18204"),
    ]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_runs_nothing_of_what_people_typed(sign: str) -> None:
    assert csv_line([f"{sign}HYPERLINK(0)"]).lstrip(b'"').startswith(b"'")


def test_numbers_and_places_in_words() -> None:
    assert words(0.0, "count") == "0"
    assert words(2.5, "days") == "2.5"
    assert words(None, "text") == ""
    assert place_words("2.18204", NOW) == (
        "the checkpoint of 18,204 entries in log 2, signed 2 March 2026, 12:00:00 UTC"
    )


def report(rows: list[list[str]]) -> dict[str, object]:
    table = {"caption": "T", "columns": ["Who", "What"], "rows": rows}
    return {"title": "Who read it?", "sentence": "One did.", "parts": [{"table": table}]}


def test_a_report_is_accessible_the_same_each_time_and_takes_text_for_text() -> None:
    data = report([["#panic()", "*漢字* \x07 \ue000 \U0001f600"]])
    made = printing.pdf("report", data, made_at=NOW)
    assert made == printing.pdf("report", data, made_at=NOW)
    assert made != printing.pdf("report", data, made_at=NOW + timedelta(seconds=1))
    for told in (b"%PDF-1.7", b"pdfuaid:part", b"/Lang(en", b"/MarkInfo", b"Who read it?"):
        assert told in made, told


def test_a_report_that_nobody_would_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "MOST_ROWS", 1)
    with pytest.raises(Invalid, match="take the CSV"):
        printing.pdf("report", report([["a", "b"], ["c", "d"]]), made_at=NOW)
