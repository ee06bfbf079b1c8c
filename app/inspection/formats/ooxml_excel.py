"""Excel workbooks: hidden sheets, rows, columns, cells and names, and copies of source data."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from app.inspection.formats.excel_looks import CellLooks
from app.inspection.formats.ooxml_slides import relation
from app.inspection.formats.package import Package
from app.inspection.formats.safe_xml import events
from app.inspection.formats.trees import attribute, local
from app.inspection.report import Finding, Note, Passage

ROWS_OF_A_PASSAGE = 50
COLUMNS = 16_384
# Names that Excel itself hides: where a filter stands.
_HARMLESS_NAMES = ("_xlnm.", "_xlfn.", "_xlpm.")


@dataclass(frozen=True)
class Sheet:
    """A sheet of the workbook; `part` holds it."""

    name: str
    state: str  # visible, hidden, veryHidden
    part: str
    kind: str  # worksheet, chartsheet, xlMacrosheet

    @property
    def place(self) -> str:
        """How a person finds it."""
        return f"Sheet “{self.name}”"


@dataclass(frozen=True)
class Row:
    """A row with its cells: column from 1, text as it is stored, the number of its style."""

    number: int
    hidden: bool
    cells: tuple[tuple[int, str, int], ...]


def look(package: Package, note: Note) -> None:
    """Note what the workbook hides."""
    strings = shared_strings(package)
    looks = CellLooks(package)
    for sheet in sheets(package):
        if sheet.state != "visible":
            how = "very hidden" if sheet.state == "veryHidden" else "hidden"
            note(Finding("hidden-sheet", sheet.place, None, how))
        if sheet.kind == "worksheet":
            _rows(package, sheet, strings, looks, note)
        _remarks(package, sheet, note)
    _names(package, note)
    _sources(package, note)


def passages(package: Package) -> Iterator[Passage]:
    """Give the text of the sheets, in stretches of rows, with what stands above and below."""
    strings = shared_strings(package)
    for sheet in sheets(package):
        if sheet.kind != "worksheet":
            continue
        yield from _bands(package, sheet)
        first, lines = 1, list[str]()
        for row in rows(package, sheet, strings):
            if isinstance(row, Row):
                if not lines:
                    first = row.number
                lines.append("\t".join(text for _, text, _ in row.cells if text))
            if len(lines) == ROWS_OF_A_PASSAGE:
                yield Passage(f"{sheet.place}, from row {first}", None, "\n".join(lines))
                lines = []
        if any(lines):
            yield Passage(f"{sheet.place}, from row {first}", None, "\n".join(lines))


def sheets(package: Package) -> tuple[Sheet, ...]:
    """The sheets as they follow each other, whether shown or not."""
    by_id = {rel.id: rel for rel in package.rels(package.main) if not rel.external}
    found = []
    for element in package.xml(package.main).iter("{*}sheet"):
        rel = by_id.get(relation(element) or "")
        if rel is not None and package.has(rel.target):
            state = attribute(element, "state") or "visible"
            found.append(Sheet(attribute(element, "name") or "", state, rel.target, rel.kind))
    return tuple(found)


def shared_strings(package: Package) -> list[str]:
    """The texts that cells refer to by number."""
    return [
        "".join(piece.text or "" for piece in element.iter("{*}t"))
        for part in package.targets(package.main, "sharedStrings")
        for element in events(io.BytesIO(package.read(part)), "{*}si")
    ]


def rows(package: Package, sheet: Sheet, strings: list[str]) -> Iterator[Row | frozenset[int]]:
    """Give the hidden columns of a sheet first, where there are some, then its rows."""
    number = 0
    for element in events(io.BytesIO(package.read(sheet.part)), "{*}cols", "{*}row"):
        if local(element) == "cols":
            yield hidden_columns(element)
            continue
        number = _number(attribute(element, "r"), number + 1)
        cells = tuple(_cells(element, strings))
        yield Row(number, hidden_row(element), cells)


def hidden_columns(cols: etree._Element) -> frozenset[int]:
    """The columns that are not shown, from 1."""
    columns: set[int] = set()
    for col in cols:
        if _true(attribute(col, "hidden")) or attribute(col, "width") in ("0", "0.0"):
            last = min(_number(attribute(col, "max"), 0), COLUMNS)
            columns.update(range(_number(attribute(col, "min"), 1), last + 1))
    return frozenset(columns)


def hidden_row(row: etree._Element) -> bool:
    """Whether a row is not shown."""
    return _true(attribute(row, "hidden")) or attribute(row, "ht") in ("0", "0.0")


def column_of(reference: str | None, otherwise: int) -> int:
    """The column of a cell's reference, from 1: 28 for AB7."""
    column = 0
    for letter in reference or "":
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - 64
    return column or otherwise


