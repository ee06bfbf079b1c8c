"""A cleaned copy of a PDF: what it shows stays, what it hides goes; or there is no copy.

The file is written anew, so that no earlier revision and nothing unused comes along. Then the copy
is painted beside the original and looked at as any file is: a page that differs, or that still
hides something, is replaced by its picture, and if that does not do there is no copy.
"""

import io
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, ImageFilter

from app.inspection.formats.images import stripped_jpeg
from app.inspection.formats.pdf_hidden import Hidden, Why, hidden_on
from app.inspection.formats.pdf_layers import layers_off
from app.inspection.formats.pdf_pages import MAX_PAGES, Box, PaintedPage
from app.inspection.formats.pdf_painting import (
    hidden_texts,
    paint_as_picture,
    text_count,
    without_layers,
    without_texts,
    write_instructions,
)
from app.inspection.formats.pdf_structure import annotations_of, listed, text_of
from app.inspection.formats.pdf_words import Secrets
from app.inspection.report import Finding, Note

DIFFERENCE = 56
"""Shades of 255; fine edges of a picture of a page differ by less over any three pixels square."""
_ICONS = frozenset(
    {
        "/Text",
        "/Popup",
        "/FileAttachment",
        "/Sound",
        "/Movie",
        "/Screen",
        "/RichMedia",
        "/3D",
        "/Redact",
        "/Projection",
        "/TrapNet",
        "/PrinterMark",
    }
)
"""Annotations that are no part of the page: they go, with their icons."""
_PASSIVE = frozenset({"/URI", "/GoTo", "/Named", "/Thread"})
_EVERYWHERE = ("/Metadata", "/PieceInfo", "/Thumb", "/AA", "/AF", "/LastModified", "/OC")
_KEPT_IN_ROOT = frozenset(
    {
        "/Type",
        "/Version",
        "/Pages",
        "/PageLabels",
        "/Names",
        "/Dests",
        "/ViewerPreferences",
        "/PageLayout",
        "/PageMode",
        "/Outlines",
        "/OpenAction",
        "/StructTreeRoot",
        "/MarkInfo",
        "/Lang",
        "/OutputIntents",
        "/Extensions",
        "/AcroForm",
        "/OCProperties",
    }
)
_SPOKEN = ("/ActualText", "/Alt", "/E")
LookBeside = Callable[[bytes, Note], None]


def clean_copy(data: bytes, out: IO[bytes], look_beside: LookBeside) -> bool:
    """Write a copy that shows the same as `data` and has no finding that cleaning takes away.

    Returns False, with nothing written, where that cannot be made sure.

    Args:
        look_beside: looks at all of a file but its pages.
    """
    try:
        cleaning = Cleaning(data)
    except (pikepdf.PdfError, pikepdf.PasswordError, pdfium.PdfiumError):
        return False
    with cleaning.document:
        for _ in range(3):
            copy = cleaning.rewritten()
            wrong = cleaning.wrong_pages(copy)
            if not wrong:
                break
            if wrong <= cleaning.pictures:
                return False
            cleaning.pictures |= wrong
    left: list[Finding] = []
    look_beside(copy, left.append)
    if wrong or any(each.about.cleaned or each.blocking for each in left):
        return False
    out.write(copy)
    return True


class Cleaning:
    """A file on its way to a cleaned copy, and the pages of which only the picture is kept."""

    def __init__(self, data: bytes) -> None:
        self._marks = _marks(data)
        self._shown = _without_icons(data)
        """What is to be shown: the file without the icons of comments and attachments."""
        self.document = pdfium.PdfDocument(self._shown)
        self.pictures: set[int] = set(self._marks)
        self._changed: set[int] = set()
        self._found: dict[int, list[Hidden]] = {}
        self._secrets = Secrets()

    def rewritten(self) -> bytes:
        """Return the file written anew, without what it does not show."""
        with pikepdf.open(io.BytesIO(self._shown)) as pdf:
            self._changed |= {page for page, each in annotations_of(pdf) if not _is_link(each)}
            _flatten(pdf)
            off = layers_off(pdf)
            if "/OCProperties" in pdf.Root:
                self._changed |= set(range(1, len(pdf.pages) + 1))
            for number, page in enumerate(pdf.pages, start=1):
                if off:
                    write_instructions(pdf, page, without_layers(page, off))
                self._rewrite_page(pdf, page, number)
            # What was taken out of a page's instructions must not stay among its resources.
            pdf.remove_unreferenced_resources()
            _strip(pdf, self._secrets)
            return _saved(pdf)

    def wrong_pages(self, copy: bytes) -> set[int]:
        """Return the changed pages that look different in the copy or still hide something."""
        with pdfium.PdfDocument(copy) as after:
            if len(after) != len(self.document):
                return {0}
            return {number for number in self._changed if self._is_wrong(after, number)}

    def _rewrite_page(self, pdf: pikepdf.Pdf, page: pikepdf.Page, number: int) -> None:
        seen = PaintedPage(self.document[number - 1], number)
        if number not in self._found:
            self._found[number] = [
                each for each in hidden_on(seen) if each.why is not Why.RECOGNISED
            ]
            _learn(self._secrets, seen, self._found[number])
        found = [each for each in self._found[number] if each.why is not Why.LAYER]
        if found and number not in self.pictures and not _took_out(pdf, page, seen, found):
            self.pictures.add(number)
        if number in self.pictures:
            fresh = self.document[number - 1]
            paint_as_picture(pdf, page, fresh, self._marks.get(number, ()))
        if self._found[number] or number in self.pictures:
            self._changed.add(number)
        seen.page.close()

    def _is_wrong(self, after: Any, number: int) -> bool:
        if number not in self._marks:
            original = PaintedPage(self.document[number - 1], number)
            copied = PaintedPage(after[number - 1], number)
            # A picture of the page was painted finer than the page is here.
            soft = number in self.pictures
            if differ(original.picture(), copied.picture(), soft=soft):
                return True
        again = hidden_on(PaintedPage(after[number - 1], number))
        return any(each.why is not Why.RECOGNISED for each in again)


