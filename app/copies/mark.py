"""What a mark says: the marking in its official spelling, and who took which copy when."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Self


@dataclass(frozen=True)
class Tag:
    """One marking: its text, and its scheme's colours as `#RRGGBB`; TLP stands at the right."""

    text: str
    ink: str
    ground: str
    right: bool = False


@dataclass(frozen=True)
class Mark:
    """The whole of a mark; `number` is empty on a page that is only looked at.

    `name` and `organisation` are written where the typeface has their signs; otherwise `email` and
    `slug` stand for them, which always lead back.
    """

    tags: tuple[Tag, ...]
    caveats: str
    name: str
    email: str
    organisation: str
    slug: str
    at: datetime
    number: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        return asdict(self) | {"at": self.at.isoformat()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        tags = tuple(Tag(**tag) for tag in plain["tags"])
        return cls(**dict(plain) | {"tags": tags, "at": datetime.fromisoformat(plain["at"])})

    @property
    def moment(self) -> str:
        """Give the time in words that name its zone: `2 March 2026, 12:00:05 UTC`."""
        at = self.at.astimezone(UTC)
        return f"{at.day} {at:%B %Y, %H:%M:%S} UTC"

    def who(self, writes: "Writes") -> str:
        """Name the person and the organisation, in signs that the typeface has."""
        person = self.name if self.name and writes(self.name) else self.email
        place = self.organisation if writes(self.organisation) else self.slug
        return ", ".join(filter(None, (person, place)))


class Writes:
    """Tells whether a typeface has every sign of a text."""

    def __init__(self, signs: frozenset[int]) -> None:
        self._signs = signs

    def __call__(self, text: str) -> bool:
        """Tell it; an empty text has nothing to write."""
        return all(ord(sign) in self._signs for sign in text)
