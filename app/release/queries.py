"""Every SELECT of the procedure, and the one INSERT: decisions are written once."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.access import Scope
from app.core.ids import PersonId, RecordId, VersionId
from app.release.models import DecisionRow

OWN_COUNT_LIMIT = 25
_OUTCOMES = ("approve", "return", "refuse", "withdraw")


def keep(session: Session, row: DecisionRow) -> None:
    """Write a decision down.

    Flushed at once: the audience that it is shown to may be open to this transaction only now.
    """
    session.add(row)
    session.flush()


def hold(session: Session, version_id: VersionId) -> None:
    """Wait for other decisions on a version, and make others wait until this transaction ends."""
    key = func.hashtextextended(f"release:{version_id}", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def of_version(
    session: Session, scopes: Sequence[Scope], version_id: VersionId
) -> Sequence[DecisionRow]:
    """Give the decisions on a version, oldest first."""
    return session.scalars(
        select(DecisionRow)
        .where(DecisionRow.version_id == version_id, _held(scopes))
        .order_by(DecisionRow.decided_at, DecisionRow.id)
    ).all()


def one(session: Session, scopes: Sequence[Scope], decision_id: UUID) -> DecisionRow | None:
    """Give a decision."""
    return session.scalar(select(DecisionRow).where(DecisionRow.id == decision_id, _held(scopes)))


def of_record(
    session: Session, scopes: Sequence[Scope], record_id: RecordId
) -> Sequence[DecisionRow]:
    """Give the decisions on all versions of a record, oldest first."""
    return session.scalars(
        select(DecisionRow)
        .where(DecisionRow.record_id == record_id, _held(scopes))
        .order_by(DecisionRow.decided_at, DecisionRow.id)
    ).all()


def last_submissions(
    session: Session, scopes: Sequence[Scope], version_ids: Collection[VersionId]
) -> dict[VersionId, DecisionRow]:
    """Give the submission of each version, the last one where there were several."""
    rows = session.scalars(
        select(DecisionRow)
        .ext(distinct_on(DecisionRow.version_id))
        .where(DecisionRow.version_id.in_(version_ids), DecisionRow.kind == "submit", _held(scopes))
        .order_by(DecisionRow.version_id, DecisionRow.decided_at.desc(), DecisionRow.id.desc())
    )
    return {VersionId(row.version_id): row for row in rows}


def submitted(
    session: Session, scopes: Sequence[Scope], version_ids: Collection[VersionId]
) -> tuple[dict[VersionId, DecisionRow], dict[VersionId, tuple[DecisionRow, ...]]]:
    """Give of each version its last submission, and the approvals of that one, oldest first.

    What was approved before it was returned, and submitted anew, is no approval any more.
    """
    rows = session.scalars(
        select(DecisionRow)
        .where(
            DecisionRow.version_id.in_(version_ids),
            DecisionRow.kind.in_(("submit", "approve")),
            _held(scopes),
        )
        .order_by(DecisionRow.decided_at, DecisionRow.id)
    )
    submissions: dict[VersionId, DecisionRow] = {}
    approvals: dict[VersionId, tuple[DecisionRow, ...]] = {}
    for row in rows:
        version_id = VersionId(row.version_id)
        if row.kind == "submit":
            submissions[version_id] = row
            approvals[version_id] = ()
        elif version_id in submissions:
            approvals[version_id] += (row,)
    return submissions, approvals


def consents(
    session: Session, scopes: Sequence[Scope], version_ids: Collection[VersionId]
) -> dict[VersionId, frozenset[bytes]]:
    """Give the content hashes that were consented to, version by version."""
    rows = session.execute(
        select(DecisionRow.version_id, func.array_agg(DecisionRow.content_hash))
        .where(
            DecisionRow.version_id.in_(version_ids), DecisionRow.kind == "consent", _held(scopes)
        )
        .group_by(DecisionRow.version_id)
    )
    return {VersionId(version_id): frozenset(hashes) for version_id, hashes in rows}


def own_submissions(
    session: Session, scopes: Sequence[Scope], person: PersonId
) -> list[tuple[DecisionRow, DecisionRow | None]]:
    """Give a person's own submissions, newest first, each with the last decision that followed."""
    outcome = aliased(DecisionRow)
    last = (
        select(outcome.id)
        .where(
            outcome.version_id == DecisionRow.version_id,
            outcome.id > DecisionRow.id,
            outcome.kind.in_(_OUTCOMES),
            outcome.statement["approval"]["last"].astext.is_distinct_from("false"),
        )
        .order_by(outcome.id.desc())
        .limit(1)
        .correlate(DecisionRow)
        .scalar_subquery()
    )
    final = aliased(DecisionRow)
    rows = session.execute(
        select(DecisionRow, final)
        .outerjoin(final, final.id == last)
        .where(DecisionRow.person_id == person, DecisionRow.kind == "submit", _held(scopes))
        .order_by(DecisionRow.decided_at.desc(), DecisionRow.id.desc())
        .limit(OWN_COUNT_LIMIT)
    )
    return [(submitted, followed) for submitted, followed in rows]


def _held(scopes: Sequence[Scope]) -> ColumnElement[bool]:
    return or_(*(scope.holds(DecisionRow.audience_id) for scope in scopes))
