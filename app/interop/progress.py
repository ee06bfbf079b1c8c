"""How a long import says how far it is."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Progress:
    """How far an import is. `done_bytes` are those of the rows' own files, as the manifest says."""

    rows_count: int
    total_bytes: int
    imported_count: int = 0
    unchanged_count: int = 0
    bad_count: int = 0
    done_bytes: int = 0
    path: str = ""

    @property
    def done_count(self) -> int:
        """Give how many rows are done with, whatever became of them."""
        return self.imported_count + self.unchanged_count + self.bad_count


class Watch(Protocol):
    """Is told after every row, outside of any transaction; what it raises ends the import."""

    def __call__(self, progress: Progress, /) -> None: ...


def unwatched(progress: Progress, /) -> None:
    """Watch nothing."""
