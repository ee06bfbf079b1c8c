"""Decisions about drafts that need no database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.errors import Invalid
from app.labels import Schemes, load_schemes
from app.records.commands import DraftInput, MarkingInput, Search, SectionInput
from app.records.kinds import KIND_FIELDS, KIND_LABELS, FieldType, Kind
from app.records.naming import file_name, media_type_of
from app.records.rules import (
    checked_fields,
    label_of,
    marking_input_of,
    missing_fields,
    parts_of,
)
from tests.records_world import draft_input, marking, section
from tests.world import POLICIES


@pytest.fixture(scope="module")
def schemes() -> Schemes:
    return load_schemes(POLICIES)


def test_every_kind_has_a_label_and_fields_that_explain_themselves() -> None:
    assert set(KIND_LABELS) == set(KIND_FIELDS) == set(Kind)
    for fields in KIND_FIELDS.values():
        assert len({field.name for field in fields}) == len(fields)
        assert any(field.required for field in fields)
        for field in fields:
            assert bool(field.choices) == (field.type is FieldType.CHOICE)
            assert field.hint or field.type in (FieldType.CHOICE, FieldType.DATE)


def test_a_marking_is_read_from_text_and_boxes_alike(schemes: Schemes) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    given = MarkingInput(
        markings="sensitive; tlp:amber; ORCON",
        eyes_only=True,
        handling="By hand; Shred",
        release_to="party:SG, org:imda",
        not_before=noon,
    )
    label = label_of(schemes, given)
    assert (label.orcon, label.eyes_only, label.not_before) == (True, True, noon)
    assert label_of(schemes, marking_input_of(schemes, label)) == label


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (marking(""), "m.markings"),
        (marking("COSMIC"), "m.markings"),
        (marking("TLP:RED; TLP:AMBER"), "m.markings"),
        (marking("SECRET UE/EU SECRET"), "m.markings"),
        (marking("TLP:RED", "everybody"), "m.release_to"),
        (marking("TLP:RED; NOT BEFORE tomorrow"), "m.markings"),
    ],
)
def test_a_marking_that_means_nothing_says_where(
    schemes: Schemes, given: MarkingInput, field: str
) -> None:
    with pytest.raises(Invalid) as told:
        label_of(schemes, given, path="m")
    assert list(told.value.fields) == [field]


def test_of_two_embargoes_the_later_holds(schemes: Schemes) -> None:
    later = datetime(2027, 1, 1, tzinfo=UTC)
    given = marking("TLP:GREEN; NOT BEFORE 2026-01-01T00:00Z", not_before=later)
    assert label_of(schemes, given).not_before == later


def test_parts_stand_in_order_and_empty_ones_are_left_out(schemes: Schemes) -> None:
    parts = parts_of(
        schemes,
        draft_input(summary=" ", fields={}, sections=[section("A"), section("", ""), section("B")]),
    )
    assert [(part.role, part.position, part.path) for part in parts] == [
        ("title", 0, "marking"),
        ("section", 3, "sections.0.marking"),
        ("section", 5, "sections.2.marking"),
    ]


def test_a_part_without_marking_of_its_own_is_marked_as_the_title(schemes: Schemes) -> None:
    own = marking("TLP:RED", "")
    title, summary, fields, first, second = parts_of(
        schemes,
        draft_input(summary_marking=own, sections=[section("A"), section("B", own=own)]),
    )
    assert title.label == fields.label == first.label
    assert summary.label == second.label != title.label


def test_every_mistake_is_told_at_once(schemes: Schemes) -> None:
    wrong = marking("COSMIC")
    with pytest.raises(Invalid) as told:
        parts_of(
            schemes,
            draft_input(
                marking=wrong,
                fields={"doi": "1", "model": "M"},
                sections=[section("A"), section("B", own=wrong)],
            ),
        )
    assert set(told.value.fields) == {
        "marking.markings",
        "sections.1.marking.markings",
        "fields.model",
    }


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("tool_writeup", "repository", "javascript:alert(1)"),
        ("tool_writeup", "repository", "https://"),
        ("tool_writeup", "maturity", "ripe"),
        ("tool_writeup", "licence", [["a"]]),
        ("governance_framework", "effective_on", "2026-02-30"),
        ("evaluation_report", "results", [["x"] * 100] * 100),
        ("research", "model", "not of this kind"),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused(kind: str, name: str, value: Any) -> None:
    with pytest.raises(Invalid) as told:
        checked_fields(Kind(kind), {name: value})
    assert list(told.value.fields) == [f"fields.{name}"]


def test_a_table_may_be_typed_in_lines() -> None:
    typed = "model | score\n| M 1 | 0.5 |\n\nM 2"
    fields = checked_fields(Kind.EVALUATION_REPORT, {"results": typed, "model": "  M  "})
    assert fields == {"model": "M", "results": [["model", "score"], ["M 1", "0.5"], ["M 2", ""]]}


def test_what_is_missing_is_named_by_its_label() -> None:
    missing = missing_fields(Kind.TOOL_WRITEUP, {"licence": "MIT"})
    assert missing == {"fields.maturity": "Maturity is needed before you submit."}


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": "x" * 301},
        {"title": "two\nlines"},
        {"title": "nul\x00"},
        {"summary": "\ud800"},
        {"language": "english"},
        {"kind": "rumour"},
        {"area": "space"},
        {"sections": [{}] * 201},
        {"sections": [{"body": "é" * 600_000}]},
        {"surprise": 1},
        {"marking": {"markings": "TLP:RED", "not_before": "2026-01-01T00:00"}},
    ],
)
def test_what_cannot_be_kept_is_refused_at_the_door(change: dict[str, Any]) -> None:
    given = {
        "kind": "research",
        "area": "research",
        "title": "T",
        "marking": {"markings": "TLP:RED"},
    }
    DraftInput.model_validate(given)
    with pytest.raises(ValidationError):
        DraftInput.model_validate(given | change)


def test_a_forms_empty_fields_are_absent_from_a_search() -> None:
    search = Search.model_validate({"q": "", "kind": "", "from": "", "year": "2026", "order": ""})
    assert search == Search(year=2026)
    assert Search.model_validate({"from": "2026-01-01"}).from_ is not None


def test_windows_line_ends_become_one_sign() -> None:
    assert SectionInput(body="a\r\nb").body == "a\nb"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\a.txt", "a.txt"),
        ("cod\u202efdp.exe", "codfdp.exe"),
        ("a\r\nb.txt", "ab.txt"),
        ("..", "attachment"),
        ("", "attachment"),
        ("报告.pdf", "报告.pdf"),
    ],
)
def test_a_file_name_neither_leads_anywhere_nor_disguises(given: str, kept: str) -> None:
    assert file_name(given) == kept


def test_a_long_file_name_keeps_its_ending() -> None:
    assert file_name("x" * 500 + ".tar").endswith("x.tar")
    assert len(file_name("x" * 500 + ".tar")) <= 200
    assert len(file_name("x" * 500)) <= 200


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Text/CSV; charset=x", "text/csv"),
        ("text/html\r\nX: y", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_a_media_type_is_one_or_unknown(given: str, kept: str) -> None:
    assert media_type_of(given) == kept
