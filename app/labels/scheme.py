"""A scheme of markings: its levels, and the order between the markings made of them.

A scheme has one dimension (TLP, the European Union) or two (Singapore: classification beside
sensitivity). In two dimensions a marking covers another when it does so in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NewType

from app.labels.errors import UnknownMarking

SchemeId = NewType("SchemeId", str)


@dataclass(frozen=True, order=True)
class Marking:
    """One level of one scheme, with the sensitivity beside it where the scheme has two dimensions.

    `sensitivity` is always present where the level may carry one, also when it goes unwritten, so
    that equal markings are equal values.
    """

    scheme: SchemeId
    level: str
    sensitivity: str | None = None

    @property
    def key(self) -> str:
        """The marking by ids, which outlive its printed name: `sg:restricted:sensitive-high`."""
        return ":".join(filter(None, (self.scheme, self.level, self.sensitivity)))

    @classmethod
    def from_key(cls, key: str) -> "Marking":
        """Read back what `key` wrote; whether the marking exists is for `Schemes` to say.

        Raises:
            UnknownMarking: the key does not have two or three parts.
        """
        parts = key.split(":")
        if len(parts) not in (2, 3) or not all(parts):
            raise UnknownMarking(f"“{key[:80]}” is not the key of a marking.")
        return cls(SchemeId(parts[0]), *parts[1:])


@dataclass(frozen=True)
class Level:
    """One step of a scheme; `rank` counts from 0, the lowest.

    `sensitivity` says whether markings of this level carry one: never (`none`), always in writing
    (`written`), or left unwritten when it is the lowest (`optional`). `own_key` says whether an
    attachment so marked is wrapped by a key of its own; None: as `step_up` says. `indexed` says
    whether the text of files so marked is kept in the clear for search; None: only without step-up.
    """

    id: str
    name: str
    rank: int
    abbreviations: tuple[str, ...] = ()
    meaning: str = ""
    colour: str = "#FFFFFF"
    background: str = "#000000"
    public: bool = False
    step_up: bool = False
    own_key: bool | None = None
    indexed: bool | None = None
    sensitivity: Literal["none", "written", "optional"] = "none"

    @property
    def has_own_key(self) -> bool:
        """Whether an attachment of this level is wrapped by a key of its own."""
        return self.step_up if self.own_key is None else self.own_key

    @property
    def is_indexed(self) -> bool:
        """Whether the text of files of this level is kept in the clear for search."""
        return not self.step_up if self.indexed is None else self.indexed


@dataclass(frozen=True)
class Scheme:
    """A set of levels, low to high: a `lattice`, or `rules`, ordered by strictness only."""

    id: SchemeId
    name: str
    title: str
    kind: Literal["rules", "lattice"]
    levels: tuple[Level, ...]
    sensitivities: tuple[Level, ...]
    ceiling: Marking | None
    version: str

    @cached_property
    def markings(self) -> tuple[Marking, ...]:
        """Every marking that the scheme allows, low to high, sensitivities within each level."""
        return tuple(self._ranks)

    def level(self, marking: Marking) -> Level:
        """The level of a marking of this scheme.

        Raises:
            UnknownMarking: the scheme has no such marking.
        """
        return self.levels[self.ranks(marking)[0]]

    def sensitivity(self, marking: Marking) -> Level | None:
        """The sensitivity of a marking of this scheme, if it carries one.

        Raises:
            UnknownMarking: the scheme has no such marking.
        """
        rank = self.ranks(marking)[1]
        return None if marking.sensitivity is None else self.sensitivities[rank]

    def ranks(self, marking: Marking) -> tuple[int, int]:
        """The marking's place in both dimensions; without a sensitivity, the second is the lowest.

        Raises:
            UnknownMarking: the scheme has no such marking.
        """
        try:
            return self._ranks[marking]
        except KeyError:
            raise UnknownMarking(f"{self.title} has no marking “{marking.key}”.") from None

    def covers(self, high: Marking, low: Marking) -> bool:
        """Whether `high` is at least as strict as `low` in every dimension."""
        (level, sensitivity), (low_level, low_sensitivity) = self.ranks(high), self.ranks(low)
        return level >= low_level and sensitivity >= low_sensitivity

    def join(self, one: Marking, other: Marking) -> Marking:
        """The least marking that covers both."""
        (level, sensitivity), (level_2, sensitivity_2) = self.ranks(one), self.ranks(other)
        return self._at_ranks[max(level, level_2), max(sensitivity, sensitivity_2)]

    def highest_of(self, level: Level) -> Marking:
        """The marking of this level that covers all others of it: the highest sensitivity."""
        return max(self.markings_of(level), key=self.ranks)

    def markings_of(self, level: Level) -> tuple[Marking, ...]:
        """The markings made of one level, low to high."""
        return tuple(marking for marking in self.markings if marking.level == level.id)

    @cached_property
    def _ranks(self) -> Mapping[Marking, tuple[int, int]]:
        return {
            Marking(self.id, level.id, sensitivity.id if sensitivity else None): (
                level.rank,
                sensitivity.rank if sensitivity else 0,
            )
            for level in self.levels
            for sensitivity in ((None,) if level.sensitivity == "none" else self.sensitivities)
        }

    @cached_property
    def _at_ranks(self) -> Mapping[tuple[int, int], Marking]:
        return {ranks: marking for marking, ranks in self._ranks.items()}
