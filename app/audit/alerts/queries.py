"""Every statement on alerts, and what the rules need to know of the log."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import queries as log_queries
from app.audit.actions import OPENED
from app.audit.alerts.findings import Act
from app.audit.alerts.models import AlertRow, ProgressRow
from app.log import At, LoggedRow, LogRow

SEEN_AT_ONCE = 5_000
RECOVERED = "recovered"  # the reason of a log that began after a backup was restored

# Of the windows in which a person opened anything: the median of the different documents in each.
_MEDIAN = text(
    "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY documents) FROM ("
    " SELECT count(DISTINCT coalesce(record::text, subject)) AS documents FROM log_entries"
    " WHERE actor = :actor AND at >= :since AND at < :until AND decision = 'allow'"
    " AND type = ANY (:types) AND organisations && :slugs"
    " GROUP BY date_bin(CAST(:window AS interval), at, '2000-01-01')) AS windows"
)


def progress(session: Session, party: str) -> At:
    """Give how far a party's findings have been looked for."""
    row = session.get(ProgressRow, party)
    return At(row.log, row.size) if row else At(1, 0)


def keep_progress(session: Session, party: str, seen: At, at: At) -> None:
    """Note how far a party's findings were looked for, unless another worker went on meanwhile."""
    made = insert(ProgressRow).values(party=party, log=at.log, size=at.size)
    session.execute(
        made.on_conflict_do_update(
            index_elements=[ProgressRow.party],
            set_={"log": at.log, "size": at.size},
            where=tuple_(ProgressRow.log, ProgressRow.size) == (seen.log, seen.size),
        )
    )


def next_places(session: Session, seen: At, until: At) -> At:
    """Give the place up to which to look next: a bounded number of entries on."""
    chosen = (
        select(LoggedRow.log, LoggedRow.index)
        .where(_place() >= (seen.log, seen.size), _place() < (until.log, until.size))
        .order_by(LoggedRow.log, LoggedRow.index)
        .limit(SEEN_AT_ONCE)
    )
    found = session.execute(chosen).all()
    if not found:
        return until
    log, index = found[-1]
    return At(log, index + 1)


def new_acts(session: Session, slugs: Collection[str], seen: At, until: At) -> list[Act]:
    """Give what a party's auditors may see of the entries between two places, in their order."""
    chosen = log_queries.concerning(slugs).where(
        _place() >= (seen.log, seen.size), _place() < (until.log, until.size)
    )
    return _acts(session, chosen.order_by(LoggedRow.log, LoggedRow.index))


def opened_by(
    session: Session, slugs: Collection[str], actor: UUID, since: datetime, at: At
) -> list[Act]:
    """Give what a person opened since a moment, in the order of time."""
    return _of(session, slugs, since, at, LoggedRow.actor == actor, *_allowed(OPENED))


def opened_or_refused(
    session: Session, slugs: Collection[str], actor: UUID, since: datetime, at: At
) -> list[Act]:
    """Give what a person opened or was refused since a moment, in the order of time."""
    denied = LoggedRow.decision == "deny"
    told = denied | LoggedRow.type.in_(OPENED)
    return _of(session, slugs, since, at, LoggedRow.actor == actor, told)


def of_type_by(
    session: Session, slugs: Collection[str], type_: str, actor: UUID, since: datetime, at: At
) -> list[Act]:
    """Give what a person did of one type since a moment, in the order of time."""
    return _of(session, slugs, since, at, LoggedRow.actor == actor, *_allowed((type_,)))


def of_types_about(
    session: Session,
    slugs: Collection[str],
    types: Collection[str],
    subject: str,
    since: datetime,
    at: At,
) -> list[Act]:
    """Give what was about one subject, of these types, since a moment, in the order of time."""
    about = LoggedRow.subject == subject
    return _of(session, slugs, since, at, about, LoggedRow.type.in_(types))


