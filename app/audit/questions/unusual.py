"""Out of hours, and unusual volume against the person's own median."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Time,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer, Text

from app.audit.actions import OPENED
from app.audit.questions import charts, words
from app.audit.questions.ground import Ground, Place
from app.audit.questions.names import QuestionName
from app.audit.questions.question import RECENT_DAYS, Placed, Question, Summary, proven
from app.audit.questions.select import SHOWN, Logged, midnight
from app.audit.questions.views import Column, Total
from app.log import LoggedRow

DAY: Final = timedelta(days=1)
A_MONDAY: Final = date(2000, 1, 3)
COLUMNS: Final = (
    Column("day", "Day", "text"),
    Column("person", "Who", "person"),
    Column("organisation", "Of", "organisation"),
    Column("opened", "Opened", "count"),
    Column("median", "Own median", "count"),
    Column("out_of_hours", "Out of hours", "count"),
    Column("why", "Why", "text"),
)


@dataclass(frozen=True)
class Finding:
    """A day of one person, by the clock of their party, on which something was unusual."""

    person: UUID
    organisation: str
    day: date
    opened: int
    out_of_hours: int
    last_at: datetime
    median: float
    much: bool


def _findings(ground: Ground) -> list[Finding]:
    """Give every finding, the last first; they are few, and counted once for an answer."""
    kept: list[Finding] | None = ground.kept.get("findings")
    if kept is None:
        slugs = sorted(ground.organisations)
        kept = ground.kept["findings"] = [
            Finding(person, slugs[number], *rest)
            for person, number, *rest in ground.session.execute(_select(ground))
        ]
    return kept


def _select(ground: Ground) -> Any:
    asked, volume = ground.asked, ground.thresholds.volume
    days = _days(ground)
    medians = (
        select(
            days.c.person,
            func.percentile_cont(0.5).within_group(days.c.opened).label("median"),
        )
        .where(days.c.day < asked.from_)
        .group_by(days.c.person)
        .cte("medians")
    )
    median = func.coalesce(medians.c.median, 0)
    much = and_(days.c.opened >= volume.least, days.c.opened >= volume.factor * median)
    return (
        select(*days.c, median, much)
        .outerjoin(medians, medians.c.person == days.c.person)
        .where(days.c.day.between(asked.from_, asked.to), or_(much, days.c.out_of_hours > 0))
        .order_by(days.c.last_at.desc(), days.c.person.desc(), days.c.organisation.desc())
    )


def _days(ground: Ground) -> CTE:
    """Count what each person opened on each day, from the first day that a median looks at."""
    asked, hours = ground.asked, _hours(ground)
    local = func.timezone(hours.c.zone, LoggedRow.at)
    on, clock = cast(local, Date), cast(local, Time)
    working = and_(
        hours.c.days.op("&")(literal(1).op("<<")(_weekday(on))) != 0,
        clock >= hours.c.opens,
        clock < hours.c.closes,
    )
    since = midnight(asked.from_) - timedelta(days=ground.thresholds.volume.median_days) - DAY
    return (
        select(
            LoggedRow.actor.label("person"),
            hours.c.number.label("organisation"),
            on.label("day"),
            func.count().label("opened"),
            func.count().filter(and_(hours.c.opens.is_not(None), ~working)).label("out_of_hours"),
            func.max(LoggedRow.at).label("last_at"),
        )
        .join(hours, hours.c.slug == LoggedRow.organisation)
        .where(_opened(ground), LoggedRow.at >= since, LoggedRow.at < asked.until + DAY)
        .group_by(LoggedRow.actor, hours.c.number, on)
        .cte("days")
    )


def _weekday(on: ColumnElement[date]) -> ColumnElement[int]:
    """Give the number of a day's weekday, Monday 0, at a fraction of what EXTRACT costs."""
    since = cast(on - literal(A_MONDAY, Date), Integer)
    return (since % 7 + 7) % 7


def _opened(ground: Ground) -> ColumnElement[bool]:
    asked = ground.asked
    conditions = [
        ground.sight(),
        LoggedRow.decision == "allow",
        LoggedRow.type.in_(OPENED),
        LoggedRow.actor.is_not(None),
    ]
    if asked.person is not None:
        conditions.append(LoggedRow.actor == asked.person)
    if asked.organisation:
        conditions.append(LoggedRow.organisation == asked.organisation)
    return and_(*conditions)


