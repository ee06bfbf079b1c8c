"""Who could read the release before: what the audience of the next one is compared with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from app.core.ids import PersonId

People = frozenset[PersonId]


@dataclass(frozen=True)
class Then:
    """The readers of the last release, part by part name; falsy when nothing was released.

    Parts are told by their names: title, summary, a section's heading, a file's name.
    """

    title: People = frozenset()
    whole: People = frozenset()
    every: Mapping[str, People] = field(default_factory=dict)
    some: Mapping[str, People] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Sequence[tuple[str, People]]) -> "Then":
        """Take the readers of each part, the title first."""
        every: dict[str, People] = {}
        some: dict[str, People] = {}
        for name, people in parts:
            every[name] = every.get(name, people) & people
            some[name] = some.get(name, people) | people
        if not parts:
            return cls()
        return cls(title=parts[0][1], whole=_common(every.values()), every=every, some=some)

    def __bool__(self) -> bool:
        return bool(self.every)

    def gained(self, names: Iterable[str], people: People) -> People:
        """Give those who could not read all of these parts before, and now will.

        A part that did not exist counts as read by those who read everything: a section that got
        a new name is never taken for one that its readers already had.
        """
        had = [self.every.get(name, self.whole) for name in names]
        return people - _common(had) if self else frozenset()

    def lost(self, names: Iterable[str], people: People) -> People:
        """Give those who could read one of these parts before, and no longer will."""
        had: People = frozenset().union(*(self.some.get(name, ()) for name in names))
        return had - people


def _common(groups: Iterable[People]) -> People:
    return reduce(lambda some, others: some & others, groups)
