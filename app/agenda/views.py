"""What is coming, as whoever it concerns is shown it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.core.ids import RecordId
from app.records import MarkingView


class Matter(StrEnum):
    """What comes: something of a record, of an access, of an organisation, or an answer due."""

    EMBARGO = "embargo"
    CHANGE = "change"
    REVIEW = "review"
    GRANT = "grant"
    GRANTED = "granted"
    AGREEMENT = "agreement"
    REQUEST = "request"
    RECALL = "recall"
    INFORMATION = "information"
    ACCESS_REVIEW = "access-review"


WHOLE_DAYS: Final = frozenset({Matter.REVIEW, Matter.RECALL, Matter.INFORMATION})  # by a day


@dataclass(frozen=True)
class Coming:
    """One thing that comes at a moment, UTC, or by a `whole_day`; `path` leads to it.

    `what` says it in a sentence without anything marked. Title and marking are those in the
    reader's sight, empty where it is about no record.
    """

    at: datetime
    whole_day: bool
    matter: Matter
    what: str
    path: str
    record_id: RecordId | None = None
    reference: str = ""
    title: str = ""
    marking: MarkingView | None = None
