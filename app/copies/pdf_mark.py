"""Draws a mark as PDF: one form for each size of page, its typeface within the file.

Source: ISO 32000-2, 8.7.3 (tiling patterns), 8.10 (form XObjects), 9.7 (composite fonts).
"""

from collections.abc import Iterator, Sequence
from math import cos, radians, sin
from typing import Final

from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from app.copies.faces import Face, Part, regular
from app.copies.layout import Run, Sheet

# The faint line: how dark and how light (one of them shows on any ground), and its slope.
FAINTNESS: Final = 0.08
SLOPE_DEGREES: Final = 30
FIXED_PITCH_SYMBOLIC: Final = 4


class Writer:
    """Makes the forms of one document's marks; they share its typeface."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._parts: dict[str, Part] = {}
        self._fonts: dict[str, Object] = {}

    def use(self, parts: Sequence[Part]) -> None:
        """Write in these from now on."""
        self._parts = {one.face.name: one for one in parts}
        self._fonts = {one.face.name: _font(self._pdf, one) for one in parts}

    def form(self, sheet: Sheet) -> Object:
        """Draw the mark of pages of one size, from the lower left corner of the page itself."""
        lines = ["1 g", *_white(sheet)]
        for run in sheet.top.runs:
            lines += self._run(run, sheet.height + sheet.top.height)
        for run in sheet.bottom.runs:
            lines += self._run(run, 0)
        lines += [
            "q /Faint gs /Pattern cs /Line scn",
            f"0 0 {sheet.width:.3f} {sheet.height:.3f} re f Q",
        ]
        form = self._pdf.make_stream(
            "\n".join(lines).encode(), Type=Name.XObject, Subtype=Name.Form
        )
        above = sheet.height + sheet.top.height
        form.BBox = Array([0, round(-sheet.bottom.height, 3), sheet.width, round(above, 3)])
        form.Resources = Dictionary(
            Font=self._font_names(),
            ExtGState=Dictionary(Faint=Dictionary(ca=FAINTNESS, CA=FAINTNESS)),
            Pattern=Dictionary(Line=self._pattern(sheet)),
        )
        return form

    def _font_names(self) -> Dictionary:
        return Dictionary({f"/{name}": font for name, font in self._fonts.items()})

    def _run(self, run: Run, top: float) -> Iterator[str]:
        """Draw a run of a strip whose upper edge is at `top`."""
        if run.ground:
            left, above, width, height = run.plate
            yield f"{_colour(run.ground)} rg {left:.3f} {top - above - height:.3f}"
            yield f"{width:.3f} {height:.3f} re f"
        yield self._text(run.text, run.face, run.size, run.x, top - run.y, _colour(run.ink))

    def _text(self, text: str, face: Face, size: float, x: float, y: float, ink: str) -> str:
        coded = self._parts[face.name].coded(text).decode()
        return f"BT {ink} rg /{face.name} {size:.3f} Tf 1 0 0 1 {x:.3f} {y:.3f} Tm <{coded}> Tj ET"

    def _pattern(self, sheet: Sheet) -> Object:
        """Tile the faint line: as a pattern it is seen, and not read out in between the text."""
        size = sheet.size * 1.3
        width = regular().width(sheet.faint, size)
        step_x, step_y = width + 6 * size, 8 * size
        edge = size * 0.06
        half_x, half_y = step_x / 2, step_y / 2
        places = ((size, size), (size - half_x, size + half_y), (size + half_x, size + half_y))
        lines = [
            self._text(sheet.faint, regular(), size, x + dx, y - dy, ink)
            for x, y in places
            for dx, dy, ink in ((edge, edge, "1 1 1"), (0.0, 0.0, "0 0 0"))
        ]
        pattern = self._pdf.make_stream("\n".join(lines).encode(), PatternType=1, PaintType=1)
        pattern.TilingType = 1
        pattern.BBox = Array([0, 0, round(step_x, 3), round(step_y, 3)])
        pattern.XStep, pattern.YStep = round(step_x, 3), round(step_y, 3)
        turn, rise = cos(radians(SLOPE_DEGREES)), sin(radians(SLOPE_DEGREES))
        pattern.Matrix = Array([round(one, 5) for one in (turn, rise, -rise, turn, 0, 0)])
        pattern.Resources = Dictionary(Font=self._font_names())
        return pattern


def _white(sheet: Sheet) -> list[str]:
    over, under = sheet.top.height, sheet.bottom.height
    return [
        f"0 {sheet.height:.3f} {sheet.width:.3f} {over:.3f} re f",
        f"0 {-under:.3f} {sheet.width:.3f} {under:.3f} re f",
    ]


def _colour(value: str) -> str:
    parts = (int(value[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return " ".join(f"{part:.3f}" for part in parts)


def _font(pdf: Pdf, part: Part) -> Object:
    """Embed a part of a face so that its text can be read out again."""
    face = part.face
    name = Name(f"/ENTNTE+{face.name}")
    program = pdf.make_stream(part.data, Length1=len(part.data))
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=FIXED_PITCH_SYMBOLIC,
        FontBBox=Array(face.box),
        ItalicAngle=0,
        Ascent=face.ascent,
        Descent=face.descent,
        CapHeight=660,
        StemV=80,
        FontFile2=program,
    )
    ordered = sorted((glyph, face.widths[sign]) for sign, glyph in part.glyphs.items())
    widths = Array([one for glyph, width in ordered for one in (glyph, Array([width]))])
    below = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(
            Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0
        ),
        CIDToGIDMap=Name.Identity,
        DW=500,
        W=widths,
        FontDescriptor=pdf.make_indirect(descriptor),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(below)]),
            ToUnicode=pdf.make_stream(_to_unicode(part)),
        )
    )


def _to_unicode(part: Part) -> bytes:
    pairs = sorted((glyph, sign) for sign, glyph in part.glyphs.items())
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CMapName /Mark def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for first in range(0, len(pairs), 100):
        some = pairs[first : first + 100]
        lines.append(f"{len(some)} beginbfchar")
        lines += [
            f"<{glyph:04X}> <{chr(sign).encode('utf-16-be').hex().upper()}>" for glyph, sign in some
        ]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode()
