"""A cleaned workbook: hidden sheets, rows and columns, remarks and copies of sources are gone.

What is taken out must not change what is shown: a workbook that calculates is only cleaned where
nothing is hidden in its sheets, since a formula may rest on what is hidden.
"""

import io
import re

from lxml import etree

from app.inspection.formats.excel_looks import CellLooks
from app.inspection.formats.ooxml_excel import (
    Sheet,
    column_of,
    harmful_name,
    hidden_columns,
    hidden_row,
    sheets,
)
from app.inspection.formats.ooxml_slides import relation
from app.inspection.formats.package import Package
from app.inspection.formats.safe_xml import events
from app.inspection.formats.trees import attribute, remove, remove_with_frame
from app.inspection.formats.uncertain import Uncertain

_OTHER_WORKBOOK = re.compile(r"\[\d+\]")


def clean(package: Package) -> None:
    """Change the parts of the workbook so that they no longer hide anything.

    Raises:
        Uncertain: formulas may rest on what is hidden.
    """
    calculates = any(_formulas(package, sheet) for sheet in sheets(package))
    looks = CellLooks(package)
    gone = [sheet for sheet in sheets(package) if _goes(sheet)]
    if gone and calculates:
        raise Uncertain
    _sheets(package, gone)
    for sheet in sheets(package):
        if sheet.kind == "worksheet":
            _sheet(package, sheet, looks, calculates=calculates)
    _strings(package)
    package.cut(lambda rel: rel.kind == "calcChain")


def _goes(sheet: Sheet) -> bool:
    return sheet.state != "visible" or sheet.kind.endswith("Macrosheet")


def _formulas(package: Package, sheet: Sheet) -> bool:
    """Whether a sheet calculates with cells of this workbook."""
    found = events(io.BytesIO(package.read(sheet.part)), "{*}f")
    return any(not _OTHER_WORKBOOK.search(one.text or "") for one in found)


def _sheets(package: Package, gone: list[Sheet]) -> None:
    """Take sheets out of the workbook, and names that speak of them or are hidden."""
    root = package.xml(package.main)
    listed = list(root.iterfind("./{*}sheets/{*}sheet"))
    kept = [one for one in listed if attribute(one, "name") not in {sheet.name for sheet in gone}]
    if not kept:
        raise Uncertain
    places = {str(at): str(kept.index(one)) for at, one in enumerate(listed) if one in kept}
    for sheet in set(listed) - set(kept):
        remove(sheet)
    for name in list(root.iter("{*}definedName")):
        own = name.get("localSheetId")
        if _name_goes(name, gone) or (own is not None and own not in places):
            remove_with_frame(name)
        elif own is not None:
            name.set("localSheetId", places[own])
    for view in root.iter("{*}workbookView"):
        view.set("activeTab", "0")
        view.set("firstSheet", "0")
    package.change(package.main, root)
    parts = {sheet.part for sheet in gone}
    package.cut(lambda rel: rel.target in parts)


def _name_goes(name: etree._Element, gone: list[Sheet]) -> bool:
    text = name.text or ""
    speaks = any(sheet.name in text for sheet in gone)
    return speaks or harmful_name(name) or bool(_OTHER_WORKBOOK.search(text))


def _sheet(package: Package, sheet: Sheet, looks: CellLooks, *, calculates: bool) -> None:
    root = package.xml(sheet.part)
    columns: frozenset[int] = frozenset()
    for cols in root.iterfind("./{*}cols"):
        columns |= hidden_columns(cols)
    in_tables = any(True for _ in package.targets(sheet.part, "table"))
    for row in root.iter("{*}row"):
        column = 0
        for cell in list(row.iterchildren("{*}c")):
            column = column_of(attribute(cell, "r"), column + 1)
            style = int(attribute(cell, "s") or 0)
            if hidden_row(row) or column in columns or looks.unseen(style, in_table=in_tables):
                if calculates and len(cell):
                    raise Uncertain
                cell[:] = []
                cell.attrib.pop("t", "")
    for formula in list(root.iter("{*}f")):
        if _OTHER_WORKBOOK.search(formula.text or ""):
            remove(formula)  # its last value stays
    _drawings_of_remarks(package, sheet, root)
    package.change(sheet.part, root)


def _drawings_of_remarks(package: Package, sheet: Sheet, root: etree._Element) -> None:
    if not any(True for _ in package.targets(sheet.part, "comments")):
        return
    ids = {relation(one) for one in root.iterfind("./{*}legacyDrawing")}
    package.change(sheet.part, root)
    package.cut(lambda rel: rel.source == sheet.part and rel.id in ids)


def _strings(package: Package) -> None:
    """Blank the shared texts that no cell shows any more."""
    used = {
        int(value.text or -1)
        for sheet in sheets(package)
        if sheet.kind == "worksheet"
        for cell in package.xml(sheet.part).iter("{*}c")
        if attribute(cell, "t") == "s"
        for value in cell.iterchildren("{*}v")
    }
    for part in package.targets(package.main, "sharedStrings"):
        root = package.xml(part)
        for number, text in enumerate(root.iterfind("./{*}si")):
            if number not in used:
                text[:] = [etree.Element(f"{{{etree.QName(text).namespace}}}t")]
        package.change(part, root)
