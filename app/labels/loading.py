"""Loading the scheme files of a deployment: read, then checked against themselves and each other.

A folder holds `schemes/*.toml`, one scheme each, and `equivalence.toml`. What contradicts itself
does not load: a wrong order of markings would release what it should protect.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import rfc8785
from pydantic import TypeAdapter, ValidationError

from app.labels.checking import check_equivalence, check_scheme, check_spellings
from app.labels.equivalence import Equivalence, Row
from app.labels.errors import SchemeError
from app.labels.files import EquivalenceFile, LevelFile, SchemeFile, read
from app.labels.scheme import Level, Marking, Scheme, SchemeId
from app.labels.schemes import Schemes
from app.labels.spelling import fold, level_spellings, spellings


def load_schemes(folder: Path) -> Schemes:
    """Load the schemes and the equivalence table of a deployment from its folder of policies.

    Raises:
        SchemeError: a file is missing, malformed, or contradicts itself or another.
    """
    schemes: dict[SchemeId, Scheme] = {}
    for path in sorted((folder / "schemes").glob("*.toml")):
        scheme = _scheme(path)
        if scheme.id in schemes:
            raise SchemeError(f"{path.name}: the scheme “{scheme.id}” is in another file already.")
        schemes[scheme.id] = scheme
    if not schemes:
        raise SchemeError(f"There are no marking schemes (*.toml) in {folder / 'schemes'}.")
    schemes = dict(sorted(schemes.items()))
    check_spellings(schemes.values())
    table = _equivalence(folder / "equivalence.toml", schemes)
    return Schemes(schemes, table, _hash_hex(_content(schemes, table)))


def schemes_json(schemes: Schemes) -> dict[str, Any]:
    """Give all that schemes say as plain values, whose hash is the schemes' own."""
    return _content(schemes.by_id, schemes.equivalence)


def schemes_from_json(plain: Mapping[str, Any]) -> Schemes:
    """Read back what `schemes_json` gave.

    Raises:
        SchemeError: it is something else.
    """
    try:
        kept = _KEPT.validate_python(plain)
    except ValidationError as wrong:
        raise SchemeError("These schemes were kept in another form.") from wrong
    by_id = {scheme.id: scheme for scheme in kept.schemes}
    return Schemes(by_id, kept.table, _hash_hex(_content(by_id, kept.table)))


@dataclass(frozen=True)
class _Kept:
    schemes: tuple[Scheme, ...]
    table: Equivalence


_KEPT: Final = TypeAdapter(_Kept)


def _scheme(path: Path) -> Scheme:
    file = read(path, SchemeFile)
    scheme = Scheme(
        id=SchemeId(file.id),
        name=file.name,
        title=file.title,
        kind=file.kind,
        levels=_levels(file.levels),
        sensitivities=_levels(file.sensitivities),
        ceiling=None,
        version=file.version,
    )
    check_scheme(scheme)
    return replace(scheme, ceiling=_cell(scheme, file.ceiling, path)) if file.ceiling else scheme


def _levels(levels: tuple[LevelFile, ...]) -> tuple[Level, ...]:
    return tuple(Level(rank=rank, **level.model_dump()) for rank, level in enumerate(levels))


def _equivalence(path: Path, schemes: Mapping[SchemeId, Scheme]) -> Equivalence:
    file = read(path, EquivalenceFile)
    rows = tuple(_row(path, schemes, texts) for texts in file.rows)
    table = Equivalence(version=file.version, example=file.example, rows=rows)
    check_equivalence(table, schemes)
    return table


def _row(
    path: Path, schemes: Mapping[SchemeId, Scheme], texts: Mapping[str, str | tuple[str, ...]]
) -> Row:
    cells: list[Marking] = []
    beside: list[Marking] = []
    for scheme_id, text in texts.items():
        scheme = schemes.get(SchemeId(scheme_id))
        if scheme is None:
            raise SchemeError(f"{path.name}: there is no scheme “{scheme_id}”.")
        if isinstance(text, str) != (scheme.kind == "lattice"):
            raise SchemeError(f"{path.name}: a list is for schemes of rules; see {scheme_id}.")
        if isinstance(text, str):
            cells.append(_cell(scheme, text, path))
        else:
            beside.extend(_cell(scheme, one, path) for one in text)
    return Row(tuple(sorted(cells)), tuple(beside))


def _cell(scheme: Scheme, text: str, path: Path) -> Marking:
    """The marking that a ceiling or a row means: for a bare level, the highest of the level."""
    folded = fold(text)
    for level in scheme.levels:
        if folded in level_spellings(level):
            return scheme.highest_of(level)
    known = dict(spellings(scheme))
    if folded not in known:
        raise SchemeError(f"{path.name}: “{text}” is not a marking of {scheme.title}.")
    return known[folded]


def _content(schemes: Mapping[SchemeId, Scheme], table: Equivalence) -> dict[str, Any]:
    return {
        "schemes": [_scheme_content(scheme) for scheme in schemes.values()],
        "table": asdict(table),
    }


def _scheme_content(scheme: Scheme) -> dict[str, Any]:
    """Give what a scheme says; what a file leaves out has no part in its hash, now or later."""
    content = asdict(scheme)
    for level in (*content["levels"], *content["sensitivities"]):
        for name in ("own_key", "indexed"):
            if level[name] is None:
                del level[name]
    return content


def _hash_hex(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps(dict(content))).hexdigest()
