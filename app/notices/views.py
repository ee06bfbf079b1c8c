"""What is shown of notices and of what somebody follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.notices.kinds import Channel, Kind
from app.notices.rhythm import Rhythm
from app.records import MarkingView


@dataclass(frozen=True)
class NoticeView:
    """A notice for its reader; `gone`: what it was about is out of their sight now.

    `title`, `reference` and `marking` are those of the record, where the reader sees it.
    """

    id: UUID
    kind: Kind
    sentence: str
    path: str
    title: str
    reference: str
    marking: MarkingView | None
    gone: bool
    made_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class ChoiceView:
    """How far a kind of notice goes to a person."""

    kind: Kind
    name: str
    channel: Channel


@dataclass(frozen=True)
class SubscriptionView:
    """What somebody follows, in words."""

    id: UUID
    subject: str
    value: str
    name: str
    gone: bool
    begun_at: datetime


@dataclass(frozen=True)
class SettingsView:
    """Everything that a person chose about what they are told."""

    rhythm: Rhythm
    choices: Sequence[ChoiceView]
    subscriptions: Sequence[SubscriptionView]
    feed_made_at: datetime | None


@dataclass(frozen=True)
class FeedEntry:
    """An entry of a feed: nothing in it is above what mail may carry."""

    id: UUID
    title: str
    path: str
    at: datetime


@dataclass(frozen=True)
class FeedView:
    """A person's feed, newest first; `tag` changes with anything in it."""

    entries: Sequence[FeedEntry]
    updated_at: datetime
    tag: str
