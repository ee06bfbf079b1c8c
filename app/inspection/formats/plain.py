"""Text, Markdown and JSON: characters that make it read as something else."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import IO

from app.inspection.formats import Unreadable
from app.inspection.report import Finding, Note, Passage
from app.inspection.sniffing import text_of

LINES_OF_A_PASSAGE = 50
MANY = 200  # after so many, more of the same tell nobody more
# Turners of direction, blanks without width, tags. The joiners of emoji and of some scripts, and
# the mark of the file's byte order, are honest.
_MISLEADING = re.compile(
    "[\u061c\u202a-\u202e\u2066-\u2069\u200b\u2060-\u2064\U000e0000-\U000e007f]"
)


def look(file: IO[bytes], note: Note) -> None:
    """Note misleading characters, by line."""
    text = read_text(file)
    number, counted = 1, 0
    for found in islice(_MISLEADING.finditer(text), MANY):
        number, counted = number + text.count("\n", counted, found.start()), found.start()
        begin = max(text.rfind("\n", 0, found.start()) + 1, found.start() - 20)
        around = text[begin : found.start() + 40].splitlines()[0]
        note(Finding("disguised-text", f"Line {number}", excerpt=_MISLEADING.sub("▯", around)))


def passages(file: IO[bytes]) -> Iterator[Passage]:
    """Yield the text in stretches of lines."""
    lines = read_text(file).splitlines()
    for first in range(0, len(lines), LINES_OF_A_PASSAGE):
        yield Passage(
            f"Line {first + 1}", None, "\n".join(lines[first : first + LINES_OF_A_PASSAGE])
        )


def clean(_file: IO[bytes], _out: IO[bytes]) -> bool:
    """Leave text as it is: what misleads in it may be meant, and is the sender's to remove."""
    return False


def read_text(file: IO[bytes]) -> str:
    """Give all of a file as text.

    Raises:
        Unreadable: it is none.
    """
    file.seek(0)
    text = text_of(file.read())
    if text is None:
        raise Unreadable
    return text
