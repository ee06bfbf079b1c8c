"""How much there is in a scope, by every dimension that a list can be restricted to.

Exact counts are kept of every audience, so that they cost the number of audiences and not that of
records; and what was added up for a scope is remembered until one of its audiences changes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast

from sqlalchemy import Integer, Row, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.access import Scope, remembered
from app.core.ids import AudienceId
from app.records.restrictions import DIMENSIONS, Restrictions

Counts = Mapping[str, Mapping[str, int]]
Statement = tuple[TextClause, dict[str, Any]]

SPARSE_SHARE: Final = 0.02
MOST_REMEMBERED: Final = 2_000
# Up to so many audiences are looked up one by one rather than gone through.
NARROW: Final = 256
# What it costs to look for the newest of one audience, in rows that are walked past.
PROBE_ROWS: Final = 4

Way = Literal["walking", "merging", "gathering"]


@dataclass(frozen=True)
class Overview:
    """Exact counts of what is released in a scope, and about how much the store holds.

    `changes` is how often anything of its audiences has changed: what was found in the scope holds
    as long as it stays the same. None in a transaction that has written, which may be taken back.
    """

    counts: Counts
    total: int
    store_count: int
    changes: int | None = None

    @property
    def sparse(self) -> bool:
        """Tell whether so little is in sight that its audiences are the shortest way to it."""
        return self.total <= self.store_count * SPARSE_SHARE

    def way(self, restrictions: Restrictions, limit: int, audiences_count: int) -> Way:
        """Tell by which way to the newest page the fewest rows are read.

        Where the dates are restricted, all begin there: a year makes no way longer.
        """
        share = 1.0
        for dimension, value in restrictions.selected.items():
            if dimension not in ("marking", "year"):
                share *= self.counts[dimension].get(str(value), 0) / max(self.total, 1)
        share = max(share, 1 / max(self.total, 1))
        rows: dict[Way, float] = {
            "walking": limit * self.store_count / max(self.total * share, 1),
            "merging": (PROBE_ROWS * audiences_count + limit * min(limit, audiences_count)) / share,
            "gathering": self.total,
        }
        return min(rows, key=rows.__getitem__)


def overview(session: Session, scope: Scope, now: datetime) -> Overview:
    """Count what is released in a scope, from what is kept of every audience."""
    standing = session.execute(*standing_statement(scope)).one()
    changes = None if standing.has_written else standing.changes
    known, sight = remembered(session), scope.released_sight
    kept = None if changes is None else cast("Counts | None", known.get("overview", sight))
    if kept is None or kept["changes"].get("", 0) != changes:
        kept = _by_dimension(session.execute(*overview_statement(scope)))
        if changes is not None:
            known.keep("overview", sight, kept, most=MOST_REMEMBERED)
    markings = dict(kept["marking"])
    if kept["changing"]:
        for row in session.execute(*changing_statement(scope, now)):
            markings[row.marking] = markings.get(row.marking, 0) + row.amount
    total = kept["all"].get("", 0)
    return Overview(
        counts={name: kept[name] for name in DIMENSIONS} | {"marking": markings},
        total=total,
        # An index that was never counted says -1: then what is in sight is taken for all.
        store_count=max(standing.store_count, total),
        changes=changes,
    )


def _by_dimension(rows: Any) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {
        name: {} for name in (*DIMENSIONS, "all", "changes", "changing")
    }
    for row in rows:
        counts[row.dimension][row.value] = row.amount
    return counts


def standing_statement(scope: Scope) -> Statement:
    """Give the statement that tells whether what is remembered still stands.

    How often what is kept of the audiences has changed, which only grows.
    """
    sql = f"""
    SELECT coalesce(sum(count), 0)::bigint AS changes,
           pg_current_xact_id_if_assigned() IS NOT NULL AS has_written,
           (SELECT reltuples::bigint FROM pg_class
             WHERE oid = 'ix_versions_newest'::regclass) AS store_count
      FROM facets WHERE {in_sight(scope)} AND dimension = 'changes'
    """  # noqa: S608 - fixed text
    return in_scope(sql, scope), {}


def overview_statement(scope: Scope) -> Statement:
    """Give the statement that adds up what is kept of the audiences of a scope.

    No counts are kept of markings that change by time; whether there are any, stays the same.
    """
    sql = f"""
    SELECT dimension, value, sum(count)::bigint AS amount
      FROM facets WHERE {in_sight(scope)} AND count > 0 GROUP BY 1, 2
     UNION ALL
    (SELECT 'changing', '', 1 FROM audiences
      WHERE {in_sight(scope, "id")} AND later_markings IS NOT NULL LIMIT 1)
    """  # noqa: S608 - fixed text
    return in_scope(sql, scope), {}


def changing_statement(scope: Scope, now: datetime) -> Statement:
    """Give the statement of markings that change by time, counted as they are now."""
    sql = f"""
    SELECT marking, sum(f.count)::bigint AS amount
      FROM audiences a JOIN facets f ON f.audience_id = a.id AND f.dimension = 'all',
           unnest(entente_marked(a.markings, a.later_markings, :now)) marking
     WHERE {in_sight(scope, "a.id")} AND a.later_markings IS NOT NULL AND f.count > 0 GROUP BY 1
    """  # noqa: S608 - fixed text
    return in_scope(sql, scope), {"now": now}


def audiences_marked(
    session: Session, scope: Scope, marking: str, now: datetime
) -> list[AudienceId]:
    """Give the audiences of a scope that have a marking now."""
    sql = f"""
    SELECT id FROM audiences WHERE {in_sight(scope, "id")}
       AND :marking = ANY (entente_marked(markings, later_markings, :now))
    """  # noqa: S608 - fixed text
    found = session.scalars(in_scope(sql, scope), {"marking": marking, "now": now})
    return [AudienceId(one) for one in found]


def counted(
    session: Session, scope: Scope, seen: Overview, restrictions: Restrictions, now: datetime
) -> tuple[int, Counts]:
    """Count what is released in a scope under restrictions."""
    statement, parameters = counted_statement(scope, seen, restrictions)
    rows = session.execute(statement, parameters).all()
    total, counts = counts_of(session, rows, now)
    if restrictions.only is None:
        return total, counts
    # Under its own value alone a dimension is restricted by nothing.
    return total, {**counts, restrictions.only: seen.counts[restrictions.only]}


def counted_statement(scope: Scope, seen: Overview, restrictions: Restrictions) -> Statement:
    """Give the statement of `counted`; only bounds and single versions need the versions."""
    if restrictions.counts_as_kept:
        sql = f"""
        SELECT {COLUMNS}, count AS n FROM tallies
         WHERE {in_sight(scope)} AND count > 0 AND {restrictions.condition_of_tallies()}
        """  # noqa: S608 - fixed text
    else:
        sight = "audience_id = ANY (:ids)" if seen.sparse else "entente_holds(:sight, audience_id)"
        sql = alike(f"""
        SELECT * FROM versions WHERE state = 'released' AND {sight}
           AND {restrictions.bounds_condition()}
        """)  # noqa: S608 - fixed text
    return in_scope(counting(restrictions, sql), scope), restrictions.parameters


# A row for each value of each dimension, which `grouping` tells apart: the bit of a column is 0
# where it is grouped by. A dimension counts under all selected values but its own.
_GROUPED: Final = {"kind": 31, "area": 47, "originator": 55, "language": 59, "year": 61}
_GROUPED_BY_AUDIENCE: Final = 62
COLUMNS: Final = "kind, area, originator, language, year, audience_id"


def alike(versions: str) -> str:
    """Give how many versions are alike in all that is counted, which is little."""
    return f"""
    SELECT {COLUMNS}, count(*) AS n
      FROM (SELECT *, date_part('year', released_at AT TIME ZONE 'UTC')::int AS year
              FROM ({versions}) v) dated
     GROUP BY {COLUMNS}
    """  # noqa: S608 - fixed text


def counting(restrictions: Restrictions, counted_alike: str) -> str:
    """Give the counts by dimension of what is alike, of which there are `n` each."""

    def amount(dimension: str) -> str:
        return f"sum(n) FILTER (WHERE {restrictions.condition_of_counts(but=dimension)})"

    bits = {**_GROUPED, "marking": _GROUPED_BY_AUDIENCE}
    names = " ".join(f"WHEN {bit} THEN '{name}'" for name, bit in bits.items())
    amounts = " ".join(
        f"WHEN {bits[name]} THEN {amount(name)}" for name in DIMENSIONS if name in restrictions
    )
    whole = amount("")
    chosen = f"CASE grouping({COLUMNS}) {amounts} ELSE {whole} END" if amounts else whole
    return f"""
    SELECT CASE grouping({COLUMNS}) {names} ELSE 'all' END AS dimension,
           coalesce(kind, area, originator, language, year::text, audience_id::text, '') AS value,
           coalesce({chosen}, 0)::int AS amount
      FROM ({counted_alike}) alike
     GROUP BY GROUPING SETS ((), (kind), (area), (originator), (language), (year), (audience_id))
    """  # noqa: S608 - fixed text


def counts_of(session: Session, rows: Collection[Row[Any]], now: datetime) -> tuple[int, Counts]:
    """Read what `counting` gave: how much there is in all, and its counts by dimension."""
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


def in_sight(scope: Scope, column: str = "audience_id") -> str:
    """Give the condition that an audience is in a scope: by the array of few, by bits of many."""
    if len(scope.released_ids) <= NARROW:
        return f"{column} = ANY (:ids)"
    return f"entente_holds(:sight, {column})"


def in_scope(sql: str, scope: Scope, ids: Sequence[AudienceId] | None = None) -> TextClause:
    """Give the statement with the released audiences of the scope, or `ids`, standing in it.

    Row-level security holds the same. As an array, `ids`, the planner sees how few there are; as
    bits, `sight`, it costs the same however many there are.
    """
    statement = text(sql)
    if ":ids" in sql:
        named = list(scope.released_ids if ids is None else ids)
        statement = statement.bindparams(bindparam("ids", named, type_=ARRAY(Integer)))
    if ":sight" in sql:
        statement = statement.bindparams(sight=scope.released_sight)
    return statement
