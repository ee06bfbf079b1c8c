"""Every statement on reviews, and the draw of a sample."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, insert, literal, select, tuple_
from sqlalchemy.orm import Session

from app.audit.reviews.models import ReviewItemRow, ReviewRow
from app.log import At, LoggedRow


def at_place(chosen: Select[LoggedRow], at: At) -> Select[LoggedRow]:
    """Narrow a selection to what the log held at a place."""
    return chosen.where(tuple_(LoggedRow.log, LoggedRow.index) < (at.log, at.size))


def draw(
    session: Session, population: Select[LoggedRow], seed: bytes, count: int
) -> Sequence[LoggedRow]:
    """Give the sample in the order of the draw, by the rule of `sampling`."""
    rank = func.sha256(literal(seed).op("||")(LoggedRow.leaf_hash))
    return session.scalars(population.order_by(rank).limit(count)).all()


def count(session: Session, population: Select[LoggedRow]) -> int:
    """Count the entries of a selection."""
    counted = population.with_only_columns(func.count())
    return session.execute(counted).scalar_one()


def keep(
    session: Session, review: ReviewRow, rows: Sequence[LoggedRow], salts: Sequence[bytes]
) -> None:
    """Write a review and its sample down."""
    session.add(review)
    session.flush()  # the sample refers to it
    session.execute(
        insert(ReviewItemRow),
        [
            {
                "review_id": review.id,
                "number": number,
                "entry_id": row.entry_id,
                "log": row.log,
                "index": row.index,
                "leaf_hash": row.leaf_hash,
                "salt": salt,
                "mark": None,
                "note": "",
                "marked_at": None,
            }
            for number, (row, salt) in enumerate(zip(rows, salts, strict=True), start=1)
        ],
    )


def reviews(session: Session, party: str) -> Sequence[tuple[ReviewRow, int, int]]:
    """Give the reviews of a party, newest first, with their open items and exceptions."""
    items = (
        select(
            ReviewItemRow.review_id,
            func.count().filter(ReviewItemRow.mark.is_(None)).label("open"),
            func.count().filter(ReviewItemRow.mark == "exception").label("exceptions"),
        )
        .group_by(ReviewItemRow.review_id)
        .subquery()
    )
    rows = session.execute(
        select(ReviewRow, items.c.open, items.c.exceptions)
        .join(items, items.c.review_id == ReviewRow.id)
        .where(ReviewRow.party == party)
        .order_by(ReviewRow.begun_at.desc(), ReviewRow.id)
    )
    return [(row, int(open_), int(exceptions)) for row, open_, exceptions in rows]


def review(
    session: Session, party: str, review_id: UUID, *, lock: bool = False
) -> ReviewRow | None:
    """Give a review of a party's auditors; with `lock`, nobody marks or signs it meanwhile."""
    chosen = select(ReviewRow).where(ReviewRow.id == review_id, ReviewRow.party == party)
    return session.scalars(chosen.with_for_update() if lock else chosen).first()


def items(session: Session, review_id: UUID) -> Sequence[ReviewItemRow]:
    """Give the sample of a review in the order of the draw."""
    chosen = select(ReviewItemRow).where(ReviewItemRow.review_id == review_id)
    return session.scalars(chosen.order_by(ReviewItemRow.number)).all()


def item(session: Session, review_id: UUID, number: int) -> ReviewItemRow | None:
    """Give one entry of a sample."""
    return session.get(ReviewItemRow, (review_id, number))


def logged(session: Session, entry_ids: Sequence[UUID]) -> Sequence[LoggedRow]:
    """Give those of these entries that are still in the database."""
    chosen = select(LoggedRow).where(LoggedRow.entry_id.in_(entry_ids))
    return session.scalars(chosen).all()
