"""What is shown of reviews."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.audit.views import EntryView
from app.core.ids import ReviewId


@dataclass(frozen=True)
class ReviewLine:
    """A review in a list; `author_name` is filled while the person's details still exist."""

    id: ReviewId
    name: str
    author: str
    author_name: str
    begun_at: datetime
    signed_off_at: datetime | None
    drawn: int
    open_count: int
    exception_count: int

    @property
    def marked_count(self) -> int:
        """Count the entries that have a mark."""
        return self.drawn - self.open_count


@dataclass(frozen=True)
class ItemView:
    """One entry of the sample and its mark; `mark` is empty while it is open.

    `entry` is None once its log has gone to an archive; `place` and `leaf_hash_hex` find it there.
    """

    number: int
    entry: EntryView | None
    place: str
    leaf_hash_hex: str
    rank_hex: str
    mark: str
    note: str
    marked_at: datetime | None


@dataclass(frozen=True)
class ReviewView:
    """A review with its sample; `own` says whether whoever looks may mark and sign off."""

    line: ReviewLine
    party: str
    own: bool
    filters: Mapping[str, Any]
    at: str
    seed_hex: str
    population: int
    items: tuple[ItemView, ...]
    conclusion: str
    statement: str

    @property
    def id(self) -> ReviewId:
        """Give its identifier."""
        return self.line.id

    @property
    def flattened(self) -> Mapping[str, str]:
        """Give what was signed in the JSON serialization (RFC 7515, section 7.2.2)."""
        protected, payload, signature = self.statement.split(".")
        return {"payload": payload, "protected": protected, "signature": signature}

    @property
    def exceptions(self) -> tuple[ItemView, ...]:
        """Give what was noted as an exception."""
        return tuple(item for item in self.items if item.mark == "exception")