def letters(column: int) -> str:
    """The name of a column: AB for 28."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _cells(row: etree._Element, strings: list[str]) -> Iterator[tuple[int, str, int]]:
    column = 0
    for cell in row.iterchildren("{*}c"):
        column = column_of(attribute(cell, "r"), column + 1)
        text = "".join(piece.text or "" for piece in cell.iter("{*}v", "{*}t"))
        if attribute(cell, "t") == "s":
            at = _number(text, -1)
            text = strings[at] if 0 <= at < len(strings) else ""
        yield column, text, _number(attribute(cell, "s"), 0)


def _rows(package: Package, sheet: Sheet, strings: list[str], looks: CellLooks, note: Note) -> None:
    columns: frozenset[int] = frozenset()
    in_tables = any(True for _ in package.targets(sheet.part, "table"))
    told: set[int] = set()
    for row in rows(package, sheet, strings):
        if isinstance(row, frozenset):
            columns = row
            continue
        said = " | ".join(text for _, text, _ in row.cells if text.strip())
        if row.hidden and said:
            note(Finding("hidden-rows", f"{sheet.place}, row {row.number}", None, said))
        for column, text, style in row.cells:
            if not text.strip():
                continue
            if column in columns and column not in told:
                told.add(column)
                place = f"{sheet.place}, column {letters(column)}"
                note(Finding("hidden-rows", place, None, text))
            if why := looks.unseen(style, in_table=in_tables):
                place = f"{sheet.place}, cell {letters(column)}{row.number}"
                note(Finding(why[0], place, None, f"{why[1]}: {text}"))


def _remarks(package: Package, sheet: Sheet, note: Note) -> None:
    for part in package.targets(sheet.part, "comments"):
        for comment in package.xml(part).iter("{*}comment"):
            text = "".join(piece.text or "" for piece in comment.iter("{*}t"))
            place = f"{sheet.place}, cell {attribute(comment, 'ref')}"
            note(Finding("comments", place, None, text))
    for part in package.targets(sheet.part, "threadedComment"):
        for comment in package.xml(part).iter("{*}threadedComment"):
            text = "".join(piece.text or "" for piece in comment.iter("{*}text"))
            place = f"{sheet.place}, cell {attribute(comment, 'ref')}"
            note(Finding("comments", place, None, text))


def _names(package: Package, note: Note) -> None:
    for name in package.xml(package.main).iter("{*}definedName"):
        if harmful_name(name):
            said = f"{attribute(name, 'name')} = {name.text}"
            note(Finding("hidden-data", "Hidden name", None, said))


def harmful_name(name: etree._Element) -> bool:
    """Whether a defined name was hidden, and not by Excel itself."""
    own = attribute(name, "name") or ""
    return _true(attribute(name, "hidden")) and not own.startswith(_HARMLESS_NAMES)


def _sources(package: Package, note: Note) -> None:
    for rel in sorted(package.all_rels(), key=lambda rel: rel.target):
        if not rel.external and package.has(rel.target):
            for finding in _of_source(package, rel.kind, rel.target):
                note(finding)


def _of_source(package: Package, kind: str, part: str) -> Iterator[Finding]:
    match kind:
        case "pivotCacheRecords":
            yield Finding("hidden-data", "Source of a pivot table", None, part)
        case "pivotCacheDefinition" if _items(package, part):
            yield Finding("hidden-data", "Source of a pivot table", None, part)
        case "externalLink":
            said = _all_values(package.xml(part)) or part
            yield Finding("hidden-data", "Values of another workbook", None, said)
        case "connections":
            for one in package.xml(part).iter("{*}connection"):
                said = attribute(one, "name") or attribute(one, "id") or ""
                yield Finding("external-link", "Data connection", None, said)
        case "revisionHeaders":
            yield Finding("tracked-changes", "Shared workbook", None, part)


def _items(package: Package, part: str) -> bool:
    return any(len(items) for items in package.xml(part).iter("{*}sharedItems"))


def _all_values(root: etree._Element) -> str:
    return " | ".join(value.text or "" for value in root.iter("{*}v"))


def _bands(package: Package, sheet: Sheet) -> Iterator[Passage]:
    # The rows are asked for too, so that they are forgotten on the way.
    for band in events(io.BytesIO(package.read(sheet.part)), "{*}headerFooter", "{*}row"):
        for element in band if local(band) == "headerFooter" else ():
            side = "Header" if "Header" in local(element) else "Footer"
            text = _band_text(element.text or "")
            if text:
                yield Passage(f"{side} of sheet “{sheet.name}”", None, text)


def _band_text(text: str) -> str:
    """A header as it is read: `&L&"Arial,Bold"RESTRICTED&C&P` has the codes of its format."""
    said, at = [], 0
    while at < len(text):
        if text[at] != "&":
            said.append(text[at])
            at += 1
        elif text[at + 1 : at + 2] == '"':
            at = text.find('"', at + 2) + 1 or len(text)
        elif text[at + 1 : at + 2].isdigit():
            at += 2
            while at < len(text) and text[at].isdigit():
                at += 1
        else:
            said.append("\n" if text[at + 1 : at + 2] in "LCR" else "")
            at += 2
    return "".join(said).strip()


def _true(value: str | None) -> bool:
    return (value or "").lower() in ("1", "true")


def _number(text: str | None, otherwise: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return otherwise
