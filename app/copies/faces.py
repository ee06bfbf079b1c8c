"""The typeface of marks: which signs it has, how wide they are, and the part of it that is used.

Source Sans covers Latin, Greek and Cyrillic. Nothing is transliterated: a name in another script
stands on a mark as the person's e-mail address.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from app.copies.mark import Writes

UNITS = 1000
INSTEAD = "?"
# What sets text finer than a mark needs, and costs most of the time of cutting out a part.
UNUSED = frozenset({"GSUB", "GPOS", "GDEF", "BASE", "DSIG", "kern", "fpgm", "prep", "cvt ", "hdmx"})


@dataclass(frozen=True)
class Face:
    """One weight of the typeface; widths are in thousandths of its size."""

    name: str
    data: bytes = field(repr=False)
    widths: dict[int, int] = field(repr=False)
    ascent: int
    descent: int
    box: tuple[int, int, int, int]

    @property
    def writes(self) -> Writes:
        """Tell which texts can be written."""
        return Writes(frozenset(self.widths))

    def written(self, text: str) -> str:
        """Give the text with a question mark for each sign that there is not."""
        return "".join(sign if ord(sign) in self.widths else INSTEAD for sign in text)

    def width(self, text: str, size: float) -> float:
        """Give how wide a text is at a size, in the unit of the size."""
        return sum(self.widths[ord(sign)] for sign in text) * size / UNITS


@dataclass(frozen=True)
class Part:
    """The part of a face that a document needs: a TrueType file, and the glyph of each sign."""

    face: Face
    data: bytes = field(repr=False)
    glyphs: dict[int, int]

    def coded(self, text: str) -> bytes:
        """Give the text as two bytes a glyph, in hexadecimal."""
        return "".join(f"{self.glyphs[ord(sign)]:04X}" for sign in text).encode()


@cache
def regular() -> Face:
    """Give the face of sentences."""
    return _read("SourceSansPro-Regular.ttf")


@cache
def bold() -> Face:
    """Give the face of markings."""
    return _read("SourceSansPro-Semibold.ttf")


def part(face: Face, text: str) -> Part:
    """Cut out of a face what writes `text`."""
    font = TTFont(BytesIO(face.data))
    options = Options(notdef_outline=True, name_IDs=[])
    subsetter = Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    out = BytesIO()
    font.save(out)
    order = {name: number for number, name in enumerate(font.getGlyphOrder())}
    return Part(face, out.getvalue(), {s: order[name] for s, name in font.getBestCmap().items()})


def _read(name: str) -> Face:
    data = files("font_source_sans_pro").joinpath("files", name).read_bytes()
    font: Any = TTFont(BytesIO(data), lazy=True)
    for table in UNUSED & set(font.keys()):
        del font[table]
    slim = BytesIO()
    font.save(slim)
    scale = UNITS / font["head"].unitsPerEm
    metrics = font["hmtx"].metrics
    head = font["head"]
    return Face(
        name=name.removesuffix(".ttf"),
        data=slim.getvalue(),
        widths={sign: round(metrics[n][0] * scale) for sign, n in font.getBestCmap().items()},
        ascent=round(font["hhea"].ascent * scale),
        descent=round(font["hhea"].descent * scale),
        box=(head.xMin, head.yMin, head.xMax, head.yMax),
    )
