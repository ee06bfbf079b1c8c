"""Which month is due: one that is over, and whose accesses have their places under a checkpoint."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

# An access is told of by the moment it began; one that takes longer stands in the next statement.
GRACE: Final = timedelta(hours=1)


def month_of(moment: datetime) -> date:
    """Give the first day of a moment's month, in UTC."""
    return moment.astimezone(UTC).date().replace(day=1)


def following(month: date) -> date:
    """Give the first day of the next month."""
    return (month + timedelta(days=31)).replace(day=1)


def begin(month: date) -> datetime:
    """Give the first moment of a month."""
    return datetime.combine(month, time(), UTC)


def is_complete(month: date, signed_at: datetime) -> bool:
    """Tell whether a checkpoint of this moment covers all that was begun in the month."""
    return signed_at >= begin(following(month)) + GRACE
