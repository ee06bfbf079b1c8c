"""Makes the lines of a list from versions that were found, with the place that was searched for."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row

from app.access import Actor, Area, Gate, State, audiences
from app.core.ids import AudienceId, RecordId, VersionId
from app.core.work import Work
from app.records.highlighting import WIDTH_CHARACTERS, highlight
from app.records.kinds import Kind
from app.records.markdown import plain
from app.records.search_queries import Match
from app.records.showing import Showing
from app.records.views import RecordLine

Pieces = tuple[tuple[str, bool], ...]

STRETCH_CHARACTERS: Final = 1_500  # of Markdown: what a snippet is chosen from
BEFORE_CHARACTERS: Final = 300
TITLE_CHARACTERS: Final = 400
MOST_KEPT: Final = 2_000  # texts of no more than a stretch each


def lines_of(
    work: Work,
    gate: Gate,
    actor: Actor,
    matches: Sequence[Match],
    parts: Mapping[VersionId, Sequence[Row[Any]]],
    terms: Sequence[str],
) -> tuple[list[RecordLine], frozenset[AudienceId]]:
    """Give versions that were found, in their order, by `parts`: those in sight and no others.

    Beside them stand the audiences of those parts, which the journal must name.
    """
    of_matches = (parts[match.version_id] for match in matches)
    # What was taken back since it matched has no title in sight any more.
    still = [found for found in of_matches if any(part.role == "title" for part in found)]
    if not still:
        return [], frozenset()
    in_sight = frozenset(AudienceId(part.audience_id) for found in still for part in found)
    showing = Showing(gate, work, actor, audiences(work.session, in_sight))
    return [_line(showing, found, terms) for found in still], in_sight


def _line(showing: Showing, parts: Sequence[Row[Any]], terms: Sequence[str]) -> RecordLine:
    title = next(part for part in parts if part.role == "title")
    sought = list(dict.fromkeys((*terms, *(title.stems or ()))))
    return RecordLine(
        id=RecordId(title.record_id),
        version_id=VersionId(title.version_id),
        reference=title.reference,
        number=title.number,
        title=title.heading,
        summary_snippet=_snippet(parts, sought),
        kind=Kind(title.kind),
        area=Area(title.area),
        language=title.language,
        originator=title.originator,
        released_at=title.released_at,
        amended_at=title.amended_at,
        state=State(title.state),
        banner=showing.banner(part.audience_id for part in parts),
        title_snippet=_pieces(title.heading, sought, width=TITLE_CHARACTERS),
    )


def _snippet(parts: Sequence[Row[Any]], sought: Sequence[str]) -> Pieces:
    """Give the stretch of the best portion, or file, that says most of what was searched for.

    When that is the title, which is shown anyway, or nothing was searched for: of the summary.
    """
    summary = next((part for part in parts if part.role == "summary"), None)
    best = next((part for part in parts if part.best and part.role != "title"), summary)
    if best is None:
        return ()
    if best.role == "attachment":
        return ((f"{best.heading}: ", False), *_pieces(_stretch(best.body, sought), sought))
    stretch = _stretch(best.body or "", sought)
    said = [plain(stretch), *_cells(best.fields or {})]
    return _pieces("\n".join(filter(None, said)), sought)


def _stretch(markdown: str, sought: Sequence[str]) -> str:
    """Cut out the surroundings of the first hit: a whole section is too much to read for a line."""
    if len(markdown) <= STRETCH_CHARACTERS:
        return markdown
    lowered = markdown.lower()
    first = min((at for term in sought if (at := lowered.find(term.lower())) >= 0), default=0)
    start = max(first - BEFORE_CHARACTERS, 0)
    if start:
        boundaries = (markdown.find(sign, start, first) for sign in ("\n", " "))
        start = next((at + 1 for at in boundaries if at >= 0), start)
    return markdown[start : start + STRETCH_CHARACTERS]


def _cells(fields: dict[str, Any]) -> list[str]:
    return [
        value if isinstance(value, str) else "\n".join(" ".join(row) for row in value)
        for value in fields.values()
    ]


def _pieces(text: str, sought: Sequence[str], width: int = WIDTH_CHARACTERS) -> Pieces:
    return _pieces_once(text, tuple(sought), width)


# Lists show the same beginnings over and over.
@lru_cache(MOST_KEPT)
def _pieces_once(text: str, sought: tuple[str, ...], width: int) -> Pieces:
    return tuple((piece.text, piece.is_hit) for piece in highlight(text, sought, width=width))
