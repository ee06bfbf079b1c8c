"""Removes what has ended: old attempts, sessions, and tokens that would not be taken anyway."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, or_

from app.core.work import Work
from app.identity.limits import LONGEST_WINDOW
from app.identity.models import AttemptRow, RevokedTokenRow, SessionRow
from app.identity.sessions import IDLE_LIMIT


@dataclass(frozen=True)
class Swept:
    """How many rows of each were removed."""

    attempts: int
    sessions: int
    tokens: int


def sweep(work: Work) -> Swept:
    """Remove every attempt, session and revoked token whose time has passed."""
    over = or_(
        SessionRow.expires_at <= work.now,
        SessionRow.seen_at <= work.now - IDLE_LIMIT,
    )
    return Swept(
        attempts=_remove(work, AttemptRow, AttemptRow.at <= work.now - LONGEST_WINDOW),
        sessions=_remove(work, SessionRow, over),
        tokens=_remove(work, RevokedTokenRow, RevokedTokenRow.expires_at <= work.now),
    )


def _remove(work: Work, table: Any, which: ColumnElement[bool]) -> int:
    key = table.__table__.primary_key.columns[0]
    return len(work.session.scalars(delete(table).where(which).returning(key)).all())
