"""Goes on after a backup was restored: with a new log, since the old one must not be signed again.

The witnesses, and whoever kept a checkpoint, have seen more of the old log than the database still
holds; it ends where the backup ends. The new one begins with the last checkpoint that is still
there, and with the newest that anybody kept, and then takes every entry that had no place.
"""

import json

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.errors import Invalid, Unavailable
from app.core.work import Work
from app.log import places
from app.log.beginning import RECOVERED, begin
from app.log.checkpoints import reader_of
from app.log.parts import LogParts
from app.log.places import Log
from app.log.published import best_checkpoint, cosigned
from app.log.sequencing import complete
from app.tlog import Checkpoint, Note, TlogError, tree_root


def recover(work: Work, parts: LogParts, *, reason: str, kept: str = "") -> Log:
    """Begin a new log in one transaction of the owner of the tables; returns it.

    Nobody writes to the journal meanwhile. Transactions that the backup counted further than this
    server has are no matter any more: all entries that are there have their place afterwards.

    Args:
        reason: why, in the operator's words; it stands in the first entry.
        kept: the newest checkpoint of the old log that somebody outside kept, as they have it.

    Raises:
        Invalid: `kept` is not a checkpoint of the old log.
        Unavailable: there is no log to go on from.
    """
    session = work.session
    session.execute(text("LOCK TABLE journal IN SHARE ROW EXCLUSIVE MODE"))
    session.execute(text("SELECT pg_advisory_xact_lock(:one)"), {"one": places.THE_ONE})
    old = places.current_log(session)
    if old is None:
        raise Unavailable("There is no log to go on from.")
    policy = parts.policy()
    last = best_checkpoint(session, old.number, policy)
    told = {
        "why": reason,
        "previous_origin": old.origin,
        "previous_checkpoint": cosigned(session, last, policy) if last else "",
        "kept_checkpoint": _checked(kept, old),
        # What had a place and no witnessed checkpoint gets neither any more: this binds all of it.
        "previous_size": old.size,
        "previous_root": _root(session, old),
    }
    waiting = places.count_unplaced(session)
    after = places.oldest_running(session)
    log = begin(
        work, parts, old.number + 1, RECOVERED, after=after, told=told, began_with=1 + waiting
    )
    placed = places.place_all(session, log)
    complete(session, log.number, log.size + placed)
    return Log(log.number, log.origin, log.began_at, log.size + placed)


def unsigned_end(session: Session, log: int) -> tuple[int, bytes] | None:
    """Give the size and root with which a log ended, as the one begun by `recover` tells.

    None when the log did not end so.
    """
    first = places.entries(session, log + 1, 0, 1)
    details = json.loads(first[0])["details"] if first else {}
    if "previous_size" not in details:
        return None
    return int(details["previous_size"]), bytes.fromhex(details["previous_root"])


def _root(session: Session, old: Log) -> str:
    try:
        return tree_root(old.size, reader_of(session, old.number, old.size)).hex()
    except TlogError:
        return ""  # damaged: the verifier says so


def _checked(kept: str, old: Log) -> str:
    if not kept:
        return ""
    try:
        origin = Checkpoint.parse(Note.parse(kept).text).origin
    except TlogError as error:
        raise Invalid(f"This is not a checkpoint: {error}") from error
    if origin != old.origin:
        raise Invalid(f"This is a checkpoint of {origin}, not of {old.origin}.")
    return kept
