"""One PDF for each hiding place: what is found in it, and that a cleaned copy no longer has it."""

import io
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from app.inspection.formats import pdf, pdf_cleaning, pdf_pages
from app.inspection.formats.pdf_cleaning import differ
from app.inspection.looking import Notes, look_at
from app.inspection.report import Finding, Report
from app.inspection.tasks import inspect
from app.labels import load_schemes, schemes_json
from tests.crafted_pdf import HIDING, LINE, OVER_LINE, SECRET, SHOWN, Draft, appended, plain

ROOT = Path(__file__).resolve().parents[2]


def findings(content: bytes) -> tuple[Finding, ...]:
    notes = Notes()
    look_at(io.BytesIO(content), "report.pdf", notes)
    return notes.findings()


def cleaned(content: bytes) -> bytes | None:
    out = io.BytesIO()
    return out.getvalue() if pdf.clean(io.BytesIO(content), out) else None


@pytest.mark.parametrize("name", HIDING)
def test_what_is_hidden_is_found(name: str) -> None:
    crafted = HIDING[name]

    found = findings(crafted.make())

    assert {one.kind for one in found} == crafted.kinds
    assert any(
        crafted.excerpt in one.excerpt + one.place and one.page == (crafted.page or one.page)
        for one in found
    )


@pytest.mark.parametrize("name", [name for name in HIDING if HIDING[name].cleaned])
def test_a_cleaned_copy_shows_the_same_and_hides_nothing(name: str) -> None:
    crafted = HIDING[name]
    original = crafted.make()

    copy = cleaned(original)

    assert copy is not None
    assert findings(copy) == ()
    assert SECRET.encode() not in _unpacked(copy)
    assert SECRET not in "".join(passage.text for passage in pdf.passages(io.BytesIO(copy)))
    if crafted.same:
        for before, after in zip(_painted(original), _painted(copy), strict=True):
            assert not differ(before, after, soft=True)


