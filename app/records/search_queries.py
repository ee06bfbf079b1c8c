"""The SELECTs of search and browse: what matches, a page of it, and exact counts of all of it.

Two ways lead to the newest page. *Walking* the index of dates and leaving out what is not in sight
is right when much is in sight; *gathering* all that is in sight by the index of audiences, when
little is. Which one is known beforehand, from the counts that are kept for every audience.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Row, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.access import Scope
from app.core.ids import AudienceId, VersionId
from app.records.restrictions import DIMENSIONS, Order, Question, Restrictions

Counts = Mapping[str, Mapping[str, int]]
Statement = tuple[TextClause, dict[str, Any]]

SPARSE_SHARE: Final = 0.02


@dataclass(frozen=True)
class Overview:
    """Exact counts of what is released in a scope, and about how much the store holds."""

    counts: Counts
    total: int
    store_count: int

    @property
    def sparse(self) -> bool:
        """Tell whether so little is in sight that its audiences are the shortest way to it."""
        return self.total <= self.store_count * SPARSE_SHARE

    def walks(self, restrictions: Restrictions, limit: int) -> bool:
        """Tell whether fewer rows are read by walking than by gathering."""
        share = 1.0
        for dimension, value in restrictions.selected.items():
            if dimension != "marking":
                share *= self.counts[dimension].get(str(value), 0) / max(self.total, 1)
        walked = limit * self.store_count / max(self.total * share, 1)
        return walked <= self.total


@dataclass(frozen=True)
class Match:
    """A version that was found, with its place in the order."""

    version_id: VersionId
    rank: float
    released_at: datetime


def overview(session: Session, scope: Scope, now: datetime) -> Overview:
    """Count what is released in a scope, from what is kept of every audience."""
    return overview_of(session.execute(*overview_statement(scope, now)).all())


def overview_of(rows: Sequence[Row[Any]]) -> Overview:
    """Read what `overview_statement` gave."""
    counts: dict[str, dict[str, int]] = {name: {} for name in (*DIMENSIONS, "all", "store")}
    for row in rows:
        of_dimension = counts[row.dimension]
        of_dimension[row.value] = of_dimension.get(row.value, 0) + row.amount
    total = counts["all"].get("", 0)
    return Overview(
        counts=counts,
        total=total,
        # An index that was never counted says -1: then what is in sight is taken for all.
        store_count=max(counts["store"].get("", 0), total),
    )


def overview_statement(scope: Scope, now: datetime) -> Statement:
    """Give the statement of `overview`; markings that change by time are counted as they are now.

    No counts are kept of those, since nothing need happen in the portal for them to change.
    """
    sql = """
    SELECT dimension, value, sum(count)::int AS amount
      FROM facets WHERE audience_id = ANY (:ids) AND count > 0 GROUP BY 1, 2
     UNION ALL
    SELECT 'marking', marking, sum(f.count)::int
      FROM audiences a JOIN facets f ON f.audience_id = a.id AND f.dimension = 'all',
           unnest(entente_marked(a.markings, a.later_markings, :now)) marking
     WHERE a.id = ANY (:ids) AND a.later_markings IS NOT NULL AND f.count > 0 GROUP BY 1, 2
     UNION ALL
    SELECT 'store', '', reltuples::int FROM pg_class
     WHERE oid = 'ix_versions_newest'::regclass
    """
    return _in_scope(sql, scope), {"now": now}


def audiences_marked(
    session: Session, scope: Scope, marking: str, now: datetime
) -> list[AudienceId]:
    """Give the audiences of a scope that have a marking now."""
    sql = """
    SELECT id FROM audiences WHERE id = ANY (:ids)
       AND :marking = ANY (entente_marked(markings, later_markings, :now))
    """
    found = session.scalars(_in_scope(sql, scope), {"marking": marking, "now": now})
    return [AudienceId(one) for one in found]


def newest(
    session: Session,
    scope: Scope,
    seen: Overview,
    restrictions: Restrictions,
    order: Order,
    *,
    limit: int,
) -> list[Match]:
    """Give a page of what is released in a scope, newest first."""
    rows = session.execute(*newest_statement(scope, seen, restrictions, order, limit=limit))
    return _matches(rows)


def newest_statement(
    scope: Scope, seen: Overview, restrictions: Restrictions, order: Order, *, limit: int
) -> Statement:
    """Give the statement of `newest`, by the way that is the shorter one."""
    walks = seen.walks(restrictions, limit)
    in_scope = "entente_holds(:sight, audience_id)" if walks else "audience_id = ANY (:ids)"
    # OFFSET 0 has all gathered before it is sorted: for a LIMIT the planner would rather walk.
    sql = f"""
    SELECT * FROM (
      SELECT id AS version_id, 0::real AS rank, released_at FROM versions
       WHERE state = 'released' AND {in_scope} AND {restrictions.condition()}
         AND {restrictions.bounds_condition()} {"" if walks else "OFFSET 0"}) page
     WHERE {order.condition()} ORDER BY {order.clause()} LIMIT :limit
    """  # noqa: S608 - fixed text
    return _in_scope(sql, scope), {
        "limit": limit,
        **restrictions.parameters,
        **order.parameters,
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
    return page, *_counted(session, [row for row in rows if row.version_id is None], now)


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
    SELECT NULL, NULL, NULL, counted.* FROM ({_counting(restrictions)}) counted
    """  # noqa: S608 - fixed text
    return _in_scope(sql, scope), {
        "limit": limit,
        "ranked": order.by_rank,
        "sparse": seen.sparse,
        **question.parameters,
        **restrictions.parameters,
        **order.parameters,
    }


