"""What the structure of a PDF holds beside its pages: files, actions, comments, layers, remains.

Every object of the file is looked at, whether something leads to it or not: what no page leads to
is what was deleted and is still there.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pikepdf

from app.inspection.formats.images import places_in_jpeg
from app.inspection.report import Finding, Note

MAX_OBJECTS = 300_000
MAX_ITEMS = 5_000
MAX_NESTED = 200
_REFERENCE = re.compile(rb"(\d{1,9}) \d{1,5} R\b")
_ACTS = re.compile(
    rb"/S /(JavaScript|Launch|SubmitForm|ImportData|GoToE|Rendition|Movie|Sound|RichMediaExecute)\b"
    rb"|/(XFA|RichMediaContent|JS)\b"
)
_TOLD = ("/Author", "/Creator", "/Producer", "/Company", "/Manager", "/SourceModified")
_REMARKS = frozenset(
    {
        "/Text",
        "/FreeText",
        "/Line",
        "/Square",
        "/Circle",
        "/Polygon",
        "/PolyLine",
        "/Highlight",
        "/Underline",
        "/Squiggly",
        "/StrikeOut",
        "/Caret",
        "/Stamp",
        "/Ink",
        "/Sound",
    }
)
_ACTIONS = {
    b"JavaScript": "a script",
    b"JS": "a script",
    b"Launch": "starts a program",
    b"SubmitForm": "sends the form away",
    b"ImportData": "imports data",
    b"GoToE": "opens an embedded file",
    b"XFA": "a form in XML (XFA)",
}
_HINTS = frozenset(
    {
        "/S",
        "/T",
        "/O",
        "/A",
        "/E",
        "/V",
        "/I",
        "/C",
        "/L",
        "/R",
        "/B",
        "/P",
        "/Length",
        "/Filter",
        "/DecodeParms",
    }
)
_DESCRIBED = {
    "/ActualText": "text for screen readers",
    "/Alt": "description for screen readers",
    "/E": "text for screen readers",
    "/UF": "name of an attached file",
    "/F": "name of an attached file",
    "/Desc": "description of an attached file",
}
_XMP_TOLD = re.compile(
    r"<(?:dc:creator|pdf:Producer|xmp:CreatorTool|xmpMM:History|photoshop:\w+|xmp:\w+By)\b.*?</",
    re.DOTALL,
)
Spoken = tuple[str, int | None, str]
"""Place, page and words of what a PDF says beside its pages."""


class Structure:
    """The objects of a PDF, each read once."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self.sources: dict[int, bytes] = {}
        self.complete = len(pdf.objects) <= MAX_OBJECTS
        for number, each in enumerate(pdf.objects):
            if number >= MAX_OBJECTS:
                break
            if isinstance(each, pikepdf.Object):  # numbers and the like are given as their values
                with suppress(pikepdf.PdfError, ValueError, TypeError):
                    self.sources[each.objgen[0]] = source(each)
        self.pages: dict[int, int] = {}
        """The page on which an annotation, or the page's own object, stands."""
        for page, annotation in annotations_of(pdf):
            self.pages[annotation.objgen[0]] = page
        for page, shown in enumerate(pdf.pages, start=1):
            self.pages[shown.obj.objgen[0]] = page

    def reached(self) -> set[int]:
        """Return the numbers of the objects to which something leads."""
        reached: set[int] = set()
        waiting = [int(number) for number in _REFERENCE.findall(source(self.pdf.trailer))]
        while waiting:
            number = waiting.pop()
            if number not in reached:
                reached.add(number)
                found = _REFERENCE.findall(self.sources.get(number, b""))
                waiting.extend(int(each) for each in found)
        return reached

    def place(self, number: int, what: str) -> tuple[str, int | None]:
        page = self.pages.get(number)
        return (f"Page {page}, {what}" if page else what[:1].upper() + what[1:]), page


def look_at_structure(structure: Structure, note: Note) -> None:
    """Note what the file holds beside its pages, but for its embedded files and its layers."""
    _look_at_actions(structure, note)
    _look_at_private(structure, note)
    _look_at_remains(structure, note)
    _look_at_properties(structure.pdf, note)
    _look_at_pictures(structure, note)
    for place, page, words in remarks(structure.pdf):
        note(Finding("comments", place, page, words))
    for place, page, words in hidden_fields(structure.pdf):
        note(Finding("hidden-text", place, page, words))


def source(each: pikepdf.Object) -> bytes:
    """Return an object as it is written; of a stream its dictionary."""
    if isinstance(each, pikepdf.Stream):
        return each.stream_dict.unparse(resolved=True)
    return each.unparse(resolved=True)


