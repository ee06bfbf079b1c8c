"""XML and SVG: document types, remarks, instructions, and what SVG runs or fetches."""

import re
from collections.abc import Iterator
from typing import IO

from lxml import etree

from app.inspection.formats.safe_xml import BadXml, parse
from app.inspection.formats.trees import local
from app.inspection.report import Finding, Note, Passage

_DOCTYPE = re.compile(r"<!DOCTYPE\s[^>\[]*(\[?)", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY\s+(%\s*)?\S+\s+(SYSTEM|PUBLIC|[\"'])", re.IGNORECASE)
_SCRIPT = re.compile(r"\s*(?:javascript|vbscript|data:text/html)\b", re.IGNORECASE)
_OUTSIDE = re.compile(r"^\s*(?:https?:)?//|^\s*(?:file|ftp):|^\\\\", re.IGNORECASE)


def look(file: IO[bytes], note: Note) -> None:
    """Note what the file would do to its reader, and what it does not show."""
    content = file.read()
    if told := _document_type(content):
        note(told)
        return
    try:
        root = parse(content)
    except BadXml as bad:
        note(Finding("not-inspectable", excerpt=str(bad)))
        return
    around = (*root.itersiblings(preceding=True), *root.itersiblings())
    for element in (*around, *root.iter()):
        line = f"Line {element.sourceline}" if element.sourceline else ""
        if isinstance(element, etree._Comment):
            note(Finding("comments", line, None, element.text or ""))
        elif isinstance(element, etree._ProcessingInstruction):
            said = " ".join((str(element.target), str(element.text)))
            kind = "external-link" if _OUTSIDE.search(_href(said)) else "hidden-data"
            note(Finding(kind, line, None, said))
        elif isinstance(element.tag, str):
            _acting(element, line, note)


def passages(file: IO[bytes]) -> Iterator[Passage]:
    """Give the text between the tags, an element a line."""
    root = parse(file.read())
    lines = [" ".join((element.text or "").split()) for element in root.iter(etree.Element)]
    yield Passage("Text", None, "\n".join(filter(None, lines)))


def clean(_file: IO[bytes], _out: IO[bytes]) -> bool:
    """Leave XML as it is: what a program makes of its remarks and instructions is not known."""
    return False


def _document_type(content: bytes) -> Finding | None:
    """Judge a document type before anything reads it: an entity can fetch, or grow without end."""
    head = content[: 1 << 20]
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", "replace")
    entities = _ENTITY.findall(text)
    if any(how.upper() in ("SYSTEM", "PUBLIC") for _, how in entities):
        return Finding("external-entity", excerpt="an entity that names a file")
    if entities:
        return Finding("xml-bomb", excerpt=f"{len(entities)} entities")
    doctype = _DOCTYPE.search(text)
    if doctype and doctype[1]:
        return Finding("not-inspectable", excerpt="It has a document type definition.")
    return None


def _acting(element: etree._Element, line: str, note: Note) -> None:
    name = local(element).lower()
    if name in ("script", "foreignobject", "handler"):
        note(Finding("active-content", line, None, f"{name}: {element.text or ''}"))
    drawing = "svg" in str(element.tag).lower()
    for key, value in ((str(key), str(value)) for key, value in element.attrib.items()):
        own = key.rpartition("}")[2].lower()
        handler = drawing and own.startswith("on") and len(own) > 3
        if handler or _SCRIPT.match(value):
            note(Finding("active-content", line, None, f"{own}: {value}"))
        elif own in ("href", "src") and name != "a" and _OUTSIDE.match(value):
            note(Finding("external-link", line, None, f"{name}: {value}"))


def _href(instruction: str) -> str:
    found = re.search(r"href\s*=\s*[\"']([^\"']*)", instruction)
    return found[1] if found else ""
