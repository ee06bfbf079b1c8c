"""The SELECTs of search and browse: what matches, and a page of it with all that its lines show.

Three ways lead to the newest page. *Walking* the index of dates and leaving out what is not in
sight is right when much is in sight; *merging* the newest of each audience, when little is: the
newest few of all are among those of as few audiences, whose own newest are the newest; *gathering*
all that is in sight, when it is next to nothing, or little of it is left. Which one is known
beforehand, from the counts that are kept of every audience.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.access import Scope, remembered
from app.core.ids import AudienceId, VersionId
from app.records.counting import (
    MOST_REMEMBERED,
    Counts,
    Overview,
    Statement,
    Way,
    alike,
    counting,
    counts_of,
    in_scope,
)
from app.records.restrictions import Order, Question, Restrictions

FIRST_COUNT: Final = 101  # four pages, and whether there is a fifth


@dataclass(frozen=True)
class Match:
    """A version that was found, with its place in the order."""

    version_id: VersionId
    rank: float
    released_at: datetime


def newest(
    session: Session,
    scope: Scope,
    seen: Overview,
    restrictions: Restrictions,
    order: Order,
    *,
    limit: int,
) -> list[Match]:
    """Give a page of what is released in a scope, newest first.

    Of the first pages it is remembered which versions they show, until anything changes: what they
    say is asked of the database each time.
    """
    if not restrictions and seen.changes is not None:
        page = _first(session, scope, seen).page(order, limit)
        if page is not None:
            return page
    rows = session.execute(*newest_statement(scope, seen, restrictions, order, limit=limit))
    return _matches(rows)


@dataclass(frozen=True)
class _First:
    """The newest of all that is in a scope, after so many changes."""

    changes: int
    matches: Sequence[Match]

    def page(self, order: Order, limit: int) -> list[Match] | None:
        """Give the page of these; None where not all of it is among them."""
        place, whole = order.place, len(self.matches) < FIRST_COUNT
        if place is None:
            return list(self.matches[:limit]) if whole or limit <= FIRST_COUNT else None
        key = place.released_at, place.version_id
        if place.before:
            newer = [one for one in self.matches if (one.released_at, one.version_id) > key]
            return newer[-limit:] if whole or len(newer) < FIRST_COUNT else None
        older = [one for one in self.matches if (one.released_at, one.version_id) < key][:limit]
        return older if whole or len(older) == limit else None


def _first(session: Session, scope: Scope, seen: Overview) -> _First:
    known, sight = remembered(session), scope.released_sight
    kept = cast("_First | None", known.get("first", sight))
    if kept is None or kept.changes != seen.changes:
        asked = newest_statement(scope, seen, Restrictions(), Order(), limit=FIRST_COUNT)
        kept = _First(seen.changes or 0, _matches(session.execute(*asked)))
        known.keep("first", sight, kept, most=MOST_REMEMBERED)
    return kept


def newest_statement(
    scope: Scope, seen: Overview, restrictions: Restrictions, order: Order, *, limit: int
) -> Statement:
    """Give the statement of `newest`, by the way that is the shorter one."""
    ids = _audiences(scope, restrictions)
    sql = WAYS[seen.way(restrictions, limit, len(ids))](restrictions, order)
    return in_scope(sql, scope, ids), {
        "limit": limit,
        **restrictions.parameters,
        **order.parameters,
    }


def _audiences(scope: Scope, restrictions: Restrictions) -> Sequence[AudienceId]:
    """Give the audiences that can have any: those of the marking that was chosen, or all."""
    marked = restrictions.selected.get("marking")
    if marked is None:
        return scope.released_ids
    return sorted(frozenset(scope.released_ids) & frozenset(marked))


def _walking(restrictions: Restrictions, order: Order) -> str:
    return f"""
    SELECT id AS version_id, 0::real AS rank, released_at FROM versions
     WHERE entente_holds(:sight, audience_id) AND {_released(restrictions, order)}
     ORDER BY {order.clause_of_versions()} LIMIT :limit
    """  # noqa: S608 - fixed text


def _merging(restrictions: Restrictions, order: Order) -> str:
    released, clause = _released(restrictions, order), order.clause_of_versions()
    return f"""
    SELECT id AS version_id, 0::real AS rank, released_at
      FROM (SELECT audience FROM unnest(:ids) audience, LATERAL (
              SELECT released_at, id FROM versions WHERE audience_id = audience AND {released}
               ORDER BY {clause} LIMIT 1) newest
             ORDER BY {clause} LIMIT :limit) foremost, LATERAL (
              SELECT released_at, id FROM versions WHERE audience_id = audience AND {released}
               ORDER BY {clause} LIMIT :limit) page
     ORDER BY {clause} LIMIT :limit
    """  # noqa: S608 - fixed text


def _gathering(restrictions: Restrictions, order: Order) -> str:
    # OFFSET 0 has all gathered before it is sorted: for a LIMIT the planner would rather walk.
    return f"""
    SELECT id AS version_id, 0::real AS rank, released_at FROM (
      SELECT id, released_at FROM versions
       WHERE audience_id = ANY (:ids) AND {_released(restrictions, order)} OFFSET 0) gathered
     ORDER BY {order.clause_of_versions()} LIMIT :limit
    """  # noqa: S608 - fixed text


def _released(restrictions: Restrictions, order: Order) -> str:
    return (
        f"state = 'released' AND {restrictions.condition()} AND {restrictions.bounds_condition()}"
        f" AND {order.condition_of_versions()}"
    )


WAYS: Final[Mapping[Way, Callable[[Restrictions, Order], str]]] = {
    "walking": _walking,
    "merging": _merging,
    "gathering": _gathering,
}


def matching(
    session: Session,
    scope: Scope,
    seen: Overview,
    question: Question,
    restrictions: Restrictions,
    order: Order,
    *,
    limit: int,
    now: datetime,
) -> tuple[list[Match], int, Counts]:
    """Give a page of what a search finds, how much it finds in all, and its counts."""
    rows = session.execute(
        *matching_statement(scope, seen, question, restrictions, order, limit=limit)
    ).all()
    page = _matches(row for row in rows if row.version_id is not None)
    return page, *counts_of(session, [row for row in rows if row.version_id is None], now)


def matching_statement(
    scope: Scope,
    seen: Overview,
    question: Question,
    restrictions: Restrictions,
    order: Order,
    *,
    limit: int,
) -> Statement:
    """Give the statement of `matching`: what is found is looked at once, for page and counts."""
    counts = counting(restrictions, alike("SELECT * FROM found"))
    sql = f"""
    WITH found AS MATERIALIZED (
      SELECT * FROM entente_matches(:sight, CAST(:languages AS text[]),
               CAST(:configurations AS text[]), CAST(:asked AS text), CAST(:reference AS text),
               :ranked, :sparse)
       WHERE {restrictions.bounds_condition("version_id")}),
    page AS (
      SELECT version_id, {"rank" if order.by_rank else "0::real AS rank"}, released_at FROM found
       WHERE {restrictions.condition()} AND {order.condition()}
       ORDER BY {order.clause()} LIMIT :limit)
    SELECT page.*, NULL AS dimension, NULL AS value, 0 AS amount FROM page
     UNION ALL
    SELECT NULL, NULL, NULL, counted.* FROM ({counts}) counted
    """  # noqa: S608 - fixed text
    return in_scope(sql, scope), {
        "limit": limit,
        "ranked": order.by_rank,
        "sparse": seen.sparse,
        **question.parameters,
        **restrictions.parameters,
        **order.parameters,
    }


def shown(
    session: Session, scope: Scope, version_ids: Sequence[VersionId], question: Question
) -> Mapping[VersionId, list[Row[Any]]]:
    """Give the parts in sight of each version of a page; each part has its version's facts too."""
    parts: dict[VersionId, list[Row[Any]]] = {one: [] for one in version_ids}
    for part in session.execute(*shown_statement(scope, version_ids, question)):
        parts[VersionId(part.version_id)].append(part)
    return parts


def shown_statement(
    scope: Scope, version_ids: Sequence[VersionId], question: Question
) -> Statement:
    """Give the statement of `shown`."""
    sql = """
    SELECT * FROM entente_lines(CAST(:version_ids AS uuid[]), :sight, CAST(:languages AS text[]),
             CAST(:configurations AS text[]), CAST(:asked AS text), CAST(:terms AS text))
    """
    return in_scope(sql, scope), {
        "version_ids": list(version_ids),
        "terms": question.terms,
        **question.parameters,
    }


def _matches(rows: Iterable[Row[Any]]) -> list[Match]:
    """Give matches best and newest first, whichever way the page was read."""
    found = [Match(VersionId(row.version_id), row.rank, row.released_at) for row in rows]
    return sorted(found, key=lambda m: (m.rank, m.released_at, m.version_id), reverse=True)
