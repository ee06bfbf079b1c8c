"""Shows pages: how many there are, each as a picture, and its words in the order of reading."""

from typing import BinaryIO, Final

import pypdfium2
import pypdfium2.raw
from PIL import Image

from app.copies.errors import NotMarked, NotShown
from app.copies.images import opened, tile
from app.copies.layout import faint_line
from app.copies.mark import Mark

MOST_PIXELS: Final = 16_000_000
MOST_CHARACTERS: Final = 200_000
COMPRESSION: Final = 3
PDF: Final = "application/pdf"
FAINT_PART: Final = 1 / 55


def count(file: BinaryIO, media_type: str) -> int:
    """Count the pages of a file; a picture is one.

    Raises:
        NotShown: the file cannot be read.
    """
    if media_type != PDF:
        _picture(file)
        return 1
    with _Document(file) as document:
        return len(document)


def picture(
    file: BinaryIO, media_type: str, page: int, width: int, mark: Mark, out: BinaryIO
) -> tuple[int, int]:
    """Write a page as PNG with the faint line of whoever looks; gives its width and height.

    Args:
        page: counted from 1.
        width: in pixels; less where the picture would have too many.

    Raises:
        NotShown: there is no such page, or it cannot be read.
    """
    if media_type == PDF:
        with _Document(file) as document:
            shown = _rendered(_page(document, page), width)
    else:
        if page != 1:
            raise NotShown("no-such-page")
        shown = _picture(file)
        shown.thumbnail((width, MOST_PIXELS // width), Image.Resampling.LANCZOS)
    tile(shown, faint_line(mark), max(12.0, shown.width * FAINT_PART))
    shown.save(out, "PNG", compress_level=COMPRESSION)
    return shown.size


def words(file: BinaryIO, media_type: str, page: int) -> str:
    """Give the text of a page; a picture has none.

    Raises:
        NotShown: there is no such page, or it cannot be read.
    """
    if media_type != PDF:
        return ""
    with _Document(file) as document:
        text: str = _page(document, page).get_textpage().get_text_range()
    lines = (_printable(line) for line in text.splitlines())
    return "\n".join(lines).strip()[:MOST_CHARACTERS]


class _Document:
    """An open PDF; leaving its `with` forgets it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __enter__(self) -> pypdfium2.PdfDocument:
        try:
            self._document = pypdfium2.PdfDocument(self._file, autoclose=False)
        except pypdfium2.PdfiumError as error:
            locked = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD
            raise NotShown("encrypted" if locked else "damaged") from None
        return self._document

    def __exit__(self, *_: object) -> None:
        self._document.close()


def _page(document: pypdfium2.PdfDocument, page: int) -> pypdfium2.PdfPage:
    if not 1 <= page <= len(document):
        raise NotShown("no-such-page")
    try:
        return document[page - 1]
    except pypdfium2.PdfiumError:
        raise NotShown("damaged") from None


def _rendered(page: pypdfium2.PdfPage, width: int) -> Image.Image:
    wide, high = page.get_size()
    scale = min(width / wide, (MOST_PIXELS / (wide * high)) ** 0.5)
    rendered: Image.Image = page.render(scale=scale, rev_byteorder=True).to_pil()
    return rendered.convert("RGB")


def _picture(file: BinaryIO) -> Image.Image:
    try:
        return opened(file)[0]
    except NotMarked as error:
        raise NotShown(error.reason) from None


def _printable(line: str) -> str:
    # A soft hyphen at the end of a line is U+FFFE or U+0002 to PDFium.
    return "".join(sign for sign in line if sign.isprintable() or sign == "\t").rstrip()
