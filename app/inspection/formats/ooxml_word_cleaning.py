"""A cleaned Word document: changes accepted, remarks gone, and unseen text taken out."""

import re
from collections.abc import Iterator

from lxml import etree

from app.inspection.formats.ooxml_word import FETCHING, differs
from app.inspection.formats.package import Package
from app.inspection.formats.trees import attribute, local, remove, unwrap
from app.inspection.formats.uncertain import Uncertain
from app.inspection.formats.word_styles import COVERED, CUT_OUT, Looks, bars

_MARKERS = re.compile(
    r"(?:move(?:From|To)|customXml(?:Ins|Del|MoveFrom|MoveTo))Range(?:Start|End)$"
    r"|.*Change$|cell(?:Ins|Del|Merge)$|comment(?:RangeStart|RangeEnd)$|dataBinding$"
)
_OF_SETTINGS = ("docVars", "mailMerge", "attachedTemplate", "trackRevisions", "linkStyles")


def clean(package: Package) -> None:
    """Change the parts of the document so that they no longer hide anything.

    Raises:
        Uncertain: a bar lies in front of the text.
    """
    looks = Looks(package)
    names = _names(package)
    for name in names:
        root = package.xml(name)
        if any(True for _ in bars(root)):
            raise Uncertain
        _accept(root)
        _remarks(root)
        _unseen(root, looks)
        _fields(root)
        for fallback in list(root.iter("{*}Fallback")):
            if differs(fallback):
                remove(fallback)
        package.change(name, root)
    for part in package.targets(package.main, "settings"):
        settings = package.xml(part)
        for element in [one for one in settings if local(one) in _OF_SETTINGS]:
            settings.remove(element)
        package.change(part, settings)


def _names(package: Package) -> list[str]:
    kinds = ("header", "footer", "footnotes", "endnotes")
    return [package.main, *dict.fromkeys(package.targets(package.main, *kinds))]


def _accept(root: etree._Element) -> None:
    """Accept all tracked changes: what was inserted stays, what was deleted goes."""
    _rows(root)
    for element in _elsewhere(root, "{*}del", "{*}moveFrom"):
        remove(element)
    _paragraphs(root)
    for element in _elsewhere(root, "{*}ins", "{*}moveTo"):
        unwrap(element)
    for cell in [_parent(_parent(mark)) for mark in root.iter("{*}cellDel")]:
        for child in [child for child in cell if local(child) != "tcPr"]:
            cell.remove(child)
        cell.append(_empty_paragraph(cell))
    for element in list(root.iter(etree.Element)):
        if _MARKERS.match(local(element)) or local(element) in ("ins", "moveTo"):
            remove(element)


def _elsewhere(root: etree._Element, *names: str) -> list[etree._Element]:
    """The changes of what stands in the text, not of the ends of paragraphs and of rows."""
    return [one for one in root.iter(*names) if local(_parent(one)) not in ("rPr", "trPr")]


def _rows(root: etree._Element) -> None:
    for mark in list(root.iterfind(".//{*}trPr/{*}del")):
        row = _parent(_parent(mark))
        table = _parent(row)
        remove(row)
        if table.find("./{*}tr") is None:
            cell = _parent(table)
            remove(table)
            if local(cell) == "tc" and cell.find("./{*}p") is None:
                cell.append(_empty_paragraph(cell))


def _paragraphs(root: etree._Element) -> None:
    """Join a paragraph whose end was deleted with the next, which gives the format."""
    for name in ("del", "moveFrom"):
        for mark in list(root.iterfind(f".//{{*}}p/{{*}}pPr/{{*}}rPr/{{*}}{name}")):
            paragraph = _parent(_parent(_parent(mark)))
            following = paragraph.getnext()
            if following is None or local(following) != "p":
                remove(mark)
                continue
            at = 1 if len(following) and local(following[0]) == "pPr" else 0
            for child in [child for child in paragraph if local(child) != "pPr"][::-1]:
                following.insert(at, child)
            remove(paragraph)


def _remarks(root: etree._Element) -> None:
    for reference in list(root.iter("{*}commentReference")):
        remove(_parent(reference) if local(_parent(reference)) == "r" else reference)


def _unseen(root: etree._Element, looks: Looks) -> None:
    for kind, _, runs in list(looks.unseen(root)):
        for number, run in enumerate(runs):
            for text in list(run.iterchildren("{*}t", "{*}delText")):
                if kind == COVERED and number == 0:
                    text.text = CUT_OUT
                else:
                    remove(text)


def _fields(root: etree._Element) -> None:
    """Keep what a field that fetches something last showed, and no longer the field."""
    for field in list(root.iter("{*}fldSimple")):
        if FETCHING.match(attribute(field, "instr") or ""):
            unwrap(field)
    for pieces in _complex_fields(root):
        code = "".join(one.text or "" for one in pieces if local(one) == "instrText")
        if FETCHING.match(code):
            for one in pieces:
                remove(one)


def _complex_fields(root: etree._Element) -> Iterator[list[etree._Element]]:
    """The marks and the codes of each field that goes from mark to mark; fields hold fields."""
    open_fields: list[list[etree._Element]] = []
    for element in list(root.iter("{*}fldChar", "{*}instrText")):
        kind = attribute(element, "fldCharType")
        if kind == "begin":
            open_fields.append([])
        if open_fields:
            open_fields[-1].append(element)
            if kind == "end":
                yield open_fields.pop()


def _empty_paragraph(beside: etree._Element) -> etree._Element:
    return etree.Element(f"{{{etree.QName(beside).namespace}}}p")


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    return element if parent is None else parent
