"""The schemes as people read them: their levels, and which marking equals which of another."""

from dataclasses import dataclass

from app.labels.equivalence import Row
from app.labels.scheme import Level, Marking, Scheme
from app.labels.schemes import Schemes


@dataclass(frozen=True)
class MarkingShown:
    """A marking of a scheme, what it means, and what holds for it here.

    `key` is how it is kept; `equivalents` has its equal in other schemes, by their ids.
    """

    key: str
    text: str
    meaning: str
    public: bool
    admitted: bool
    needs_second_factor: bool
    equivalents: dict[str, str]


@dataclass(frozen=True)
class SchemeShown:
    """A marking scheme with all its markings, low to high; `ordered` unless it is of rules."""

    id: str
    title: str
    version: str
    ordered: bool
    ceiling: str
    markings: tuple[MarkingShown, ...]


@dataclass(frozen=True)
class EquivalenceRow:
    """Markings worth the same, by scheme, and those of rule schemes that usually stand beside."""

    markings: dict[str, str]
    beside: tuple[str, ...]


@dataclass(frozen=True)
class SchemesShown:
    """All schemes and the table of equivalence, low to high; `example`: no parties agreed to it."""

    schemes: tuple[SchemeShown, ...]
    equivalence_version: str
    example: bool
    equivalence: tuple[EquivalenceRow, ...]


def show_schemes(schemes: Schemes) -> SchemesShown:
    """Show every scheme, those of rules last, and the equivalence between them."""
    ordered = sorted(schemes.by_id.values(), key=lambda one: (one.kind == "rules", one.id))
    table = schemes.equivalence
    return SchemesShown(
        schemes=tuple(_scheme(schemes, one) for one in ordered),
        equivalence_version=table.version,
        example=table.example,
        equivalence=tuple(_row(schemes, table.rows, place) for place in range(len(table.rows))),
    )


def _scheme(schemes: Schemes, scheme: Scheme) -> SchemeShown:
    ceiling = _cell(schemes, (), scheme.ceiling) if scheme.ceiling else ""
    return SchemeShown(
        id=scheme.id,
        title=scheme.title,
        version=scheme.version,
        ordered=scheme.kind == "lattice",
        ceiling=ceiling,
        markings=tuple(_marking(schemes, scheme, marking) for marking in scheme.markings),
    )


def _marking(schemes: Schemes, scheme: Scheme, marking: Marking) -> MarkingShown:
    others = {one: schemes.equivalent(marking, one) for one in schemes.by_id if one != scheme.id}
    return MarkingShown(
        key=marking.key,
        text=schemes.text(marking),
        meaning=_meaning(scheme.level(marking), scheme.sensitivity(marking)),
        public=schemes.is_public(marking),
        admitted=not schemes.above_ceiling(marking),
        needs_second_factor=schemes.needs_step_up(marking),
        equivalents={str(key): schemes.text(one) for key, one in others.items() if one},
    )


def _meaning(level: Level, sensitivity: Level | None) -> str:
    return " ".join(one.meaning for one in (level, sensitivity) if one and one.meaning)


def _row(schemes: Schemes, rows: tuple[Row, ...], place: int) -> EquivalenceRow:
    row = rows[place]
    return EquivalenceRow(
        markings={str(cell.scheme): _cell(schemes, rows[:place], cell) for cell in row.cells},
        beside=tuple(map(schemes.text, row.beside)),
    )


def _cell(schemes: Schemes, lower: tuple[Row, ...], cell: Marking) -> str:
    """Say a cell; the highest marking of a level stands for all of it that no lower row names."""
    scheme = schemes.scheme(cell.scheme)
    alike = scheme.markings_of(scheme.level(cell))
    named = any(_of_level(row.cell(cell.scheme), cell.level) for row in lower)
    if len(alike) == 1 or named or cell != alike[-1]:
        return schemes.text(cell)
    return f"{scheme.level(cell).name}, with any sensitivity"


def _of_level(cell: Marking | None, level: str) -> bool:
    return cell is not None and cell.level == level
