"""The files inside a PDF, wherever something specifies one: attachments, comments, portfolios."""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

from app.inspection.formats.pdf_structure import Structure, nested, text_of
from app.inspection.looking import budget, look_at_member, passages_of_member
from app.inspection.report import Finding, Note, Passage


def look_at_embedded(structure: Structure, note: Note) -> None:
    """Note each file inside the file, and look into it."""
    seen: set[int] = set()
    for number, specification in _specified(structure):
        name = _name(specification)
        place, page = structure.place(number, f"attached file “{name}”")
        note(Finding("embedded-file", place, page, text_of(specification.get("/Desc"))))
        for content in _contents(specification, seen):
            look_at_member(io.BytesIO(content), name, note)


def passages_of_embedded(structure: Structure) -> Iterator[Passage]:
    """Yield the text of the files inside the file."""
    seen: set[int] = set()
    for _, specification in _specified(structure):
        for content in _contents(specification, seen):
            yield from passages_of_member(io.BytesIO(content), _name(specification))


def _specified(structure: Structure) -> Iterator[tuple[int, Any]]:
    for number, written in structure.sources.items():
        if b"/EF " in written:
            for specification in nested(structure.pdf.get_object(number, 0)):
                if "/EF" in specification:
                    yield number, specification


def _name(specification: Any) -> str:
    return text_of(specification.get("/UF")) or text_of(specification.get("/F")) or "file"


def _contents(specification: Any, seen: set[int]) -> Iterator[bytes]:
    for stream in _streams(specification):
        if stream.objgen[0] not in seen:
            seen.add(stream.objgen[0])
            content = stream.read_bytes()
            budget().spend(len(content))
            yield content


def _streams(specification: Any) -> Iterator[pikepdf.Stream]:
    files = specification.get("/EF")
    if isinstance(files, pikepdf.Dictionary):
        for stream in files.values():
            if isinstance(stream, pikepdf.Stream):
                yield stream