def _hours(ground: Ground) -> Any:
    """Give each organisation a number, and the clock and working hours of its party, if known.

    A number is sorted and compared many times faster than a name.
    """
    of_party = ground.thresholds.hours_of
    slugs = sorted(ground.organisations)
    hours = [of_party.get(ground.organisations[slug].party) for slug in slugs]

    def column(values: list[Any], kind: Any) -> Any:
        return cast(literal(values, ARRAY(kind)), ARRAY(kind))

    return (
        func.unnest(
            column(list(range(len(slugs))), Integer),
            column(slugs, Text),
            column([one.zone if one else "UTC" for one in hours], Text),
            column([one.opens_at if one else None for one in hours], Time),
            column([one.closes_at if one else None for one in hours], Time),
            column([sum(1 << n - 1 for n in one.iso_days) if one else 0 for one in hours], Integer),
        )
        .table_valued("number", "slug", "zone", "opens", "closes", "days", name="hours")
        .render_derived()
    )


def _rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    found = _findings(ground)
    if before is not None:
        found = [one for one in found if one.last_at <= before[0]]
    # Several days can end at the same moment: their last entries tell which comes first.
    proofs = _last_entries(ground, found[: 2 * limit])
    placed = sorted(
        ((proofs[one.person, one.last_at], one) for one in found[: 2 * limit]),
        key=lambda pair: pair[0].place,
        reverse=True,
    )
    shown = [pair for pair in placed if before is None or pair[0].place < before][:limit]
    ground.learn(one.person for _, one in shown)
    return [proven(entry, _cells(ground, one), _more(ground, one)) for entry, one in shown]


def _last_entries(ground: Ground, found: Sequence[Finding]) -> dict[tuple[UUID, datetime], Logged]:
    keys = [(one.person, one.last_at) for one in found]
    rows: Sequence[Any] = ground.session.execute(
        select(*SHOWN)
        .where(tuple_(LoggedRow.actor, LoggedRow.at).in_(keys), _opened(ground))
        .order_by(LoggedRow.log, LoggedRow.index)
    ).all()
    entries = [Logged({}, *row) for row in rows]
    return {(one.actor, one.at): one for one in entries if one.actor is not None}


def _cells(ground: Ground, one: Finding) -> tuple[Any, ...]:
    why = []
    if one.much:
        usual = f"their median is {one.median:g}" if one.median else "they have no days before"
        why.append(f"{words.count(one.opened, 'document')} in a day; {usual}.")
    if one.out_of_hours:
        why.append(f"{words.count(one.out_of_hours, 'document')} out of hours.")
    return (
        one.day.isoformat(),
        ground.person(one.person),
        ground.organisation(one.organisation),
        one.opened,
        one.median,
        one.out_of_hours,
        " ".join(why),
    )


def _more(ground: Ground, one: Finding) -> str:
    on = {"from": one.day - DAY, "to": one.day + DAY, "at": ground.asked.at.text()}
    return f"{QuestionName.PERSON_OPENED}?{urlencode({'person': one.person, **on})}"


def _summarise(ground: Ground) -> Summary:
    found, period = _findings(ground), ground.asked.period
    much = [one for one in found if one.much]
    late = [one for one in found if one.out_of_hours]
    people = len({one.person for one in found})
    late_count = sum(one.out_of_hours for one in late)
    sentence = (
        f"{words.begun(words.people(len({one.person for one in much})))} opened unusually much "
        f"{period}, on {words.count(len(much), 'day')} in all; "
        f"{words.people(len({one.person for one in late}))} opened "
        f"{words.count(late_count, 'document')} out of hours."
        if found
        else f"Nobody opened unusually much, or anything out of hours, {period}."
    )
    by_organisation: dict[str, int] = {}
    for one in found:
        name = ground.organisation(one.organisation).text
        by_organisation[name] = by_organisation.get(name, 0) + 1
    return Summary(
        sentence,
        (
            Total("people", "People concerned", people),
            Total("much", "Days with unusual volume", len(much)),
            Total("late", "Days with something out of hours", len(late)),
            Total("out_of_hours", "Opened out of hours", late_count),
        ),
        charts.bars(
            "Unusual days by organisation", "Days", by_organisation, "A day is one of one person."
        ),
    )


UNUSUAL: Final = Question(
    name=QuestionName.UNUSUAL,
    title="Out of hours and unusual volume",
    about="Days on which somebody opened far more than their own median, or outside of the working"
    " hours of their party; thresholds stand in policies/alerts.toml.",
    filters=("from", "to", "person", "organisation"),
    columns=COLUMNS,
    summarise=_summarise,
    rows=_rows,
    recent_days=RECENT_DAYS,
)
