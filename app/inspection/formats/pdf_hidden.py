"""Text that a page of a PDF holds and does not show: failed redactions, and text nobody sees.

A letter is hidden when painting the page without it makes no difference. Why it is hidden is then
looked for: a box painted later, a comment on top, the colour of the background, a size of nothing,
a clip, a place outside the page, a layer that is off. Boxes over pictures are found the same way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import pypdfium2.raw as raw
from PIL import Image, ImageChops, ImageStat

from app.inspection.formats.pdf_pages import Box, Letter, Painted, PaintedPage
from app.inspection.formats.pdf_suspects import Suspects, clips_away

CONTRAST = 12
"""Shades of grey, of 255, below which nobody sees a difference."""
LEGIBLE_SHARE = 0.35
"""A letter that shows less of its ink than this cannot be read."""
TINY_POINTS = 1.0
SHORTEST_RUN = 2
"""Letters and digits: a single hidden one tells nothing, and often is an ornament."""
SHORTEST_PALE_RUN = 4
DARK = 60
DETAIL = 12.0
"""Standard deviation of a region's shades above which it shows something."""


class Why(StrEnum):
    """Why text is not seen; the values are kinds of findings."""

    COVERED = "covered-text"
    COVERED_PICTURE = "covered-picture"
    UNAPPLIED = "unapplied-redaction"
    COLOUR = "invisible-text"
    TINY = "tiny-text"
    CLIPPED = "clipped-text"
    OUTSIDE = "text-outside-page"
    LAYER = "hidden-layer"
    RECOGNISED = "recognised-text"


@dataclass(frozen=True, slots=True)
class Hidden:
    """A run of text that the page does not show, or a region that a box covers."""

    why: Why
    text: str
    box: Box
    addresses: frozenset[int]


def hidden_on(page: PaintedPage) -> list[Hidden]:
    """Return what the page holds and does not show."""
    suspects = Suspects(page)
    found = list(_marked_for_redaction(page))
    found.extend(_covered_pictures(page, suspects))
    if suspects.texts:
        judge = Judge(page, suspects)
        if judge.texts:
            found.extend(_runs(page, judge))
    return found


class Judge:
    """Says of a letter why it is hidden, by pictures of the page with and without its text."""

    def __init__(self, page: PaintedPage, suspects: Suspects) -> None:
        self._page = page
        self._suspects = suspects
        self._texts = {each.address: each for each in suspects.texts}
        self._covers = suspects.covers
        texts = list(page.texts)
        self.seen = page.picture()
        with page.without(texts):
            self._difference = _differs(self.seen, page.picture())
        self._bare_difference: Image.Image | None = None
        if suspects.comments:
            bare = page.picture(comments=False)
            with page.without(texts):
                self._bare_difference = _differs(bare, page.picture(comments=False))
        with page.black_text_alone():
            alone = page.picture(comments=False)
        self._ink = alone.point([255 if shade < 255 - DARK else 0 for shade in range(256)])

        self._missing = ImageChops.subtract(self._ink, self._difference)
        self.texts = {at: each for at, each in self._texts.items() if not self._is_whole(each)}
        """The suspect texts of which a letter may be hidden."""

    def _is_whole(self, text: Painted) -> bool:
        """Tell whether all the ink of a text is seen, so that none of its letters is hidden."""
        place = self._page.pixels(text.box)
        return (
            self._suspects.mode(text) != raw.FPDF_TEXTRENDERMODE_INVISIBLE
            and min(text.box.width, text.box.height) > 2 * TINY_POINTS
            and text.box.within(self._page.crop) == text.box
            and not clips_away(text, text.box)
            and _any(self._ink, place)
            and not _any(self._missing, place)
        )

    def why(self, letter: Letter) -> Why | None:
        """Return why a suspect letter is hidden, or nothing when it can be read."""
        text, box = self._texts[letter.address], letter.box
        if self._suspects.mode(text) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
            return self._unpainted(box)
        if not box.meets(self._page.crop):
            return Why.LAYER if text.layer else Why.OUTSIDE
        if self._legible(self._difference, box):
            return Why.TINY if max(box.width, box.height) < TINY_POINTS else None
        if self._bare_difference and self._legible(self._bare_difference, box):
            return Why.COVERED
        return self._why_unseen(text, box)

    def _why_unseen(self, text: Painted, box: Box) -> Why:
        if self._is_covered(text, box):
            return Why.COVERED
        if text.layer:
            return Why.LAYER
        if max(box.width, box.height) < TINY_POINTS:
            return Why.TINY
        if not _any(self._ink, self._page.pixels(box)) and clips_away(text, box):
            return Why.CLIPPED
        return Why.COLOUR

    def _unpainted(self, box: Box) -> Why:
        """Tell a scan's recognised text from text that was made invisible.

        Recognised text over an even dark region of the scan is what was under a black box.
        """
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        if not any(each.box.holds(x, y) for each in self._suspects.pictures):
            return Why.COLOUR
        region = self.seen.crop(self._page.pixels(box))
        brightest = int(region.getextrema()[1])  # type: ignore[arg-type]
        return Why.COVERED if brightest < DARK else Why.RECOGNISED

    def _legible(self, difference: Image.Image, box: Box) -> bool:
        place = self._page.pixels(box)
        shown = _count(difference, place)
        return shown > 0 and shown >= LEGIBLE_SHARE * _count(self._ink, place)

    def _is_covered(self, text: Painted, box: Box) -> bool:
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        return any(each.order > text.order and each.box.holds(x, y) for each in self._covers)


