"""What every domain writes of its acts; the log keeps it, and main plugs it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from app.core.ids import AudienceId, EntryId

if TYPE_CHECKING:
    from app.core.work import Work


@dataclass(frozen=True)
class Typed:
    """What a person typed, which may name somebody.

    The entry holds a salted commitment to it; the text stands beside the log, and can be erased.
    """

    text: str


Detail = str | int | bool | Sequence[str] | Typed | None


@dataclass(frozen=True)
class Event:
    """One access or act, as the journal keeps it.

    `type` is `subject.past-participle` (`record.released`, `read.refused`). `subject` is
    `kind:id`; `record` the record that it is, or is a part of, when it exists. `agreement` names
    what the actor acted under. `organisations` are the slugs concerned: the actor's, the owner's,
    the originator's; who may review the entry follows from them. `audience` and `markings` are
    those at that moment; `policies` the ids of those that decided. `served_bytes` counts what was
    shown or sent of protected content. Names, addresses and other personal details have no place
    in `details`; a text that somebody typed is `Typed`.
    """

    type: str
    subject: str = ""
    record: UUID | None = None
    actor: str = ""
    organisation: str = ""
    agreement: str = ""
    organisations: frozenset[str] = frozenset()
    decision: str = ""
    policies: tuple[str, ...] = ()
    audience: AudienceId | None = None
    markings: tuple[str, ...] = ()
    served_bytes: int = 0
    details: Mapping[str, Detail] = field(default_factory=dict)


class Journal(Protocol):
    """Keeps events, in the transaction of the act that they tell of."""

    def append(self, work: "Work", event: Event) -> EntryId:
        """Write the event; it is kept exactly if the transaction of `work` commits."""
        ...
