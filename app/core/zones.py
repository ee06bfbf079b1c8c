"""Moments in the clocks of the parties, spelled in one way wherever people read them."""

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

# With the name of the zone where the database of zones has only an offset; everybody else reads
# in UTC.
ZONES: Final = {
    "SG": (ZoneInfo("Asia/Singapore"), "SGT"),
    "EU": (ZoneInfo("Europe/Brussels"), ""),
}


def spell_moment(at: datetime, party: str = "", *, seconds: bool = False) -> str:
    """Spell a moment in the zone of a party: `24 November 2026, 14:05 SGT`."""
    zone, name = ZONES.get(party, (UTC, "UTC"))
    local = at.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return f"{local.day} {local:%B %Y}, {clock} {name or local.tzname()}"


def spell_day(on: date) -> str:
    """Spell a day: `24 November 2026`."""
    return f"{on.day} {on:%B %Y}"
