"""How the log stands: for the auditors' pages, for operators, and for the figures."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.errors import Unavailable
from app.core.work import Work
from app.log import places, published
from app.log.models import CosignatureRow
from app.log.places import Log
from app.log.sequencing import check_forward
from app.tlog import TrustPolicy

LATE = timedelta(minutes=3)  # a witness is asked each minute
STUCK = timedelta(minutes=1)
MOST_COUNTED = 100_000


@dataclass(frozen=True)
class WitnessState:
    """Up to where a witness has co-signed, and when; both None if never in this log."""

    name: str
    vkey: str
    size: int | None
    at: datetime | None
    late: bool


@dataclass(frozen=True)
class LogState:
    """The newest log.

    `size` counts the entries that have places; `signed_size` those of its newest checkpoint;
    `unsequenced` those that wait, up to `MOST_COUNTED`. `policy_met` says whether those who must
    have co-signed that checkpoint, and `published_size` which one is published.
    """

    log: int
    origin: str
    size: int
    signed_size: int
    signed_at: datetime | None
    published_size: int
    unsequenced: int
    oldest_unsequenced_at: datetime | None
    vkeys: Sequence[str]
    witnesses: Sequence[WitnessState]
    policy_met: bool


def state(work: Work, policy: TrustPolicy) -> LogState:
    """Tell how the log stands.

    Raises:
        Unavailable: no log has begun yet.
    """
    session = work.session
    log = places.current_log(session)
    if log is None:
        raise Unavailable("The log has not begun. Is the worker running?")
    newest = published.newest_checkpoint(session, log.number)
    best = published.best_checkpoint(session, log.number, policy)
    count, oldest_at = unsequenced(session, log)
    return LogState(
        log=log.number,
        origin=log.origin,
        size=log.size,
        signed_size=newest.size if newest else 0,
        signed_at=newest.signed_at if newest else None,
        published_size=best.size if best else 0,
        unsequenced=count,
        oldest_unsequenced_at=oldest_at,
        vkeys=[key.vkey for key in published.keys(session, log.number) if not key.retired_at],
        witnesses=_witnesses(work, log, policy),
        policy_met=newest is not None
        and policy.met_by(published.cosigners_at(session, newest, policy)),
    )


def unsequenced(session: Session, log: Log) -> tuple[int, datetime | None]:
    """Count what waits for its place, and give the time of the oldest."""
    after = places.last_place(session, log)
    row = session.execute(
        _UNSEQUENCED,
        {"transaction": after.transaction, "position": after.position, "most": MOST_COUNTED},
    ).one()
    if row.oldest is None:
        return 0, None
    return row.waiting, datetime.fromisoformat(json.loads(bytes(row.oldest))["time"])


_UNSEQUENCED = text(
    'WITH due AS (SELECT j.entry, j."transaction", j.position FROM journal j'
    ' WHERE (j."transaction", j.position) > (CAST(:transaction AS xid8), :position)'
    " AND NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id)"
    ' ORDER BY j."transaction", j.position LIMIT :most)'
    " SELECT (SELECT count(*) FROM due) AS waiting,"
    ' (SELECT entry FROM due ORDER BY "transaction", position LIMIT 1) AS oldest'
)


def _witnesses(work: Work, log: Log, policy: TrustPolicy) -> list[WitnessState]:
    told = []
    for line in policy.witnesses:
        vkey = line.vkey.text()
        row = work.session.scalars(
            select(CosignatureRow)
            .where(CosignatureRow.log == log.number, CosignatureRow.vkey == vkey)
            .order_by(CosignatureRow.size.desc())
            .limit(1)
        ).first()
        size, at = (row.size, row.cosigned_at) if row else (None, None)
        late = at is None or work.now - at > LATE
        told.append(WitnessState(line.name, vkey, size, at, late))
    return told


def check(work: Work) -> None:
    """Check that the log is kept: nothing waits for long, and what has a place is signed.

    Raises:
        Unavailable: says what is wrong, and what to do.
    """
    session = work.session
    log = places.current_log(session)
    if log is None:
        return
    check_forward(session)
    _, oldest_at = unsequenced(session, log)
    if oldest_at is not None and _rolled_back(session, log):
        raise Unavailable(
            "A witness holds a checkpoint of this log that the database does not lead to: it was"
            " put back to an earlier state. Run `entente audit recover`."
        )
    if oldest_at is not None and work.now - oldest_at > STUCK:
        raise Unavailable(
            f"Entries wait for their place in the log since {_clock(oldest_at)}. Is a worker"
            " running, and does a transaction of the database server not end?"
        )
    newest = published.newest_checkpoint(session, log.number)
    signed = newest.size if newest else 0
    if signed < log.size:
        since = _time_of(session, log.number, signed)
        if work.now - since > STUCK:
            raise Unavailable(f"The log is not signed since {_clock(since)}. See the worker's log.")


def _rolled_back(session: Session, log: Log) -> bool:
    """Tell whether what waits says that the database was put back: nothing gets a place then."""
    after = places.last_place(session, log)
    values = {"transaction": after.transaction, "position": after.position}
    return bool(session.execute(_ROLLED_BACK, values).scalar_one())


_ROLLED_BACK = text(
    'SELECT EXISTS (SELECT FROM journal j WHERE (j."transaction", j.position)'
    " > (CAST(:transaction AS xid8), :position)"
    " AND position('\"type\":\"log.rolled-back\"' IN convert_from(j.entry, 'UTF8')) > 0"
    " AND NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id))"
)


def _time_of(session: Session, log: int, index: int) -> datetime:
    asked = text("SELECT at FROM log_entries WHERE log = :log AND index = :index")
    at: datetime = session.execute(asked, {"log": log, "index": index}).scalar_one()
    return at


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %b %Y %H:%M:%S} UTC"
