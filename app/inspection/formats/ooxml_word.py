"""Word documents: what changes, comments, formatting and frames hide, and the text with places."""

import re
from collections.abc import Iterator

from lxml import etree

from app.inspection.formats.package import Package
from app.inspection.formats.sections import sectioned
from app.inspection.formats.trees import attribute, local
from app.inspection.formats.word_styles import Looks, bars
from app.inspection.report import Finding, Note, Passage

_CHANGED_TEXT = {"ins": "inserted", "del": "deleted", "moveFrom": "moved away", "moveTo": "moved"}
_OTHER_CHANGES = re.compile(r".*Change$|^cell(?:Ins|Del|Merge)$")
FETCHING = re.compile(r"\s*(?:DDEAUTO|DDE|INCLUDEPICTURE|INCLUDETEXT|LINK|IMPORT)\b", re.IGNORECASE)
_STORIES = ("header", "footer", "footnotes", "endnotes")


def look(package: Package, note: Note) -> None:
    """Note what the document hides."""
    looks = Looks(package)
    for place, root in stories(package):
        _changes(root, place, note)
        _unseen(root, place, looks, note)
        _fields(root, place, note)
        _fallbacks(root, place, note)
    for part in package.targets(package.main, "comments"):
        _comments(package.xml(part), note)
    for part in package.targets(package.main, "settings"):
        _variables(package.xml(part), note)
    for part in package.targets(package.main, "glossaryDocument"):
        text = " ".join(_text(package.xml(part)).split())
        if text:
            note(Finding("hidden-data", "Building blocks", None, text))


def passages(package: Package) -> Iterator[Passage]:
    """Give the text of the document, by section under a heading, and of what stands around it."""
    body, *around = stories(package)
    for place, root in around:
        yield Passage(place, None, "\n".join(filter(None, map(_text, root.iter("{*}p")))))
        for mark in root.iter("{*}textpath"):
            yield Passage(f"Watermark in {place}", None, attribute(mark, "string") or "")
    yield from sectioned(_lines(body[1]))


def stories(package: Package) -> Iterator[tuple[str, etree._Element]]:
    """Give the parts that hold text, each with its place; that of the document's body is ""."""
    main = package.main
    root = package.xml(main)
    yield "", root
    by_id = {rel.id: rel for rel in package.rels(main) if not rel.external}
    given = set()
    for number, section in enumerate(root.iter("{*}sectPr"), 1):
        for reference in section:
            rel = by_id.get(attribute(reference, "id") or "")
            if rel and rel.kind in ("header", "footer") and rel.target not in given:
                given.add(rel.target)
                yield f"{rel.kind.capitalize()} of section {number}", package.xml(rel.target)
    for rel in by_id.values():
        if rel.kind in _STORIES and rel.target not in given and package.has(rel.target):
            yield rel.kind.capitalize(), package.xml(rel.target)


def place_of(element: etree._Element, story: str, numbers: dict[etree._Element, int]) -> str:
    """Say where an element of a story stands."""
    for above in (element, *element.iterancestors()):
        if above in numbers:
            paragraph = f"paragraph {numbers[above]}"
            return f"{story}, {paragraph}" if story else paragraph.capitalize()
    return story or "Document"


def numbered(root: etree._Element) -> dict[etree._Element, int]:
    """Number the paragraphs of a story as they stand."""
    return {paragraph: number for number, paragraph in enumerate(root.iter("{*}p"), 1)}


def _changes(root: etree._Element, story: str, note: Note) -> None:
    numbers, others = numbered(root), 0
    for element in root.iter(etree.Element):
        name = local(element)
        if name in _CHANGED_TEXT:
            text = _all_text(element)
            by = attribute(element, "author") or "somebody"
            if text or local(_parent(element)) in ("trPr", "rPr"):
                said = f"{_CHANGED_TEXT[name]} by {by}: {text}"
                note(Finding("tracked-changes", place_of(element, story, numbers), None, said))
        elif _OTHER_CHANGES.match(name):
            others += 1
    if others:
        what = f"{others} changes of formatting or of cells"
        note(Finding("tracked-changes", story or "Document", None, what))


