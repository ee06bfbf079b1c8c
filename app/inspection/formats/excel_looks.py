"""How cells look, as far as it decides whether a person sees what they hold."""

from collections.abc import Iterator

from lxml import etree

from app.inspection.formats.package import Package
from app.inspection.formats.trees import attribute

_WHITE = {"FFFFFF", "FFFFFFFF", "00FFFFFF"}


class CellLooks:
    """The styles of a workbook by number, and why cells of one cannot be seen."""

    def __init__(self, package: Package) -> None:
        self._why: list[str] = []
        for part in package.targets(package.main, "styles"):
            self._why = list(_judged(package.xml(part)))

    def unseen(self, style: int, *, in_table: bool) -> str:
        """Why a cell cannot be seen, "" where it can; a table may give it a ground of its own."""
        why = self._why[style] if 0 <= style < len(self._why) else ""
        return "" if in_table and why.startswith("white") else why


def _judged(root: etree._Element) -> Iterator[str]:
    white = [_white(font.find("./{*}color")) for font in root.iterfind("./{*}fonts/{*}font")]
    empty = [_no_ground(fill) for fill in root.iterfind("./{*}fills/{*}fill")]
    blank = {
        attribute(form, "numFmtId")
        for form in root.iter("{*}numFmt")
        if (attribute(form, "formatCode") or "").replace(" ", "") in (";;;", ";;")
    }
    for form in root.iterfind("./{*}cellXfs/{*}xf"):
        if attribute(form, "numFmtId") in blank:
            yield "a format that shows nothing"
        elif _at(white, attribute(form, "fontId")) and _at(empty, attribute(form, "fillId")):
            yield "white on white"
        else:
            yield ""


def _white(colour: etree._Element | None) -> bool:
    if colour is None or attribute(colour, "tint"):
        return False
    return (attribute(colour, "rgb") or "").upper() in _WHITE or attribute(colour, "theme") == "0"


def _no_ground(fill: etree._Element) -> bool:
    pattern = fill.find("./{*}patternFill")
    if pattern is None:
        return False  # a gradient
    kind = attribute(pattern, "patternType") or "none"
    return kind == "none" or (kind == "solid" and _white(pattern.find("./{*}fgColor")))


def _at(values: list[bool], number: str | None) -> bool:
    return (
        number is not None
        and number.isdigit()
        and int(number) < len(values)
        and values[int(number)]
    )
