"""The mark of a PDF is on every page, whatever the page does, and nothing else leaves with it."""

from dataclasses import replace
from io import BytesIO
from unittest.mock import patch

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.copies import NotMarked
from app.copies import pdf as marking
from app.copies.layout import taken_line
from app.copies.pdf import mark_pdf
from tests.copies_world import MARK, colours, most_difference, pdf, seen, words_of

BANNER = [tag.text for tag in MARK.tags]
SHOWN_THROUGH = 45  # of 255: what the faint line may change of a page
HOSTILE = {
    "clips all that follows": b"0 0 1 1 re W n BT /F1 9 Tf 9 9 Td (In) Tj ET",
    "leaves graphics states open": b"q q 0 0 0 0 0 0 cm BT /F1 9 Tf 9 9 Td (In) Tj ET",
    "pops what it did not push": b"Q Q Q 0 0 1 1 re W n BT /F1 9 Tf 9 9 Td (In) Tj ET",
    "hides all that follows": b"/OC /Off BDC BT /F1 9 Tf 9 9 Td (In) Tj ET",
    "leaves a text open": b"BT 3 Tr /F1 9 Tf 9 9 Td (In) Tj",
    "ends within a string": b"BT /F1 9 Tf 9 9 Td (In) Tj ET (",
    "ends within a picture": b"BT /F1 9 Tf 9 9 Td (In) Tj ET BI /W 9 /H 9 ID ",
}


def marked(data: bytes, mark: object = MARK) -> bytes:
    out = BytesIO()
    mark_pdf(BytesIO(data), mark, out)  # type: ignore[arg-type]
    return out.getvalue()


@settings(max_examples=25, deadline=None)
@given(
    width=st.floats(20, 3000),
    height=st.floats(20, 3000),
    rotate=st.sampled_from([0, 90, 180, 270]),
    inset=st.floats(0, 0.3),
    name=st.sampled_from([MARK.name, "李小龙", "A" * 120, "O'Neil <b>(x)\\"]),
)
def test_marks_lie_within_what_is_seen_and_can_be_read_out(
    width: float, height: float, rotate: int, inset: float, name: str
) -> None:
    crop = (width * inset, height * inset, width * (1 - inset / 2), height)
    data = pdf("Own words", size=(width, height), rotate=rotate, crop=crop)
    mark = replace(MARK, name=name)
    copy = marked(data, mark)
    page = pypdfium2.PdfDocument(copy)[0]
    wide, high = page.get_size()
    before = pypdfium2.PdfDocument(data)[0].get_size()
    assert wide == pytest.approx(before[0], abs=0.1)
    assert high > before[1]
    (said,) = words_of(copy)
    spaceless = "".join(said.split())
    for text in (*BANNER, taken_line(mark), mark.number):
        assert "".join(text.split()) in spaceless
    assert ("lucja@eu-ai-office.example" in spaceless) == (name == "李小龙")
    box = page.get_mediabox()
    for text in (mark.number, "TLP:AMBER+STRICT"):
        found = page.get_textpage().search(text)
        while place := found.get_next():
            for number in range(*_rectangles(page, place)):
                left, bottom, right, top = _rectangle(page, number)
                assert box[0] - 1 <= left <= right <= box[2] + 1
                assert box[1] - 1 <= bottom <= top <= box[3] + 1


def _rectangles(page: pypdfium2.PdfPage, place: tuple[int, int]) -> tuple[int, int]:
    return place[0], place[0] + place[1]


def _rectangle(page: pypdfium2.PdfPage, number: int) -> tuple[float, float, float, float]:
    box: tuple[float, float, float, float] = page.get_textpage().get_charbox(number)
    return box


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_nothing_of_the_page_is_covered_or_moved(rotate: int) -> None:
    data = pdf("Own words", size=(400, 600), rotate=rotate, crop=(20, 30, 380, 590))
    copy = marked(data)
    before, after = seen(data), seen(copy)
    grown = after.height - before.height
    for top in range(grown):
        cut = after.crop((0, top, before.width, top + before.height))
        if most_difference(before, cut) <= SHOWN_THROUGH:
            return
    pytest.fail("the page does not stand in its copy as it was")


@pytest.mark.parametrize("content", HOSTILE.values(), ids=list(HOSTILE))
def test_no_page_hides_its_mark(content: bytes) -> None:
    copy = marked(pdf("x", content=content))
    (said,) = words_of(copy)
    assert all(text in said for text in (*BANNER, MARK.number))
    drawn = seen(copy, scale=4)
    strip = drawn.crop((0, 0, drawn.width, 56))
    assert (255, 192, 0) in colours(strip)


