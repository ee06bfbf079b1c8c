"""The shape of the scheme files and of the equivalence table, as administrators write them."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.labels.errors import SchemeError

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=63)]
# A semicolon would end the marking within a label's text.
Name = Annotated[str, StringConstraints(pattern=r"^[^;\s]+( [^;\s]+)*$", max_length=120)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LevelFile(_File):
    """One `[[levels]]` or `[[sensitivities]]` of a scheme file."""

    id: Id
    name: Name
    abbreviations: tuple[Name, ...] = ()
    meaning: str = ""
    colour: Colour = "#FFFFFF"
    background: Colour = "#000000"
    public: bool = False
    step_up: bool = False
    own_key: bool | None = None
    indexed: bool | None = None
    sensitivity: Literal["none", "written", "optional"] = "none"


class SchemeFile(_File):
    """A file in `schemes/`; levels and sensitivities stand in it from low to high."""

    id: Id
    name: Name
    title: Name
    kind: Literal["rules", "lattice"]
    version: str
    ceiling: str = ""
    levels: tuple[LevelFile, ...] = Field(min_length=1)
    sensitivities: tuple[LevelFile, ...] = ()


class EquivalenceFile(_File):
    """`equivalence.toml`: rows from low to high, a marking for each scheme of levels.

    For a scheme of rules a row has the list of markings that usually stand beside the others.
    """

    version: str
    example: bool
    rows: tuple[dict[str, str | tuple[str, ...]], ...]


_Shape = TypeVar("_Shape", SchemeFile, EquivalenceFile)


def read(path: Path, shape: type[_Shape]) -> _Shape:
    """The content of a TOML file of this shape.

    Raises:
        SchemeError: the file is missing, is not TOML, or has another shape.
    """
    try:
        return shape.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise SchemeError(f"{path.name}: {place}: {first['msg']}.") from None
    except (OSError, ValueError) as wrong:
        raise SchemeError(f"{path.name}: {wrong}.") from None
