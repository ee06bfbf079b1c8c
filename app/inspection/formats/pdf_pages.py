"""A page of a PDF as PDFium paints it: its objects in the order of painting, and pictures of it.

What a person sees is decided by painting, not by reading the file: so the inspection paints a page
with and without its text and looks where that makes no difference. All places are in points, in
the page's own space, before its rotation.
"""

import ctypes
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from app.inspection.formats import Unreadable

MAX_PAGES = 1_000
MAX_DEPTH = 12
MAX_OBJECTS = 200_000
MAX_CLIPS = 16
UNPAINTED = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP})
LARGEST_SIDE = 1_800
"""The longer side of a picture of a page, in pixels, whatever the page says its size is."""


class Box(NamedTuple):
    """A rectangle: left, bottom, right, top."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.bottom <= y <= self.top

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def within(self, other: "Box") -> "Box":
        """Return the part of this box inside `other`; it may be empty (width or height below 0)."""
        return Box(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )


NOWHERE = Box(0, 0, 0, 0)
Matrix = tuple[float, float, float, float, float, float]
SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class TooIntricate(Unreadable):
    """The page paints more than is looked at."""


@dataclass(frozen=True, slots=True)
class Painted:
    """One object of a page: text, a path, a picture or a shading; forms are opened, not listed."""

    order: int
    kind: int
    box: Box
    handle: Any
    address: int
    nested: bool
    layer: bool
    """It stands in marked content of a layer, or in a form that does."""
    matrix: Matrix
    """From the form in which it stands to the page."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One visible-or-not letter of a page's text, and the text object that paints it."""

    character: str
    box: Box
    address: int


def address(handle: Any) -> int:
    return ctypes.addressof(handle.contents) if handle else 0


class PaintedPage:
    """A page, open while it is looked at."""

    def __init__(self, page: pdfium.PdfPage, number: int) -> None:
        self.page = page
        self.number = number
        self.crop = Box(*page.get_bbox())
        self.objects = tuple(_objects(page.raw))
        width, height = page.get_size()
        self.scale = min(1.0, LARGEST_SIDE / max(width, height, 1.0))
        self._affine = self._to_pixels()

    @property
    def texts(self) -> Iterator[Painted]:
        return (each for each in self.objects if each.kind == raw.FPDF_PAGEOBJ_TEXT)

    @property
    def others(self) -> Iterator[Painted]:
        return (each for each in self.objects if each.kind != raw.FPDF_PAGEOBJ_TEXT)

    def picture(self, *, comments: bool = True) -> Image.Image:
        """Paint the page as it stands now: shades of grey, about one pixel a point."""
        bitmap = self.page.render(
            scale=self.scale, grayscale=True, draw_annots=comments, may_draw_forms=comments
        )
        picture: Image.Image = bitmap.to_pil()
        return picture.convert("L")

    @contextmanager
    def without(self, hidden: list[Painted]) -> Iterator[None]:
        """Leave these objects unpainted for a while."""
        for each in hidden:
            raw.FPDFPageObj_SetIsActive(each.handle, False)
        try:
            yield
        finally:
            for each in hidden:
                raw.FPDFPageObj_SetIsActive(each.handle, True)

    @contextmanager
    def black_text_alone(self) -> Iterator[None]:
        """Leave only the text painted, in black.

        The colours stay changed: whoever needs the page as it was opens it again.
        """
        with self.without(list(self.others)):
            for each in self.texts:
                raw.FPDFPageObj_SetFillColor(each.handle, 0, 0, 0, 255)
            yield

    def letters(self, of: Collection[int] | None = None) -> Iterator[Letter]:
        """Yield every letter of the page's text, in reading order, spaces included.

        Args:
            of: the texts, by address, of whose letters the places are wanted; else of all.
        """
        text_page = self.page.get_textpage()
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        edges = [ctypes.byref(each) for each in (left, right, bottom, top)]
        for index in range(text_page.count_chars()):
            code = raw.FPDFText_GetUnicode(text_page.raw, index)
            if not code or raw.FPDFText_IsGenerated(text_page.raw, index) == 1:
                yield Letter(" ", NOWHERE, 0)
                continue
            painter = address(raw.FPDFText_GetTextObject(text_page.raw, index))
            place = NOWHERE
            if of is None or painter in of:
                raw.FPDFText_GetCharBox(text_page.raw, index, *edges)
                place = Box(left.value, bottom.value, right.value, top.value)
            yield Letter(chr(code), place, painter)

    def comments(self) -> Iterator[tuple[int, Box]]:
        """Yield kind and place of each comment, field and mark that may paint over the page."""
        for index in range(raw.FPDFPage_GetAnnotCount(self.page.raw)):
            found = raw.FPDFPage_GetAnnot(self.page.raw, index)
            if not found:
                continue
            kind, edges = raw.FPDFAnnot_GetSubtype(found), raw.FS_RECTF()
            if raw.FPDFAnnot_GetRect(found, ctypes.byref(edges)) and kind not in UNPAINTED:
                yield kind, Box(edges.left, edges.bottom, edges.right, edges.top)
            raw.FPDFPage_CloseAnnot(found)

    def pixels(self, box: Box) -> tuple[int, int, int, int]:
        """Return where a box lies in the page's picture, at least one pixel large."""
        a, b, c, d, e, f = self._affine
        corners = [
            (a * x + c * y + e, b * x + d * y + f)
            for x in (box.left, box.right)
            for y in (box.bottom, box.top)
        ]
        across, down = [x for x, _ in corners], [y for _, y in corners]
        left, top = int(min(across)), int(min(down))
        return left, top, max(left + 1, round(max(across))), max(top + 1, round(max(down)))

    def spot(self, box: Box) -> str:
        """Say roughly where on the page a box lies, as a reader would look for it."""
        left, top, right, bottom = self.pixels(box)
        width, height = (side * self.scale for side in self.page.get_size())
        down = ((top + bottom) / 2) / max(height, 1.0)
        across = ((left + right) / 2) / max(width, 1.0)
        if not (0 <= down <= 1 and 0 <= across <= 1):
            return "outside the page"
        row = "top" if down < 1 / 3 else "middle" if down < 2 / 3 else "bottom"
        column = "left" if across < 1 / 3 else "centre" if across < 2 / 3 else "right"
        return f"{row} {column}"

    def _to_pixels(self) -> Matrix:
        """Return the affine map from the page's space to pixels of its picture."""
        fine = 1_000
        width, height = (round(side * self.scale * fine) for side in self.page.get_size())
        x, y = ctypes.c_int(), ctypes.c_int()

        def at(across: float, up: float) -> tuple[float, float]:
            raw.FPDF_PageToDevice(
                self.page.raw, 0, 0, width, height, 0, across, up, ctypes.byref(x), ctypes.byref(y)
            )
            return x.value / fine, y.value / fine

        (e, f), (ax, ay), (cx, cy) = at(0, 0), at(100, 0), at(0, 100)
        return (ax - e) / 100, (ay - f) / 100, (cx - e) / 100, (cy - f) / 100, e, f


