"""How runs of a Word document look, as far as it decides whether a person sees their text."""

from collections.abc import Iterator
from itertools import groupby

from lxml import etree

from app.inspection.formats.package import Package
from app.inspection.formats.trees import attribute, local

HIDDEN = "hidden-text"
COVERED = "covered-text"
# What a cleaned copy has in the place of what was covered; of one length, which tells nothing.
CUT_OUT = "█████"
_SMALLEST_HALF_POINTS = 5
_OFF = {"0", "false", "off", "none"}
_LIGHT = 0xF4
_PARAGRAPHS_OF_A_PAGE = 30
_HIGHEST_BAR = 550_000  # in English metric units: 1.5 cm
_DARK = 0x38

Look = dict[str, etree._Element]
Unseen = tuple[str, str, list[etree._Element]]


class Looks:
    """The formatting of a document's styles, on which that of its runs rests."""

    def __init__(self, package: Package) -> None:
        self._styles: dict[str, etree._Element] = {}
        self._looks: dict[str | None, Look] = {}
        self._usual: str | None = None
        self._default: Look = {}
        for part in package.targets(package.main, "styles"):
            for style in package.xml(part).iter("{*}style"):
                self._styles[attribute(style, "styleId") or ""] = style
                if attribute(style, "type") == "paragraph" and attribute(style, "default") == "1":
                    self._usual = attribute(style, "styleId")
            for look in package.xml(part).iterfind("./{*}docDefaults/{*}rPrDefault/{*}rPr"):
                self._default = _children(look)

    def unseen(self, root: etree._Element) -> Iterator[Unseen]:
        """Give the runs that nobody sees: the kind of finding, why, and neighbours together."""
        runs = (run for run in root.iter("{*}r") if _has_text(run))
        behind = _near_pictures(root)
        judged = ((self._why(run, behind), run) for run in runs)
        for (why, _), group in groupby(judged, key=lambda pair: (pair[0], pair[1].getparent())):
            if why is not None:
                yield (*why, [run for _, run in group])

    def _why(
        self, run: etree._Element, behind: frozenset[etree._Element]
    ) -> tuple[str, str] | None:
        look = self._look(run)
        if on(look.get("vanish")):
            return HIDDEN, "hidden"
        size = attribute(look.get("sz"), "val") or ""
        if size.isdigit() and int(size) <= _SMALLEST_HALF_POINTS:
            return HIDDEN, "too small to be read"
        colour = _shade(attribute(look.get("color"), "val"))
        if covered := _covered(look, colour):
            return covered
        light = colour is not None and colour >= _LIGHT
        if not light or behind.intersection(run.iterancestors()):
            return None
        if _on_ground(run, self._styles):
            return None
        return HIDDEN, "in the colour of the paper"

    def _look(self, run: etree._Element) -> Look:
        """The properties of a run: its own, its style's, its paragraph's, those of all text."""
        own = _children(run.find("./{*}rPr"))
        style = attribute(own.get("rStyle"), "val")
        paragraph = next((up for up in run.iterancestors() if local(up) == "p"), None)
        around = None
        if paragraph is not None:
            around = attribute(paragraph.find("./{*}pPr/{*}pStyle"), "val") or self._usual
        return {**self._default, **self._of_style(around), **self._of_style(style), **own}

    def _of_style(self, name: str | None) -> Look:
        if name not in self._looks:
            chain = [style.find("./{*}rPr") for style in _chain(self._styles, name)]
            self._looks[name] = {
                key: one for part in chain[::-1] for key, one in _children(part).items()
            }
        return self._looks[name]


def _covered(look: Look, colour: int | None) -> tuple[str, str] | None:
    """Judge text on a black ground of its own: what Word paints white there is no secret."""
    ground = _shade(attribute(look.get("shd"), "fill"))
    highlight = attribute(look.get("highlight"), "val")
    black = highlight == "black" or (ground is not None and ground <= _DARK)
    if black and (colour is None or colour <= _DARK):
        return COVERED, "black on black"
    white = highlight == "white" or (ground is not None and ground >= _LIGHT)
    if white and colour is not None and colour >= _LIGHT:
        return HIDDEN, "in the colour of its ground"
    return None


