"""Text by section: what stands under a heading is one passage, named for it."""

from collections.abc import Iterable, Iterator

from app.inspection.report import Passage

LINES_OF_A_PASSAGE = 400


def sectioned(lines: Iterable[tuple[str, bool]]) -> Iterator[Passage]:
    """Give lines of text as passages; with each line comes whether it is a heading."""
    place, kept = "Beginning", list[str]()
    for line, heading in lines:
        if kept and (heading or len(kept) == LINES_OF_A_PASSAGE):
            yield Passage(place, None, "\n".join(kept))
            kept = []
        if heading:
            place = f"Section “{line[:80]}”"
        kept.append(line)
    if kept:
        yield Passage(place, None, "\n".join(kept))
