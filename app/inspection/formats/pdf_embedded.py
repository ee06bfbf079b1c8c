"""The files inside a PDF, wherever something specifies one: attachments, comments, portfolios."""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

from app.inspection.formats.pdf_structure import Structure, nested, text_of
from app.inspection.looking import budget, look_at_member
from app.inspection.report import Finding, Note


def look_at_embedded(structure: Structure, note: Note) -> None:
    """Note each file inside the file, and look into it."""
    seen: set[int] = set()
    for number, written in structure.sources.items():
        if b"/EF " not in written:
            continue
        for specification in nested(structure.pdf.get_object(number, 0)):
            if "/EF" not in specification:
                continue
            name = text_of(specification.get("/UF")) or text_of(specification.get("/F")) or "file"
            place, page = structure.place(number, f"attached file “{name}”")
            note(Finding("embedded-file", place, page, text_of(specification.get("/Desc"))))
            for stream in _streams(specification):
                if stream.objgen[0] not in seen:
                    seen.add(stream.objgen[0])
                    content = stream.read_bytes()
                    budget().spend(len(content))
                    look_at_member(io.BytesIO(content), name, note)


def _streams(specification: Any) -> Iterator[pikepdf.Stream]:
    files = specification.get("/EF")
    if isinstance(files, pikepdf.Dictionary):
        for stream in files.values():
            if isinstance(stream, pikepdf.Stream):
                yield stream