def _without_icons(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        if len(pdf.pages) > MAX_PAGES:
            raise pikepdf.PdfError
        for page in pdf.pages:
            if "/Annots" in page.obj:
                kept = [each for each in listed(page.obj.Annots) if not _is_icon(each)]
                page.obj.Annots = Array(kept)
        return _saved(pdf)


def _flatten(pdf: pikepdf.Pdf) -> None:
    """Paint comments and fields into the pages; links stay links."""
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary):
        _drop(form, "/XFA")
        with suppress(pikepdf.PdfError):
            pdf.generate_appearance_streams()
    pdf.flatten_annotations("screen")
    for page in pdf.pages:
        if "/Annots" in page.obj:
            links = [each for each in listed(page.obj.Annots) if _is_link(each)]
            page.obj.Annots = Array(links)


def _learn(secrets: Secrets, seen: PaintedPage, found: list[Hidden]) -> None:
    secrets.shown(seen.page.get_textpage().get_text_range(errors="replace"))
    for each in found:
        if each.why in {Why.COVERED, Why.COLOUR}:
            secrets.covered(each.text)


def _took_out(pdf: pikepdf.Pdf, page: pikepdf.Page, seen: PaintedPage, found: list[Hidden]) -> bool:
    """Take the hidden texts out of the page's instructions; tells whether that can be done."""
    hidden = hidden_texts(seen, found)
    kept = hidden and without_texts(page, hidden, count=text_count(seen))
    if not kept:
        return False
    write_instructions(pdf, page, kept)
    return True


def _strip(pdf: pikepdf.Pdf, secrets: Secrets) -> None:
    """Take away everything that is not shown on a page, or that acts."""
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    for key in list(pdf.Root.keys()):
        if key not in _KEPT_IN_ROOT or key in {"/AcroForm", "/OCProperties"}:
            del pdf.Root[key]
    names = pdf.Root.get("/Names")
    if isinstance(names, Dictionary):
        pdf.Root.Names = Dictionary({key: names[key] for key in ("/Dests",) if key in names})
    for _, annotation in annotations_of(pdf):
        for key in ("/Contents", "/T", "/NM", "/M"):
            _drop(annotation, key)
    for each in pdf.objects:
        with suppress(pikepdf.PdfError):
            _strip_object(each, secrets)


def _strip_object(each: Any, secrets: Secrets) -> None:
    if not isinstance(each, (Dictionary, pikepdf.Stream)):
        return
    for key in _EVERYWHERE:
        _drop(each, key)
    for key in ("/A", "/OpenAction", "/PA"):
        _strip_action(each, key)
    for key in (*_SPOKEN, "/Title"):
        if secrets.repeated_in(text_of(each.get(key))):
            each[key] = pikepdf.String("")
    if isinstance(each, pikepdf.Stream) and each.get("/Filter") == Name.DCTDecode:
        stripped = stripped_jpeg(each.read_raw_bytes())
        if stripped is not None:
            parameters: Any = each.get("/DecodeParms")
            each.write(stripped, filter=Name.DCTDecode, decode_parms=parameters)


def _strip_action(each: Any, key: str) -> None:
    action = each.get(key)
    if isinstance(action, Dictionary):
        _drop(action, "/Next")
        if str(action.get("/S", "/GoTo")) not in _PASSIVE:
            _drop(each, key)


def differ(one: Image.Image, other: Image.Image, *, soft: bool = False) -> bool:
    """Tell whether two pictures of a page differ by more than the fineness of their edges.

    Args:
        soft: compare them as if seen from afar.
    """
    if one.size != other.size:
        return True
    if soft:
        one, other = (each.filter(ImageFilter.BoxBlur(2)) for each in (one, other))
    apart = ImageChops.difference(one, other)
    return int(apart.filter(ImageFilter.MinFilter(3)).getextrema()[1]) > DIFFERENCE  # type: ignore[arg-type]


def _marks(data: bytes) -> dict[int, list[Box]]:
    """Return the regions marked for redaction, by page."""
    marks: defaultdict[int, list[Box]] = defaultdict(list)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page, each in annotations_of(pdf):
            if each.get("/Subtype") == Name.Redact:
                marks[page].extend(regions(each))
    return dict(marks)


def regions(annotation: Any) -> list[Box]:
    """Return what an annotation marks: its quadrilaterals, else its rectangle."""
    points = [float(each) for each in listed(annotation.get("/QuadPoints"))]
    if len(points) < 8:
        edges = [float(each) for each in listed(annotation.get("/Rect"))]
        points = [edges[at] for at in (0, 1, 2, 1, 0, 3, 2, 3)] if len(edges) == 4 else []
    quads = [points[at : at + 8] for at in range(0, len(points) - 7, 8)]
    return [Box(min(each[::2]), min(each[1::2]), max(each[::2]), max(each[1::2])) for each in quads]


def _is_icon(annotation: Any) -> bool:
    return not isinstance(annotation, Dictionary) or str(annotation.get("/Subtype", "")) in _ICONS


def _is_link(annotation: Any) -> bool:
    return isinstance(annotation, Dictionary) and annotation.get("/Subtype") == Name.Link


def _drop(each: Any, key: str) -> None:
    if key in each:
        del each[key]


def _saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, encryption=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
