"""PDF: what its pages hide, what lies beside them, and a copy without either.

Two readers look at the file: PDFium paints the pages, as a person sees them; qpdf reads the
objects. A file that they read differently cannot be judged.
"""

import io
from collections import defaultdict
from collections.abc import Iterator
from typing import IO, Any

import pikepdf
import pypdfium2 as pdfium

from app.inspection.formats import Unreadable
from app.inspection.formats.pdf_cleaning import clean_copy
from app.inspection.formats.pdf_embedded import look_at_embedded, passages_of_embedded
from app.inspection.formats.pdf_hidden import Hidden, Why, hidden_on
from app.inspection.formats.pdf_layers import layers_off, used
from app.inspection.formats.pdf_pages import MAX_PAGES, PaintedPage, TooIntricate
from app.inspection.formats.pdf_revisions import look_around, look_at_revisions
from app.inspection.formats.pdf_structure import Structure, look_at_structure, spoken
from app.inspection.formats.pdf_words import Secrets
from app.inspection.report import Finding, Note, Passage

KINDS_OF: dict[Why, str] = {
    Why.TINY: "invisible-text",
    Why.CLIPPED: "hidden-text",
    Why.OUTSIDE: "hidden-text",
}
PLACES = {
    Why.TINY: "far too small to be read",
    Why.CLIPPED: "cut off",
    Why.OUTSIDE: "outside of the page",
    Why.RECOGNISED: "behind the picture",
}


def look(file: IO[bytes], note: Note) -> None:
    """Note what the pages hide, what lies beside them, and what was before."""
    data = file.read()
    try:
        _look(data, note, with_pages=True)
    except pikepdf.PasswordError:
        note(Finding("encrypted"))
    except pikepdf.PdfError:
        raise Unreadable from None


def passages(file: IO[bytes]) -> Iterator[Passage]:
    """Yield the text of each page, hidden text as well, then that of the files inside."""
    data = file.read()
    with _opened(data) as document:
        for number in range(1, min(len(document), MAX_PAGES) + 1):
            text = document[number - 1].get_textpage().get_text_range(errors="replace")
            if text.strip():
                yield Passage(f"Page {number}", number, text)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        yield from passages_of_embedded(Structure(pdf))


def pages(file: IO[bytes]) -> int:
    """Count the pages."""
    with _opened(file.read()) as document:
        return len(document)


def clean(file: IO[bytes], out: IO[bytes]) -> bool:
    """Write a copy that shows the same and holds no more; False where that cannot be made sure."""
    return clean_copy(file.read(), out, _look_beside)


def _look(data: bytes, note: Note, *, with_pages: bool) -> None:
    with pikepdf.open(io.BytesIO(data)) as pdf, _opened(data) as document:
        if len(document) != len(pdf.pages):
            note(Finding("not-inspectable", "Programs disagree on how many pages there are"))
        structure = Structure(pdf)
        if not structure.complete:
            note(Finding("not-inspectable", "There are more objects than were looked at"))
        secrets = _look_at_pages(document, note) if with_pages else Secrets()
        look_at_structure(structure, note)
        for name in used(structure, layers_off(pdf)):
            note(Finding("hidden-layer", f"Layer “{name}”"))
        _look_for_repeats(structure, secrets, note)
        look_at_embedded(structure, note)
    look_at_revisions(data, note)
    look_around(data, note)


def _look_beside(data: bytes, note: Note) -> None:
    _look(data, note, with_pages=False)


def _opened(data: bytes) -> Any:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        raise Unreadable from None


def _look_at_pages(document: Any, note: Note) -> Secrets:
    """Note what the pages hide, and return the words that were covered."""
    secrets = Secrets()
    if len(document) > MAX_PAGES:
        place = f"Only the first {MAX_PAGES} of {len(document)} pages were looked at"
        note(Finding("not-inspectable", place, MAX_PAGES + 1))
    for number in range(1, min(len(document), MAX_PAGES) + 1):
        try:
            page = PaintedPage(document[number - 1], number)
        except (pdfium.PdfiumError, TooIntricate):
            note(Finding("not-inspectable", f"Page {number}", number))
            continue
        secrets.shown(page.page.get_textpage().get_text_range(errors="replace"))
        found = hidden_on(page)
        for each in found:
            if each.why in {Why.COVERED, Why.COLOUR, Why.UNAPPLIED}:
                secrets.covered(each.text)
        _note_page(page, found, note)
        page.page.close()
    return secrets


def _note_page(page: PaintedPage, found: list[Hidden], note: Note) -> None:
    """Note each way of hiding on the page once, with all that is hidden so."""
    by_reason: defaultdict[Why, list[Hidden]] = defaultdict(list)
    for each in found:
        by_reason[each.why].append(each)
    for why, runs in by_reason.items():
        place = f"Page {page.number}, {PLACES.get(why) or page.spot(runs[0].box)}"
        if len(runs) > 1:
            place += f" and {len(runs) - 1} more"
        excerpt = " … ".join(run.text for run in runs if run.text)
        note(Finding(KINDS_OF.get(why, why.value), place, page.number, excerpt))


def _look_for_repeats(structure: Structure, secrets: Secrets, note: Note) -> None:
    for place, page, words in spoken(structure):
        if secrets.repeated_in(words):
            note(Finding("repeated-redaction", place, page, words))
