"""The numbers of the pictures: a timeline, a heat map of the week, bars of organisations."""

from collections.abc import Mapping

from app.audit.questions.ground import Ground
from app.audit.questions.select import Tally, bucket_note, buckets
from app.audit.questions.views import Chart, Series
from app.audit.thresholds import DAYS

MOST_BARS = 20
HOURS = 24


def timeline(
    ground: Ground, title: str, by_bucket: Mapping[object, Tally], *, opened: bool = True
) -> Chart:
    """Draw what was opened (if it is asked for) and what was refused over the days asked about."""
    days = list(buckets(ground))
    told = [by_bucket.get(day) for day in days]
    return Chart(
        "timeline",
        title,
        tuple(day.isoformat() for day in days),
        (
            *([Series("Opened", tuple(one.opened if one else 0 for one in told))] * opened),
            Series("Refused", tuple(one.refused if one else 0 for one in told)),
        ),
        bucket_note(ground),
    )


def heat(ground: Ground, title: str, by_hour: Mapping[int, Tally]) -> Chart:
    """Draw when in the week things were opened, by the clock of the auditor's party."""
    opened = [by_hour[hour].opened if hour in by_hour else 0 for hour in range(HOURS * len(DAYS))]
    return Chart(
        "heat",
        title,
        tuple(f"{hour:02}" for hour in range(HOURS)),
        tuple(
            Series(day, tuple(opened[number * HOURS : (number + 1) * HOURS]))
            for number, day in enumerate(DAYS)
        ),
        f"Hours of the day in {ground.zone}.",
    )


def bars(title: str, name: str, values: Mapping[str, int], note: str) -> Chart:
    """Draw the largest numbers by name, largest first; the rest stands together at the end."""
    ordered = sorted(values.items(), key=lambda one: (-one[1], one[0]))
    shown, rest = ordered[:MOST_BARS], ordered[MOST_BARS:]
    if rest:
        shown = [*shown, (f"{len(rest)} others", sum(value for _, value in rest))]
    return Chart(
        "bars",
        title,
        tuple(label for label, _ in shown),
        (Series(name, tuple(value for _, value in shown)),),
        note,
    )
