"""What the sandbox runs of this domain; the file is hostile, the arguments are the portal's.

Whatever a task needs of the disk it has before it is confined, so this loads the typeface.
"""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any, BinaryIO, Final

from PIL import Image

from app.copies import images, pages, pdf
from app.copies.errors import NotShown
from app.copies.mark import Mark

Answer = dict[str, Any]
Arguments = Mapping[str, Any]
FORMATS: Final = {"image/png": "PNG", "image/jpeg": "JPEG"}
_TINY_PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n"
)
_TINY_MARK: Final = {
    "tags": [{"text": "TLP:RED", "ink": "#FF2B2B", "ground": "#000000", "right": True}],
    "caveats": "ORCON",
    "name": "A",
    "email": "",
    "organisation": "B",
    "slug": "b",
    "at": "2026-01-01T00:00:00+00:00",
    "number": "C",
}


def count(file: BinaryIO, arguments: Arguments, _: Sequence[BinaryIO]) -> Answer:
    """Count the pages."""
    return _told(lambda: {"pages": pages.count(file, arguments["media_type"])})


def picture(file: BinaryIO, arguments: Arguments, outputs: Sequence[BinaryIO]) -> Answer:
    """Write a page as a picture."""
    mark = Mark.from_json(arguments["mark"])
    media_type, page, width = (arguments[name] for name in ("media_type", "page", "width"))

    def draw() -> Answer:
        size = pages.picture(file, media_type, page, width, mark, outputs[0])
        return {"width": size[0], "height": size[1]}

    return _told(draw)


def words(file: BinaryIO, arguments: Arguments, _: Sequence[BinaryIO]) -> Answer:
    """Give the text of a page."""
    page = arguments["page"]
    return _told(lambda: {"text": pages.words(file, arguments["media_type"], page)})


def mark(file: BinaryIO, arguments: Arguments, outputs: Sequence[BinaryIO]) -> Answer:
    """Write a marked copy."""
    wanted = Mark.from_json(arguments["mark"])

    def make() -> Answer:
        if arguments["media_type"] == pages.PDF:
            return {"pages": pdf.mark_pdf(file, wanted, outputs[0])}
        format_ = images.mark_image(file, wanted, outputs[0])
        if format_ != FORMATS.get(arguments["media_type"]):
            raise NotShown("kind")
        return {"pages": 1}

    return _told(make)


def _told(do: Callable[[], Answer]) -> Answer:
    try:
        return do()
    except NotShown as error:
        return {"refused": error.reason}


def _load() -> None:
    """Do all of it once, so that no library opens or imports anything later."""
    tiny = Mark.from_json(_TINY_MARK)
    pdf.mark_pdf(BytesIO(_TINY_PDF), tiny, BytesIO())
    pages.picture(BytesIO(_TINY_PDF), pages.PDF, 1, 99, tiny, BytesIO())
    pages.words(BytesIO(_TINY_PDF), pages.PDF, 1)
    for format_ in FORMATS.values():
        made = BytesIO()
        Image.new("RGB", (9, 9)).save(made, format_)
        images.mark_image(made, tiny, BytesIO())


_load()