def _unpacked(content: bytes) -> bytes:
    """Return the file with nothing compressed, so that nothing in it is out of sight."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as file:
        file.save(
            out,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.all,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return out.getvalue()


def _painted(content: bytes) -> list[Image.Image]:
    """Return pictures of the pages without sticky notes, which are no part of a page."""
    with pdfium.PdfDocument(content) as document:
        return [pdf_pages.PaintedPage(page, 1).picture() for page in document]


@pytest.mark.parametrize("linearised", [False, True])
def test_a_plain_file_has_no_finding(linearised: bool) -> None:
    with pikepdf.open(io.BytesIO(plain())) as pdf_file:
        out = io.BytesIO()
        pdf_file.save(out, linearize=linearised)

    assert findings(out.getvalue()) == ()


def test_what_is_usual_is_no_finding() -> None:
    """Links, bookmarks, layers that are on, an underlined line, white text on a dark box."""
    draft = Draft(
        f"0.1 g 70 495 90 18 re f 1 g BT /F 14 Tf 72 500 Td ({SECRET}) Tj ET\n"
        "0 g BT /F 14 Tf 72 400 Td (underlined) Tj ET 70 398 90 1 re f\n"
        "/OC /Mc0 BDC BT /F 14 Tf 72 300 Td (in a layer) Tj ET EMC"
    )
    draft.annotate("/Link", A=Dictionary(S=Name.URI, URI=String("https://example.org/")))
    layer = draft.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Shown")))
    draft.pdf.Root.OCProperties = Dictionary(
        OCGs=Array([layer]), D=Dictionary(Order=Array([layer]))
    )
    draft.page.Resources.Properties.Mc0 = layer
    with draft.pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Beginning", 0))

    assert findings(draft.bytes()) == ()


def test_a_signature_added_to_a_file_is_no_earlier_revision() -> None:
    before = plain()
    with pikepdf.open(io.BytesIO(before)) as file:
        root = file.Root.objgen[0]
        pages = file.Root.Pages.objgen[0]
        size = int(file.trailer.Size)
    signed = appended(
        before,
        {
            root: b"<< /Type /Catalog /Pages %d 0 R /AcroForm << /Fields [%d 0 R] >> >>"
            % (pages, size),
            size: b"<< /FT /Sig /T (Signature) /V << /Type /Sig /Contents <00> >> >>",
        },
    )

    assert findings(signed) == ()


def test_a_file_inside_that_is_not_compressed_is_no_earlier_revision() -> None:
    draft = Draft()
    draft.attach("annex.pdf", plain())

    found = findings(draft.bytes(compress_streams=False))

    assert [one.kind for one in found] == ["embedded-file"]


def test_what_is_beyond_the_limit_of_pages_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 1)
    draft = Draft()
    draft.add_page("")

    (found,) = findings(draft.bytes())

    assert (found.kind, found.page) == ("not-inspectable", 2)
    assert found.blocking


def test_a_page_that_paints_too_much_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pages, "MAX_OBJECTS", 1)

    (found,) = findings(plain())

    assert (found.kind, found.page) == ("not-inspectable", 1)


@pytest.mark.parametrize("broken", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(2000), plain()[:400]])
def test_a_damaged_file_cannot_be_looked_into(broken: bytes) -> None:
    assert "not-inspectable" in {one.kind for one in findings(broken)}


def test_a_broken_file_is_reported_whatever_is_broken() -> None:
    """Every 97th byte is turned, one at a time: the report stands, and nothing else is raised."""
    whole = HIDING["a file inside that hides text"].make()
    schemes = schemes_json(load_schemes(ROOT / "policies"))
    arguments = {"name": "report.pdf", "schemes": schemes}
    for at in range(20, len(whole), 97):
        broken = whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
        answer = inspect(io.BytesIO(broken), arguments, [io.BytesIO()])
        assert Report.from_json(answer).media_type


def test_the_text_of_each_page_is_given() -> None:
    draft = Draft()
    draft.add_page("")

    passages = list(pdf.passages(io.BytesIO(draft.bytes())))

    assert [(each.place, each.page) for each in passages] == [("Page 1", 1), ("Page 2", 2)]
    assert all(SHOWN in each.text for each in passages)


def test_a_copy_that_would_look_different_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is not let out changed, even if everything hidden were gone."""
    original = HIDING["text under a black box"].make()
    monkeypatch.setattr("app.inspection.formats.pdf_cleaning.differ", lambda *_, **__: True)

    assert cleaned(original) is None


def test_what_is_seen_beside_a_covered_line_stays_text() -> None:
    copy = cleaned(HIDING["text under a black box"].make())

    assert copy is not None
    (passage,) = pdf.passages(io.BytesIO(copy))
    assert passage.text.strip() == SHOWN


def test_a_page_that_still_hides_something_is_replaced_by_its_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf_cleaning, "_took_out", lambda *_: True)

    copy = cleaned(HIDING["text under a black box"].make())

    assert copy is not None
    assert list(pdf.passages(io.BytesIO(copy))) == []


def test_a_copy_that_still_tells_something_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_cleaning, "_strip", lambda *_: None)

    assert cleaned(HIDING["an author"].make()) is None


def test_a_file_that_two_programs_read_differently_cannot_be_judged() -> None:
    draft = Draft()
    draft.add_page(f"{LINE}\n0 g {OVER_LINE}")

    found = findings(draft.bytes().replace(b"/Count 2", b"/Count 1"))

    assert "Programs disagree on how many pages there are" in {one.place for one in found}
    assert any(one.blocking for one in found)


def test_what_was_marked_for_redaction_is_black_in_the_copy() -> None:
    copy = cleaned(HIDING["a mark for redaction not applied"].make())

    assert copy is not None
    (page,) = _painted(copy)
    _, brightest = page.crop((72, 842 - 511, 158, 842 - 497)).getextrema()
    assert isinstance(brightest, int)
    assert brightest < 60
