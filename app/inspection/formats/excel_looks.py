"""How cells look, as far as it decides whether a person sees what they hold."""

from collections.abc import Iterator

from lxml import etree

from app.inspection.formats.package import Package
from app.inspection.formats.trees import attribute

_WHITE_ON_WHITE = ("hidden-text", "white on white")
_WHITE = {"FFFFFF", "FFFFFFFF", "00FFFFFF"}


Why = tuple[str, str]  # the kind of finding, and in words


class CellLooks:
    """The styles of a workbook by number, and why cells of one cannot be seen."""

    def __init__(self, package: Package) -> None:
        self._why: list[Why | None] = []
        for part in package.targets(package.main, "styles"):
            self._why = list(_judged(package.xml(part)))

    def unseen(self, style: int, *, in_table: bool) -> Why | None:
        """Why a cell cannot be seen, if it cannot; a table may give it a ground of its own."""
        why = self._why[style] if 0 <= style < len(self._why) else None
        return None if in_table and why == _WHITE_ON_WHITE else why


def _judged(root: etree._Element) -> Iterator[Why | None]:
    fonts = [font.find("./{*}color") for font in root.iterfind("./{*}fonts/{*}font")]
    fills = [*root.iterfind("./{*}fills/{*}fill")]
    white, black = [_white(font) for font in fonts], [_black(font, own=True) for font in fonts]
    empty, dark = [_no_ground(fill) for fill in fills], [_black_ground(fill) for fill in fills]
    blank = {
        attribute(form, "numFmtId")
        for form in root.iter("{*}numFmt")
        if (attribute(form, "formatCode") or "").replace(" ", "") in (";;;", ";;")
    }
    for form in root.iterfind("./{*}cellXfs/{*}xf"):
        font, fill = attribute(form, "fontId"), attribute(form, "fillId")
        if attribute(form, "numFmtId") in blank:
            yield "hidden-text", "a format that shows nothing"
        elif _at(white, font) and _at(empty, fill):
            yield _WHITE_ON_WHITE
        elif _at(black, font) and _at(dark, fill):
            yield "covered-text", "black on black"
        else:
            yield None


def _white(colour: etree._Element | None) -> bool:
    if colour is None or attribute(colour, "tint"):
        return False
    return (attribute(colour, "rgb") or "").upper() in _WHITE or attribute(colour, "theme") == "0"


def _black(colour: etree._Element | None, *, own: bool) -> bool:
    """Whether a colour is black; text without one of its own is."""
    if colour is None:
        return own
    if attribute(colour, "tint"):
        return False
    told = (attribute(colour, "rgb") or "")[-6:], attribute(colour, "theme")
    return told[0] == "000000" or told[1] == "1" or attribute(colour, "indexed") in ("8", "64")


def _black_ground(fill: etree._Element) -> bool:
    pattern = fill.find("./{*}patternFill")
    if pattern is None or attribute(pattern, "patternType") != "solid":
        return False
    return _black(pattern.find("./{*}fgColor"), own=False)


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
