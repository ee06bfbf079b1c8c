"""How often a person is mailed, and when what waits is due: pure."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

DIGEST_AT: Final = time(6)  # UTC: morning in Brussels, early afternoon in Singapore
FIRST_RETRY: Final = timedelta(minutes=1)
LAST_RETRY: Final = timedelta(hours=4)
MOST_ATTEMPTS: Final = 12  # in about a day


class Rhythm(StrEnum):
    """How often a person is mailed."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    WEEKLY = "weekly"


def told_before(rhythm: Rhythm, now: datetime) -> datetime:
    """Give the moment up to which what was told is due to be mailed: the last digest's hour.

    A weekly digest is due on Mondays.
    """
    if rhythm is Rhythm.AT_ONCE:
        return now
    digest = datetime.combine(now.date(), DIGEST_AT, tzinfo=now.tzinfo)
    if digest > now:
        digest -= timedelta(days=1)
    return digest if rhythm is Rhythm.DAILY else digest - timedelta(days=digest.weekday())


def backoff(attempts: int) -> timedelta:
    """Give how long a mail waits after so many attempts: longer each time."""
    doublings: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_RETRY * doublings, LAST_RETRY)
