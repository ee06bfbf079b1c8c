"""Marks PDF: a strip above and below each page, and a faint line over it, on every page.

What a page shows is closed off first, so that nothing in it can move, clip or hide the mark; what
is drawn above pages (comments, form fields) becomes part of them. The copy keeps pages, their text
and its structure, outline and language, and loses all that could carry more than the pages show or
act by itself: scripts, attached files, forms, signatures, metadata.
"""

from dataclasses import dataclass
from typing import BinaryIO, Final

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf

from app.copies.errors import NotMarked
from app.copies.faces import bold, part, regular
from app.copies.layout import Sheet, lay_out
from app.copies.mark import Mark
from app.copies.pdf_mark import Writer

# All that a marked copy keeps of the document beside its pages.
KEPT: Final = (
    *("/Type", "/Pages", "/Lang", "/Outlines", "/PageLabels", "/PageLayout", "/StructTreeRoot"),
    *("/MarkInfo", "/OCProperties", "/Dests"),
)
PAGE_DROPS: Final = (
    *("/AA", "/Metadata", "/PieceInfo", "/AF", "/Thumb", "/ArtBox", "/BleedBox", "/TrimBox"),
    *("/B", "/PresSteps", "/Trans", "/Dur"),
)
PAIRED: Final = {"q": "Q", "BT": "ET", "BMC": "EMC", "BDC": "EMC"}
SENTINEL: Final = "MP"
WATCHED: Final = " ".join({*PAIRED, *PAIRED.values(), SENTINEL})
DEEPEST: Final = 64
SMALLEST: Final = 1.0


@dataclass(frozen=True)
class Box:
    """The visible part of a page in its own space, and how it is turned, in quarters clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    quarters: int

    @property
    def size(self) -> tuple[float, float]:
        """Give width and height as they are displayed."""
        wide, high = self.right - self.left, self.top - self.bottom
        return (high, wide) if self.quarters % 2 else (wide, high)

    @property
    def matrix(self) -> tuple[float, float, float, float, float, float]:
        """Lead from what is displayed, counted from its lower left corner, to the page's space."""
        return (
            (1, 0, 0, 1, self.left, self.bottom),
            (0, 1, -1, 0, self.right, self.bottom),
            (-1, 0, 0, -1, self.right, self.top),
            (0, -1, 1, 0, self.left, self.top),
        )[self.quarters]

    def grown(self, sheet: Sheet) -> list[float]:
        """Give the box with the strips above and below as they are displayed."""
        a, b, c, d, e, f = self.matrix
        corners = ((0.0, -sheet.bottom.height), (sheet.width, sheet.height + sheet.top.height))
        xs, ys = zip(*((a * x + c * y + e, b * x + d * y + f) for x, y in corners), strict=True)
        return [min(xs), min(ys), max(xs), max(ys)]


def mark_pdf(file: BinaryIO, mark: Mark, out: BinaryIO) -> int:
    """Write the marked copy, having checked that every page of it has its mark; gives the count.

    Raises:
        NotMarked: the file is encrypted, damaged or has no pages, or a page went without its mark.
    """
    try:
        with Pdf.open(file) as pdf:
            if pdf.is_encrypted:
                raise NotMarked("encrypted")
            count = _mark_pages(pdf, mark)
            _strip(pdf)
            pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    except pikepdf.PasswordError:
        raise NotMarked("encrypted") from None
    except (pikepdf.PdfError, pikepdf.DataDecodingError, ValueError, TypeError, KeyError):
        raise NotMarked("damaged") from None
    _check(out, mark, count)
    return count


def _mark_pages(pdf: Pdf, mark: Mark) -> int:
    pdf.generate_appearance_streams()
    pdf.flatten_annotations("screen")
    writer = Writer(pdf)
    forms: dict[tuple[float, float], tuple[Sheet, Object]] = {}
    for page in pdf.pages:
        box = visible(page)
        size = (round(box.size[0], 2), round(box.size[1], 2))
        if size not in forms:
            sheet = lay_out(mark, *size)
            if not forms:
                writer.use([part(regular(), _signs(sheet)), part(bold(), _signs(sheet))])
            forms[size] = (sheet, writer.form(sheet))
        _mark_page(pdf, page, box, *forms[size])
    if not len(pdf.pages):
        raise NotMarked("empty")
    return len(pdf.pages)


def _signs(sheet: Sheet) -> str:
    runs = (*sheet.top.runs, *sheet.bottom.runs)
    return "".join(run.text for run in runs) + sheet.faint


def _mark_page(pdf: Pdf, page: Page, box: Box, sheet: Sheet, form: Object) -> None:
    _only_links(page)
    for name in PAGE_DROPS:
        if name in page.obj:
            del page.obj[name]
    clip = f"q {_numbers(box.left, box.bottom, box.right - box.left, box.top - box.bottom)} re W n"
    if not _is_closed(pdf, page):
        _close_off(pdf, page)
    page.contents_add(f"{clip}\n".encode(), prepend=True)
    resources = _own(page.obj, "/Resources")
    shown = _own(resources, "/XObject")
    name = _free(shown)
    shown[name] = form
    place = f"q {_numbers(*box.matrix)} cm {name} Do Q"
    page.contents_add(f"\nn Q /Artifact <</Type /Pagination>> BDC {place} EMC\n".encode())
    grown = Array([round(one, 4) for one in box.grown(sheet)])
    page.obj.MediaBox = grown
    page.obj.CropBox = grown


