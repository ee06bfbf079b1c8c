"""Earlier revisions inside a PDF: a change saved by appending leaves all that was before.

Each revision ends with `startxref`, where its cross-references begin, and `%%EOF`; so the file up
to there is the revision. A linearised file has two such ends and one revision.

Source: ISO 32000-2, 7.5.6 (incremental updates) and annex F (linearised PDF).
"""

import io
import re
from collections.abc import Iterator
from contextlib import suppress

import pikepdf
import pypdfium2 as pdfium

from app.inspection.formats.pdf_structure import source
from app.inspection.report import Finding, Note

MAX_REVISIONS = 20
MAX_COMPARED_PAGES = 100
HEADER_BYTES = 1024
_END = re.compile(rb"startxref\s{1,4}(\d{1,12})\s{1,4}%%EOF")
_SECTION = re.compile(rb"\s{0,4}(?:xref|\d{1,9}\s\d{1,5}\sobj)")
_SIGNING = re.compile(
    rb"/Type /(?:Catalog|Sig|DSS|VRI|Annot|DocTimeStamp|XRef|ObjStm)|/Fields |/FT "
)


def look_at_revisions(data: bytes, note: Note) -> None:
    """Note each earlier revision that showed something else, and what it showed."""
    ends = list(revision_ends(data))
    for number, end in enumerate(ends[:-1][:MAX_REVISIONS], start=1):
        changed = _changes(data[:end], data)
        if changed is not None:
            place = f"Version {number} of {len(ends)}"
            note(Finding("earlier-revisions", place, None, changed))
    if len(ends) > MAX_REVISIONS + 1:
        more = len(ends) - MAX_REVISIONS - 1
        note(Finding("earlier-revisions", f"{more} more versions, not compared"))


def look_around(data: bytes, note: Note) -> None:
    """Note what stands before the file's first line or after its last."""
    start = data.find(b"%PDF-", 0, HEADER_BYTES)
    if start > 0 and data[:start].strip():
        note(Finding("trailing-data", "Before the file's beginning", None, _words(data[:start])))
    end = data.rfind(b"%%EOF")
    rest = data[end + len(b"%%EOF") :].strip(b"\r\n\t \0\x1a") if end >= 0 else b""
    if rest:
        size = f"After the file's end: {len(rest)} bytes"
        note(Finding("trailing-data", size, None, _words(rest)))


def revision_ends(data: bytes) -> Iterator[int]:
    """Yield the byte after each revision's end; an end that leads nowhere belongs to no revision.

    A PDF that lies uncompressed in this one has ends too, but they count from its own beginning.
    """
    first = max(0, data.find(b"%PDF-", 0, HEADER_BYTES))
    for match in _END.finditer(data):
        at = int(match[1])
        if any(
            0 < begin < match.start() and _SECTION.match(data, begin) for begin in {at, at + first}
        ):
            yield match.end()


def _changes(earlier: bytes, later: bytes) -> str | None:
    """Return what an earlier revision showed and the later one does not, or why it is told.

    Nothing is returned where only signatures, fields and comments were added.
    """
    lost = _lost_lines(earlier, later)
    if lost:
        return "No longer shown: " + " / ".join(lost)
    try:
        with pikepdf.open(io.BytesIO(earlier)) as old, pikepdf.open(io.BytesIO(later)) as new:
            count = sum(1 for _ in _changed_objects(old, new))
    except (pikepdf.PdfError, pikepdf.PasswordError):
        return "It cannot be read."
    return f"{count} objects changed or removed" if count else None


def _changed_objects(old: pikepdf.Pdf, new: pikepdf.Pdf) -> Iterator[int]:
    """Yield the objects whose content was replaced or freed, but for what signing replaces."""
    for each in old.objects:
        with suppress(pikepdf.PdfError, ValueError, TypeError):
            before, after = source(each), new.get_object(each.objgen)
            replaced = isinstance(each, pikepdf.Stream) and (
                not isinstance(after, pikepdf.Stream)
                or each.read_raw_bytes() != after.read_raw_bytes()
            )
            if _SIGNING.search(before):
                continue
            if replaced or _but_comments(before) != _but_comments(source(after)):
                yield each.objgen[0]


def _but_comments(written: bytes) -> bytes:
    return re.sub(
        rb"/Annots (?:\[[^\]]*\]|\d+ \d+ R)|/(?:ModDate|Length|M) (?:\([^)]*\)|\d+)|\s",
        b"",
        written,
    )


def _lost_lines(earlier: bytes, later: bytes) -> list[str]:
    shown = set(_lines(later))
    return [line for line in dict.fromkeys(_lines(earlier)) if line not in shown][:10]


def _lines(data: bytes) -> Iterator[str]:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        return
    with document:
        for index in range(min(len(document), MAX_COMPARED_PAGES)):
            try:
                text = document[index].get_textpage().get_text_range(errors="replace")
            except pdfium.PdfiumError:
                continue
            yield from filter(None, (line.strip() for line in text.splitlines()))


def _words(data: bytes) -> str:
    return re.sub(rb"[^ -~]+", b" ", data[:1000]).decode("ascii")
