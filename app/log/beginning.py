"""Begins logs: the first one, that of a new year, and the one after a backup was restored.

A log, its keys and its first entry come to be in one transaction. That entry carries the whole
final checkpoint of the log before, so that the chain of logs is itself on the log.
"""

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.core.ids import EntryId
from app.core.journal import Event
from app.core.work import Work
from app.log import places
from app.log.models import KeyRow, LogRow
from app.log.parts import LogParts
from app.log.places import Log

FIRST = "first"
NEW_YEAR = "new-year"
RECOVERED = "recovered"


def begin_first(work: Work, parts: LogParts) -> Log:
    """Begin the first log."""
    return begin(work, parts, 1, FIRST, after="0", told={})


def begin(
    work: Work,
    parts: LogParts,
    number: int,
    reason: str,
    *,
    after: str,
    told: dict[str, Any],
    began_with: int = 1,
) -> Log:
    """Begin a log and write its first entry.

    Args:
        after: every row of the journal of a transaction below it has its place.
        told: what the first entry says of the log before.
        began_with: how many entries get their place in this transaction.
    """
    origin = _free_origin(work.session, f"{parts.origin}/{work.now.year}")
    work.session.execute(
        insert(LogRow).values(
            number=number,
            origin=origin,
            began_at=work.now,
            reason=reason,
            began_with=began_with,
            after=after,
        )
    )
    vkeys = register_keys(work, parts, number, origin)
    event = Event(
        "log.begun",
        subject=f"log:{number}",
        details={"origin": origin, "reason": reason, "keys": vkeys, **told},
    )
    entry_id = EntryId(work.journal.append(work, event))
    places.place_first(work.session, number, entry_id)
    return Log(number, origin, work.now, 1)


def register_keys(work: Work, parts: LogParts, number: int, origin: str) -> list[str]:
    """Let every key in the file sign for a log."""
    vkeys = [signer.vkey.text() for signer in parts.keys.signers(origin)]
    work.session.execute(
        insert(KeyRow), [{"log": number, "vkey": vkey, "added_at": work.now} for vkey in vkeys]
    )
    return vkeys


def _free_origin(session: Session, wanted: str) -> str:
    """Give the name, or with `-2` and so on the next that no log bears."""
    taken = set(session.scalars(select(LogRow.origin)))
    names = (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def year_of(log: Log) -> int:
    """Give the year in a log's name, or that in which it began."""
    last = log.origin.rpartition("/")[2].partition("-")[0]
    return int(last) if last.isdecimal() and len(last) == 4 else log.began_at.year