def visible(page: Page) -> Box:
    """Give what a page shows of itself.

    Raises:
        NotMarked: nothing, so that no mark on it would be seen.
    """
    media, crop = _rectangle(page.mediabox), _rectangle(page.cropbox)
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if right - left < SMALLEST or top - bottom < SMALLEST:
        left, bottom, right, top = media
    if right - left < SMALLEST or top - bottom < SMALLEST:
        raise NotMarked("damaged")
    turned = int(_inherited(page.obj, "/Rotate") or 0)
    return Box(left, bottom, right, top, round(turned / 90) % 4)


def _rectangle(box: Object) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(one) for one in box.as_list())
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _inherited(node: Object, name: str) -> Object | int | None:
    for _ in range(DEEPEST):
        if name in node:
            return node[name]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    raise NotMarked("damaged")


def _own(holder: Object, name: str) -> Object:
    """Give a dictionary that is the holder's alone, with what it has or inherits in it."""
    found = _inherited(holder, name) if "/Parent" in holder else holder.get(name)
    own = Dictionary()
    if isinstance(found, Object):
        for key in found.keys():  # noqa: SIM118
            own[key] = found[key]
    holder[name] = own
    return holder[name]


def _free(shown: Object) -> str:
    number = 0
    while f"/Mark{number}" in shown:
        number += 1
    return f"/Mark{number}"


def _is_closed(pdf: Pdf, page: Page) -> bool:
    """Tell whether a page ends as it began, so that what is added to it stands for itself."""
    page.contents_coalesce()
    whole = pdf.make_stream(_contents(page) + f"\n/End {SENTINEL}".encode())
    waiting: list[str] = []
    last = ""
    try:
        operations = pikepdf.parse_content_stream(whole, WATCHED)
    except pikepdf.PdfError:
        return False
    for operation in operations:
        last = str(operation.operator)
        if last in PAIRED:
            waiting.append(PAIRED[last])
        elif last in PAIRED.values() and (not waiting or waiting.pop() != last):
            return False
    # What ends within a string or a picture swallows what comes after it.
    return last == SENTINEL and not waiting


def _contents(page: Page) -> bytes:
    contents = page.obj.get("/Contents")
    return contents.read_bytes() if isinstance(contents, pikepdf.Stream) else b""


def _close_off(pdf: Pdf, page: Page) -> None:
    """Draw the page as one thing in itself: it ends where it ends, whatever it left open.

    The structure that the text of such a page had is lost; the text is not.
    """
    inner = pdf.make_stream(_contents(page), Type=Name.XObject, Subtype=Name.Form)
    inner.BBox = page.mediabox
    found = _inherited(page.obj, "/Resources")
    inner.Resources = found if isinstance(found, Object) else Dictionary()
    page.obj.Resources = Dictionary(XObject=Dictionary({"/Page": inner}))
    page.obj.Contents = pdf.make_stream(b"/Page Do")


def _only_links(page: Page) -> None:
    """Keep links, to other pages and to addresses; all else that was drawn is in the page now."""
    links = []
    for one in page.obj.get("/Annots") or ():
        action = one.get("/A")
        harmless = action is None or action.get("/S") in (Name.URI, Name.GoTo)
        if one.get("/Subtype") == Name.Link and harmless and "/AP" not in one:
            _without_actions(one, keep_link=True)
            _without_frame(one)
            links.append(one)
    if links:
        page.obj.Annots = Array(links)
    elif "/Annots" in page.obj:
        del page.obj["/Annots"]


def _without_frame(link: Object) -> None:
    """Leave a link nothing to draw: a wide frame would lie over the strips."""
    for name in ("/BS", "/C", "/H"):
        if name in link:
            del link[name]
    link["/Border"] = Array([0, 0, 0])


def _without_actions(holder: Object, *, keep_link: bool) -> None:
    for name in ("/AA", "/PA", *(() if keep_link else ("/A",))):
        if name in holder:
            del holder[name]
    action = holder.get("/A")
    if action is not None and "/Next" in action:
        del action["/Next"]


def _strip(pdf: Pdf) -> None:
    """Take out of the document what is not pages."""
    root = pdf.Root
    dests = root["/Names"].get("/Dests") if "/Names" in root else None
    for name in list(root.keys()):
        if name not in KEPT:
            del root[name]
    if dests is not None:
        root.Names = Dictionary(Dests=dests)
    if "/Outlines" in root:
        _strip_outline(root["/Outlines"])
    title = str(pdf.docinfo.get("/Title", "")) if pdf.trailer.get("/Info") is not None else ""
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    if title:
        pdf.docinfo["/Title"] = title


def _strip_outline(outline: Object) -> None:
    waiting, seen = [outline], set()
    while waiting:
        one = waiting.pop()
        if one.objgen in seen:
            continue
        seen.add(one.objgen)
        action = one.get("/A")
        if action is not None and action.get("/S") not in (Name.URI, Name.GoTo):
            del one["/A"]
        _without_actions(one, keep_link=True)
        waiting += [one[name] for name in ("/First", "/Next") if name in one]


def _check(out: BinaryIO, mark: Mark, count: int) -> None:
    """Read the copy anew, by another library, and find the mark on each of its pages.

    Raises:
        NotMarked: a page is without it, or there are more or fewer pages.
    """
    out.seek(0)
    wanted = {_spaceless(tag.text) for tag in mark.tags} | {_spaceless(mark.number)}
    try:
        read = pypdfium2.PdfDocument(out, autoclose=False)
        if len(read) != count:
            raise NotMarked("unmarked-page")
        for page in read:
            said = _spaceless(page.get_textpage().get_text_range())
            if not all(bold().written(text) in said for text in wanted):
                raise NotMarked("unmarked-page")
    except pypdfium2.PdfiumError:
        raise NotMarked("damaged") from None


def _spaceless(text: str) -> str:
    return "".join(text.split())


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)
