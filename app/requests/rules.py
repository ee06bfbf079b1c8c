"""How soon a request is answered and how long a grant may last; read from `requests.toml`."""

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.errors import Unavailable

FILE: Final = "requests.toml"
SATURDAY: Final = 5
DAY: Final = timedelta(days=1)
Silence = Literal["", "overdue", "escalated"]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Answer(_Said):
    working_days: int = Field(ge=1, le=250)
    escalated_after_working_days: int = Field(ge=1, le=250)


class _Grant(_Said):
    longest_days: int = Field(ge=1, le=3_660)


class _Match(_Said):
    share: float = Field(gt=0, le=1)
    most: int = Field(ge=1, le=100)


class RequestRules(_Said):
    """What `requests.toml` says; days are working days where their name says so."""

    version: str
    holidays: frozenset[date]
    answer: _Answer
    grant: _Grant
    match: _Match

    def due_at(self, asked_at: datetime) -> datetime:
        """Say when an answer is due to what was asked then."""
        return self.later(asked_at, self.answer.working_days)

    def escalated_at(self, due_at: datetime) -> datetime:
        """Say when silence about what was due then is told further."""
        return self.later(due_at, self.answer.escalated_after_working_days)

    def silence(self, due_at: datetime, now: datetime) -> Silence:
        """Say how far an unanswered request has come."""
        if now < due_at:
            return ""
        return "escalated" if now >= self.escalated_at(due_at) else "overdue"

    def resumed(self, due_at: datetime, paused_at: datetime, now: datetime) -> datetime:
        """Say when an answer is due once the requester has answered: as much time as was left."""
        left = sum(self.is_working(day) for day in _days(paused_at.date() + DAY, due_at.date()))
        return self.later(now, max(1, left))

    def later(self, moment: datetime, working_days: int) -> datetime:
        """Give the same time of day so many working days later."""
        day, left = moment.date(), working_days
        while left:
            day += DAY
            left -= self.is_working(day)
        return datetime.combine(day, moment.timetz())

    def is_working(self, day: date) -> bool:
        """Tell whether answers are to be expected on a day."""
        return day.weekday() < SATURDAY and day not in self.holidays

    @property
    def longest(self) -> timedelta:
        """Give the longest time from now to the end of a grant: that of its last day."""
        return timedelta(days=self.grant.longest_days + 1)

    def longest_silence(self, now: datetime) -> datetime:
        """Give the moment such that what was due by it is told further now."""
        day, left = now.date(), self.answer.escalated_after_working_days
        while left:
            left -= self.is_working(day)
            day -= DAY
        return datetime.combine(day, now.timetz())


def end_of(last_day: date) -> datetime:
    """Give the moment at which a grant ends whose last day is given: the next day begins (UTC)."""
    return datetime.combine(min(last_day, date.max - DAY) + DAY, time(), UTC)


def load_rules(folder: Path) -> RequestRules:
    """Load what a deployment's folder of policies says of requests.

    Raises:
        Unavailable: the file is missing or malformed.
    """
    path = folder / FILE
    try:
        return RequestRules.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Unavailable(f"{path} cannot be read.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unavailable(f"{FILE} is not TOML: {error}") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise Unavailable(f"{FILE}: {told}") from error


def _days(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range((last - first).days + 1)]
