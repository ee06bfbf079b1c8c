"""Every SELECT of the domain; what hangs on a person comes from functions that show no content."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from app.core.ids import AudienceId, PersonId
from app.membership.models import AccessAnswerRow, LeavingRow

_IN_REACH = ("draft", "submitted", "released")


def audience_ids(session: Session) -> list[AudienceId]:
    """Give the audiences that somebody could read something of."""
    asked = text("SELECT id FROM audiences WHERE state = ANY (:states) ORDER BY id")
    return [AudienceId(id_) for id_ in session.scalars(asked, {"states": list(_IN_REACH)})]


def reach(session: Session, ids: Collection[AudienceId]) -> Sequence[Row[Any]]:
    """Give what has one of these audiences: reference, number and state, and no more."""
    asked = text("SELECT * FROM entente_reach(:asked)")
    return session.execute(asked, {"asked": list(ids)}).all()


def hanging(session: Session, person: PersonId, now: datetime) -> Sequence[Row[Any]]:
    """Give what hangs on a person, by kind."""
    asked = text("SELECT * FROM entente_hangs_on(:person, :now)")
    return session.execute(asked, {"person": person, "now": now}).all()


def keep_leaving(session: Session, **values: Any) -> None:
    """Keep a receipt."""
    session.execute(insert(LeavingRow).values(**values))


def leavings(session: Session, person: PersonId) -> Sequence[LeavingRow]:
    """Give the receipts of a person, newest first."""
    chosen = select(LeavingRow).where(LeavingRow.person_id == person)
    return session.scalars(chosen.order_by(LeavingRow.ended_at.desc(), LeavingRow.id)).all()


def leaving(session: Session, leaving_id: UUID) -> LeavingRow | None:
    """Give a receipt."""
    return session.get(LeavingRow, leaving_id)


def answers(
    session: Session, organisation: str, period: date
) -> Mapping[PersonId, AccessAnswerRow]:
    """Give what was answered in the review of a period, by person."""
    rows = session.scalars(
        select(AccessAnswerRow).where(
            AccessAnswerRow.organisation == organisation, AccessAnswerRow.period == period
        )
    )
    return {PersonId(row.person_id): row for row in rows}


def answers_of(session: Session, organisations: Collection[str]) -> Sequence[AccessAnswerRow]:
    """Give all answers of organisations, the newest period first."""
    return session.scalars(
        select(AccessAnswerRow)
        .where(AccessAnswerRow.organisation.in_(organisations))
        .order_by(AccessAnswerRow.period.desc(), AccessAnswerRow.organisation)
    ).all()


def keep_answer(session: Session, **values: Any) -> bool:
    """Keep an answer, unless one was given already; tells whether it was kept."""
    kept = (
        pg_insert(AccessAnswerRow)
        .values(**values)
        .on_conflict_do_nothing()
        .returning(AccessAnswerRow.person_id)
    )
    return session.scalar(kept) is not None


def groups_of(session: Session, people: Collection[PersonId]) -> dict[PersonId, tuple[str, ...]]:
    """Give the groups that people are in themselves, by name."""
    rows = session.execute(
        text(
            "SELECT p.person_id, array_agg(g.name ORDER BY g.name) AS names FROM group_people p"
            ' JOIN groups g ON g.slug = p."group" WHERE p.person_id = ANY (:people)'
            " GROUP BY p.person_id"
        ),
        {"people": list(people)},
    )
    return {PersonId(row.person_id): tuple(row.names) for row in rows}


def grants_counts(
    session: Session, people: Collection[PersonId], now: datetime
) -> dict[PersonId, int]:
    """Count the grants in force of people."""
    rows = session.execute(
        text(
            "SELECT person_id, count(*) AS held FROM grants WHERE person_id = ANY (:people)"
            " AND ended_at IS NULL AND until > :now GROUP BY person_id"
        ),
        {"people": list(people), "now": now},
    )
    return {PersonId(row.person_id): row.held for row in rows}
