"""Whatever is done to a document, looking at it ends with findings and never with an error."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.inspection.looking import Notes, look_at, passages_of
from app.inspection.registry import format_of
from app.inspection.sniffing import media_type_of
from tests.crafted_office import cell, excel, opendocument, paragraph, shape, slides, word

HIDDEN_RUN = paragraph("hidden", "<w:vanish/>")
SAMPLES: list[Callable[[], bytes]] = [
    lambda: word(HIDDEN_RUN, settings="<w:docVars/>").bytes(),
    lambda: excel(f'<row hidden="1" r="7">{cell("A7", "hidden")}</row>').bytes(),
    lambda: slides(shape("hidden", at=(9999999, 0)), second="hidden").bytes(),
    lambda: opendocument("text", "<text:p>words</text:p>"),
    lambda: b"<html><p onclick='x' style='display:none'>words</p><script>x</script></html>",
    lambda: b'<?xml version="1.0"?><a><!-- words --><b x="y"/></a>',
    lambda: b'{"cells": [{"cell_type": "code", "source": ["1"], "outputs": []}], "nbformat": 4}',
    lambda: (
        b"From: a@example.org\nReceived: x\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/html\n\n<p hidden>words</p>\n--b--\n"
    ),
    lambda: rb"{\rtf1 {\object\objdata 00}{\v hidden}}",
]


@pytest.mark.parametrize("sample", SAMPLES)
@given(st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_a_damaged_file_gives_findings_and_no_error(
    sample: Callable[[], bytes], damages: list[tuple[float, bytes]]
) -> None:
    content = bytearray(sample())
    for place, damage in damages:
        at = int(place * (len(content) - 1))
        content[at : at + len(damage)] = damage
    file, notes = io.BytesIO(bytes(content)), Notes()

    look_at(file, "file", notes)
    list(passages_of(file, "file"))
    assert all(finding.about for finding in notes.findings())
    form = format_of(media_type_of(file, "file"))
    assert form is not None or notes.findings()


PARTS = ["word/document.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("content", [b"", b"<a/>", b"<a xmlns='x'><b c='d'/></a>", b"\xff\xfe\x00"])
def test_a_part_of_another_kind_gives_findings_and_no_error(part: str, content: bytes) -> None:
    made = word(HIDDEN_RUN)
    made.parts.pop(part, None)
    notes = Notes()
    look_at(io.BytesIO(made.part(part, content).bytes()), "file", notes)
    assert notes.findings() or part != "[Content_Types].xml"


def test_a_part_that_ends_too_early_is_no_error() -> None:
    content = bytearray(word(HIDDEN_RUN, settings="<w:docVars/>").bytes())
    at = int(0.8811922162172583 * (len(content) - 1))
    content[at : at + 4] = b"\x00\x01\x00\x0b"
    notes = Notes()
    look_at(io.BytesIO(bytes(content)), "file.docx", notes)
    assert any(one.blocking for one in notes.findings())
