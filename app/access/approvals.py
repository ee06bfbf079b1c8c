"""How many approvals a release needs, and what is urgent: read from `policies/approvals.toml`."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.access.policy_files import PolicyError
from app.labels import Marking, Schemes

FILE: Final = "approvals.toml"
Count = Annotated[int, Field(ge=1, le=9)]


class Urgency(StrEnum):
    """How much what waits presses, least first."""

    NONE = ""
    URGENT = "urgent"
    OVERDUE = "overdue"


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Counts(_Said):
    others: Count
    step_up: Count
    markings: Mapping[str, Count]


class _Urgency(_Said):
    due_after_days: int = Field(ge=1, le=365)
    urgent_within_hours: int = Field(ge=1, le=24 * 365)


class _Delegation(_Said):
    longest_days: int = Field(ge=1, le=366)


class _Changes(_Said):
    lapse_after_days: int = Field(ge=1, le=366)
    handed_days: int = Field(ge=1, le=366)


class Approvals(_Said):
    """What `approvals.toml` says; files from before there were proposals say nothing of them."""

    version: str
    approvals: _Counts
    urgency: _Urgency
    delegation: _Delegation
    changes: _Changes = _Changes(lapse_after_days=14, handed_days=30)

    def needed(self, schemes: Schemes, markings: Iterable[Marking]) -> int:
        """Say how many people have to approve a version with parts of these markings."""
        asked = [self.approvals.others]
        for marking in markings:
            if schemes.needs_step_up(marking):
                asked.append(self.approvals.step_up)
            asked += [
                count
                for key, count in self.approvals.markings.items()
                if f"{marking.key}:".startswith(f"{key}:")
            ]
        return max(asked)

    def due_at(self, submitted_at: datetime, needed_by: date | None) -> datetime:
        """Say when a decision is due: at the end of the day that it is needed by, if it is."""
        if needed_by is None:
            return submitted_at + timedelta(days=self.urgency.due_after_days)
        return datetime.combine(needed_by + timedelta(days=1), time(), UTC)

    def urgency_of(self, due_at: datetime, now: datetime) -> Urgency:
        """Say how much what is due then presses now."""
        if now >= due_at:
            return Urgency.OVERDUE
        soon = timedelta(hours=self.urgency.urgent_within_hours)
        return Urgency.URGENT if now >= due_at - soon else Urgency.NONE

    @property
    def longest_delegation(self) -> timedelta:
        """Give the longest time for which somebody may stand in for another."""
        return timedelta(days=self.delegation.longest_days)

    @property
    def lapse_after(self) -> timedelta:
        """Give for how long a change that somebody proposed waits for a second person."""
        return timedelta(days=self.changes.lapse_after_days)

    @property
    def handed_for(self) -> timedelta:
        """Give how long whoever had a sign-in in their hands and its owner are not two people."""
        return timedelta(days=self.changes.handed_days)


def load_approvals(folder: Path, schemes: Schemes) -> Approvals:
    """Load what a deployment's folder of policies says of approvals.

    Raises:
        PolicyError: the file is missing or malformed, asks for fewer approvals of what is marked
            high than of the rest, or names a marking that there is not.
    """
    try:
        said = Approvals.model_validate(tomllib.loads((folder / FILE).read_text(encoding="utf-8")))
    except OSError as error:
        raise PolicyError(f"{FILE} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"{FILE} is not TOML: {error}") from error
    except ValidationError as error:
        raise PolicyError(f"{FILE}: {_faults(error)}") from error
    if said.approvals.step_up < said.approvals.others:
        raise PolicyError(f"{FILE}: approvals.step_up must not be less than approvals.others.")
    for key in said.approvals.markings:
        if not _is_known(schemes, key):
            raise PolicyError(f"{FILE}: approvals.markings: there is no marking “{key}”.")
    return said


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
