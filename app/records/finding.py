"""Finding: search and browse of what is released, and what is new.

A record is found by its title, summary, fields and sections, each as its own language has it, and
by its reference number. Only what the reader may see is looked at, counted, ranked or shown: the
answer is the same whether or not there is anything else.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.access import Actor, Gate, Scope
from app.core.errors import Invalid
from app.core.ids import AudienceId, VersionId
from app.core.journal import Detail, Typed
from app.core.paging import PAGE_SIZE, Page, decode_cursor, encode_cursor
from app.core.work import Work
from app.labels import Schemes, UnknownMarking
from app.records import counting
from app.records import search_queries as queries
from app.records.commands import Search
from app.records.counting import Counts, Overview
from app.records.found import lines_of
from app.records.languages import CJK, query_terms, segment_query
from app.records.listing import size_of_lines
from app.records.restrictions import DIMENSIONS, Order, Place, Question, Restrictions
from app.records.search_queries import Match
from app.records.views import FacetValue, Found, RecordLine

Parts = Mapping[VersionId, list[Row[Any]]]

_REFERENCE: Final = re.compile(r"\s*(ENT-\d{4}-\d{6,})\s*", re.IGNORECASE)
_CJK: Final = re.compile(f"[{CJK}]")
HIGHEST_RANK: Final = 1_000  # that of what is looked for by its reference number is 100
_TYPED: Final = frozenset({"originator", "marking"})
_BY_SIZE: Final = frozenset(DIMENSIONS) - {"year"}


def find(work: Work, gate: Gate, actor: Actor, search: Search) -> Found:
    """Show a page of what a search or the chosen filters leave, with exact counts of all of it.

    Newest first, or best first when there is something to search for. A page begins at a place in
    that order, not at a number, so that it holds the same rows whatever is added meanwhile.

    Raises:
        Invalid: the cursor is not one of this list's.
    """
    scope, order = gate.scope(work, actor), order_of(search)
    schemes, now = gate.keeper.current.schemes, work.now
    sought = gate.look(work, scope, lambda at: _seek(at, scope, schemes, search, order, now))
    page = sought.page
    lines, shown = lines_of(work, gate, actor, page.items, sought.parts, query_terms(search.q))
    _record(work, gate, actor, scope, lines, shown, search, sought.seen)
    return Found(
        page=Page(lines, page.next_cursor, page.previous_cursor),
        total=sought.total,
        facets=_facets(sought.counts, search),
    )


@dataclass(frozen=True)
class _Sought:
    """What was read for a page: its matches and their parts, and the counts of all of it."""

    seen: Overview
    page: Page[Match]
    parts: Parts
    total: int
    counts: Counts


def _seek(
    session: Session,
    scope: Scope,
    schemes: Schemes,
    search: Search,
    order: Order,
    now: datetime,
) -> _Sought:
    seen = counting.overview(session, scope, now)
    question = question_of(search, seen)
    restrictions = _restrictions(session, schemes, scope, search, now)
    limit = PAGE_SIZE + 1
    if search.q.strip():
        matches, total, counts = queries.matching(
            session, scope, seen, question, restrictions, order, limit=limit, now=now
        )
    else:
        matches = queries.newest(session, scope, seen, restrictions, order, limit=limit)
        total, counts = (
            counting.counted(session, scope, seen, restrictions, now)
            if restrictions
            else (seen.total, seen.counts)
        )
    page = _page(matches, order)
    parts = _parts(session, scope, page.items, question)
    return _Sought(seen, page, parts, total, counts)


def _parts(session: Session, scope: Scope, matches: Collection[Match], question: Question) -> Parts:
    ids = [match.version_id for match in matches]
    return queries.shown(session, scope, ids, question) if ids else {}


def newest(
    work: Work, gate: Gate, actor: Actor, *, limit: int, since: datetime | None = None
) -> list[RecordLine]:
    """Show what was released last, no more than `limit`, and if need be only from `since` on."""
    scope = gate.scope(work, actor)
    since_then = Restrictions(bounds={"begin": since} if since else {})

    def seek(session: Session) -> tuple[Overview, list[Match], Parts]:
        seen = counting.overview(session, scope, work.now)
        matches = queries.newest(session, scope, seen, since_then, Order(), limit=limit)
        return seen, matches, _parts(session, scope, matches, question_of(Search(), seen))

    seen, matches, parts = gate.look(work, scope, seek)
    lines, shown = lines_of(work, gate, actor, matches, parts, [])
    _record(work, gate, actor, scope, lines, shown, Search(), seen)
    return lines


def found_among(
    work: Work, gate: Gate, actor: Actor, search: Search, version_ids: Collection[VersionId]
) -> set[VersionId]:
    """Name those of these versions that a search of the actor would find; it shows nothing."""
    scope = gate.scope(work, actor)
    seen = counting.overview(work.session, scope, work.now)
    schemes = gate.keeper.current.schemes
    asked = _restrictions(work.session, schemes, scope, search, work.now)
    asked = replace(asked, among=tuple(version_ids))
    limit = len(version_ids)
    if search.q.strip():
        question = question_of(search, seen)
        matches, _, _ = queries.matching(
            work.session, scope, seen, question, asked, Order(), limit=limit, now=work.now
        )
    else:
        matches = queries.newest(work.session, scope, seen, asked, Order(), limit=limit)
    return {match.version_id for match in matches}


def question_of(search: Search, seen: Overview) -> Question:
    """Make ready what was typed, as the words of portions were made ready.

    Only languages in sight are asked for, since there is nothing to be found in others.
    """
    terms = query_terms(search.q)
    reference = _REFERENCE.fullmatch(search.q)
    return Question(
        asked=segment_query(search.q).lower().strip(),
        terms=" ".join(term for term in terms if not _CJK.search(term)).lower(),
        reference=reference[1].upper() if reference else "",
        languages=sorted(seen.counts["language"]),
    )


def order_of(search: Search) -> Order:
    """Give the order that was asked for; without anything searched for, nothing is best.

    Raises:
        Invalid: the cursor is not one of a list in this order.
    """
    by_rank = search.order == "relevance" and bool(search.q.strip())
    if not search.cursor:
        return Order(by_rank)
    key = decode_cursor(search.cursor)
    try:
        direction, rank, released_at, version_id = key
        if (rank is not None) is not by_rank:
            raise ValueError("a place in another order")
        place = Place(
            rank=float(rank or 0),
            released_at=datetime.fromisoformat(released_at),
            version_id=UUID(version_id),
            before={"after": False, "before": True}[direction],
        )
        if place.released_at.tzinfo is None or not 0 <= place.rank <= HIGHEST_RANK:
            raise ValueError("a time without a zone, or a rank that nothing has")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise Invalid("This page link is damaged. Start again from the first page.") from error
    return Order(by_rank, place)


def _page(matches: list[Match], order: Order) -> Page[Match]:
    place = order.place
    more = len(matches) > PAGE_SIZE
    if place and place.before:
        items = matches[-PAGE_SIZE:]
        comes_next, came_before = bool(items), more
    else:
        items = matches[:PAGE_SIZE]
        comes_next, came_before = more, bool(items) and place is not None
    return Page(
        items=items,
        next_cursor=_cursor("after", order, items[-1]) if comes_next else None,
        previous_cursor=_cursor("before", order, items[0]) if came_before else None,
    )


def _cursor(direction: str, order: Order, match: Match) -> str:
    rank = match.rank if order.by_rank else None
    return encode_cursor(direction, rank, match.released_at.isoformat(), match.version_id)


def _restrictions(
    session: Session, schemes: Schemes, scope: Scope, search: Search, now: datetime
) -> Restrictions:
    selected: dict[str, Any] = {
        name: value for name in DIMENSIONS if (value := getattr(search, name)) is not None
    }
    if search.marking is not None:
        marking = _official(schemes, search.marking)
        selected["marking"] = counting.audiences_marked(session, scope, marking, now)
    bounds = {}
    if search.from_ is not None:
        bounds["begin"] = _midnight(search.from_)
    if search.to is not None and search.to < date.max:
        bounds["end"] = _midnight(search.to + timedelta(days=1))
    return Restrictions(selected, bounds)


def _official(schemes: Schemes, marking: str) -> str:
    try:
        return schemes.text(schemes.parse(marking))
    except UnknownMarking:
        return marking


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _facets(counts: Counts, search: Search) -> Mapping[str, tuple[FacetValue, ...]]:
    """Give each dimension's values, most frequent first, years newest first.

    A selected value is among them even when nothing has it, so that it can be taken off again.
    """
    facets = {}
    for name in DIMENSIONS:
        chosen = getattr(search, name)
        values = {**({str(chosen): 0} if chosen is not None else {}), **counts[name]}
        ordered = sorted(values, reverse=name == "year")
        if name in _BY_SIZE:
            ordered.sort(key=lambda value: -values[value])
        facets[name] = tuple(
            FacetValue(value, values[value], chosen is not None and value == str(chosen))
            for value in ordered
        )
    return facets


def _record(
    work: Work,
    gate: Gate,
    actor: Actor,
    scope: Scope,
    lines: list[RecordLine],
    shown: Collection[AudienceId],
    search: Search,
    seen: Overview,
) -> None:
    asked = search.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    query = asked.pop("q", "")
    # Of what can be typed freely the entry tells only values that are in sight anyway.
    typed = {
        name: Typed(value)
        for name, value in asked.items()
        if name in _TYPED and value not in seen.counts[name]
    }
    details: dict[str, Detail] = {
        "filters": [f"{name}={value}" for name, value in asked.items() if name not in typed],
        "shown": [str(line.id) for line in lines],
        **({"query": Typed(query)} if query else {}),
        **typed,
    }
    gate.show(
        work,
        actor,
        scope,
        shown,
        event="records.searched" if query else "records.listed",
        served_bytes=size_of_lines(lines),
        details=details,
    )
