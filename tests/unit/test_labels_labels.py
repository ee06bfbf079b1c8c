"""Labels and releasability: what makes one, how it is written, stored and combined."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from app.labels import (
    Entry,
    Label,
    Marking,
    SchemeId,
    UnfitLabel,
    UnknownEntry,
    UnknownMarking,
    banner,
    combine,
    load_schemes,
    parse_label,
    parse_releasability,
    print_label,
    print_releasability,
)

SCHEMES = load_schemes(Path(__file__).parents[2] / "policies")
AMBER, RED = SCHEMES.parse("TLP:AMBER"), SCHEMES.parse("TLP:RED")
SENSITIVE = SCHEMES.parse("SENSITIVE")
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
FULL = "SENSITIVE; TLP:AMBER; ORCON; EYES ONLY; NOT BEFORE 2026-03-01T00:00Z; HANDLING: Shred it"


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("party:SG; org:imda", "party:SG; org:imda"),
        ("org:imda, party:sg", "party:SG; org:imda"),
        (" ORG : IMDA ;; org:imda \n Public ", "public; org:imda"),
        ("person:p7; group:evals; partners:eu; community", None),
        ("", ""),
    ],
)
def test_a_releasability_set_is_printed_from_wide_to_narrow(
    written: str, printed: str | None
) -> None:
    assert print_releasability(parse_releasability(written)) == (
        "community; partners:EU; group:evals; person:p7" if printed is None else printed
    )


@pytest.mark.parametrize(
    "written",
    ["everybody", "org", "org:", "public:", "public:sg", "org:a b", "party:S_G", "org:a:b", ":a"],
)
def test_what_is_no_entry_is_refused_with_what_is(written: str) -> None:
    with pytest.raises(UnknownEntry, match="party:CODE"):
        parse_releasability(f"org:imda; {written}")


@pytest.mark.parametrize(
    "arguments", [("party", "sg"), ("org", "IMDA"), ("public", "x"), ("org", "a\n"), ("all", "")]
)
def test_an_entry_that_would_not_be_read_back_cannot_be_made(arguments: Any) -> None:
    with pytest.raises(UnknownEntry):
        Entry(*arguments)


def test_a_label_is_canonical_however_it_is_made() -> None:
    at_four = MARCH.astimezone(timezone(timedelta(hours=4)))
    label = Label((AMBER, SENSITIVE), handling=" a \n b;; c; a b", not_before=at_four)
    assert label == Label((SENSITIVE, AMBER), handling="a b; c", not_before=MARCH)
    assert label.not_before is not None
    assert label.not_before.tzinfo is UTC


@pytest.mark.parametrize(
    "parts",
    [
        {"markings": ()},
        {"markings": (AMBER, RED)},
        {"markings": (AMBER,), "not_before": datetime(2026, 3, 1)},  # noqa: DTZ001
        {"markings": (AMBER,), "handling": "for \u202egnihtemos"},
        {"markings": (AMBER,), "handling": "a\x00b"},
    ],
)
def test_unfit_parts_make_no_label(parts: Any) -> None:
    with pytest.raises(UnfitLabel):
        Label(**parts)


def test_a_label_is_written_and_read_in_one_line() -> None:
    label = parse_label(SCHEMES, FULL.lower().replace("; ", ";"))
    assert label == Label(
        (SENSITIVE, AMBER),
        orcon=True,
        eyes_only=True,
        handling="shred it",
        not_before=MARCH,
    )
    assert print_label(SCHEMES, parse_label(SCHEMES, FULL)) == FULL


def test_the_order_of_parts_makes_no_difference() -> None:
    assert parse_label(SCHEMES, "; ".join(reversed(FULL.split("; ")))) == parse_label(SCHEMES, FULL)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one marking"),
        ("ORCON", "at least one marking"),
        ("TLP:AMBER; TLP:RED", "one scheme twice"),
        ("TLP:AMBER; NOT BEFORE 2026-03-01", "with a zone"),
        ("TLP:AMBER; NOT BEFORE 2026-03-01T00:00", "with a zone"),
        ("TLP:AMBER; NOT BEFORE tomorrow", "with a zone"),
        ("TLP:AMBER; NOT BEFORE 0001-01-01T00:00+05:00", "with a zone"),
        ("TLP:AMBER; NOT BEFORE 2026-03-01T00:00Z; NOT BEFORE 2027-03-01T00:00Z", "several"),
        ("TLP:AMBER; REL TO party:SG", "field of its own"),
    ],
)
def test_a_line_that_makes_no_label_is_refused(text: str, said: str) -> None:
    with pytest.raises(UnfitLabel, match=said):
        parse_label(SCHEMES, text)


@pytest.mark.parametrize("part", ["ORCON!", "EYESONLY", "HANDLING shred it", "NOTBEFORE 2026"])
def test_a_misspelt_caveat_is_refused_rather_than_dropped(part: str) -> None:
    with pytest.raises(UnknownMarking):
        parse_label(SCHEMES, f"TLP:AMBER; {part}")


def test_the_banner_shows_all_that_restricts_and_to_whom_it_is_released() -> None:
    release_to = parse_releasability("org:imda; party:SG")
    short = parse_label(SCHEMES, "TLP:AMBER; SENSITIVE; ORCON", releasability=release_to)
    assert banner(SCHEMES, short) == (
        "SENSITIVE // TLP:AMBER // ORCON // REL TO party:SG, org:imda"
    )
    assert banner(SCHEMES, parse_label(SCHEMES, FULL)) == FULL.replace("; ", " // ")


def test_a_whole_is_at_least_as_strict_as_each_part() -> None:
    june = MARCH.replace(month=6)
    whole = combine(
        SCHEMES,
        [
            Label(
                (AMBER,),
                orcon=True,
                handling="a; b",
                releasability=parse_releasability("org:imda; party:EU"),
                not_before=MARCH,
            ),
            Label((RED, SENSITIVE), handling="b; c", releasability=parse_releasability("party:EU")),
            Label((SENSITIVE,), eyes_only=True, releasability=parse_releasability("party:EU")),
            Label((SENSITIVE,), view_only=True, releasability=parse_releasability("party:EU")),
            Label((SENSITIVE,), releasability=parse_releasability("party:EU"), not_before=june),
        ],
    )
    assert whole == Label(
        (SENSITIVE, RED), True, True, True, "a; b; c", parse_releasability("party:EU"), june
    )


def test_parts_with_nothing_in_common_are_released_to_nobody() -> None:
    parts = [Label((AMBER,), releasability=parse_releasability(one)) for one in ("org:a", "org:b")]
    assert combine(SCHEMES, parts).releasability == frozenset()


def test_nothing_cannot_be_combined() -> None:
    with pytest.raises(UnfitLabel):
        combine(SCHEMES, [])


def test_a_label_is_stored_as_plain_values() -> None:
    label = parse_label(SCHEMES, FULL, releasability=parse_releasability("org:imda; public"))
    assert label.to_json() == {
        "markings": ["eu:sensitive", "tlp:amber"],
        "orcon": True,
        "eyes_only": True,
        "view_only": False,
        "handling": "Shred it",
        "releasability": ["public", "org:imda"],
        "not_before": "2026-03-01T00:00Z",
    }
    assert Label.from_json(label.to_json()) == label
    plain = Label((Marking(SchemeId("sg"), "restricted", "sensitive-high"),))
    assert plain.to_json()["markings"] == ["sg:restricted:sensitive-high"]
    assert Label.from_json(plain.to_json()) == plain


@pytest.mark.parametrize(
    "change",
    [
        {"markings": []},
        {"markings": ["tlp:amber", "eu:sensitive"]},
        {"markings": "tlp:amber"},
        {"markings": [1]},
        {"orcon": "yes"},
        {"orcon": 1},
        {"handling": None},
        {"handling": "a ;b"},
        {"releasability": ["org:imda", "public"]},
        {"not_before": "2026-03-01T02:00+02:00"},
        {"unheard_of": True},
    ],
)
def test_a_stored_label_that_we_did_not_write_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(UnfitLabel):
        Label.from_json(dict(Label((SENSITIVE, AMBER)).to_json()) | change)


@pytest.mark.parametrize("missing", Label((AMBER,)).to_json())
def test_a_stored_label_with_a_part_missing_is_refused(missing: str) -> None:
    data = dict(Label((AMBER,)).to_json())
    del data[missing]
    with pytest.raises(UnfitLabel, match=missing):
        Label.from_json(data)


LATER = "SENSITIVE; TLP:AMBER; TERMS data-use-1; "
STEPS = "DOWNGRADE ON 2027-01-01T00:00Z TO TLP:GREEN; DECLASSIFY ON 2028-01-01T00:00Z"


def test_a_label_in_force_is_that_of_the_last_change_that_has_come() -> None:
    label = parse_label(SCHEMES, LATER + STEPS)
    first, second = (change.at for change in label.changes)
    tick = timedelta(microseconds=1)

    assert print_label(SCHEMES, label) == LATER + STEPS
    assert label.at(first - tick) == label
    assert print_label(SCHEMES, label.at(first)) == (
        "SENSITIVE; TLP:GREEN; TERMS data-use-1; DECLASSIFY ON 2028-01-01T00:00Z"
    )
    assert print_label(SCHEMES, label.at(second)) == "PUBLIC; TLP:CLEAR; TERMS data-use-1"
    assert not label.at(second).changes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DOWNGRADE ON 2027-01-01T00:00Z TO TLP:RED", "TLP:RED is not lower than TLP:AMBER"),
        ("DOWNGRADE ON 2027-01-01T00:00Z TO TLP:AMBER", "changes a marking"),
        ("DOWNGRADE ON 2027-01-01T00:00Z TO RESTRICTED", "scheme that this label is not"),
        ("DOWNGRADE ON 2027-01-01 TO TLP:GREEN", "zone"),
        ("DECLASSIFY ON soon", "zone"),
        (
            "DECLASSIFY ON 2027-01-01T00:00Z; DOWNGRADE ON 2028-01-01T00:00Z TO TLP:GREEN",
            "is not lower than TLP:CLEAR",
        ),
        ("TERMS Data_Use", "terms of use"),
    ],
)
def test_a_change_that_lowers_nothing_and_terms_without_a_name_are_refused(
    text: str, said: str
) -> None:
    with pytest.raises((UnfitLabel, UnknownMarking), match=said):
        parse_label(SCHEMES, f"SENSITIVE; TLP:AMBER; {text}")


@pytest.mark.parametrize(
    "changes",
    [
        ["2027-01-01T00:00Z eu:public"],
        ["2027-01-01T00:00Z eu:sensitive tlp:amber"],
        ["2028-01-01T00:00Z eu:public tlp:clear", "2027-01-01T00:00Z eu:sensitive tlp:clear"],
        ["2027-01-01T00:00+00:00 eu:public tlp:clear"],
        ["2027-01-01T00:00Z tlp:clear eu:public"],
    ],
)
def test_stored_changes_that_we_did_not_write_are_refused(changes: list[str]) -> None:
    stored = Label((SENSITIVE, AMBER)).to_json()

    with pytest.raises(UnfitLabel):
        Label.from_json({**stored, "changes": changes})
