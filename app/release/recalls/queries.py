"""Every SELECT and every write of recalls."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_if_new
from sqlalchemy.orm import Session

from app.access import Scope
from app.core.ids import PersonId, RecallId, VersionId
from app.release.recalls.models import RecallRow, RecallTaskRow

MOST = 200


def keep(session: Session, **values: Any) -> None:
    """Keep a recall."""
    session.execute(insert(RecallRow).values(**values))


def takers(session: Session, version_id: VersionId, until: datetime) -> Sequence[Row[Any]]:
    """Give every download of a version until a moment, by the log, oldest first."""
    asked = text("SELECT * FROM entente_takers(:version, :until)")
    return session.execute(asked, {"version": version_id, "until": until}).all()


def keep_tasks(session: Session, rows: Iterable[Mapping[str, Any]]) -> list[PersonId]:
    """Give each taker a task who has none yet; returns who got one."""
    values = list(rows)
    if not values:
        return []
    made = insert_if_new(RecallTaskRow).values(values).on_conflict_do_nothing()
    return [PersonId(one) for one in session.scalars(made.returning(RecallTaskRow.person_id))]


def recalls(session: Session, scope: Scope) -> Sequence[RecallRow]:
    """Give the recalls in sight, newest first."""
    return session.scalars(
        select(RecallRow)
        .where(scope.holds(RecallRow.audience_id))
        .order_by(RecallRow.id.desc())
        .limit(MOST)
    ).all()


def recall(session: Session, scope: Scope, recall_id: RecallId) -> RecallRow | None:
    """Give one recall."""
    return session.scalar(
        select(RecallRow).where(RecallRow.id == recall_id, scope.holds(RecallRow.audience_id))
    )


def tasks(session: Session, recall_ids: Sequence[UUID]) -> Sequence[RecallTaskRow]:
    """Give the tasks of recalls in sight."""
    return session.scalars(
        select(RecallTaskRow)
        .where(RecallTaskRow.recall_id.in_(recall_ids))
        .order_by(RecallTaskRow.recall_id, RecallTaskRow.id)
    ).all()


def remind(session: Session, recall_id: RecallId, now: datetime) -> list[PersonId]:
    """Note that everybody without an answer is reminded; returns who is."""
    done = (
        update(RecallTaskRow)
        .where(RecallTaskRow.recall_id == recall_id, RecallTaskRow.answer.is_(None))
        .values(reminded_at=now)
    )
    return [PersonId(one) for one in session.scalars(done.returning(RecallTaskRow.person_id))]


def tasks_of(session: Session, person: PersonId) -> Sequence[Row[Any]]:
    """Give what a person is asked to delete, those due first; whether or not they see more."""
    asked = text("SELECT * FROM entente_recall_tasks_of(:person)")
    return session.execute(asked, {"person": person}).all()


def answer(session: Session, **values: Any) -> bool:
    """Keep a person's answer to their own task; tell whether it had none yet."""
    asked = text(
        "SELECT entente_answer_recall(:task, :person, :now, :answer, :said, :signature, :entry)"
    )
    return bool(session.scalar(asked, values))


def entries(session: Session, ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """Give entries of the log byte for byte, by their ids; an archived one is left out."""
    asked = text("SELECT id, entry FROM journal WHERE id = ANY (:ids)")
    return {row.id: bytes(row.entry) for row in session.execute(asked, {"ids": list(ids)})}
