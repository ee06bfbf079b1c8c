"""What is shown of somebody's membership; nothing of it names what a record says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from app.core.ids import PersonId
from app.identity import SignInFacts
from app.membership.rules import Stage
from app.parties import PersonView

Answer = Literal["", "kept", "removed", "lapsed"]


@dataclass(frozen=True)
class Counted:
    """So many records of one marking, or of one area."""

    name: str
    count: int


@dataclass(frozen=True)
class Reached:
    """A version that somebody can read: by number and marking, never what it is called."""

    reference: str
    number: int
    state: str
    markings: str
    area: str


@dataclass(frozen=True)
class Reach:
    """What somebody can read now; `shown` are the first of them, by reference number."""

    total: int
    by_marking: tuple[Counted, ...]
    by_area: tuple[Counted, ...]
    shown: tuple[Reached, ...]


@dataclass(frozen=True)
class Hanging:
    """Something that hangs on a person: a draft, a grant, an API client; `until` where it ends."""

    kind: str
    reference: str
    until: datetime | None


@dataclass(frozen=True)
class LeavingView:
    """What a person can reach and what hangs on them, before all of it is ended."""

    person: PersonView
    organisation: str
    reach: Reach
    hanging: Mapping[str, tuple[Hanging, ...]]
    heirs: tuple[PersonView, ...]
    receipts: tuple["ReceiptLine", ...]


@dataclass(frozen=True)
class ReceiptLine:
    """A receipt in a list."""

    id: UUID
    ended_at: datetime
    reason: str


@dataclass(frozen=True)
class ReceiptView:
    """The receipt of an end of access; `facts` is what is signed.

    `entries` maps the id of each entry of the log that tells of it to its proof, "" while none can
    be made.
    """

    id: UUID
    person_id: PersonId
    person: str
    organisation: str
    reason: str
    ended_by: str
    ended_at: datetime
    heir: str
    ended: Mapping[str, object]
    remains: Mapping[str, object]
    entries: Mapping[str, str]
    facts: Mapping[str, object]
    signature: str


@dataclass(frozen=True)
class UnderReview:
    """A person before whoever reviews access, and what was answered."""

    person: PersonView
    groups: tuple[str, ...]
    sign_in: SignInFacts
    grants_count: int
    reach_count: int
    highest: str
    answer: Answer
    answered_by: str
    answered_at: datetime | None
    yours: bool


@dataclass(frozen=True)
class AccessReview:
    """The review of a period: everybody who is looked at in it, and how far it has come."""

    organisation: str
    period: date
    ends_at: datetime
    stage: Stage
    people: tuple[UnderReview, ...]

    @property
    def waiting_count(self) -> int:
        """Count who is unanswered."""
        return sum(not one.answer for one in self.people)


@dataclass(frozen=True)
class ReviewEnding:
    """A review of access in which somebody is unanswered, when it ends, and who has to answer."""

    organisation: str
    ends_at: datetime
    people: frozenset[PersonId]


@dataclass(frozen=True)
class Coverage:
    """What became of the review of a period in one organisation; `by` names who answered."""

    organisation: str
    name: str
    period: date
    people_count: int
    kept_count: int
    removed_count: int
    lapsed_count: int
    waiting_count: int
    by: tuple[str, ...]
    last_at: datetime | None
