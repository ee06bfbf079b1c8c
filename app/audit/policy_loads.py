"""Where the log says that a policy set was loaded."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, select, tuple_
from sqlalchemy.orm import Session

from app.core.ids import EntryId
from app.log import LoggedRow

LOADED = "policies.loaded"
Load = tuple[str, datetime]
"""A version of the policies, and the moment from which on it was in force."""


def load_entries(session: Session, loads: Collection[Load]) -> dict[Load, EntryId]:
    """Find the entries of the log that say that these policy sets were loaded.

    One is missing while the log has given its entry no place yet, and when its log was moved to an
    archive. Which entry it is tells nothing that the load does not: what the entry says is asked
    of the gate.
    """
    asked = {(_subject(version), at): (version, at) for version, at in loads}
    same = _loaded().where(tuple_(LoggedRow.subject, LoggedRow.at).in_(asked))
    found = {asked[row.subject, row.at]: EntryId(row.entry_id) for row in session.execute(same)}
    for version, at in loads:
        # A process that had loaded it before brings it back into force by deciding under it.
        if (version, at) not in found and (row := _last_before(session, version, at)):
            found[version, at] = EntryId(row.entry_id)
    return found


def _last_before(session: Session, version: str, at: datetime) -> Row[str, datetime, UUID] | None:
    earlier = _loaded().where(LoggedRow.subject == _subject(version), LoggedRow.at < at)
    return session.execute(earlier.order_by(LoggedRow.at.desc()).limit(1)).first()


def _loaded() -> Select[str, datetime, UUID]:
    chosen = select(LoggedRow.subject, LoggedRow.at, LoggedRow.entry_id)
    return chosen.where(LoggedRow.type == LOADED)


def _subject(version: str) -> str:
    return f"policy-set:{version}"