def median(
    session: Session,
    slugs: Collection[str],
    actor: UUID,
    until: datetime,
    days: int,
    window: timedelta,
) -> int:
    """Give how many documents a person usually opens in a window in which they open any."""
    asked = {
        "actor": actor,
        "since": until - timedelta(days=days),
        "until": until,
        "types": list(OPENED),
        "slugs": sorted(slugs),
        "window": f"{int(window.total_seconds())} seconds",
    }
    return int(session.execute(_MEDIAN, asked).scalar_one() or 0)


def raise_once(session: Session, **values: Any) -> bool:
    """Keep an alert, unless it was raised before; returns whether it was kept."""
    made = insert(AlertRow).values(**values).on_conflict_do_nothing()
    return session.execute(made.returning(AlertRow.id)).first() is not None


def alerts(session: Session, party: str, *, acknowledged: bool) -> Sequence[AlertRow]:
    """Give the alerts of a party, open or acknowledged, newest first."""
    answered = AlertRow.acknowledged_at.is_not(None)
    chosen = select(AlertRow).where(
        AlertRow.party == party, answered if acknowledged else ~answered
    )
    return session.scalars(chosen.order_by(AlertRow.raised_at.desc(), AlertRow.id.desc())).all()


def alert(session: Session, party: str, alert_id: UUID) -> AlertRow | None:
    """Take an alert of a party to answer it; nobody else does meanwhile."""
    chosen = select(AlertRow).where(AlertRow.id == alert_id, AlertRow.party == party)
    return session.scalars(chosen.with_for_update()).first()


def unmailed(session: Session, now: datetime, since: datetime) -> AlertRow | None:
    """Take the next alert that is to be mailed, which no other worker has taken."""
    chosen = (
        select(AlertRow)
        .where(
            AlertRow.mailed_at.is_(None),
            AlertRow.acknowledged_at.is_(None),
            AlertRow.mail_after <= now,
            AlertRow.raised_at >= since,
        )
        .order_by(AlertRow.raised_at, AlertRow.id)
        .limit(1)
    )
    return session.scalars(chosen.with_for_update(skip_locked=True)).first()


def mailing(session: Session, alert_id: UUID) -> AlertRow:
    """Take an alert whose message was handed over, or was not."""
    return session.get_one(AlertRow, alert_id, with_for_update=True)


def places(session: Session, entry_ids: Collection[UUID]) -> Sequence[tuple[UUID, int, int]]:
    """Give the places of entries that are still in the database, in their order."""
    rows = session.execute(
        select(LoggedRow.entry_id, LoggedRow.log, LoggedRow.index)
        .where(LoggedRow.entry_id.in_(entry_ids))
        .order_by(LoggedRow.log, LoggedRow.index)
    )
    return [(entry_id, log, index) for entry_id, log, index in rows]


def _of(
    session: Session,
    slugs: Collection[str],
    since: datetime,
    at: At,
    *conditions: ColumnElement[bool],
) -> list[Act]:
    chosen = log_queries.concerning(slugs).where(
        LoggedRow.at >= since, _place() < (at.log, at.size), *conditions
    )
    return _acts(session, chosen.order_by(LoggedRow.at, LoggedRow.log, LoggedRow.index))


def _allowed(types: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return LoggedRow.type.in_(types), LoggedRow.decision == "allow"


def _place() -> Any:
    return tuple_(LoggedRow.log, LoggedRow.index)


def _acts(session: Session, chosen: Select[LoggedRow]) -> list[Act]:
    return [
        Act(
            entry_id=row.entry_id,
            log=row.log,
            index=row.index,
            at=row.at,
            type=row.type,
            subject=row.subject,
            thing=row.record or row.subject,
            actor=row.actor,
            organisation=row.organisation,
            organisations=frozenset(row.organisations),
            decision=row.decision,
            content=row.decision == "allow" and row.audience_id is not None,
        )
        for row in session.scalars(chosen)
    ]


def recovered_logs(session: Session) -> set[str]:
    """Give, as entries name them, the logs that began because another could not go on."""
    numbers = session.scalars(select(LogRow.number).where(LogRow.reason == RECOVERED))
    return {f"log:{number}" for number in numbers}


def begun_at(session: Session, log: int) -> datetime:
    """Give when a log began."""
    return session.get_one(LogRow, log).began_at