def test_every_page_has_it_whatever_their_sizes() -> None:
    joined = pikepdf.new()
    for size in ((300, 400), (595, 842), (842, 595)):
        with pikepdf.open(BytesIO(pdf("a", "b", size=size))) as part:
            joined.pages.extend(part.pages)
    out = BytesIO()
    joined.save(out)
    said = words_of(marked(out.getvalue()))
    assert len(said) == 6
    assert all(text in page for page in said for text in (*BANNER, MARK.number))


def test_a_page_that_went_without_its_mark_keeps_the_file_here() -> None:
    real, calls = marking._mark_page, []

    def skip_the_second(*given: object) -> None:
        calls.append(given)
        if len(calls) != 2:
            real(*given)  # type: ignore[arg-type]

    with (
        patch.object(marking, "_mark_page", skip_the_second),
        pytest.raises(NotMarked, match="without its mark"),
    ):
        marked(pdf("a", "b", "c"))


@pytest.mark.parametrize("owner_only", [True, False])
def test_what_is_locked_does_not_leave(owner_only: bool) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf("a"))) as opened:
        user = "" if owner_only else "secret"
        opened.save(out, encryption=pikepdf.Encryption(owner="owner", user=user))
    with pytest.raises(NotMarked, match="locked with a password"):
        marked(out.getvalue())


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04", pdf("a")[:300]])
def test_what_is_damaged_does_not_leave(data: bytes) -> None:
    with pytest.raises(NotMarked):
        marked(data)


def test_only_pages_leave() -> None:
    """Scripts, attached files, metadata and fields stay here; what fields showed is drawn."""
    with pikepdf.open(BytesIO(pdf("a"))) as made:
        made.attachments["inner.txt"] = b"an inner secret"
        made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        made.docinfo["/Author"] = "Ada"
        with made.open_metadata() as metadata:
            metadata["pdfaid:part"] = "1"
        shown = made.make_stream(b"BT /F1 9 Tf 5 5 Td (Filled in) Tj ET")
        shown.update({"/Subtype": pikepdf.Name.Form, "/BBox": pikepdf.Array([0, 0, 90, 20])})
        shown.Resources = made.pages[0].Resources
        field = made.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="field",
                Rect=pikepdf.Array([10, 10, 100, 30]),
                AP=pikepdf.Dictionary(N=shown),
            )
        )
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Link,
            C=pikepdf.Array([1, 1, 1]),
            Border=pikepdf.Array([0, 0, 200]),
            Rect=pikepdf.Array([10, 40, 100, 60]),
            A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.org"),
        )
        run = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Link,
            Rect=pikepdf.Array([10, 40, 100, 60]),
            A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="x.exe"),
        )
        made.pages[0].Annots = pikepdf.Array([field, link, run])
        made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        out = BytesIO()
        made.save(out)
    copy = marked(out.getvalue())
    assert "Filled in" in words_of(copy)[0]
    with pikepdf.open(BytesIO(copy)) as left:
        assert not set(left.Root.keys()) & {"/AcroForm", "/OpenAction", "/Names", "/Metadata"}
        assert [one.A.S for one in left.pages[0].Annots] == [pikepdf.Name.URI]
        (kept,) = left.pages[0].Annots
        assert list(kept.Border) == [0, 0, 0]  # a wide frame would lie over the strips
        assert not {"/C", "/BS"} & set(kept.keys())
        text = b"".join(one.read_bytes() for one in left.objects if isinstance(one, pikepdf.Stream))
        assert b"inner secret" not in text
        assert "/Author" not in left.docinfo
        assert b"app.alert" not in copy


def test_text_keeps_its_structure_for_screen_readers() -> None:
    with pikepdf.open(BytesIO(pdf("a"))) as made:
        made.Root.StructTreeRoot = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot)
        made.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
        made.Root.Lang = "fr"
        made.docinfo["/Title"] = "Un titre"
        tagged = b"/P <</MCID 0>> BDC BT /F1 9 Tf 9 9 Td (Dit) Tj ET EMC"
        made.pages[0].Contents = made.make_stream(tagged)
        out = BytesIO()
        made.save(out)
    with pikepdf.open(BytesIO(marked(out.getvalue()))) as left:
        assert str(left.Root.Lang) == "fr"
        assert left.Root.MarkInfo.Marked
        assert str(left.docinfo["/Title"]) == "Un titre"
        contents = b"".join(one.read_bytes() for one in left.pages[0].Contents)
        assert b"/MCID 0" in contents
        assert b"/Artifact" in contents
