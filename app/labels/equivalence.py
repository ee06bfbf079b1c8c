"""The table by which the parties agreed that a marking of one scheme equals one of another."""

from dataclasses import dataclass

from app.labels.scheme import Marking, SchemeId


@dataclass(frozen=True)
class Row:
    """Markings of different schemes that are worth the same, and rule markings usually beside them.

    A cell for a whole level of two dimensions holds the highest marking of that level.
    """

    cells: tuple[Marking, ...]
    beside: tuple[Marking, ...] = ()

    def cell(self, scheme: SchemeId) -> Marking | None:
        """The row's marking of a scheme, if it has one."""
        return next((cell for cell in self.cells if cell.scheme == scheme), None)


@dataclass(frozen=True)
class Equivalence:
    """The rows, low to high: from row to row the cells of every scheme rise strictly.

    `example` is true for the table shipped with the software, which no parties have agreed.
    """

    version: str
    example: bool
    rows: tuple[Row, ...]
