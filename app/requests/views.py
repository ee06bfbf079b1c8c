"""What is shown of requests and listings."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.access import Area
from app.core.ids import PersonId, RecordId, RequestId
from app.parties import PersonName
from app.requests.rules import Silence


@dataclass(frozen=True)
class RequestLine:
    """A request in a list.

    `originator` is empty, and `place` None, where what is sought was described: who may hold it is
    told to nobody but them. `record_id` is that of a record which the one who looks may know of;
    `title`, with its own marking, that of the record or of its listing where either is in sight.
    """

    id: RequestId
    about: str
    reference: str
    record_id: RecordId | None
    originator: str
    originator_name: str
    organisation_name: str
    requester: PersonName
    area: Area
    state: str
    asked_at: datetime
    due_at: datetime
    silence: Silence
    place: int | None
    marking: str
    title: str = ""
    title_marking: str = ""


@dataclass(frozen=True)
class StepView:
    """What somebody did about a request, and said."""

    kind: str
    person: PersonName
    said: str
    record_id: RecordId | None
    until: datetime | None
    taken_at: datetime


@dataclass(frozen=True)
class MatchView:
    """A record of one's own organisation that may answer what somebody seeks."""

    record_id: RecordId
    reference: str
    title: str
    found_at: datetime
    passed: bool


@dataclass(frozen=True)
class SeekerLine:
    """A request that something of one's own organisation may answer."""

    request: RequestLine
    matches: tuple[MatchView, ...]


@dataclass(frozen=True)
class RequestView:
    """A request before whoever may see it; `may` names what they may do about it."""

    line: RequestLine
    sought: str
    purpose: str
    project: str
    people: tuple[PersonName, ...]
    person_ids: tuple[PersonId, ...]
    last_day: date
    terms: tuple[str, ...]
    renews: RequestId | None
    steps: tuple[StepView, ...]
    matches: tuple[MatchView, ...]
    may: frozenset[str]


@dataclass(frozen=True)
class RequestsView:
    """What one asked for, what waits for one's answer, and what something of ours may answer."""

    own: tuple[RequestLine, ...]
    to_answer: tuple[RequestLine, ...]
    answered: tuple[RequestLine, ...]
    seekers: tuple[SeekerLine, ...]

    @property
    def waiting_count(self) -> int:
        """Count what waits for the one who looks: to be answered, or a question to them."""
        asked = sum(line.state == "returned" for line in self.own)
        return len(self.to_answer) + asked


@dataclass(frozen=True)
class ListingView:
    """A stub of a restricted record that can be asked for."""

    record_id: RecordId
    reference: str
    originator: str
    originator_name: str
    area: Area
    title: str
    description: str
    marking: str
    listed_at: datetime


@dataclass(frozen=True)
class GrantLine:
    """A grant that an originator gave; `until` is exclusive, UTC."""

    id: UUID
    person: PersonName
    until: datetime
    granted_by: PersonName
    granted_at: datetime
    ended_at: datetime | None
    holds: bool


@dataclass(frozen=True)
class AccessView:
    """Who was granted access to a record, and the stub of it that is shown."""

    record_id: RecordId
    reference: str
    title: str
    area: Area
    grants: tuple[GrantLine, ...]
    listing: ListingView | None
