"""What runs in the sandbox: looks at a file, takes its text, and writes a cleaned copy."""

from collections.abc import Sequence
from typing import IO, Any

from app.inspection.findings import KINDS
from app.inspection.formats.package import BadPackage, Package
from app.inspection.formats.safe_xml import BadXml
from app.inspection.formats.word_html import word_html
from app.inspection.looking import (
    MAX_READ_BYTES,
    Notes,
    OverBudget,
    budget,
    first_bytes,
    guarded,
    look_at,
    passages_of,
)
from app.inspection.marking_finder import find_markings
from app.inspection.registry import format_of, load_all
from app.inspection.report import MAX_TEXT_BYTES, Finding, Passage, Report
from app.labels import schemes_from_json

# Here, before the process is confined: afterwards nothing can be imported.
load_all()


def inspect(
    file: IO[bytes], arguments: dict[str, Any], outputs: Sequence[IO[bytes]]
) -> dict[str, Any]:
    """Answer with the report on the file; the cleaned copy, if there is one, is the first output.

    Args:
        file: the file, at its beginning.
        arguments: `name` of the file; `schemes` as `schemes_json` gives them.
        outputs: where the cleaned copy goes; empty where none is asked for.
    """
    name = str(arguments["name"])
    notes = Notes()
    media_type = look_at(file, name, notes)
    text = _text(file, name, notes)
    found = notes.findings()
    report = Report(
        media_type=media_type,
        findings=found,
        markings=find_markings(name, text, schemes_from_json(arguments["schemes"])),
        pages=_pages(file, media_type),
        text=tuple(first_bytes(text, MAX_TEXT_BYTES)),
        cleaned=bool(outputs) and _clean(file, media_type, name, found, outputs[0]),
    )
    return report.to_json()


def word_text(
    file: IO[bytes], _arguments: dict[str, Any], _outputs: Sequence[IO[bytes]]
) -> dict[str, Any]:
    """Answer with the HTML of a Word document, or why it is refused."""
    try:
        package = Package(file)
        if package.family != "word":
            return {"refused": "It is a document of another kind."}
        return {"html": word_html(package)}
    except (BadPackage, BadXml) as problem:
        return {"refused": str(problem)}


def _text(file: IO[bytes], name: str, notes: Notes) -> tuple[Passage, ...]:
    """Give the file's text; that some of it was not read, where a marking may stand, is noted."""
    passages: list[Passage] = []
    try:
        passages.extend(passages_of(file, name))
    except OverBudget:
        notes(Finding("archive-bomb", excerpt="Not everything in it was looked at."))
    said = {one.kind for one in notes.findings()}
    if budget().unread and not said & {"encrypted", "not-inspectable"}:
        notes(Finding("not-inspectable", excerpt="Its text could not be read to the end."))
    if sum(len(one.text.encode("utf-8", "replace")) for one in passages) > MAX_READ_BYTES - 4:
        notes(
            Finding("not-inspectable", excerpt=f"Only {MAX_READ_BYTES:,} bytes of text are read.")
        )
    return tuple(passages)


def _pages(file: IO[bytes], media_type: str) -> int | None:
    count = getattr(format_of(media_type), "pages", None)
    if count is None:
        return None
    pages: list[int] = []

    def ask() -> None:
        file.seek(0)
        pages.append(int(count(file)))

    return None if guarded(ask) else pages[0]


def _clean(
    file: IO[bytes], media_type: str, name: str, found: Sequence[Finding], out: IO[bytes]
) -> bool:
    """Write a cleaned copy where something can be taken out, and tell whether it is clean.

    The copy is looked at as any file is: one that still blocks for what it should be rid of is
    none.
    """
    form = format_of(media_type)
    if form is None or not any(KINDS[one.kind].cleaned for one in found):
        return False
    written: list[bool] = []

    def write() -> None:
        file.seek(0)
        written.append(form.clean(file, out))

    if guarded(write) or not written[0]:
        return False
    left = Notes()
    look_at(out, name, left)
    return not any(one.blocking and one.about.cleaned for one in left.findings())
