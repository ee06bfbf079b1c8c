"""How large attachments may be: read from `policies/limits.toml`, refused when it is wrong."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.access import Profile, Role
from app.core.errors import Unavailable
from app.labels import Label, Schemes

FILE: Final = "limits.toml"
UNITS: Final = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE: Final = re.compile(r"([1-9][0-9]{0,5}) (kB|MB|GB|TB)", re.ASCII)


def _bytes_of(written: object) -> int:
    found = _SIZE.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError('write a size like "20 MB"')
    return int(found[1]) * UNITS[found[2]]


def _sends(role: Role) -> Role:
    if role not in SENDERS:
        raise ValueError("nobody sends files in this role")
    return role


Sender = Annotated[Role, Field(strict=False), AfterValidator(_sends)]
Size = Annotated[int, BeforeValidator(_bytes_of)]
SENDERS: Final = frozenset({Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY})
OrganisationKind = Literal["authority", "partner"]


class Limits(BaseModel):
    """What `limits.toml` says, sizes in bytes; `upper_bytes` is the deployment's own bound."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: str
    attachments_per_version: int = Field(ge=1, le=10_000)
    unfinished_per_person: int = Field(ge=1, le=10_000)
    unfinished_size_per_person: Size
    roles: Mapping[Sender, Size]
    organisations: Mapping[OrganisationKind, Size]
    markings: Mapping[str, Size]
    upper_bytes: int = Field(exclude=True)

    def largest_bytes(self, profile: Profile, label: Label) -> int:
        """Say how large a file with this label may be that someone with this profile sends."""
        markings = [
            size
            for key, size in self.markings.items()
            if any(f"{marking.key}:".startswith(f"{key}:") for marking in label.markings)
        ]
        return min([self.largest_of(profile), *markings])

    def largest_of(self, profile: Profile) -> int:
        """Say how large a file may be that someone with this profile sends, whatever its label."""
        roles = [self.roles.get(role, self.upper_bytes) for role in SENDERS & profile.roles]
        kinds = [
            size for kind, size in self.organisations.items() if kind == profile.organisation_kind
        ]
        return min([self.upper_bytes, max(roles, default=0), *kinds])


def load_limits(folder: Path, schemes: Schemes, *, upper_bytes: int) -> Limits:
    """Load the limits of a deployment from its folder of policies.

    Args:
        upper_bytes: the deployment's setting, which no rule goes beyond.

    Raises:
        Unavailable: the file is missing or malformed, or names a marking that there is not.
    """
    path = folder / FILE
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        limits = Limits.model_validate({**said, "upper_bytes": upper_bytes})
    except OSError as error:
        raise Unavailable(f"{path} cannot be read.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unavailable(f"{FILE} is not TOML: {error}") from error
    except ValidationError as error:
        raise Unavailable(f"{FILE}: {_faults(error)}") from error
    for key in limits.markings:
        if not _is_known(schemes, key):
            raise Unavailable(f"{FILE}: markings: there is no marking “{key}”.")
    return limits


def told(size_bytes: int) -> str:
    """Say a limit in words, never more than it is: `2.5 GB`."""
    for unit, factor in reversed(UNITS.items()):
        if size_bytes >= factor:
            return f"{size_bytes * 10 // factor / 10:g} {unit}"
    return f"{size_bytes} bytes"


def _is_known(schemes: Schemes, key: str) -> bool:
    return any(
        f"{marking.key}:".startswith(f"{key}:")
        for scheme in schemes.by_id.values()
        for marking in scheme.markings
    )


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors()
    )
