"""A file goes through the sandbox and comes back as a report."""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from app.core.settings import Settings
from app.inspection import (
    Finding,
    Passage,
    Report,
    inspect,
    inspecting,
    looking,
    mismatches,
    not_inspected,
    tasks,
)
from app.inspection.registry import MODULES, format_of
from app.inspection.report import MAX_TEXT_BYTES, Note
from app.labels import Schemes, load_schemes, parse_label, schemes_json
from app.sandbox import Input, Limits, Output, Result, SandboxFailed, run
from tests.crafted_office import HIDDEN, SHOWN, W, paragraph, word

UNSCANNED = Finding("not-checked-for-malware")


@pytest.fixture(scope="module")
def schemes() -> Schemes:
    return load_schemes(Settings().policies_dir)


def report_on(content: bytes, name: str, schemes: Schemes) -> tuple[Report, Output | None]:
    with Input.of([content], len(content)) as file:
        return inspect(file, name, schemes=schemes, scan=None)


def test_a_text_is_reported_with_its_findings_and_its_words(schemes: Schemes) -> None:
    content = "A note.\nevil \u202etxt.exe\n".encode()

    report, cleaned = report_on(content, "note.txt", schemes)

    found = Finding("disguised-text", "Line 2", excerpt="evil ▯txt.exe")
    assert report.media_type == "text/plain"
    assert report.findings == (UNSCANNED, found)
    assert [one.text for one in report.text] == ["A note.\nevil \u202etxt.exe"]
    assert cleaned is None
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_every_format_that_is_named_can_be_loaded() -> None:
    assert [media_type for media_type in MODULES if format_of(media_type) is None] == []


def test_the_text_that_is_kept_is_bounded(schemes: Schemes) -> None:
    report, _ = report_on(b"words and words\n" * 200_000, "long.txt", schemes)
    assert sum(len(one.text) for one in report.text) == MAX_TEXT_BYTES


def test_a_file_that_breaks_its_limits_blocks_and_the_portal_goes_on(
    schemes: Schemes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspecting, "LIMITS", Limits(memory_bytes=8 << 20))
    report, cleaned = report_on(gzip.compress(b"the same line\n" * 900_000), "a.gz", schemes)

    [_, failed] = report.findings
    assert (failed.kind, failed.excerpt) == (
        "not-inspectable",
        "The file needs more memory than a file may have.",
    )
    assert (failed.blocking, cleaned) == (True, None)
    assert report_on(b"a note", "note.txt", schemes)[0].findings == (UNSCANNED,)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"media_type": "text/plain"},
        Report("text/plain").to_json() | {"findings": [UNSCANNED.to_json() | {"kind": "made-up"}]},
        Report("text/plain").to_json() | {"findings": "none"},
        Report("text/plain").to_json() | {"text": [3]},
        Report("text/plain").to_json() | {"pages": float("inf")},
        Report("text/plain").to_json() | {"pages": 1 << 31},
        Report("text/plain").to_json() | {"pages": -1},
    ],
)
def test_what_a_broken_reader_answers_is_no_report(
    schemes: Schemes, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    monkeypatch.setattr(inspecting, "run", lambda *_, **__: Result(answer))
    report, _ = report_on(b"x", "a.txt", schemes)
    assert [one.kind for one in report.blocking] == ["not-inspectable"]


def test_words_that_no_database_keeps_are_mended(
    schemes: Schemes, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = Passage("a\udcff.txt", None, "half of a sign: \ud800")
    answer = Report("text/plain", text=(half,)).to_json()
    monkeypatch.setattr(inspecting, "run", lambda *_, **__: Result(answer))
    report, _ = report_on(b"x", "a.txt", schemes)
    assert report.text == (Passage("a?.txt", None, "half of a sign: ?"),)


def test_a_machine_that_cannot_confine_gives_no_report(
    schemes: Schemes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object, **__: object) -> Result:
        raise SandboxFailed("unavailable")

    monkeypatch.setattr(inspecting, "run", unavailable)
    with pytest.raises(SandboxFailed):
        report_on(b"x", "a.txt", schemes)


def test_a_failure_names_our_own_line() -> None:
    with Input.of([b"x"], 1) as file, pytest.raises(SandboxFailed) as failed:
        run(inspecting.TASK, file, {})
    assert re.fullmatch(r"KeyError at app/inspection/tasks\.py:\d+", failed.value.where)


def test_a_file_that_was_not_looked_into_blocks() -> None:
    assert [one.kind for one in not_inspected("It is too large.").blocking] == ["not-inspectable"]


def test_a_cleaned_copy_that_is_not_clean_is_none(
    schemes: Schemes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task itself, here: its format cleans by copying what it should have taken out."""

    class Lazy:
        def look(self, file: io.BytesIO, note: Note) -> None:
            if b"macro" in file.read():
                note(Finding("macros"))

        def passages(self, _: io.BytesIO) -> tuple[()]:
            return ()

        def clean(self, file: io.BytesIO, out: io.BytesIO) -> bool:
            out.write(file.read().replace(*self.replaced))
            return True

        replaced = (b"", b"")

    lazy = Lazy()
    for module in (looking, tasks):
        monkeypatch.setattr(module, "format_of", lambda _: lazy)
    told: Mapping[bytes, bool] = {b"x": False, b"macro": True}
    for taken_out, cleaned in told.items():
        lazy.replaced = (taken_out, b"")
        arguments = {"name": "a.txt", "schemes": schemes_json(schemes)}
        answer = tasks.inspect(io.BytesIO(b"a macro"), arguments, [io.BytesIO()])
        assert answer["cleaned"] is cleaned


def test_a_document_is_judged_and_cleaned_in_one_go(schemes: Schemes) -> None:
    made = word(paragraph(HIDDEN, "<w:vanish/>"), section='<w:footerReference r:id="rIdX"/>')
    made.part("word/f.xml", f"<w:ftr {W}>{paragraph('TLP:RED')}</w:ftr>")
    made.lead("word/document.xml", "word/f.xml", "footer", known_as="rIdX")

    report, cleaned = report_on(made.bytes(), "file.docx", schemes)

    assert [one.kind for one in report.findings] == [UNSCANNED.kind, "hidden-text"]
    [mismatch] = mismatches(report, parse_label(schemes, "TLP:AMBER"), schemes)
    assert (mismatch.kind, mismatch.place) == ("marking-mismatch", "Footer of section 1")
    assert mismatches(report, parse_label(schemes, "TLP:RED"), schemes) == ()
    assert cleaned is not None
    with zipfile.ZipFile(io.BytesIO(b"".join(cleaned.chunks()))) as package:
        body = package.read("word/document.xml").decode()
    cleaned.close()
    assert HIDDEN not in body
    assert SHOWN in body
