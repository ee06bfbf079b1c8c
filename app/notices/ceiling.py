"""What may leave the portal in a mail or a feed: read from `policies/notices.toml`.

Fail closed: what the file does not name, and whatever carries a caveat, is not named outside.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from app.core.errors import Unavailable
from app.labels import Label, Marking, SchemeId, Schemes, UnknownMarking

FILE: Final = "notices.toml"


@dataclass(frozen=True)
class Ceiling:
    """The highest marking of each scheme that a mail may name."""

    highest: Mapping[SchemeId, Marking]

    def carries(self, schemes: Schemes, label: Label, now: datetime) -> bool:
        """Tell whether a title with this label may stand in a mail at this moment."""
        label = label.at(now)
        caveats = label.orcon or label.eyes_only or label.view_only or label.handling or label.terms
        if caveats or (label.not_before is not None and now < label.not_before):
            return False
        return all(self._within(schemes, marking) for marking in label.markings)

    def _within(self, schemes: Schemes, marking: Marking) -> bool:
        highest = self.highest.get(marking.scheme)
        return highest is not None and schemes.scheme(marking.scheme).covers(highest, marking)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: str
    highest: dict[str, str]


def load_ceiling(folder: Path, schemes: Schemes) -> Ceiling:
    """Load what mail may carry from a deployment's folder of policies.

    Raises:
        Unavailable: the file is missing or malformed, or names a marking that there is not.
    """
    path = folder / FILE
    try:
        said = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        highest = {SchemeId(scheme): schemes.parse(text) for scheme, text in said.highest.items()}
    except OSError as error:
        raise Unavailable(f"{path} cannot be read.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise Unavailable(f"{FILE} is not as it should be: {error}") from error
    except UnknownMarking as error:
        raise Unavailable(f"{FILE}: {error}") from error
    for scheme, marking in highest.items():
        if marking.scheme != scheme:
            raise Unavailable(f"{FILE}: {scheme}: {marking.key} is of another scheme.")
    return Ceiling(highest)
