"""What must hold in schemes and in the equivalence table for the order of markings to be sound."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from app.labels.equivalence import Equivalence
from app.labels.errors import SchemeError
from app.labels.scheme import Level, Marking, Scheme, SchemeId
from app.labels.spelling import spellings


def check_scheme(scheme: Scheme) -> None:
    """Check that the scheme's order is one: any two markings have a least one that covers both.

    Raises:
        SchemeError: two levels share an id, a level is laxer than one below it, or a level without
            a sensitivity stands above one with: it would cover that one in one dimension and
            lose it in the other.
    """
    for levels in (scheme.levels, scheme.sensitivities):
        _check_levels(scheme, levels)
    carries = [level.sensitivity != "none" for level in scheme.levels]
    if any(carries) != bool(scheme.sensitivities):
        _refuse(scheme, "sensitivities, and levels that carry them, go together")
    if carries != sorted(carries):
        _refuse(scheme, "a level without sensitivity stands above one that carries a sensitivity")
    if any(level.sensitivity != "none" or level.public for level in scheme.sensitivities):
        _refuse(scheme, "a sensitivity is never public, and carries none of its own")
    if any(level.public and level.sensitivity != "none" for level in scheme.levels):
        _refuse(scheme, "a level that carries a sensitivity is not public")


def check_spellings(schemes: Iterable[Scheme]) -> None:
    """Check that every accepted spelling means one marking.

    Raises:
        SchemeError: one means two, in a scheme or between schemes, or is empty.
    """
    spelled: dict[str, Marking] = {}
    for scheme in schemes:
        for text, marking in spellings(scheme):
            if not text:
                raise SchemeError(f"The name of {marking.key} has nothing but accents.")
            known = spelled.setdefault(text, marking)
            if known != marking:
                raise SchemeError(f"“{text}” could mean {known.key} or {marking.key}.")


def check_equivalence(table: Equivalence, schemes: Mapping[SchemeId, Scheme]) -> None:
    """Check that the rows rise strictly in every scheme, so that translation is monotone.

    Rows that fell, or stood beside each other, would translate some clearance to a marking whose
    equivalent it does not dominate.

    Raises:
        SchemeError: two rows do not rise.
    """
    for scheme in schemes.values():
        cells = [cell for row in table.rows if (cell := row.cell(scheme.id))]
        for low, high in pairwise(cells):
            if low == high or not scheme.covers(high, low):
                raise SchemeError(
                    f"equivalence.toml: the row of {high.key} must stand strictly above the row "
                    f"of {low.key} in {scheme.title}, as it does in the table."
                )


def _check_levels(scheme: Scheme, levels: tuple[Level, ...]) -> None:
    if len({level.id for level in levels}) != len(levels):
        _refuse(scheme, "two levels have the same id")
    for below, above in pairwise(levels):
        if above.public and not below.public:
            _refuse(scheme, f"{above.name} is public, though {below.name} below it is not")
        if below.step_up and not above.step_up:
            _refuse(scheme, f"{below.name} needs step-up, though {above.name} above it does not")
        if below.has_own_key and not above.has_own_key:
            _refuse(scheme, f"{below.name} has own keys, though {above.name} above it has not")
        if above.is_indexed and not below.is_indexed:
            _refuse(scheme, f"{above.name} is indexed, though {below.name} below it is not")


def _refuse(scheme: Scheme, mistake: str) -> None:
    raise SchemeError(f"Scheme {scheme.id}: {mistake}.")