def annotations_of(pdf: pikepdf.Pdf) -> Iterator[tuple[int, Any]]:
    """Yield each annotation and the number of its page."""
    for page, each in enumerate(pdf.pages, start=1):
        for annotation in listed(each.obj.get("/Annots")):
            if isinstance(annotation, pikepdf.Dictionary):
                yield page, annotation


def listed(value: Any) -> list[Any]:
    """Return the members of an array that a hostile file may have left out or made a number."""
    return list(value)[:MAX_ITEMS] if isinstance(value, pikepdf.Array) else []


def text_of(value: Any) -> str:
    """Return a text string, or nothing when it is none."""
    if isinstance(value, pikepdf.Stream):
        return value.read_bytes()[:MAX_ITEMS].decode("utf-8", "replace")
    return str(value) if isinstance(value, pikepdf.String) else ""


def remarks(pdf: pikepdf.Pdf) -> Iterator[Spoken]:
    """Yield the comments of people: who, and what."""
    for page, each in annotations_of(pdf):
        if str(each.get("/Subtype", "")) in _REMARKS:
            who, what = text_of(each.get("/T")), text_of(each.get("/Contents"))
            rich = "" if what else re.sub(r"<[^>]*>", " ", text_of(each.get("/RC")))
            said = ": ".join(filter(None, (who, what or rich)))
            yield f"Page {page}, comment", page, said


def fields(pdf: pikepdf.Pdf) -> Iterator[tuple[str, int | None, str, Any]]:
    """Yield name, page, value and widget of each form field that stands on a page."""
    for page, each in annotations_of(pdf):
        if str(each.get("/Subtype", "")) == "/Widget":
            name, value = text_of(_inherited(each, "/T")), _inherited(each, "/V")
            yield name, page, text_of(value) or _names(value), each


def hidden_fields(pdf: pikepdf.Pdf) -> Iterator[Spoken]:
    """Yield the filled-in fields that the page does not show."""
    hidden = 2 | 32
    for name, page, value, widget in fields(pdf):
        if value and int(widget.get("/F", 0)) & hidden:
            yield f"Page {page}, hidden field “{name}”", page, value


def spoken(structure: Structure) -> Iterator[Spoken]:
    """Yield everything that the file says beside its pages, where a redaction may be repeated."""
    pdf = structure.pdf
    yield from remarks(pdf)
    yield from bookmarks(pdf)
    for name, page, value, _ in fields(pdf):
        yield f"Page {page}, form field “{name}”", page, value
    for key, told in pdf.docinfo.items():
        yield f"Property “{key[1:]}”", None, text_of(told)
    yield "Properties (XMP)", None, re.sub(r"<[^>]*>", " ", xmp(pdf))
    for number, written in structure.sources.items():
        if b"/ActualText" in written or b"/Alt " in written or b"/EF " in written:
            each = pdf.get_object(number, 0)
            for inner in nested(each):
                for key, what in _DESCRIBED.items():
                    place, page = structure.place(number, what)
                    yield place, page, text_of(inner.get(key))


def bookmarks(pdf: pikepdf.Pdf) -> Iterator[Spoken]:
    """Yield the titles of the bookmarks."""
    seen: set[int] = set()
    waiting = [pdf.Root.get("/Outlines")]
    while waiting and len(seen) < MAX_ITEMS:
        each = waiting.pop()
        if not isinstance(each, pikepdf.Dictionary) or each.objgen[0] in seen:
            continue
        if each.objgen[0]:
            seen.add(each.objgen[0])
        if "/Title" in each:
            yield "Bookmark", None, text_of(each.Title)
        waiting.extend(each.get(key) for key in ("/Next", "/First"))


def xmp(pdf: pikepdf.Pdf) -> str:
    """Return the file's XMP, as it is written."""
    metadata = pdf.Root.get("/Metadata")
    if not isinstance(metadata, pikepdf.Stream):
        return ""
    try:
        return metadata.read_bytes()[: 1 << 20].decode("utf-8", "replace")
    except pikepdf.PdfError:
        return ""


def _look_at_actions(structure: Structure, note: Note) -> None:
    found: set[tuple[str, int | None]] = set()
    for number, written in structure.sources.items():
        match = _ACTS.search(written)
        if not match:
            continue
        action = match[1] or match[2]
        if action == b"JS" and b"/S /JavaScript" not in written and b"/Rendition" not in written:
            continue
        place, page = structure.place(number, _ACTIONS.get(action, "plays or shows media"))
        if (place, page) not in found:
            found.add((place, page))
            note(Finding("active-content", place, page, _script(structure, number)))


