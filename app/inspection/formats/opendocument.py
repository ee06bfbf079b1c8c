"""OpenDocument (text, spreadsheet, presentation): what changes, styles and parts hide.

Source: OASIS OpenDocument 1.3.
"""

import io
import posixpath
import re
from collections.abc import Callable, Iterator
from typing import IO

from lxml import etree

from app.inspection.formats.opendocument_cleaning import clean_document
from app.inspection.formats.opendocument_looks import Looks
from app.inspection.formats.package import BadPackage, LockedPackage, Zipped
from app.inspection.formats.properties import Properties, is_personal, is_telling
from app.inspection.formats.sections import sectioned
from app.inspection.formats.trees import attribute, local
from app.inspection.looking import guarded, look_at_member
from app.inspection.report import Finding, Note, Passage

MACROS = re.compile(r"^(?:Basic|Scripts)/.+")
_PARAGRAPHS = ("{*}p", "{*}h")
_FETCHED = ("image", "object", "section-source", "table-source", "dde-source", "plugin",
            "floating-frame", "cell-range-source")  # fmt: skip
_SHOWN = re.compile(
    r"^(?:mimetype|content\.xml|styles\.xml|meta\.xml|settings\.xml|META-INF/.*|Thumbnails/.*"
    r"|Pictures/.*|Object.*|Configurations2/.*|layout-cache|manifest\.rdf|Fonts/.*|media/.*"
    r"|Basic/.*|Scripts/.*|Dialogs/.*|Versions/.*|VersionList\.xml)$",
    re.IGNORECASE,
)


def look(file: IO[bytes], note: Note) -> None:
    """Note what the document hides; a part that cannot be read does not keep the others unread."""
    try:
        document = Zipped(file)
        locked = document.has("META-INF/manifest.xml") and any(
            True for _ in document.xml("META-INF/manifest.xml").iter("{*}encryption-data")
        )
    except LockedPackage:
        locked = True
    except BadPackage as bad:
        note(Finding("not-inspectable", excerpt=str(bad)))
        return
    if locked:
        note(Finding("encrypted"))
        return
    checks: tuple[Callable[[Zipped, Note], None], ...] = (
        Zipped.look_beside, _changes, _remarks, _unseen, _outside, _properties, _parts, _inner,
    )  # fmt: skip
    for check in checks:
        if guarded(lambda check=check: check(document, note)):  # type: ignore[misc]
            note(Finding("not-inspectable", excerpt="A part of the document is damaged."))


def passages(file: IO[bytes]) -> Iterator[Passage]:
    """Give the text with places, first what the properties say and what stands at head and foot."""
    document = Zipped(file)
    if document.has("meta.xml"):
        for name, value in Properties.of_opendocument(document.xml("meta.xml")):
            if is_telling(name):
                yield Passage(f"Property “{name}”", None, value)
    if document.has("styles.xml"):
        for band in document.xml("styles.xml").iter(
            "{*}header",
            "{*}footer",
            "{*}header-first",
            "{*}footer-first",
            "{*}header-left",
            "{*}footer-left",
        ):
            side = local(band).partition("-")[0].capitalize()
            if text := lines_of(band):
                yield Passage(f"{side} of the pages", None, text)
    yield from _body(document.xml("content.xml"))


def clean(file: IO[bytes], out: IO[bytes]) -> bool:
    """Write a copy without what can surely be taken out; False where something cannot."""
    return clean_document(Zipped(file), out)


def _body(root: etree._Element) -> Iterator[Passage]:
    for body in root.iterfind("./{*}body/*"):
        match local(body):
            case "presentation" | "drawing":
                for number, page in enumerate(body.iterchildren("{*}page"), 1):
                    yield Passage(f"Slide {number}", number, lines_of(page))
            case "spreadsheet":
                for table in body.iterchildren("{*}table"):
                    rows = ("\t".join(map(lines_of, row)) for row in table.iter("{*}table-row"))
                    text = "\n".join(row.strip() for row in rows if row.strip())
                    yield Passage(f"Sheet “{attribute(table, 'name')}”", None, text)
            case _:
                yield from sectioned(_lines(body))


def _lines(body: etree._Element) -> Iterator[tuple[str, bool]]:
    for paragraph in body.iter(*_PARAGRAPHS):
        text = text_of(paragraph)
        if text and not (_within(paragraph, "tracked-changes") or _within(paragraph, "annotation")):
            yield text, local(paragraph) == "h"


def lines_of(element: etree._Element) -> str:
    """The text below an element, a paragraph a line."""
    return "\n".join(filter(None, map(text_of, element.iter(*_PARAGRAPHS))))


