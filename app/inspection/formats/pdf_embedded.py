"""The files inside a PDF, wherever something specifies one: attachments, comments, portfolios."""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

from app.inspection.formats.pdf_structure import Structure, text_of
from app.inspection.looking import budget, look_at_member
from app.inspection.report import Finding, Note

MAX_NESTED = 100


def look_at_embedded(structure: Structure, note: Note) -> None:
    """Note each file inside the file, and look into it."""
    seen: set[int] = set()
    for number, written in structure.sources.items():
        if b"/EF " not in written:
            continue
        for specification in _specifications(structure.pdf.get_object(number, 0)):
            name = text_of(specification.get("/UF")) or text_of(specification.get("/F")) or "file"
            place, page = structure.place(number, f"attached file “{name}”")
            note(Finding("embedded-file", place, page, text_of(specification.get("/Desc"))))
            for stream in _streams(specification):
                if stream.objgen[0] not in seen:
                    seen.add(stream.objgen[0])
                    content = stream.read_bytes()
                    budget().spend(len(content))
                    look_at_member(io.BytesIO(content), name, note)


def _specifications(each: Any) -> Iterator[Any]:
    """Yield the dictionaries of an object that specify embedded files, itself included."""
    waiting, count = [each], 0
    while waiting and count < MAX_NESTED:
        inner, count = waiting.pop(), count + 1
        if isinstance(inner, pikepdf.Dictionary):
            if "/EF" in inner:
                yield inner
            waiting.extend(value for value in inner.values() if _is_direct(value))
        elif isinstance(inner, pikepdf.Array):
            waiting.extend(value for value in inner if _is_direct(value))


def _is_direct(value: Any) -> bool:
    return isinstance(value, (pikepdf.Dictionary, pikepdf.Array)) and not value.is_indirect


def _streams(specification: Any) -> Iterator[pikepdf.Stream]:
    files = specification.get("/EF")
    if isinstance(files, pikepdf.Dictionary):
        for stream in files.values():
            if isinstance(stream, pikepdf.Stream):
                yield stream
