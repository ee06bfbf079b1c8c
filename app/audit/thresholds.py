"""From when on an access is unusual: read from `policies/alerts.toml`, refused when it is wrong."""

import tomllib
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from app.core.errors import Unavailable

FILE = "alerts.toml"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UTC_ZONE = "UTC"

Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Volume(_Part):
    """When a person's day is unusual, against their own median over `median_days` before."""

    least: int = Field(ge=2, le=100_000)
    factor: int = Field(ge=2, le=1_000)
    median_days: int = Field(ge=7, le=366)


class Bulk(_Part):
    """When downloads that follow each other within `gap_minutes` are bulk."""

    files: int = Field(ge=2, le=100_000)
    gap_minutes: int = Field(ge=1, le=24 * 60)


class Alarms(_Part):
    """When findings are told at once, by what happens within `window_minutes`.

    The same of the same person is told again only after `again_minutes`. The median of a person is
    that of the windows in the `median_days` before in which they opened anything.
    """

    window_minutes: int = Field(ge=1, le=24 * 60)
    again_minutes: int = Field(ge=1, le=7 * 24 * 60)
    documents: int = Field(ge=2, le=100_000)
    factor: int = Field(ge=2, le=1_000)
    median_days: int = Field(ge=1, le=366)
    out_of_hours_documents: int = Field(ge=2, le=100_000)
    refusals: int = Field(ge=2, le=100_000)
    failed_sign_ins: int = Field(ge=2, le=100_000)
    people_given_roles: int = Field(ge=2, le=100_000)
    log_behind_minutes: int = Field(ge=1, le=24 * 60)
    witness_late_minutes: int = Field(ge=3, le=7 * 24 * 60)

    @property
    def window(self) -> timedelta:
        """Give how long a short time is."""
        return timedelta(minutes=self.window_minutes)

    @property
    def log_behind(self) -> timedelta:
        """Give how long an entry may wait for its place in the log."""
        return timedelta(minutes=self.log_behind_minutes)

    @property
    def witness_late(self) -> timedelta:
        """Give how long a witness may go without co-signing."""
        return timedelta(minutes=self.witness_late_minutes)

    @property
    def again(self) -> timedelta:
        """Give after how long the same is told again."""
        return timedelta(minutes=self.again_minutes)


class Hours(_Part):
    """The working hours of a party: from `opens` until before `closes`, by the clock of `zone`."""

    party: str = Field(min_length=1, max_length=63)
    zone: str
    opens: Clock
    closes: Clock
    days: tuple[Day, ...] = Field(min_length=1, strict=False)

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, LookupError) as error:
            raise ValueError(f"there is no time zone “{zone}”") from error
        return zone

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("the hours must close after they open, on the same day")
        if len(set(self.days)) < len(self.days):
            raise ValueError("a day stands twice")
        return self

    @property
    def opens_at(self) -> time:
        """Give the first moment of the working day."""
        return time.fromisoformat(self.opens)

    @property
    def closes_at(self) -> time:
        """Give the first moment after the working day."""
        return time.fromisoformat(self.closes)

    @property
    def iso_days(self) -> tuple[int, ...]:
        """Give the working days by number: Monday is 1 (ISO 8601)."""
        return tuple(sorted(DAYS.index(day) + 1 for day in self.days))


class Thresholds(_Part):
    """What `alerts.toml` says."""

    version: str
    volume: Volume
    bulk: Bulk
    alarms: Alarms
    hours: tuple[Hours, ...] = Field(strict=False)

    @model_validator(mode="after")
    def _once(self) -> Self:
        parties = [one.party for one in self.hours]
        if len(set(parties)) < len(parties):
            raise ValueError("a party has its hours twice")
        return self

    @property
    def hours_of(self) -> Mapping[str, Hours]:
        """Give the working hours by party."""
        return {one.party: one for one in self.hours}

    def zone_of(self, party: str) -> str:
        """Give the time zone of a party; one that is not named here reads in UTC."""
        hours = self.hours_of.get(party)
        return hours.zone if hours else UTC_ZONE


def load_thresholds(folder: Path) -> Thresholds:
    """Load the thresholds of a deployment from its folder of policies.

    Raises:
        Unavailable: the file is missing, malformed or contradicts itself; names what is wrong.
    """
    path = folder / FILE
    try:
        return Thresholds.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Unavailable(f"{path} cannot be read.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unavailable(f"{FILE} is not TOML: {error}") from error
    except ValidationError as error:
        raise Unavailable(f"{FILE}: {_faults(error)}") from error


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors()
    )
