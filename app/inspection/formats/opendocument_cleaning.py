"""A cleaned OpenDocument file: changes accepted, remarks, properties and hidden things gone."""

import re
from typing import IO

from lxml import etree

from app.inspection.formats.opendocument_looks import Looks, cell_at, hidden_columns
from app.inspection.formats.package import Zipped
from app.inspection.formats.trees import attribute, local, remove
from app.inspection.formats.uncertain import Uncertain

_KEPT = re.compile(
    r"^(?:mimetype|content\.xml|styles\.xml|settings\.xml|meta\.xml|META-INF/manifest\.xml"
    r"|Pictures/.*|ObjectReplacements/.*|Fonts/.*|Configurations2/.*)$"
)
_REMOVED = (
    "tracked-changes", "change", "change-start", "change-end", "annotation", "annotation-end",
    "event-listeners", "scripts", "notes", "dde-source", "section-source", "table-source",
    "cell-range-source", "hidden-text", "hidden-paragraph", "plugin", "floating-frame",
)  # fmt: skip
_META = (
    b'<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    b' office:version="1.3"><office:meta/></office:document-meta>'
)


def clean_document(document: Zipped, out: IO[bytes]) -> bool:
    """Write a copy without what can surely be taken out; False where that is not sure."""
    try:
        _hidden(document)
    except Uncertain:
        return False
    for name in ("content.xml", "styles.xml"):
        if document.has(name):
            root = document.xml(name)
            _remarks(root)
            document.change(name, root)
    for name in document.names:
        if not _KEPT.match(name):
            document.drop(name)
    document.change("meta.xml", _META)
    _manifest(document)
    document.write(out, first="mimetype", stored=True)
    return True


def _hidden(document: Zipped) -> None:
    root = document.xml("content.xml")
    document.change("content.xml", root)
    found = list(Looks(document).unseen())
    calculates = any(attribute(cell, "formula") for cell in root.iter("{*}table-cell"))
    if calculates and any(kind in ("hidden-rows", "hidden-sheet") for kind, *_ in found):
        raise Uncertain  # a formula may rest on what is hidden
    for kind, _, element, _ in found:
        if kind != "hidden-rows":
            remove(element)
        elif local(element) == "table-row":
            for cell in element:
                _blank(cell)
    _hidden_columns(root)
    if any(body.find("./{*}table") is None for body in root.iterfind("./{*}body/{*}spreadsheet")):
        raise Uncertain


def _hidden_columns(root: etree._Element) -> None:
    for table in root.iter("{*}table"):
        columns = hidden_columns(table)
        for row in table.iter("{*}table-row") if columns else ():
            for cell in [cell for at in columns if (cell := cell_at(row, at)) is not None]:
                _blank(cell)


def _blank(cell: etree._Element) -> None:
    for child in list(cell):
        cell.remove(child)
    for key in [key for key in cell.attrib if "value" in str(key).rpartition("}")[2]]:
        del cell.attrib[key]


def _remarks(root: etree._Element) -> None:
    for element in list(root.iter(etree.Element)):
        inner = local(element) in ("image", "object", "object-ole") and _leads_away(element)
        if inner or local(element) in _REMOVED:
            remove(element)


def _leads_away(element: etree._Element) -> bool:
    """Whether something is fetched from outside, or is another file inside; its picture stays."""
    address = attribute(element, "href") or ""
    return local(element) != "image" or ":" in address or address.startswith(("/", "\\", "../"))


def _manifest(document: Zipped) -> None:
    name = "META-INF/manifest.xml"
    root = document.xml(name)
    for entry in list(root):
        path = attribute(entry, "full-path") or ""
        if path != "/" and not document.has(path):
            root.remove(entry)
    document.change(name, root)
