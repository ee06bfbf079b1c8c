"""The shapes of a slide: where they stand, and which of them nobody sees."""

from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from app.inspection.formats.trees import attribute, local
from app.inspection.formats.word_styles import CUT_OUT

SHAPES = ("sp", "pic", "graphicFrame", "grpSp", "cxnSp")
_ABOUT = ("nvSpPr", "nvPicPr", "nvGraphicFramePr", "nvGrpSpPr")
_MOST_SHAPES = 500
_COVERED = 0.9  # of its area
_HIGHEST_BAR = 550_000  # in English metric units: 1.5 cm
_BLACK = ("000000", "tx1", "dk1", "black")


class Box(NamedTuple):
    """Where a shape stands, in English metric units."""

    x: int
    y: int
    wide: int
    high: int

    def shared(self, other: "Box") -> float:
        """Which part of this box the other covers, 0 to 1."""
        wide = min(self.x + self.wide, other.x + other.wide) - max(self.x, other.x)
        high = min(self.y + self.high, other.y + other.high) - max(self.y, other.y)
        area = self.wide * self.high
        return max(wide, 0) * max(high, 0) / area if area else 0


def shapes(root: etree._Element) -> list[etree._Element]:
    """The shapes of a slide, groups as one, from the back to the front."""
    tree = root.find(".//{*}spTree")
    return [] if tree is None else [shape for shape in tree if local(shape) in SHAPES]


def beside(root: etree._Element, width: int, height: int) -> Iterator[etree._Element]:
    """Give the shapes that stand wholly outside of the slide."""
    for shape in shapes(root):
        box = _box(shape)
        if box is None or not width:
            continue
        if box.x >= width or box.y >= height or box.x + box.wide <= 0 or box.y + box.high <= 0:
            yield shape


def unseen(root: etree._Element) -> Iterator[etree._Element]:
    """Give the shapes that were hidden."""
    for shape in shapes(root):
        abouts = [child for child in shape if local(child) in _ABOUT]
        if any(attribute(one.find("./{*}cNvPr"), "hidden") in ("1", "true") for one in abouts):
            yield shape


def covered(root: etree._Element) -> Iterator[etree._Element]:
    """Give the shapes with text on which another lies that cannot be seen through."""
    standing = _standing(root)
    for at, (shape, box) in enumerate(standing):
        if _says_something(shape):
            over = (other for other in standing[at + 1 :] if _opaque(other[0]))
            if any(box.shared(other) >= _COVERED for _, other in over):
                yield shape


def bars(root: etree._Element) -> Iterator[etree._Element]:
    """Give the black bars that lie on a part of a text: of which part, nobody can say."""
    standing = _standing(root)
    for at, (shape, box) in enumerate(standing):
        if _opaque(shape, black=True) and box.high <= min(_HIGHEST_BAR, box.wide):
            texts = [other for below, other in standing[:at] if _says_something(below)]
            on_text = [other for other in texts if box.shared(other) >= _COVERED]
            if any(other.shared(box) < _COVERED for other in on_text):
                yield shape


def text_of(root: etree._Element) -> str:
    """The text of a shape or of a slide, a paragraph a line."""
    paragraphs = ("".join(piece.text or "" for piece in p.iter("{*}t")) for p in root.iter("{*}p"))
    text = "\n".join(line for line in paragraphs if line.strip())
    return text or " ".join(piece.text or "" for piece in root.iter("{*}text")).strip()


def _says_something(shape: etree._Element) -> bool:
    return bool(text_of(shape).strip(CUT_OUT + "\n"))


def number_of(element: etree._Element, name: str) -> int:
    """A number of an attribute, 0 where there is none."""
    try:
        return int(attribute(element, name) or 0)
    except ValueError:
        return 0


def _standing(root: etree._Element) -> list[tuple[etree._Element, Box]]:
    """The shapes of which it is known where they stand, each with that."""
    placed = ((shape, _box(shape)) for shape in shapes(root)[:_MOST_SHAPES])
    return [(shape, box) for shape, box in placed if box is not None]


def _box(shape: etree._Element) -> Box | None:
    for path in ("./{*}spPr/{*}xfrm", "./{*}xfrm", "./{*}grpSpPr/{*}xfrm"):
        place = shape.find(path)
        if place is not None:
            off, ext = place.find("./{*}off"), place.find("./{*}ext")
            if off is None or ext is None:
                return None
            return Box(
                number_of(off, "x"), number_of(off, "y"), number_of(ext, "cx"), number_of(ext, "cy")
            )
    return None


def _opaque(shape: etree._Element, *, black: bool = False) -> bool:
    """Whether a shape without text is filled with a colour that nothing is seen through."""
    fill = shape.find("./{*}spPr/{*}solidFill")
    if fill is None or text_of(shape) or fill.find(".//{*}alpha") is not None:
        return False
    return not black or any(attribute(colour, "val") in _BLACK for colour in fill)
