"""What an OpenDocument file does not show: by its styles, and by what is said to be hidden."""

from collections.abc import Iterator

from lxml import etree

from app.inspection.formats.package import Zipped
from app.inspection.formats.trees import attribute, local

Unseen = tuple[str, str, etree._Element, str]  # kind of finding, place, element, why
_FALSE = ("false", "none", "hidden")


class Looks:
    """The styles of a document, as far as they hide something."""

    def __init__(self, document: Zipped) -> None:
        self._root = document.xml("content.xml")
        roots = [self._root]
        if document.has("styles.xml"):
            roots.append(document.xml("styles.xml"))
        self._why: dict[tuple[str, str], str] = {}
        for root in roots:
            for style in root.iter("{*}style"):
                if why := _hides(style):
                    self._why[attribute(style, "name") or "", attribute(style, "family") or ""] = (
                        why
                    )

    def unseen(self) -> Iterator[Unseen]:
        """Give what nobody sees, as findings tell of it."""
        yield from self._texts()
        yield from self._tables()
        for number, page in enumerate(self._root.iter("{*}page"), 1):
            if self._hidden(page, "style-name", "drawing-page"):
                yield "hidden-slide", f"Slide {number}", page, ""

    def _texts(self) -> Iterator[Unseen]:
        paragraphs = {p: n for n, p in enumerate(self._root.iter("{*}p", "{*}h"), 1)}
        for element in self._root.iter(etree.Element):
            why = ""
            match local(element):
                case "span":
                    why = self._hidden(element, "style-name", "text")
                case "p" | "h":
                    why = self._hidden(element, "style-name", "paragraph")
                case "section" if attribute(element, "display") in ("none", "condition"):
                    why = "hidden section"
                case "section":
                    why = self._hidden(element, "style-name", "section")
                case "hidden-text" | "hidden-paragraph":
                    why = "hidden"
            if why and _has_words(element):
                above = next(
                    (a for a in (element, *element.iterancestors()) if a in paragraphs), None
                )
                place = "Document" if above is None else f"Paragraph {paragraphs[above]}"
                kind = "covered-text" if why == "black on black" else "hidden-text"
                yield kind, place, element, why

    def _tables(self) -> Iterator[Unseen]:
        for table in self._root.iter("{*}table"):
            place = f"Sheet “{attribute(table, 'name')}”"
            if self._hidden(table, "style-name", "table"):
                yield "hidden-sheet", place, table, ""
            for number, row in enumerate(table.iter("{*}table-row"), 1):
                if collapsed(row) and _has_words(row):
                    yield "hidden-rows", f"{place}, row {number}", row, ""
            for at in hidden_columns(table):
                for row in table.iter("{*}table-row"):
                    cell = cell_at(row, at)
                    if cell is not None and _has_words(cell):
                        yield "hidden-rows", f"{place}, column {at + 1}", cell, ""
                        break

    def _hidden(self, element: etree._Element, name: str, family: str) -> str:
        return self._why.get((attribute(element, name) or "", family), "")


def collapsed(element: etree._Element) -> bool:
    """Whether a row or column is folded away or filtered out."""
    return attribute(element, "visibility") in ("collapse", "filter")


def hidden_columns(table: etree._Element) -> list[int]:
    """The columns of a table that are not shown, from 0; at most the first thousand."""
    columns, at = list[int](), 0
    for column in table.iter("{*}table-column"):
        count = _repeated(column, "number-columns-repeated")
        if collapsed(column):
            columns.extend(range(at, min(at + count, 1000)))
        at += count
    return columns


def cell_at(row: etree._Element, column: int) -> etree._Element | None:
    """The cell of a row that stands in a column, from 0."""
    at = 0
    for cell in row:
        at += _repeated(cell, "number-columns-repeated")
        if at > column:
            return cell
    return None


def _repeated(element: etree._Element, name: str) -> int:
    told = attribute(element, name) or "1"
    return int(told) if told.isdigit() else 1


def _has_words(element: etree._Element) -> bool:
    return bool("".join(map(str, element.itertext())).strip()) or local(element) == "hidden-text"


def _hides(style: etree._Element) -> str:
    for properties in style:
        kind = local(properties)
        shown = attribute(properties, "visibility" if kind.startswith("drawing") else "display")
        if kind.endswith("properties") and shown in _FALSE:
            return "hidden"
        colours = {attribute(properties, "color"), attribute(properties, "background-color")}
        if kind == "text-properties" and colours == {"#000000"}:
            return "black on black"
    return ""