def _children(properties: etree._Element | None) -> Look:
    return {} if properties is None else {local(child): child for child in properties}


def bars(root: etree._Element) -> Iterator[etree._Element]:
    """Give the black bars in front of the text: what lies below them, nobody can say."""
    for anchor in root.iter("{*}anchor"):
        size = anchor.find("./{*}extent")
        high = attribute(size, "cy") or ""
        fills = (fill for fill in anchor.iterfind(".//{*}wsp/{*}spPr/{*}solidFill/*"))
        black = any(attribute(fill, "val") in ("000000", "tx1", "dk1") for fill in fills)
        behind = attribute(anchor, "behindDoc") in ("1", "true")
        low = high.isdigit() and int(high) <= _HIGHEST_BAR
        if black and low and not behind and anchor.find(".//{*}t") is None:
            yield anchor
    for box in root.iter("{*}rect"):
        colour = (attribute(box, "fillcolor") or "").partition(" ")[0]
        if colour in ("black", "#000000", "#000") and box.find(".//{*}t") is None:
            yield box


def _near_pictures(root: etree._Element) -> frozenset[etree._Element]:
    """The paragraphs that may stand on a picture behind the text: a page of them around each."""
    paragraphs = list(root.iter("{*}p"))
    places = {paragraph: at for at, paragraph in enumerate(paragraphs)}
    near: set[etree._Element] = set()
    for anchor in root.iter("{*}anchor"):
        if attribute(anchor, "behindDoc") in ("1", "true"):
            at = next((places[up] for up in anchor.iterancestors() if up in places), 0)
            near.update(paragraphs[max(0, at - _PARAGRAPHS_OF_A_PAGE) : at + _PARAGRAPHS_OF_A_PAGE])
    return frozenset(near)


def on(element: etree._Element | None) -> bool:
    """Whether a property that is on or off is on."""
    return element is not None and (attribute(element, "val") or "1").lower() not in _OFF


def _chain(styles: dict[str, etree._Element], name: str | None) -> Iterator[etree._Element]:
    """A style, and those that it rests on."""
    for _ in range(20):  # a style may rest on itself
        style = styles.get(name or "")
        if style is None:
            return
        yield style
        name = attribute(style.find("./{*}basedOn"), "val")


def _on_ground(run: etree._Element, styles: dict[str, etree._Element]) -> bool:
    """Whether white text may stand on a colour: shading, a table's style, a shape, a page."""
    for above in run.iterancestors():
        name = local(above)
        if name in ("txbxContent", "pict", "drawing"):
            return True
        if name == "document" and above.find("./{*}background") is not None:
            return True
        properties = above.find(f"./{{*}}{name}Pr")
        if properties is None:
            continue
        if _coloured(properties.find("./{*}shd")):
            return True
        style = attribute(properties.find(f"./{{*}}{name}Style"), "val")
        if name == "tbl" and style and style not in ("TableGrid", "TableNormal"):
            return True
        of_styles = (one.find("./{*}pPr/{*}shd") for one in _chain(styles, style))
        if name == "p" and any(map(_coloured, of_styles)):
            return True
    return _coloured(run.find("./{*}rPr/{*}shd")) or _highlighted(run)


def _coloured(shading: etree._Element | None) -> bool:
    if shading is None:
        return False
    fill = _shade(attribute(shading, "fill"))
    return (fill is not None and fill < _LIGHT) or attribute(shading, "themeFill") is not None


def _highlighted(run: etree._Element) -> bool:
    return (attribute(run.find("./{*}rPr/{*}highlight"), "val") or "none") not in ("none", "white")


def _shade(colour: str | None) -> int | None:
    """How light a colour is, 0 to 255; None where Word chooses it."""
    try:
        red, green, blue = bytes.fromhex(colour or "")
    except ValueError:
        return None
    return (red * 299 + green * 587 + blue * 114) // 1000


def _has_text(run: etree._Element) -> bool:
    said = "".join(piece.text or "" for piece in run.iterchildren("{*}t", "{*}delText"))
    return bool(said.strip(CUT_OUT).strip())
