"""A file becomes a document of sections, by its media type; what is not text is an attachment."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from app.core.errors import Invalid, TooLarge
from app.interop.document import Document, Section, document, storable
from app.interop.html import html_title, html_to_markdown, rst_to_markdown
from app.interop.notebook import notebook_to_markdown
from app.interop.structured import json_to_markdown, yaml_to_markdown
from app.interop.writing import fenced, literal

__all__ = ["Document", "Section", "is_binary", "to_document"]

LARGEST_BYTES = 8 * 1024 * 1024

_LAID_OUT = re.compile(r"^(?: {2,}|\t)\S|\S {3,}\S|\S\t", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")


def to_document(data: bytes, *, media_type: str, path: str, title: str = "") -> Document:
    """Give the document that the file holds, no word of it lost.

    Args:
        data: UTF-8, with or without a byte-order mark.
        path: where the file was; its name is the title if nothing else is.
        title: what to call the document; if empty, what it calls itself.

    Raises:
        Invalid: the bytes are not text in UTF-8, not what the media type says, or no such media
            type can be converted (see `is_binary`).
        TooLarge: more than `LARGEST_BYTES`.
    """
    convert = _CONVERTERS.get(_bare(media_type))
    if convert is None:
        raise Invalid(f"{media_type} cannot be turned into sections. Attach it as a file.")
    if len(data) > LARGEST_BYTES:
        raise TooLarge("A text of more than 8 MiB cannot be turned into sections. Attach it.")
    text = decoded(data)
    if convert is html_to_markdown:
        title = title or html_title(text)
    return document(
        convert(storable(text)), title=title, fallback_title=PurePosixPath(path).stem or path
    )


def is_binary(media_type: str) -> bool:
    """Tell whether files of this type become attachments, not sections."""
    return _bare(media_type) not in _CONVERTERS


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def decoded(data: bytes) -> str:
    """Give the text of a file in UTF-8.

    Raises:
        Invalid: it is not one.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Invalid(
            f"This is not UTF-8: byte {problem.start + 1:,} ({data[problem.start]:#04x}) does not"
            " belong there. Save the file as UTF-8."
        ) from None
    if "\x00" in text:
        raise Invalid(f"This is not text: character {text.index(chr(0)) + 1:,} is NUL.")
    return text


def _plain_to_markdown(text: str) -> str:
    """Keep paragraphs as paragraphs, and what is laid out by spaces as it is laid out."""
    paragraphs = _BLANK_LINES.split(text.strip("\n"))
    return "\n\n".join(
        fenced(paragraph) if _LAID_OUT.search(paragraph) else literal(paragraph)
        for paragraph in paragraphs
        if paragraph.strip()
    )


def _as_it_is(text: str) -> str:
    return text


_CONVERTERS: dict[str, Callable[[str], str]] = {
    "text/markdown": _as_it_is,
    "text/x-markdown": _as_it_is,
    "text/plain": _plain_to_markdown,
    "text/x-rst": rst_to_markdown,
    "text/prs.fallenstein.rst": rst_to_markdown,
    "text/html": html_to_markdown,
    "application/yaml": yaml_to_markdown,
    "application/x-yaml": yaml_to_markdown,
    "text/yaml": yaml_to_markdown,
    "application/json": json_to_markdown,
    "application/x-ipynb+json": notebook_to_markdown,
}
