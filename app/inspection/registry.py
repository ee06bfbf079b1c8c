"""Which module of `formats` looks into which media type.

Modules are named, not imported: a format that holds other files looks at them through `looking`,
which finds their formats here.
"""

import importlib
from collections.abc import Iterator, Mapping
from typing import IO, Protocol, cast

from app.inspection.report import Note, Passage


class Format(Protocol):
    """What a module of `formats` offers; it may also have `pages(file) -> int`."""

    def look(self, file: IO[bytes], note: Note) -> None:
        """Note everything that is hidden in the file."""

    def passages(self, file: IO[bytes]) -> Iterator[Passage]:
        """Yield the file's text, piece by piece, with the place of each."""

    def clean(self, file: IO[bytes], out: IO[bytes]) -> bool:
        """Write a copy without what can be taken out; tells whether one was written."""


FORMATS = "app.inspection.formats"
_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

MODULES: Mapping[str, str] = {
    "text/plain": "plain",
    "text/markdown": "plain",
    "text/csv": "tables",
    "application/json": "plain",
    "application/x-ipynb+json": "notebook",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/xml": "xml",
    "image/svg+xml": "xml",
    "message/rfc822": "mail",
    "application/vnd.ms-outlook": "ole",
    "application/pdf": "pdf",
    "image/png": "images",
    "image/jpeg": "images",
    "image/gif": "images",
    "image/tiff": "images",
    "image/webp": "images",
    "image/bmp": "images",
    **{
        f"{_OOXML}.{kind}": "ooxml"
        for kind in (
            "wordprocessingml.document",
            "wordprocessingml.template",
            "spreadsheetml.sheet",
            "spreadsheetml.template",
            "presentationml.presentation",
            "presentationml.slideshow",
            "presentationml.template",
        )
    },
    "application/vnd.openxmlformats-package": "ooxml",
    "application/vnd.ms-word.document.macroenabled.12": "ooxml",
    "application/vnd.ms-word.template.macroenabled.12": "ooxml",
    "application/vnd.ms-excel.sheet.macroenabled.12": "ooxml",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": "ooxml",
    "application/vnd.ms-excel.template.macroenabled.12": "ooxml",
    "application/vnd.ms-powerpoint.presentation.macroenabled.12": "ooxml",
    "application/vnd.ms-powerpoint.slideshow.macroenabled.12": "ooxml",
    **{
        f"{_ODF}.{kind}": "opendocument"
        for kind in ("text", "spreadsheet", "presentation", "graphics", "text-template")
    },
    "application/msword": "ole",
    "application/vnd.ms-excel": "ole",
    "application/vnd.ms-powerpoint": "ole",
    "application/rtf": "ole",
    "application/zip": "archives",
    "application/x-tar": "archives",
    "application/gzip": "archives",
    "application/x-bzip2": "archives",
    "application/x-xz": "archives",
}


def format_of(media_type: str) -> Format | None:
    """Give the module that looks into files of this media type; None where none can."""
    name = MODULES.get(media_type)
    if name is None:
        return None
    return cast("Format", importlib.import_module(f"{FORMATS}.{name}"))


def load_all() -> None:
    """Import every format now: a process in the sandbox cannot import any more."""
    for media_type in MODULES:
        format_of(media_type)
