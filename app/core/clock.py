"""The time, as an argument, so that tests can hold it still."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Give this moment as an aware UTC datetime."""
    return datetime.now(UTC)
