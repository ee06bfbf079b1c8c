"""Every SELECT of the domain, and the few statements that change a row."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, update
from sqlalchemy.orm import Session

from app.access import Scope
from app.core.ids import RecordId, RequestId
from app.requests.models import ListingRow, RequestMatchRow, RequestRow, RequestStepRow

MOST = 200


def request(session: Session, request_id: RequestId, *, hold: bool = False) -> RequestRow | None:
    """Give a request in sight; `hold` keeps others from it until the transaction ends."""
    chosen = select(RequestRow).where(RequestRow.id == request_id)
    if hold:
        chosen = chosen.with_for_update().execution_options(populate_existing=True)
    return session.scalar(chosen)


def requests_of(session: Session, scope: Scope, person: UUID) -> Sequence[RequestRow]:
    """Give what a person asked for, or was asked for with, newest first."""
    theirs = RequestRow.people.contains([person])
    return _list(session, scope.holds(RequestRow.audience_id) & theirs, newest=True)


def open_count(session: Session, scope: Scope, requester: UUID) -> int:
    """Count what somebody asked for that is neither granted, refused nor withdrawn."""
    count = select(func.count()).where(
        scope.holds(RequestRow.audience_id),
        RequestRow.requester == requester,
        RequestRow.state.in_(["waiting", "returned"]),
    )
    return session.scalar(count) or 0


def requests_to(
    session: Session, scope: Scope, originator: str, *, open_: bool
) -> Sequence[RequestRow]:
    """Give what an originator was asked: what waits, the soonest due first, or all the rest."""
    waiting = RequestRow.state == "waiting"
    return _list(
        session,
        scope.holds(RequestRow.audience_id)
        & (RequestRow.originator == originator)
        & (waiting if open_ else ~waiting),
        newest=not open_,
    )


def sought(session: Session, scope: Scope) -> Sequence[RequestRow]:
    """Give what somebody seeks that a record of the actor's organisation may answer."""
    matched = (
        select(RequestMatchRow.request_id)
        .where(scope.holds(RequestMatchRow.audience_id), RequestMatchRow.passed_at.is_(None))
        .scalar_subquery()
    )
    alive = RequestRow.state.in_(["waiting", "granted"])
    return _list(session, RequestRow.id.in_(matched) & alive, newest=True)


def _list(session: Session, which: ColumnElement[bool], *, newest: bool) -> Sequence[RequestRow]:
    order = RequestRow.asked_at.desc() if newest else RequestRow.due_at
    return session.scalars(
        select(RequestRow).where(which).order_by(order, RequestRow.id).limit(MOST)
    ).all()


def matches(
    session: Session, scope: Scope, request_ids: Collection[UUID]
) -> Mapping[UUID, list[RequestMatchRow]]:
    """Give what may answer requests, of the actor's own organisation only."""
    rows = session.scalars(
        select(RequestMatchRow)
        .where(
            RequestMatchRow.request_id.in_(request_ids), scope.holds(RequestMatchRow.audience_id)
        )
        .order_by(RequestMatchRow.found_at, RequestMatchRow.record_id)
    )
    found: dict[UUID, list[RequestMatchRow]] = {}
    for row in rows:
        found.setdefault(row.request_id, []).append(row)
    return found


def steps(session: Session, scope: Scope, request_id: RequestId) -> Sequence[RequestStepRow]:
    """Give the steps of a request in sight, oldest first."""
    return session.scalars(
        select(RequestStepRow)
        .where(RequestStepRow.request_id == request_id, scope.holds(RequestStepRow.audience_id))
        .order_by(RequestStepRow.taken_at, RequestStepRow.id)
    ).all()


def granted(session: Session, scope: Scope, request_id: RequestId) -> RequestStepRow | None:
    """Give the step by which a request was granted last, if it is in sight."""
    return session.scalar(
        select(RequestStepRow)
        .where(
            RequestStepRow.request_id == request_id,
            RequestStepRow.kind == "granted",
            scope.holds(RequestStepRow.audience_id),
        )
        .order_by(RequestStepRow.taken_at.desc())
        .limit(1)
    )


def places(session: Session, request_ids: Collection[UUID]) -> dict[UUID, int]:
    """Give the place of requests in sight in their originators' queues, from 1."""
    asked = {"asked": list(request_ids)}
    rows = session.execute(text("SELECT * FROM entente_request_places(:asked)"), asked)
    return {row.id: row.place for row in rows}


def change(session: Session, request_id: RequestId, was: Collection[str], **values: Any) -> bool:
    """Change a request in sight if it is in one of these states; tell whether it was."""
    changed = (
        update(RequestRow)
        .where(RequestRow.id == request_id, RequestRow.state.in_(was))
        .values(**values)
        .returning(RequestRow.id)
    )
    return session.scalar(changed) is not None


def pass_over(
    session: Session, request_id: RequestId, record_id: RecordId, now: datetime, by: UUID
) -> bool:
    """Have a match left unanswered; tell whether there was one to leave."""
    changed = (
        update(RequestMatchRow)
        .where(
            RequestMatchRow.request_id == request_id,
            RequestMatchRow.record_id == record_id,
            RequestMatchRow.passed_at.is_(None),
        )
        .values(passed_at=now, passed_by=by)
        .returning(RequestMatchRow.record_id)
    )
    return session.scalar(changed) is not None


def listing(session: Session, scope: Scope, reference: str) -> ListingRow | None:
    """Give the listing of a reference, if it is in sight."""
    return session.scalar(
        select(ListingRow).where(
            ListingRow.reference == reference, scope.holds(ListingRow.audience_id)
        )
    )


def listing_of(session: Session, record_id: RecordId) -> ListingRow | None:
    """Give the listing of a record, if it is in sight."""
    return session.get(ListingRow, record_id)


def listings_of(
    session: Session, scope: Scope, record_ids: Collection[RecordId]
) -> Sequence[ListingRow]:
    """Give the listings of records that are in sight."""
    named = ListingRow.record_id.in_(record_ids)
    return session.scalars(
        select(ListingRow).where(named, scope.holds(ListingRow.audience_id))
    ).all()


def listings(session: Session, scope: Scope, words: str = "") -> Sequence[ListingRow]:
    """Give the listings in sight with all of these words, newest first."""
    chosen = select(ListingRow).where(scope.holds(ListingRow.audience_id))
    for word in words.split()[:20]:
        like = f"%{word.replace('%', '').replace('_', '')}%"
        columns = (ListingRow.title, ListingRow.description, ListingRow.reference)
        chosen = chosen.where(or_(*(column.ilike(like) for column in columns)))
    order = (ListingRow.listed_at.desc(), ListingRow.record_id)
    return session.scalars(chosen.order_by(*order).limit(MOST)).all()
