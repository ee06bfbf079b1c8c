"""What is shown of alerts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.audit.alerts.findings import AlertKind, Fact
from app.core.ids import AlertId, EntryId
from app.core.mail import Mail


@dataclass(frozen=True)
class AlertMail:
    """The message of an alert, to be handed over."""

    id: AlertId
    mail: Mail


@dataclass(frozen=True)
class AlertEntry:
    """An entry that an alert rests on, and its place in the log."""

    id: EntryId
    log: int
    index: int


@dataclass(frozen=True)
class AlertView:
    """A finding; `sentence` names nobody, `person_name` is who it is about, while that is known.

    `first_at` and `last_at` are those of the entries it rests on; None when it rests on none.
    `entries` are the first of them, `entry_count` all. `at` is the place at which it was found.
    """

    id: AlertId
    kind: AlertKind
    sentence: str
    facts: Mapping[str, Fact]
    person: str
    person_name: str
    organisation_name: str
    entries: Sequence[AlertEntry]
    entry_count: int
    first_at: datetime | None
    last_at: datetime | None
    at: str
    raised_at: datetime
    mailed_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by_name: str
    note: str


@dataclass(frozen=True)
class AlertsView:
    """The alerts of a party: those that nobody has seen to yet, and the others."""

    open: Sequence[AlertView]
    acknowledged: Sequence[AlertView]
