"""Exports, and downloads in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, select

from app.audit.actions import DOWNLOADED, EXPORTED
from app.audit.questions import charts, words
from app.audit.questions.ground import Ground, Place
from app.audit.questions.names import QuestionName
from app.audit.questions.question import RECENT_DAYS, Placed, Question, Summary, proven
from app.audit.questions.select import SHOWN, Logged, entries, tallies
from app.audit.questions.views import Column, Total
from app.log import LoggedRow

COLUMNS: Final = (
    Column("at", "When it ended", "time"),
    Column("person", "Who", "person"),
    Column("organisation", "Of", "organisation"),
    Column("event", "Did", "event"),
    Column("files", "Files", "count"),
    Column("served_bytes", "Bytes", "bytes"),
    Column("told", "In detail", "text"),
)


@dataclass(frozen=True)
class Run:
    """Downloads by one person that follow each other closely, and the last of them."""

    last: Logged
    files: int
    count: int
    served_bytes: int
    first_at: datetime


def _runs(ground: Ground) -> list[Run]:
    """Give every run of downloads that is bulk; they are few, and found once for an answer."""
    kept: list[Run] | None = ground.kept.get("runs")
    if kept is None:
        found: Sequence[Any] = ground.session.execute(_select(ground)).all()
        kept = [Run(Logged({}, *row[4:]), *row[:4]) for row in found]
        ground.kept["runs"] = kept
    return kept


def _downloads(ground: Ground) -> ColumnElement[bool]:
    return and_(
        LoggedRow.type == DOWNLOADED,
        LoggedRow.decision == "allow",
        LoggedRow.actor.is_not(None),
        ground.narrowed(),
    )


def _select(ground: Ground) -> Any:
    """Part each person's downloads where the gap is too long, and keep the parts that are bulk."""
    bulk = ground.thresholds.bulk
    gap = timedelta(minutes=bulk.gap_minutes)
    order = (LoggedRow.at, LoggedRow.log, LoggedRow.index)
    before = func.lag(LoggedRow.at).over(partition_by=LoggedRow.actor, order_by=order)
    after = func.lead(LoggedRow.at).over(partition_by=LoggedRow.actor, order_by=order)
    steps = (
        select(
            LoggedRow.actor,
            LoggedRow.subject,
            LoggedRow.served_bytes,
            *order,
            case((LoggedRow.at - before <= gap, 0), else_=1).label("begins"),
            func.coalesce(after - LoggedRow.at > gap, True).label("ends"),
        )
        .where(_downloads(ground))
        .subquery("steps")
    )
    number = func.sum(steps.c.begins).over(
        partition_by=steps.c.actor, order_by=(steps.c.at, steps.c.log, steps.c.index)
    )
    numbered = select(*steps.c, number.label("run")).subquery("numbered")
    files = func.count(numbered.c.subject.distinct())
    runs = (
        select(
            files.label("files"),
            func.count().label("count"),
            cast(func.sum(numbered.c.served_bytes), BigInteger).label("served_bytes"),
            func.min(numbered.c.at).label("first_at"),
            func.max(numbered.c.log).filter(numbered.c.ends).label("log"),
            func.max(numbered.c.index).filter(numbered.c.ends).label("index"),
        )
        .group_by(numbered.c.actor, numbered.c.run)
        .having(files >= bulk.files)
        .subquery("runs")
    )
    last = and_(LoggedRow.log == runs.c.log, LoggedRow.index == runs.c.index)
    return select(runs.c.files, runs.c.count, runs.c.served_bytes, runs.c.first_at, *SHOWN).join(
        LoggedRow, last
    )


def _exports(ground: Ground) -> ColumnElement[bool]:
    return and_(LoggedRow.type.in_(EXPORTED), ground.narrowed())


def _rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    runs = [one for one in _runs(ground) if before is None or one.last.place < before]
    exports = entries(ground, _exports(ground), before, limit, whole=True)
    ground.learn([one.last.actor for one in runs] + [one.actor for one in exports])
    told = [
        *(_row(ground, one.last, one.files, one.served_bytes, _run_told(one)) for one in runs),
        *(_row(ground, one, None, one.served_bytes, _export_told(one)) for one in exports),
    ]
    return sorted(told, key=lambda one: one.place, reverse=True)[:limit]


def _row(ground: Ground, entry: Logged, files: int | None, served_bytes: int, told: str) -> Placed:
    cells = (
        entry.at,
        ground.person(entry.actor, entry.decision),
        ground.organisation(entry.organisation) if entry.organisation else None,
        entry.type,
        files,
        served_bytes,
        told,
    )
    return proven(entry, cells)


def _run_told(one: Run) -> str:
    took = (one.last.at - one.first_at).total_seconds()
    return f"{words.count(one.files, 'file')} in {words.span(took)}."


def _export_told(one: Logged) -> str:
    details = one.told["details"]
    said = [f"{name}: {value}" for name, value in sorted(details.items()) if value not in ("", [])]
    return "; ".join(said)


def _summarise(ground: Ground) -> Summary:
    runs, period = _runs(ground), ground.asked.period
    exports = tallies(ground, _exports(ground), {"type": LoggedRow.type})["type"]
    downloads = tallies(ground, _downloads(ground), {"organisation": LoggedRow.organisation})
    by_organisation = {
        ground.organisation(slug).text: one.count for slug, one in downloads["organisation"].items()
    }
    export_count = sum(one.count for one in exports.values())
    files = sum(one.files for one in runs)
    people = len({one.last.actor for one in runs})
    bulk = (
        f"{words.begun(words.people(people))} downloaded {words.count(files, 'file')} in bulk, "
        f"{words.times(len(runs))} in all"
        if runs
        else "Nobody downloaded in bulk"
    )
    return Summary(
        f"{bulk}, and there were {words.count(export_count, 'export')}, {period}.",
        (
            Total("runs", "Downloads in bulk", len(runs)),
            Total("people", "People who did so", people),
            Total("files", "Files in them", files),
            Total("exports", "Exports and imports", export_count),
            Total("downloads", "Downloads in all", sum(by_organisation.values())),
        ),
        charts.bars(
            "Downloads by organisation", "Downloads", by_organisation, "All downloads of the days."
        ),
    )


BULK: Final = Question(
    name=QuestionName.BULK,
    title="Exports and downloads in bulk",
    about="Exports of the log, batches, and many files downloaded by one person in a short time;"
    " thresholds stand in policies/alerts.toml.",
    columns=COLUMNS,
    summarise=_summarise,
    rows=_rows,
    recent_days=RECENT_DAYS,
)
