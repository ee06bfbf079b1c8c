"""What a list of released versions is restricted to and where its page begins, as pieces of SQL.

The text of these pieces is fixed; whatever a person typed is a parameter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Any, Final
from uuid import UUID

from app.records.languages import configuration

DIMENSIONS: Final = ("kind", "area", "originator", "marking", "language", "year")

# How a selected value of a dimension restricts a version. A marking is that of the title: the
# audiences that have it are found first.
_SELECTED: Final = {
    "kind": "kind = :kind",
    "area": "area = :area",
    "originator": "originator = :originator",
    "marking": "audience_id = ANY (CAST(:marking AS int[]))",
    "language": "language = :language",
    "year": "released_at >= make_timestamptz(:year, 1, 1, 0, 0, 0, 'UTC')"
    " AND released_at < make_timestamptz(:year + 1, 1, 1, 0, 0, 0, 'UTC')",
}
_BOUNDED: Final = {"begin": "released_at >= :begin", "end": "released_at < :end"}


@dataclass(frozen=True)
class Restrictions:
    """Selected values by dimension, and the bounds of release: `begin` inclusive, `end` not.

    The value of `marking` is the audiences that have it; of `year`, a number. `among`: only these
    versions, whatever else there is.
    """

    selected: Mapping[str, Any] = field(default_factory=dict)
    bounds: Mapping[str, datetime] = field(default_factory=dict)
    among: Sequence[UUID] | None = None

    def __bool__(self) -> bool:
        return bool(self.selected or self.bounds or self.among is not None)

    @property
    def parameters(self) -> dict[str, Any]:
        """Give the parameters that the conditions name."""
        among = {} if self.among is None else {"among": list(self.among)}
        return {**self.selected, **self.bounds, **among}

    def __contains__(self, dimension: str) -> bool:
        return dimension in self.selected

    def condition(self) -> str:
        """Give the condition of all selected dimensions, of a version."""
        return _all_of(_SELECTED[name] for name in self.selected)

    def condition_of_counts(self, *, but: str) -> str:
        """Give the condition of all selected dimensions but one, where a year is a column."""
        conditions = _SELECTED | {"year": "year = :year"}
        return _all_of(conditions[name] for name in self.selected if name != but)

    @property
    def counts_as_kept(self) -> bool:
        """Tell whether what is kept of every audience suffices for counts under it."""
        return not self.bounds and self.among is None

    @property
    def only(self) -> str | None:
        """Give the one dimension that is selected, where nothing else restricts."""
        return (
            next(iter(self.selected)) if self.counts_as_kept and len(self.selected) == 1 else None
        )

    def condition_of_tallies(self) -> str:
        """Give the condition that something is counted at all: at most one value is not selected.

        With one value alone, that it is the selected one. Nothing stands in it but comparisons,
        which row-level security lets be made first: they cost less than it does itself.
        """
        if self.only is not None:
            return self.condition_of_counts(but="")
        conditions = _SELECTED | {"year": "year = :year"}
        pairs = combinations((conditions[name] for name in self.selected), 2)
        return _all_of(f"({one} OR {other})" for one, other in pairs)

    def bounds_condition(self, version: str = "id") -> str:
        """Give the condition that holds whichever dimension is counted.

        `version` is the column of the version's id.
        """
        among = [] if self.among is None else [f"{version} = ANY (CAST(:among AS uuid[]))"]
        return _all_of([*(_BOUNDED[name] for name in self.bounds), *among])


@dataclass(frozen=True)
class Place:
    """The place of a row in a list, from which the page begins; `before`: with which it ends."""

    rank: float
    released_at: datetime
    version_id: UUID
    before: bool = False


@dataclass(frozen=True)
class Order:
    """The order of a list, best or newest first, and the place where its page begins."""

    by_rank: bool = False
    place: Place | None = None

    def clause(self) -> str:
        """Give the ORDER BY in which a page is read: backwards, when its end is what is known."""
        direction = "ASC" if self.place and self.place.before else "DESC"
        return ", ".join(f"{column} {direction}" for column in self._columns)

    def clause_of_versions(self) -> str:
        """Give the ORDER BY of versions themselves, newest first."""
        return self.clause().replace("version_id", "id")

    def condition_of_versions(self) -> str:
        """Give the condition that a version itself is on the far side of the place."""
        return self.condition().replace("version_id", "id")

    def condition(self) -> str:
        """Give the condition that a row is on the far side of the place."""
        if self.place is None:
            return "true"
        columns = ", ".join(self._columns)
        rank = "CAST(:place_rank AS real), " if self.by_rank else ""
        return (
            f"({columns}) {'>' if self.place.before else '<'}"
            f" ({rank}CAST(:place_at AS timestamptz), CAST(:place_id AS uuid))"
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """Give the parameters that the condition names."""
        if self.place is None:
            return {}
        named = {"place_at": self.place.released_at, "place_id": self.place.version_id}
        return named | ({"place_rank": self.place.rank} if self.by_rank else {})

    @property
    def _columns(self) -> Sequence[str]:
        return (*(("rank",) if self.by_rank else ()), "released_at", "version_id")


@dataclass(frozen=True)
class Question:
    """What is searched for: `asked` is websearch syntax, made ready as the words of portions are.

    `reference` is a reference number, or empty; `languages` those of what is in sight; `terms` the
    words that `asked` asks for, to be shown where they stand.
    """

    asked: str
    terms: str
    reference: str
    languages: Sequence[str]

    @property
    def parameters(self) -> dict[str, Any]:
        """Give the parameters of the statements that look at words."""
        return {
            "asked": self.asked,
            "reference": self.reference,
            "languages": list(self.languages),
            "configurations": [configuration(one) for one in self.languages],
        }


def _all_of(conditions: Any) -> str:
    return " AND ".join(conditions) or "true"
