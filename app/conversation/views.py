"""What is shown of conversations: the JSON answer and the template's context are the same."""

from dataclasses import dataclass
from datetime import date, datetime

from app.conversation.commands import Circle, ThreadKind
from app.core.ids import MessageId, PersonId, PortionId, RecordId, ThreadId, VersionId
from app.parties import PersonName
from app.records import Html, MarkingView


@dataclass(frozen=True)
class MessageView:
    """Something said; empty once its author has withdrawn it. `mentions` were told of it."""

    id: MessageId
    person: PersonName
    said_at: datetime
    body: str
    html: Html
    mentions: tuple[PersonName, ...]
    withdrawn_at: datetime | None
    mine: bool


@dataclass(frozen=True)
class ThreadView:
    """What is said at one place, as its reader may see it.

    `place` names the portion, empty for the whole version or a portion that is there no more.
    `may` names what the reader may do: `say, answer, resolve, reopen`.
    """

    id: ThreadId
    record_id: RecordId
    version_id: VersionId
    version_number: int
    reference: str
    title: str
    portion_id: PortionId | None
    place: str
    kind: ThreadKind
    internal: bool
    marking: MarkingView
    begun_by: PersonName
    begun_at: datetime
    addressee: str
    addressee_name: str
    due_on: date | None
    overdue: bool
    answered_at: datetime | None
    resolved_at: datetime | None
    resolved_by: PersonName | None
    messages: tuple[MessageView, ...]
    may: frozenset[str]

    @property
    def text_size(self) -> int:
        """Give the bytes of what it shows, in UTF-8."""
        texts = [self.title, self.place, *(one.body for one in self.messages)]
        return sum(len(text.encode()) for text in texts)


@dataclass(frozen=True)
class ThreadsView:
    """The threads at a version that its reader may see, and where they may begin another."""

    version_id: VersionId
    threads: tuple[ThreadView, ...]

    @property
    def whole(self) -> tuple[ThreadView, ...]:
        """Give those at no portion that is shown."""
        return tuple(one for one in self.threads if not one.place)

    def at(self, portion_id: PortionId) -> tuple[ThreadView, ...]:
        """Give those at one portion."""
        return tuple(one for one in self.threads if one.place and one.portion_id == portion_id)


@dataclass(frozen=True)
class StartView:
    """Where a thread is about to begin: what the page that asks for it shows.

    `asked_of` are organisations that a request for information may be addressed to.
    """

    record_id: RecordId
    version_id: VersionId
    version_number: int
    reference: str
    title: str
    portion_id: PortionId | None
    place: str
    marking: MarkingView
    circle: Circle
    insider: bool
    asked_of: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Told:
    """Who is told of what was said: those mentioned, and the others who take part."""

    mentioned: frozenset[PersonId]
    others: frozenset[PersonId]
