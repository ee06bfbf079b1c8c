"""Moments in labels: aware times in UTC, and their one text form."""

from datetime import UTC, datetime

from app.labels.errors import UnfitLabel

_HOW = "“{}” is not a time with a zone. Write it like 2026-03-01T00:00Z."


def print_time(moment: datetime) -> str:
    """A time in UTC, no more precise than needed: `2026-03-01T00:00Z`."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    exact = "minutes" if not (utc.second or utc.microsecond) else "auto"
    return f"{utc.isoformat(timespec=exact)}Z"


def parse_time(text: str) -> datetime:
    """The moment that a text with a time zone means, in UTC.

    Raises:
        UnfitLabel: it is not a time, or its zone is missing.

    Source: ISO 8601, as `datetime.fromisoformat` reads it.
    """
    try:
        return in_utc(datetime.fromisoformat(text.strip().upper()))
    except ValueError:
        raise UnfitLabel(_HOW.format(text[:40])) from None


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        UnfitLabel: its zone is missing, or it lies beyond what a calendar holds.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise UnfitLabel(_HOW.format(moment.isoformat()))
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise UnfitLabel(_HOW.format(moment.isoformat())) from None