def clip_of(painted: Painted) -> Box | None:
    """Return the rectangle to which an object is cut; nothing where it is not cut.

    Of a path that is no rectangle `NOWHERE` is returned: it may cut anything away.
    """
    path = raw.FPDFPageObj_GetClipPath(painted.handle)
    count = raw.FPDFClipPath_CountPaths(path) if path else 0
    kept: Box | None = None
    for index in range(min(count, MAX_CLIPS)):
        corners = list(_corners(path, index))
        if not 4 <= len(corners) <= 5 or len({x for x, _ in corners}) != 2:
            return NOWHERE
        across, up = [x for x, _ in corners], [y for _, y in corners]
        box = _moved(Box(min(across), min(up), max(across), max(up)), painted.matrix)
        kept = box if kept is None else kept.within(box)
    return kept


def _corners(path: Any, index: int) -> Iterator[tuple[float, float]]:
    x, y = ctypes.c_float(), ctypes.c_float()
    for number in range(min(6, raw.FPDFClipPath_CountPathSegments(path, index))):
        segment = raw.FPDFClipPath_GetPathSegment(path, index, number)
        if raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
            yield round(x.value, 2), round(y.value, 2)


def _objects(page: Any) -> Iterator[Painted]:
    """Yield what a page paints, in order; a form's objects stand where the form is painted.

    Raises:
        TooIntricate: there are too many objects, or forms in forms.
    """
    count = 0
    stack: list[tuple[Any, Matrix, int, bool]] = [
        (raw.FPDFPage_GetObject(page, index), SAME, 0, False)
        for index in range(raw.FPDFPage_CountObjects(page) - 1, -1, -1)
    ]
    while stack:
        handle, matrix, depth, layer = stack.pop()
        layer = layer or "OC" in _marks(handle)
        kind = raw.FPDFPageObj_GetType(handle)
        if kind != raw.FPDF_PAGEOBJ_FORM:
            box = _box(handle, matrix)
            yield Painted(count, kind, box, handle, address(handle), depth > 0, layer, matrix)
            count += 1
            if count > MAX_OBJECTS:
                raise TooIntricate
        elif depth >= MAX_DEPTH:
            raise TooIntricate
        else:
            inner = _times(_matrix(handle), matrix)
            stack.extend(
                (raw.FPDFFormObj_GetObject(handle, index), inner, depth + 1, layer)
                for index in range(raw.FPDFFormObj_CountObjects(handle) - 1, -1, -1)
            )


def _marks(handle: Any) -> set[str]:
    names = set()
    for index in range(raw.FPDFPageObj_CountMarks(handle)):
        size = ctypes.c_ulong()
        mark = raw.FPDFPageObj_GetMark(handle, index)
        buffer = (raw.FPDF_WCHAR * 16)()
        raw.FPDFPageObjMark_GetName(mark, buffer, ctypes.sizeof(buffer), ctypes.byref(size))
        names.add(bytes(buffer)[: max(0, size.value - 2)].decode("utf-16-le", "replace"))
    return names


def _matrix(handle: Any) -> Matrix:
    found = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(handle, ctypes.byref(found))
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def _times(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


def _box(handle: Any, matrix: Matrix) -> Box:
    edges = [ctypes.c_float() for _ in range(4)]
    raw.FPDFPageObj_GetBounds(handle, *(ctypes.byref(each) for each in edges))
    return _moved(Box(*(each.value for each in edges)), matrix)


def _moved(box: Box, matrix: Matrix) -> Box:
    if matrix == SAME:
        return box
    a, b, c, d, e, f = matrix
    corners = [
        (a * x + c * y + e, b * x + d * y + f)
        for x in (box.left, box.right)
        for y in (box.bottom, box.top)
    ]
    across, up = [x for x, _ in corners], [y for _, y in corners]
    return Box(min(across), min(up), max(across), max(up))