def counted(
    session: Session, scope: Scope, seen: Overview, restrictions: Restrictions, now: datetime
) -> tuple[int, Counts]:
    """Count what is released in a scope under restrictions."""
    statement, parameters = counted_statement(scope, seen, restrictions)
    return _counted(session, session.execute(statement, parameters).all(), now)


def counted_statement(scope: Scope, seen: Overview, restrictions: Restrictions) -> Statement:
    """Give the statement of `counted`."""
    in_scope = "audience_id = ANY (:ids)" if seen.sparse else "entente_holds(:sight, audience_id)"
    sql = f"""
    WITH found AS (
      SELECT * FROM versions WHERE state = 'released' AND {in_scope}
         AND {restrictions.bounds_condition()})
    {_counting(restrictions)}
    """  # noqa: S608 - fixed text
    return _in_scope(sql, scope), restrictions.parameters


# A row for each value of each dimension, which `grouping` tells apart: the bit of a column is 0
# where it is grouped by. A dimension counts under all selected values but its own.
_GROUPED: Final = {"kind": 31, "area": 47, "originator": 55, "language": 59, "year": 61}
_GROUPED_BY_AUDIENCE: Final = 62
_COLUMNS: Final = "kind, area, originator, language, year, audience_id"


def _counting(restrictions: Restrictions) -> str:
    """Give the counts of `found`: first of what is alike, which is little, then by dimension."""

    def amount(dimension: str) -> str:
        return f"sum(n) FILTER (WHERE {restrictions.condition_of_counts(but=dimension)})"

    bits = {**_GROUPED, "marking": _GROUPED_BY_AUDIENCE}
    names = " ".join(f"WHEN {bit} THEN '{name}'" for name, bit in bits.items())
    amounts = " ".join(
        f"WHEN {bits[name]} THEN {amount(name)}" for name in DIMENSIONS if name in restrictions
    )
    whole = amount("")
    chosen = f"CASE grouping({_COLUMNS}) {amounts} ELSE {whole} END" if amounts else whole
    return f"""
    SELECT CASE grouping({_COLUMNS}) {names} ELSE 'all' END AS dimension,
           coalesce(kind, area, originator, language, year::text, audience_id::text, '') AS value,
           coalesce({chosen}, 0)::int AS amount
      FROM (SELECT {_COLUMNS}, count(*) AS n
              FROM (SELECT *, date_part('year', released_at AT TIME ZONE 'UTC')::int AS year
                      FROM found) f
             GROUP BY {_COLUMNS}) alike
     GROUP BY GROUPING SETS ((), (kind), (area), (originator), (language), (year), (audience_id))
    """  # noqa: S608 - fixed text


def _counted(session: Session, rows: Collection[Row[Any]], now: datetime) -> tuple[int, Counts]:
    counts: dict[str, dict[str, int]] = {name: {} for name in DIMENSIONS}
    by_audience: dict[int, int] = {}
    total = 0
    for row in rows:
        if row.dimension == "all":
            total = row.amount
        elif row.dimension == "marking" and row.amount:
            by_audience[int(row.value)] = row.amount
        elif row.amount:
            counts[row.dimension][row.value] = row.amount
    marked = session.execute(
        text(
            "SELECT id, unnest(entente_marked(markings, later_markings, :now)) AS marking"
            " FROM audiences WHERE id = ANY (:ids)"
        ),
        {"ids": list(by_audience), "now": now},
    )
    for audience_id, marking in marked:
        counts["marking"][marking] = counts["marking"].get(marking, 0) + by_audience[audience_id]
    return total, counts


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
    return _in_scope(sql, scope), {
        "version_ids": list(version_ids),
        "terms": question.terms,
        **question.parameters,
    }


def _matches(rows: Iterable[Row[Any]]) -> list[Match]:
    """Give matches best and newest first, whichever way the page was read."""
    found = [Match(VersionId(row.version_id), row.rank, row.released_at) for row in rows]
    return sorted(found, key=lambda m: (m.rank, m.released_at, m.version_id), reverse=True)


def _in_scope(sql: str, scope: Scope) -> TextClause:
    """Give the statement with the released audiences of the scope standing in it.

    Row-level security holds the same. As an array, `ids`, the planner sees how few there are; as
    bits, `sight`, it costs the same however many there are.
    """
    statement = text(sql)
    if ":ids" in sql:
        ids = list(scope.released_ids)
        statement = statement.bindparams(bindparam("ids", ids, type_=ARRAY(Integer)))
    if ":sight" in sql:
        statement = statement.bindparams(sight=scope.released_sight)
    return statement
