"""Every SELECT of what people are told, chose and follow, and the statements that must be one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, func, literal, select, tuple_, update
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.ids import PersonId
from app.notices.kinds import Channel, Kind
from app.notices.models import (
    NoticeChoiceRow,
    NoticeMailRow,
    NoticeReaderRow,
    NoticeRow,
    SubscriptionRow,
)
from app.notices.rhythm import Rhythm

MOST_COUNTED = 100

# Asked by every page: made once.
_UNREAD_COUNT = select(func.count()).select_from(
    select(NoticeRow.id)
    .where(NoticeRow.person_id == bindparam("person"), NoticeRow.read_at.is_(None))
    .limit(MOST_COUNTED)
    .subquery()
)


def who_turned_off(session: Session, kind: Kind, people: Collection[PersonId]) -> set[PersonId]:
    """Give those of these people who want to hear nothing of this kind."""
    if not people:
        return set()
    found = session.scalars(
        select(NoticeChoiceRow.person_id).where(
            NoticeChoiceRow.person_id.in_(people),
            NoticeChoiceRow.kind == kind.value,
            NoticeChoiceRow.channel == Channel.OFF.value,
        )
    )
    return set(map(PersonId, found))


def keep_notices(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep notices; one whose person was told of its key before is left out."""
    if rows:
        session.execute(insert(NoticeRow).on_conflict_do_nothing(), list(rows))


def notices_of(
    session: Session, person: PersonId, after: tuple[bool, datetime, UUID] | None, *, limit: int
) -> list[NoticeRow]:
    """Give a person's notices, the unread first, each part newest first."""
    unread = NoticeRow.read_at.is_(None)
    chosen = select(NoticeRow).where(NoticeRow.person_id == person)
    if after is not None:
        place = tuple_(unread, NoticeRow.made_at, NoticeRow.id)
        chosen = chosen.where(place < tuple_(*map(literal, after)))
    order = unread.desc(), NoticeRow.made_at.desc(), NoticeRow.id.desc()
    return list(session.scalars(chosen.order_by(*order).limit(limit)))


def newest_of(session: Session, person: PersonId, *, limit: int) -> list[NoticeRow]:
    """Give what a person was told last."""
    chosen = select(NoticeRow).where(NoticeRow.person_id == person)
    newest = chosen.order_by(NoticeRow.made_at.desc(), NoticeRow.id.desc())
    return list(session.scalars(newest.limit(limit)))


def unread_count(session: Session, person: PersonId) -> int:
    """Count what a person has not read, no further than is told."""
    return session.scalar(_UNREAD_COUNT, {"person": person}) or 0


def mark_read(session: Session, person: PersonId, notice_id: UUID, now: datetime) -> str | None:
    """Note that a notice was read, the first time; gives its path, None where it is not theirs."""
    return session.scalar(
        update(NoticeRow)
        .where(NoticeRow.id == notice_id, NoticeRow.person_id == person)
        .values(read_at=func.coalesce(NoticeRow.read_at, now))
        .returning(NoticeRow.path)
    )


def mark_all_read(session: Session, person: PersonId, now: datetime) -> None:
    """Note that all of a person's notices were read."""
    unread = NoticeRow.person_id == person, NoticeRow.read_at.is_(None)
    session.execute(update(NoticeRow).where(*unread).values(read_at=now))


def settle(
    session: Session,
    path: str,
    kinds: Collection[Kind],
    people: Collection[PersonId] | None,
    now: datetime,
) -> None:
    """Note that what waited at a page is done: read, not to be mailed, its key free."""
    done = [NoticeRow.path == path, NoticeRow.kind.in_([kind.value for kind in kinds])]
    if people is not None:
        done.append(NoticeRow.person_id.in_(people))
    mail = case((NoticeRow.mail == "waiting", "none"), else_=NoticeRow.mail)
    read_at = func.coalesce(NoticeRow.read_at, now)
    settled = {"read_at": read_at, "mail": mail, "key": ""}
    session.execute(update(NoticeRow).where(*done).values(settled))


