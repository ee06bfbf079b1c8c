"""Planned changes of a label: from a moment on it is marked lower, and no job has to run for it.

A change names what every scheme of the label is marked from then on, so that none is forgotten;
each is lower than what it follows. Downgrading and declassifying differ in nothing but the level.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.labels.errors import UnfitLabel
from app.labels.moments import in_utc, parse_time, print_time
from app.labels.scheme import Marking


@dataclass(frozen=True)
class PlannedChange:
    """From `at` on, inclusive, these are the markings; sorted, one of each scheme, time in UTC.

    Raises:
        UnfitLabel: no marking, two of one scheme, or a time without a zone.
    """

    at: datetime
    markings: tuple[Marking, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", in_utc(self.at))
        object.__setattr__(self, "markings", one_per_scheme(self.markings))

    def to_text(self) -> str:
        """The change as it is stored: `2027-01-01T00:00Z eu:public tlp:clear`."""
        return " ".join([print_time(self.at), *(marking.key for marking in self.markings)])

    @classmethod
    def from_text(cls, text: str) -> "PlannedChange":
        """Read back what `to_text` wrote.

        Raises:
            UnfitLabel, UnknownMarking: it is not what `to_text` writes.
        """
        at, *keys = text.split(" ")
        return cls(parse_time(at), tuple(map(Marking.from_key, keys)))


def one_per_scheme(markings: tuple[Marking, ...]) -> tuple[Marking, ...]:
    """The markings, sorted.

    Raises:
        UnfitLabel: there is none, or two are of one scheme.
    """
    schemes = [marking.scheme for marking in markings]
    if not schemes:
        raise UnfitLabel("A label needs at least one marking.")
    if len(set(schemes)) != len(schemes):
        raise UnfitLabel("A label has one marking of each scheme; here is one scheme twice.")
    return tuple(sorted(markings))


def rising(markings: tuple[Marking, ...], changes: Sequence[PlannedChange]) -> None:
    """Check that changes follow each other in time, and that each changes the same schemes.

    Raises:
        UnfitLabel: they do not.
    """
    before: PlannedChange | None = None
    for change in changes:
        if before and change.at <= before.at:
            raise UnfitLabel("Planned changes stand in the order in which they come.")
        if [one.scheme for one in change.markings] != [one.scheme for one in markings]:
            raise UnfitLabel("A planned change names a marking of each scheme of the label.")
        if change.markings == (before.markings if before else markings):
            raise UnfitLabel("A planned change changes a marking.")
        before = change