def _unseen(root: etree._Element, story: str, looks: Looks, note: Note) -> None:
    numbers = numbered(root)
    for kind, why, runs in looks.unseen(root):
        text = " ".join("".join(map(_all_text, runs)).split())
        place = place_of(runs[0], story, numbers)
        note(Finding(kind, place, None, f"{why}: {text}"))
    for bar in bars(root):
        said = "a black bar lies in front of the text"
        note(Finding("covered-text", place_of(bar, story, numbers), None, said))


def _fields(root: etree._Element, story: str, note: Note) -> None:
    numbers = numbered(root)
    codes = [(code, code.text or "") for code in root.iter("{*}instrText")]
    codes += [(field, attribute(field, "instr") or "") for field in root.iter("{*}fldSimple")]
    for element, text in codes:
        if FETCHING.match(text):
            kind = "active-content" if "DDE" in text.upper()[:12] else "external-link"
            note(Finding(kind, place_of(element, story, numbers), None, text))


def _fallbacks(root: etree._Element, story: str, note: Note) -> None:
    numbers = numbered(root)
    for fallback in root.iter("{*}Fallback"):
        if differs(fallback):
            said = f"in other programs: {_all_text(fallback)}"
            note(Finding("hidden-text", place_of(fallback, story, numbers), None, said))


def differs(fallback: etree._Element) -> bool:
    """Whether only programs that do not know the first choice would show some words."""
    choices = _parent(fallback).iterchildren("{*}Choice")
    shown = {word for choice in choices for word in _all_text(choice).split()}
    return bool(set(_all_text(fallback).split()) - shown)


def _comments(root: etree._Element, note: Note) -> None:
    for number, comment in enumerate(root.iter("{*}comment"), 1):
        by = attribute(comment, "author") or "somebody"
        note(Finding("comments", f"Comment {number}", None, f"{by}: {_text(comment)}"))


def _variables(root: etree._Element, note: Note) -> None:
    for variable in root.iter("{*}docVar"):
        said = f"{attribute(variable, 'name')}: {attribute(variable, 'val')}"
        note(Finding("hidden-data", "Variables of the document", None, said))
    for merge in root.iter("{*}mailMerge"):
        for name in ("connectString", "query"):
            for element in merge.iter(f"{{*}}{name}"):
                said = attribute(element, "val") or ""
                note(Finding("hidden-data", "Mail merge", None, said))


def _lines(root: etree._Element) -> Iterator[tuple[str, bool]]:
    for paragraph in root.iter("{*}p"):
        text = _text(paragraph)
        if text and not any(local(above) == "Fallback" for above in paragraph.iterancestors()):
            style = attribute(paragraph.find("./{*}pPr/{*}pStyle"), "val") or ""
            yield text, style.lower().startswith("heading")


def _text(element: etree._Element) -> str:
    """The text of a paragraph as it is shown, without what was deleted or stands in a frame."""
    said = []
    for piece in element.iter("{*}t", "{*}tab", "{*}br", "{*}cr", "{*}noBreakHyphen"):
        inner = local(element) == "p" and _paragraph(piece) is not element
        if inner or any(local(above) == "moveFrom" for above in piece.iterancestors()):
            continue
        match local(piece):
            case "t":
                said.append(piece.text or "")
            case "noBreakHyphen":
                said.append("-")
            case "tab" if local(_parent(piece)) == "r":
                said.append("\t")
            case "br" | "cr":
                said.append("\n")
    return "".join(said).strip()


def _all_text(element: etree._Element) -> str:
    return "".join(piece.text or "" for piece in element.iter("{*}t", "{*}delText"))


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    return element if parent is None else parent


def _paragraph(element: etree._Element) -> etree._Element | None:
    return next((above for above in element.iterancestors() if local(above) == "p"), None)
