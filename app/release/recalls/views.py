"""What is shown of recalls, to who takes something back and to who has to delete it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from app.core.ids import PersonId, RecallId, RecordId
from app.parties import PersonName
from app.records import MarkingView

Answer = Literal["deleted", "not-deleted"]


@dataclass(frozen=True)
class TakenView:
    """A thing that was taken: the file's name as it was then, in which form, under which number."""

    name: str
    form: str
    copy: str
    taken_at: datetime
    times: int


@dataclass(frozen=True)
class RecallTaskView:
    """What one person is asked to delete: only what they took themselves.

    `person` is who the task is for, as whoever took the version back sees it.
    """

    recall_id: RecallId
    reference: str
    number: int
    asked_by: tuple[str, ...]
    due_on: date
    overdue: bool
    begun_at: datetime
    person_id: PersonId
    person: PersonName
    taken: tuple[TakenView, ...]
    answer: Answer | None
    answered_at: datetime | None
    said: str
    signature: str | None
    reminded_at: datetime | None = None


@dataclass(frozen=True)
class RecallView:
    """A recall as the owner's and originator's release authorities see it: n of m, who is late."""

    id: RecallId
    record_id: RecordId
    reference: str
    number: int
    title: str
    marking: MarkingView
    reason: str
    due_on: date
    begun_by: PersonName
    begun_at: datetime
    tasks: tuple[RecallTaskView, ...]

    @property
    def total(self) -> int:
        """Count who has to answer."""
        return len(self.tasks)

    @property
    def deleted_count(self) -> int:
        """Count who confirmed that they deleted what they took."""
        return sum(one.answer == "deleted" for one in self.tasks)

    @property
    def waiting(self) -> tuple[RecallTaskView, ...]:
        """Give the tasks without an answer."""
        return tuple(one for one in self.tasks if one.answer is None)

    @property
    def overdue(self) -> tuple[RecallTaskView, ...]:
        """Give the tasks whose day has passed without an answer."""
        return tuple(one for one in self.tasks if one.overdue)


@dataclass(frozen=True)
class RecallsView:
    """What somebody is asked to delete, and the recalls of their organisation that they see."""

    mine: tuple[RecallTaskView, ...]
    ours: tuple[RecallView, ...]


@dataclass(frozen=True)
class RecallPage:
    """One recall: the task of whoever looks, the whole of it, or both."""

    id: RecallId
    mine: RecallTaskView | None
    whole: RecallView | None


@dataclass(frozen=True)
class EvidencePack:
    """A recall as evidence: what is printed, and files by their name; the statement is signed."""

    recall: RecallView
    made_at: datetime
    facts: dict[str, Any]
    signature: str
    files: tuple[tuple[str, bytes], ...]
    unproved_count: int