def _script(structure: Structure, number: int) -> str:
    """Return the beginning of the scripts in an object, or what its actions open."""
    with suppress(pikepdf.PdfError, AttributeError, TypeError, ValueError):
        inside = list(nested(structure.pdf.get_object(number, 0)))
        said = [text_of(each.get("/JS")) for each in inside]
        opened = [text_of(each.get("/F")) for each in inside if "/S" in each]
        return "; ".join(filter(None, (*said, *opened)))
    return ""


def nested(each: Any) -> Iterator[Any]:
    """Yield the dictionaries that an object is made of: itself, and those written inside it."""
    waiting, count = [each], 0
    while waiting and count < MAX_NESTED:
        inner, count = waiting.pop(), count + 1
        if isinstance(inner, pikepdf.Stream):
            inner = inner.stream_dict
        if isinstance(inner, pikepdf.Dictionary):
            yield inner
            waiting.extend(value for value in inner.values() if _is_direct(value))
        elif isinstance(inner, pikepdf.Array):
            waiting.extend(value for value in inner if _is_direct(value))


def _is_direct(value: Any) -> bool:
    return isinstance(value, (pikepdf.Dictionary, pikepdf.Array)) and not value.is_indirect


def _look_at_private(structure: Structure, note: Note) -> None:
    for kind, key, what in (
        ("private-data", b"/PieceInfo ", "data of {}"),
        ("thumbnail", b"/Thumb ", "small picture of the page"),
    ):
        for number, written in structure.sources.items():
            if key in written:
                owners = ", ".join(_owners(structure, number)) if kind == "private-data" else ""
                place, page = structure.place(number, what.format(owners or "a program"))
                note(Finding(kind, place, page))


def _owners(structure: Structure, number: int) -> list[str]:
    try:
        owners: Any = structure.pdf.get_object(number, 0).get("/PieceInfo")
        return [key[1:] for key in list(owners.keys())]
    except (pikepdf.PdfError, AttributeError, TypeError, ValueError):
        return []


def _look_at_remains(structure: Structure, note: Note) -> None:
    """Note streams and texts that nothing leads to: empty slots and resources hold nothing."""
    reached = structure.reached()
    left, words = 0, ""
    for number in structure.sources.keys() - reached:
        each = structure.pdf.get_object(number, 0)
        if not isinstance(each, pikepdf.Stream) or _is_furniture(each):
            continue
        left += 1
        words = words or _shown_words(each)
    if left:
        count = "One object" if left == 1 else f"{left} objects"
        note(Finding("leftovers", f"{count} that no page uses", None, words))


def _is_furniture(each: pikepdf.Stream) -> bool:
    """Tell whether a stream is part of how the file is written: nothing leads to such by rights.

    A linearised file's hints have no type; their keys are theirs alone (ISO 32000-2, F.3.3).
    """
    if str(each.get("/Type", "")) in {"/XRef", "/ObjStm"}:
        return True
    return "/S" in each and set(each.keys()) <= _HINTS


def _shown_words(each: pikepdf.Stream) -> str:
    try:
        content = each.read_bytes()[: 1 << 20]
    except pikepdf.PdfError:
        return ""
    shown = re.findall(rb"\(((?:[^()\\]|\\.){2,200})\)\s*(?:Tj|'|\")", content)
    return b" ".join(shown[:20]).decode("latin-1")


def _look_at_properties(pdf: pikepdf.Pdf, note: Note) -> None:
    told = [
        f"{key[1:]}: {value}" for key in _TOLD if (value := text_of(pdf.docinfo.get(key)).strip())
    ]
    if told:
        note(Finding("author-metadata", "Properties", None, "; ".join(told)))
    written = _XMP_TOLD.findall(xmp(pdf))
    if written:
        words = " ".join(re.sub(r"<[^>]*>?", " ", each) for each in written)
        note(Finding("author-metadata", "Properties (XMP)", None, words))


def _look_at_pictures(structure: Structure, note: Note) -> None:
    for number, written in structure.sources.items():
        if b"/DCTDecode" not in written:
            continue
        try:
            places = places_in_jpeg(structure.pdf.get_object(number, 0).read_raw_bytes())
        except (pikepdf.PdfError, AttributeError):
            continue
        if places:
            note(Finding("location", f"Picture (object {number})", None, places))


def _inherited(field: Any, key: str) -> Any:
    for _ in range(10):
        if not isinstance(field, pikepdf.Dictionary):
            return None
        if key in field:
            return field[key]
        field = field.get("/Parent")
    return None


def _names(value: Any) -> str:
    if isinstance(value, pikepdf.Array):
        return ", ".join(text_of(each) for each in listed(value))
    return str(value)[1:] if isinstance(value, pikepdf.Name) and value != "/Off" else ""
