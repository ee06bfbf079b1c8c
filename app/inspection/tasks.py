"""What runs in the sandbox: looks at a file, takes its text, and writes a cleaned copy."""

from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any

from app.inspection.findings import KINDS
from app.inspection.looking import Notes, OverBudget, first_bytes, guarded, look_at, passages_of
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
    text = _text(file, name)
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


def _text(file: IO[bytes], name: str) -> tuple[Passage, ...]:
    passages: list[Passage] = []
    with suppress(OverBudget):  # `look_at` has said so
        passages.extend(passages_of(file, name))
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
