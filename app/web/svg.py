"""Builds SVG: elements with presentation attributes for paper, classes for light and dark."""

import re
import unicodedata
from typing import Final
from xml.etree import ElementTree as Xml

from markupsafe import Markup

# Typst's own typeface on paper; on a page the style sheet has its say.
PAPER_FONT: Final = "Libertinus Serif, serif"
INK: Final = "#17262b"
QUIET: Final = "#4c5c61"
LINE: Final = "#dcd7cc"
GROUND: Final = "#ffffff"
# What XML 1.0 has no way to write.
UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ELLIPSIS: Final = "…"
_BROAD: Final = frozenset("MWmw@%&—…")
_SLIM: Final = frozenset("iljtfrI.,:;'|!()[] ")

Number = float | int


class Canvas:
    """A drawing of a size in pixels, with its name and what it says for those who do not see it."""

    def __init__(self, width: Number, height: Number, *, name: str, title: str, desc: str) -> None:
        self.width, self.height, self.name = width, height, name
        self.root = Xml.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "class": "entente-chart__drawing",
                "viewBox": f"0 0 {_spelled(width)} {_spelled(height)}",
                "width": _spelled(width),
                "height": _spelled(height),
                "role": "img",
                "aria-labelledby": f"{name}-title {name}-desc",
            },
        )
        for tag, text in (("title", title), ("desc", desc)):
            Xml.SubElement(self.root, tag, id=f"{name}-{tag}").text = written(text)

    def text(
        self,
        x: Number,
        y: Number,
        said: str,
        *,
        size: Number = 13,
        anchor: str = "start",
        look: str = "text",
        fill: str = "",
    ) -> None:
        """Write a text; `x` is its start, middle or end, `y` its base line."""
        made = Xml.SubElement(
            self.root,
            "text",
            {
                "x": _spelled(x),
                "y": _spelled(y),
                "font-size": _spelled(size),
                "font-family": PAPER_FONT,
                "text-anchor": anchor,
                "fill": fill or (QUIET if look == "quiet" else INK),
                "class": f"entente-chart__{look}",
            },
        )
        made.text = written(said)

    def box(
        self,
        x: Number,
        y: Number,
        width: Number,
        height: Number,
        *,
        look: str,
        fill: str,
        stroke: str = "",
    ) -> None:
        """Draw a rectangle; one without a width or a height is left out."""
        if width <= 0 or height <= 0:
            return
        shape = {"x": x, "y": y, "width": width, "height": height}
        given = {name: _spelled(value) for name, value in shape.items()}
        given |= {"fill": fill, "class": f"entente-chart__{look}"}
        Xml.SubElement(self.root, "rect", given | ({"stroke": stroke} if stroke else {}))

    def line(self, x1: Number, y1: Number, x2: Number, y2: Number) -> None:
        """Draw a quiet line."""
        ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
        given = {name: _spelled(value) for name, value in ends.items()}
        Xml.SubElement(self.root, "line", given | {"stroke": LINE, "class": "entente-chart__line"})

    def hatch(self, number: int, colour: str) -> str:
        """Give the fill of a hatched ground, made the first time."""
        name = f"{self.name}-hatch-{number}"
        if self.root.find(f".//pattern[@id='{name}']") is None:
            size = 6 if number == 1 else 4
            pattern = Xml.SubElement(
                Xml.SubElement(self.root, "defs"),
                "pattern",
                {
                    "id": name,
                    "width": str(size),
                    "height": str(size),
                    "patternUnits": "userSpaceOnUse",
                    "patternTransform": f"rotate({45 if number % 2 else -45})",
                },
            )
            ground = {"width": str(size), "height": str(size), "fill": GROUND}
            Xml.SubElement(pattern, "rect", ground | {"class": "entente-chart__ground"})
            stripe = {"width": str(size / 2), "height": str(size), "fill": colour}
            Xml.SubElement(pattern, "rect", stripe | {"class": f"entente-chart__mark-{number}"})
        return f"url(#{name})"

    def markup(self) -> Markup:
        """Give the drawing as safe markup."""
        return Markup(Xml.tostring(self.root, encoding="unicode"))  # noqa: S704 (escaped by Xml)


def measure(text: str, size: Number) -> float:
    """Estimate the width of a text from above, in pixels, whatever typeface sets it."""
    return sum(map(_ems, text)) * size


def fitted(text: str, size: Number, width: Number) -> str:
    """Shorten a text to a width in pixels."""
    if measure(text, size) <= width:
        return text
    while text and measure(text + ELLIPSIS, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS if measure(ELLIPSIS, size) <= width else ""


def written(text: str) -> str:
    """Put a sign in place of what XML cannot write."""
    return UNWRITABLE.sub("\ufffd", text)


def _ems(letter: str) -> float:
    if letter in _SLIM:
        return 0.4
    if letter in _BROAD or unicodedata.east_asian_width(letter) in "WF":
        return 1.02
    if letter.isascii():
        return 0.72 if letter.isupper() else 0.58
    return 0 if unicodedata.combining(letter) else 1.02


def _spelled(value: Number) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