def _runs(page: PaintedPage, judge: Judge) -> list[Hidden]:
    """Return the hidden letters in runs that have one reason.

    A pale text may lose a thin letter or two to the eye without being hidden: of a text that is
    seen in part only longer runs are told.
    """
    runs: list[Hidden] = []
    seen: set[int] = set()
    run: list[Letter] = []
    reason: Why | None = None
    for letter in page.letters(of=judge.texts):
        if not letter.character.isalnum():
            run.append(letter)
            continue
        why = judge.why(letter) if letter.address in judge.texts else None
        if why is None:
            seen.add(letter.address)
        if why != reason:
            runs.extend(_one_run(run, reason))
            run, reason = [], why
        run.append(letter)
    runs.extend(_one_run(run, reason))
    return [each for each in runs if not (_is_pale(each) and each.addresses & seen)]


def _is_pale(run: Hidden) -> bool:
    return run.why is Why.COLOUR and sum(map(str.isalnum, run.text)) < SHORTEST_PALE_RUN


def _one_run(run: list[Letter], why: Why | None) -> Iterator[Hidden]:
    inked = [each for each in run if each.character.isalnum()]
    if why is None or len(inked) < SHORTEST_RUN:
        return
    boxes = [each.box for each in inked]
    around = Box(
        min(box.left for box in boxes),
        min(box.bottom for box in boxes),
        max(box.right for box in boxes),
        max(box.top for box in boxes),
    )
    text = " ".join("".join(each.character for each in run).split())
    yield Hidden(why, text, around, frozenset(each.address for each in inked))


def _marked_for_redaction(page: PaintedPage) -> Iterator[Hidden]:
    """Yield the text under marks for redaction that were never applied."""
    marks = [box for kind, box in page.comments() if kind == raw.FPDF_ANNOT_REDACT]
    if not marks:
        return
    letters = list(page.letters())
    for mark in marks:
        inside = [
            each
            for each in letters
            if mark.holds(
                (each.box.left + each.box.right) / 2, (each.box.bottom + each.box.top) / 2
            )
        ]
        text = "".join(each.character for each in inside)
        yield Hidden(Why.UNAPPLIED, text, mark, frozenset(each.address for each in inside))


def _covered_pictures(page: PaintedPage, suspects: Suspects) -> Iterator[Hidden]:
    """Yield the even dark boxes, and comments, under which a picture shows something."""
    boxes = suspects.boxes_on_pictures
    if not boxes:
        return
    seen = page.picture()
    with page.without([each for each in boxes if isinstance(each, Painted)]):
        below = page.picture(comments=False)
    for each in boxes:
        box = each.box if isinstance(each, Painted) else each
        left, top, right, bottom = page.pixels(box)
        inner = (left + 1, top + 1, max(left + 2, right - 1), max(top + 2, bottom - 1))
        dark, bright = seen.crop(inner).getextrema()
        if int(bright) - int(dark) > CONTRAST or int(bright) > DARK:  # type: ignore[arg-type]
            continue
        if ImageStat.Stat(below.crop(inner)).stddev[0] >= DETAIL:
            yield Hidden(Why.COVERED_PICTURE, "", box, frozenset())


def _differs(one: Image.Image, other: Image.Image) -> Image.Image:
    """Return a picture that is white where two pictures differ visibly, else black."""
    apart = ImageChops.difference(one, other)
    return apart.point([255 if shade > CONTRAST else 0 for shade in range(256)])


def _any(picture: Image.Image, place: tuple[int, int, int, int]) -> bool:
    return picture.crop(place).getbbox() is not None


def _count(picture: Image.Image, place: tuple[int, int, int, int]) -> int:
    return picture.crop(place).histogram()[255]