def text_of(paragraph: etree._Element) -> str:
    """The text of a paragraph, without remarks in it."""
    said = [paragraph.text or ""]
    for child in paragraph:
        if local(child) in ("tab", "line-break"):
            said.append("\t" if local(child) == "tab" else "\n")
        elif local(child) == "s":
            said.append(" ")
        elif local(child) not in ("annotation", "", "p", "h"):
            said.append(text_of(child))
        said.append(child.tail or "")
    return "".join(said).strip() if local(paragraph) in ("p", "h") else "".join(said)


def _changes(document: Zipped, note: Note) -> None:
    for region in document.xml("content.xml").iter(
        "{*}changed-region", "{*}cell-content-change", "{*}insertion", "{*}deletion"
    ):
        if local(region) in ("insertion", "deletion") and _within(region, "changed-region"):
            continue
        by = "".join(piece.text or "" for piece in region.iter("{*}creator"))
        how = "deleted" if next(region.iter("{*}deletion"), None) is not None else "changed"
        said = f"{how} by {by or 'somebody'}: {lines_of(region)}"
        note(Finding("tracked-changes", "Document", None, said))


def _remarks(document: Zipped, note: Note) -> None:
    root = document.xml("content.xml")
    for number, remark in enumerate(root.iter("{*}annotation"), 1):
        by = "".join(piece.text or "" for piece in remark.iter("{*}creator"))
        note(
            Finding(
                "comments", f"Comment {number}", None, f"{by or 'somebody'}: {lines_of(remark)}"
            )
        )
    for number, page in enumerate(root.iter("{*}page"), 1):
        for notes in page.iterchildren("{*}notes"):
            if text := lines_of(notes):
                note(Finding("speaker-notes", f"Slide {number}", number, text))


def _unseen(document: Zipped, note: Note) -> None:
    for kind, place, element, why in Looks(document).unseen():
        page = int(place.split()[-1]) if kind == "hidden-slide" else None
        text = " ".join((lines_of(element) or "".join(map(str, element.itertext()))).split())
        note(Finding(kind, place, page, f"{why}: {text}" if why else text))


def _outside(document: Zipped, note: Note) -> None:
    for name in ("content.xml", "styles.xml"):
        if not document.has(name):
            continue
        for element in document.xml(name).iter(etree.Element):
            address = attribute(element, "href") or ""
            if local(element) in _FETCHED and is_outside(address):
                note(Finding("external-link", name, None, address))
            if address.lower().startswith("file:"):
                note(Finding("computer-path", name, None, address))
            if local(element) == "dde-source":
                said = " ".join(map(str, element.attrib.values()))
                note(Finding("active-content", name, None, f"DDE: {said}"))
            if local(element) == "event-listener":
                note(Finding("macros", name, None, address or "A listener of events"))


def _properties(document: Zipped, note: Note) -> None:
    if document.has("meta.xml"):
        values = Properties.of_opendocument(document.xml("meta.xml"))
        told = [f"{name}: {value}" for name, value in values if is_personal(name)]
        if told:
            note(Finding("author-metadata", "Properties", None, "; ".join(told)))


def _parts(document: Zipped, note: Note) -> None:
    for name in document.names:
        if MACROS.match(name) and not name.endswith(("script-lc.xml", "script-lb.xml")):
            note(Finding("macros", excerpt=name))
        elif name.startswith("Thumbnails/"):
            note(Finding("thumbnail", excerpt=name))
        elif name.startswith("Versions/"):
            note(Finding("earlier-revisions", excerpt=name))
        elif not _SHOWN.match(name):
            note(Finding("hidden-data", "Not a part of the document", None, name))


def _inner(document: Zipped, note: Note) -> None:
    for name in document.names:
        if name.startswith("Pictures/"):
            look_at_member(io.BytesIO(document.read(name)), f"Picture {name}", note)
        folder, base = posixpath.split(name)
        if re.fullmatch(r"(?:\./)?Object [\w ]+", name):
            note(Finding("embedded-file", excerpt=name))
            look_at_member(io.BytesIO(document.read(name)), name, note)
        elif base == "content.xml" and folder:
            words = " ".join(" ".join(map(str, document.xml(name).itertext())).split())
            note(Finding("embedded-file", folder, None, words))


def is_outside(address: str) -> bool:
    """Whether an address leads out of the package."""
    return bool(re.match(r"^(?:[a-z][a-z0-9+.-]*:|//|\\\\|\.\./|/)", address, re.IGNORECASE))


def _within(element: etree._Element, name: str) -> bool:
    return any(local(above) == name for above in element.iterancestors())
