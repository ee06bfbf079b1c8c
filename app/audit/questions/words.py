"""How an answer speaks: days, spans, counts and lists, in plain English."""

from collections.abc import Sequence
from datetime import date, datetime

MINUTE, HOUR, DAY = 60, 3600, 86_400


def day(on: date) -> str:
    """Say a day: `1 March 2026`."""
    return f"{on.day} {on:%B %Y}"


def moment(at: datetime) -> str:
    """Say a moment: `1 March 2026, 12:00:05 UTC`."""
    return f"{day(at.date())}, {at:%H:%M:%S} UTC"


def between(first: date, last: date) -> str:
    """Say a stretch of days, both inclusive: `between 1 March and 24 November 2026`."""
    if first == last:
        return f"on {day(first)}"
    begun = f"{first.day} {first:%B}" if first.year == last.year else day(first)
    return f"between {begun} and {day(last)}"


def count(number: int, one: str, many: str = "") -> str:
    """Say how many: `1 person`, `1,204 people`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def people(number: int) -> str:
    """Say how many people; none is nobody."""
    return count(number, "person", "people") if number else "nobody"


def spoken(event: str) -> str:
    """Say what kind of refusal an event is: `read`, `sign in`."""
    return event.removesuffix(".refused").replace("-", " ")


def times(number: int) -> str:
    """Say how often: `once`, `1,204 times`."""
    return "once" if number == 1 else f"{number:,} times"


def refusals(number: int) -> str:
    """Say how often somebody was refused."""
    return f"refused {times(number)}" if number else "nobody was refused"


def listed(parts: Sequence[str]) -> str:
    """Say a list: `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def span(seconds: float) -> str:
    """Say how long, in the largest unit of which it is at least two, but for days."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= (unit if unit == DAY else 2 * unit):
            return count(round(seconds / unit), name)
    return count(round(seconds), "second")


def begun(text: str) -> str:
    """Begin a sentence with a capital letter."""
    return text[:1].upper() + text[1:]
