"""When an organisation's access is reviewed, and what silence does: read from `reviews.toml`."""

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.errors import Unavailable

FILE: Final = "reviews.toml"
Stage = Literal["open", "told-again", "over"]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Access(_Said):
    every_months: Literal[1, 2, 3, 4, 6, 12]
    answer_days: int = Field(ge=1, le=60)
    told_days: int = Field(ge=1, le=30)


class ReviewRules(_Said):
    """What `reviews.toml` says of reviews of access."""

    version: str
    access: _Access

    def period(self, now: datetime) -> date:
        """Give the first day of the period that a moment lies in; its review opens with it."""
        today = now.astimezone(UTC).date()
        month = (today.month - 1) // self.access.every_months * self.access.every_months + 1
        return today.replace(month=month, day=1)

    def ends_at(self, period: date) -> datetime:
        """Give the moment from which whoever is unanswered is suspended."""
        return _begin(period) + timedelta(days=self.access.answer_days)

    def stage(self, period: date, now: datetime) -> Stage:
        """Say how far the review of a period has come."""
        if now >= self.ends_at(period):
            return "over"
        again = self.ends_at(period) - timedelta(days=self.access.told_days)
        return "told-again" if now >= again else "open"

    def concerns(self, period: date, admitted_at: datetime) -> bool:
        """Tell whether somebody is looked at in the review of a period: they were there before."""
        return admitted_at < _begin(period)


def load_review_rules(folder: Path) -> ReviewRules:
    """Read the rules of the deployment.

    Raises:
        Unavailable: the file is missing or says something that it may not.
    """
    try:
        said = tomllib.loads((folder / FILE).read_text())
        return ReviewRules.model_validate(said)
    except (OSError, ValueError, ValidationError) as error:
        raise Unavailable(f"{FILE} cannot be used: {error}") from error


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