def reader(session: Session, person: PersonId) -> NoticeReaderRow | None:
    """Give how a person wants to be told, if they ever said."""
    return session.get(NoticeReaderRow, person)


def channels(session: Session, person: PersonId) -> dict[Kind, Channel]:
    """Give how far a person chose that kinds go."""
    rows = session.execute(
        select(NoticeChoiceRow.kind, NoticeChoiceRow.channel).where(
            NoticeChoiceRow.person_id == person
        )
    )
    return {Kind(row.kind): Channel(row.channel) for row in rows if row.kind in set(Kind)}


def keep_rhythm(session: Session, person: PersonId, rhythm: Rhythm) -> None:
    """Keep how often a person is mailed."""
    _keep_reader(session, person, rhythm=rhythm.value)


def keep_channels(session: Session, person: PersonId, chosen: Mapping[Kind, Channel]) -> None:
    """Keep how far kinds go to a person."""
    for kind, channel in chosen.items():
        said = {"channel": channel.value}
        session.execute(
            insert(NoticeChoiceRow)
            .values(person_id=person, kind=kind.value, **said)
            .on_conflict_do_update(index_elements=["person_id", "kind"], set_=said)
        )


def keep_feed(
    session: Session, person: PersonId, feed_hash: bytes | None, made_at: datetime | None
) -> None:
    """Keep the hash of the token of a person's feed, or none."""
    _keep_reader(
        session, person, feed_hash=feed_hash, feed_made_at=made_at, feed_reads=0, feed_since=made_at
    )


def _keep_reader(session: Session, person: PersonId, **said: Any) -> None:
    fresh = {"rhythm": Rhythm.AT_ONCE.value, "feed_reads": 0} | said
    session.execute(
        insert(NoticeReaderRow)
        .values(person_id=person, **fresh)
        .on_conflict_do_update(index_elements=["person_id"], set_=said)
    )


def reader_of_feed(session: Session, feed_hash: bytes) -> NoticeReaderRow | None:
    """Give whose feed a token opens, and hold the row until this transaction ends."""
    chosen = select(NoticeReaderRow).where(NoticeReaderRow.feed_hash == feed_hash)
    return session.scalars(chosen.with_for_update()).first()


def mail_of_token(session: Session, unsubscribe_hash: bytes) -> NoticeMailRow | None:
    """Give the mail that a token to unsubscribe was in."""
    chosen = select(NoticeMailRow).where(NoticeMailRow.unsubscribe_hash == unsubscribe_hash)
    return session.scalars(chosen).first()


def subscription_count(session: Session, person: PersonId) -> int:
    """Count what a person follows."""
    counted = select(func.count()).where(SubscriptionRow.person_id == person)
    return session.scalar(counted) or 0


def subscriptions(session: Session, person: PersonId) -> list[SubscriptionRow]:
    """Give what a person follows, oldest first."""
    chosen = select(SubscriptionRow).where(SubscriptionRow.person_id == person)
    return list(session.scalars(chosen.order_by(SubscriptionRow.begun_at, SubscriptionRow.id)))


def keep_subscription(session: Session, **row: Any) -> UUID:
    """Keep that a person follows something; once is enough, the last name counts."""
    same = ["person_id", "subject", "value"]
    kept = insert(SubscriptionRow).values(**row)
    found: UUID = session.execute(
        kept.on_conflict_do_update(index_elements=same, set_={"name": row["name"]}).returning(
            SubscriptionRow.id
        )
    ).scalar_one()
    return found


def drop_subscription(session: Session, person: PersonId, subscription_id: UUID) -> bool:
    """Forget that a person follows something; tells whether they did."""
    gone = session.scalars(
        delete_from(SubscriptionRow)
        .where(SubscriptionRow.id == subscription_id, SubscriptionRow.person_id == person)
        .returning(SubscriptionRow.id)
    )
    return gone.first() is not None
