"""Which text of a PDF's page may be hidden: a quick look that spares most pages the painting.

It errs on the side of suspicion: text under anything painted later, light text, text over pictures
or over paths of about its own shade, text that is invisible, tiny, clipped, in a layer, or outside.
"""

import ctypes
from typing import Any

import pypdfium2.raw as raw

from app.inspection.formats.pdf_pages import Box, Painted, PaintedPage, clip_of

CELLS = 128
LIGHT = 190
NEAR = 32
"""Shades of 255 that lie in one or in neighbouring steps are near each other."""
THINNEST_POINTS = 2.0
SMALL_POINTS = 2.5
SMALLEST_BOX = (12.0, 5.0)
BOX_SHADE = 60
SLACK_POINTS = 0.5
UNSEEN_ALPHA = 40


class Suspects:
    """What of a page must be painted to be judged."""

    def __init__(self, page: PaintedPage) -> None:
        self._page = page
        self.comments = tuple(box for kind, box in page.comments())
        self.pictures = tuple(each for each in page.others if each.kind == raw.FPDF_PAGEOBJ_IMAGE)
        self.covers = tuple(each for each in page.others if _covers(each))
        later = self._under_later()
        self.texts = tuple(each for each in self._over_earlier(later) if each)
        self.boxes_on_pictures = tuple(self._boxes_on_pictures())

    @staticmethod
    def mode(text: Painted) -> int:
        return int(raw.FPDFTextObj_GetTextRenderMode(text.handle))

    def _under_later(self) -> set[int]:
        """Return the orders of the texts over which something is painted later."""
        grid = Grid(self._page.crop)
        for box in self.comments:
            grid.mark(box)
        under = set()
        for each in reversed(self._page.objects):
            if each.kind == raw.FPDF_PAGEOBJ_TEXT:
                if grid.meets(each.box):
                    under.add(each.order)
            elif _covers(each):
                grid.mark(each.box)
        return under

    def _over_earlier(self, under: set[int]) -> list[Painted]:
        pictures = Grid(self._page.crop)
        shades: dict[int, Grid] = {}
        suspects = []
        for each in self._page.objects:
            if each.kind == raw.FPDF_PAGEOBJ_TEXT:
                if each.order in under or self._by_itself(each, pictures, shades):
                    suspects.append(each)
            elif each.kind != raw.FPDF_PAGEOBJ_PATH:
                pictures.mark(each.box)
            elif _covers(each):
                step = _shade(each.handle)[0] // NEAR
                shades.setdefault(step, Grid(self._page.crop)).mark(each.box)
        return suspects

    def _by_itself(self, text: Painted, pictures: "Grid", shades: dict[int, "Grid"]) -> bool:
        shade, alpha = _shade(text.handle)
        if text.layer or shade >= LIGHT or alpha < UNSEEN_ALPHA:
            return True
        if self.mode(text) in {raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP}:
            return True
        crop, box = self._page.crop, text.box
        if box.height < SMALL_POINTS or box.width < SMALL_POINTS or _is_outside(box, crop):
            return True
        if clips_away(text, box) or pictures.meets(box):
            return True
        step = shade // NEAR
        return any(
            near in shades and shades[near].meets(box) for near in (step - 1, step, step + 1)
        )

    def _boxes_on_pictures(self) -> list[Painted | Box]:
        if not self.pictures:
            return []
        found: list[Painted | Box] = [
            each
            for each in self.covers
            if each.kind == raw.FPDF_PAGEOBJ_PATH
            and _is_large(each.box)
            and _shade(each.handle)[0] < BOX_SHADE
            and any(p.order < each.order and p.box.meets(each.box) for p in self.pictures)
        ]
        found.extend(
            box
            for box in self.comments
            if _is_large(box) and any(p.box.meets(box) for p in self.pictures)
        )
        return found


class Grid:
    """Cells of a page, each marked or not: whether boxes meet, roughly and fast."""

    def __init__(self, crop: Box) -> None:
        self._crop = crop
        self._rows = [0] * CELLS

    def mark(self, box: Box) -> None:
        first, last, mask = self._cells(box)
        for row in range(first, last):
            self._rows[row] |= mask

    def meets(self, box: Box) -> bool:
        first, last, mask = self._cells(box)
        return any(self._rows[row] & mask for row in range(first, last))

    def _cells(self, box: Box) -> tuple[int, int, int]:
        across, up = CELLS / max(self._crop.width, 1.0), CELLS / max(self._crop.height, 1.0)
        left = _cell((box.left - self._crop.left) * across)
        right = _cell((box.right - self._crop.left) * across) + 1
        bottom = _cell((box.bottom - self._crop.bottom) * up)
        top = _cell((box.top - self._crop.bottom) * up) + 1
        return bottom, top, ((1 << max(0, right - left)) - 1) << left


def _cell(position: float) -> int:
    return int(min(CELLS - 1, max(0.0, position)))


def _covers(each: Painted) -> bool:
    """Say whether an object can hide text: lines and empty frames cannot."""
    if min(each.box.width, each.box.height) < THINNEST_POINTS:
        return False
    if each.kind != raw.FPDF_PAGEOBJ_PATH:
        return bool(each.kind != raw.FPDF_PAGEOBJ_TEXT)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(each.handle, ctypes.byref(fill), ctypes.byref(stroke))
    if fill.value:
        return True
    width = ctypes.c_float()
    raw.FPDFPageObj_GetStrokeWidth(each.handle, ctypes.byref(width))
    return bool(stroke.value) and width.value >= THINNEST_POINTS


def _shade(handle: Any) -> tuple[int, int]:
    """Return the grey shade (0 to 255) and the opacity (0 to 255) of an object's fill."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    edges = (ctypes.byref(each) for each in (red, green, blue, alpha))
    if not raw.FPDFPageObj_GetFillColor(handle, *edges):
        return 255, 255
    return (red.value * 299 + green.value * 587 + blue.value * 114) // 1000, alpha.value


def _is_outside(box: Box, frame: Box) -> bool:
    return (
        box.left < frame.left - SLACK_POINTS
        or box.right > frame.right + SLACK_POINTS
        or box.bottom < frame.bottom - SLACK_POINTS
        or box.top > frame.top + SLACK_POINTS
    )


def _is_large(box: Box) -> bool:
    return box.width >= SMALLEST_BOX[0] and box.height >= SMALLEST_BOX[1]


def clips_away(text: Painted, box: Box) -> bool:
    """Tell whether a part of a text, or one of its letters, lies where it is cut off."""
    clip = clip_of(text)
    return clip is not None and _is_outside(box, clip)
