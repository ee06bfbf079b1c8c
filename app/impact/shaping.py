"""Records as sets of bits: counting them is a matter of a few operations, however many there are.

Bit `i` of a set of shapes is the shape `i`; bit `j` of a set of audiences the audience `j`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from app.core.ids import AudienceId
from app.records import Shape


@dataclass(frozen=True)
class Differences:
    """The shapes of which somebody gains or loses the title, or more or fewer of the parts."""

    gained: int = 0
    lost: int = 0
    more: int = 0
    less: int = 0


@dataclass(frozen=True)
class Shaped:
    """Shapes, by the place of each audience that is the title of one or stands in it.

    `digits[k]` holds the shapes whose number of records has the binary digit k.
    """

    shapes: Sequence[Shape]
    titled: Mapping[int, int]
    holding: Mapping[int, int]
    titles: int
    digits: Sequence[int]

    @classmethod
    def of(cls, shapes: Sequence[Shape], places: Mapping[AudienceId, int]) -> Self:
        """Take the shapes; `places` says which bit each audience has."""
        titled: dict[int, int] = {}
        holding: dict[int, int] = {}
        digits = [0] * max((shape.count.bit_length() for shape in shapes), default=0)
        for number, shape in enumerate(shapes):
            bit = 1 << number
            titled[places[shape.title]] = titled.get(places[shape.title], 0) | bit
            for part in shape.parts:
                holding[places[part]] = holding.get(places[part], 0) | bit
            for digit in ones(shape.count):
                digits[digit] |= bit
        return cls(shapes, titled, holding, sum(1 << place for place in titled), digits)

    def count(self, chosen: int) -> int:
        """Count the records of these shapes."""
        return sum((chosen & mask).bit_count() << k for k, mask in enumerate(self.digits))

    def differences(self, before: int, after: int) -> Differences:
        """Compare what may be read with these audiences before, and with those after.

        Nobody reads a part of a record whose title they may not read.
        """
        if before == after:
            return Differences()
        new, old = after & ~before, before & ~after
        both = _united(self.titled, before & after & self.titles) if self.shapes else 0
        return Differences(
            gained=_united(self.titled, new),
            lost=_united(self.titled, old),
            more=_united(self.holding, new) & both,
            less=_united(self.holding, old) & both,
        )


def ones(bits: int) -> Iterator[int]:
    """Give the places of the bits that are set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _united(sets: Mapping[int, int], places: int) -> int:
    found = 0
    for place in ones(places):
        found |= sets.get(place, 0)
    return found
