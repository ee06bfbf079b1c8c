"""What an act is about."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class Subject:
    """What an act is about: a `record`, `version` or `attachment`, and its id.

    `record` is the record that it belongs to, for the journal; it makes no other subject of it.
    """

    kind: str
    id: UUID
    record: UUID | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.kind == "record":
            object.__setattr__(self, "record", self.id)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"
