"""The statements of the worker's steps: what waits to be told and to be mailed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import case, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from app.core.ids import AudienceId, PersonId, VersionId
from app.notices.models import (
    NoticeMailRow,
    NoticeReaderRow,
    NoticeRow,
    ReleaseToTellRow,
    SubscriptionRow,
)
from app.notices.rhythm import Rhythm


class Due(NamedTuple):
    """A released version whose followers are to be told, and the audience of its title.

    `due_at`: when it was released, or when time alone brought it into more people's sight.
    """

    version_id: VersionId
    audience_id: AudienceId
    due_at: datetime


def releases_due(session: Session, now: datetime, *, most: int) -> list[Due]:
    """Give what is to be told now, longest due first."""
    rows = session.execute(
        text("SELECT * FROM entente_releases_due(:now, :most)"), {"now": now, "most": most}
    )
    return [Due(VersionId(row.version_id), AudienceId(row.audience_id), row.due_at) for row in rows]


def followers(session: Session) -> list[PersonId]:
    """Give everybody who follows something."""
    found = session.scalars(select(SubscriptionRow.person_id).distinct())
    return sorted(map(PersonId, found))


def told_of(
    session: Session, version_ids: Collection[VersionId], again: Mapping[VersionId, datetime]
) -> None:
    """Take versions off the queue, but for those that others will see at a later moment."""
    done = set(version_ids) - set(again)
    session.execute(delete(ReleaseToTellRow).where(ReleaseToTellRow.version_id.in_(done)))
    for version_id, due_at in again.items():
        row = ReleaseToTellRow.version_id == version_id
        session.execute(update(ReleaseToTellRow).where(row).values(due_at=due_at))


def mail_to_try_again(session: Session, now: datetime) -> NoticeMailRow | None:
    """Take a mail that was not taken and has waited; nobody else takes it meanwhile."""
    chosen = (
        select(NoticeMailRow)
        .where(NoticeMailRow.state == "waiting", NoticeMailRow.mail_after <= now)
        .order_by(NoticeMailRow.mail_after)
        .limit(1)
    )
    return session.scalars(chosen.with_for_update(skip_locked=True)).first()


def person_due(
    session: Session, since: datetime, told_before: Mapping[Rhythm, datetime]
) -> PersonId | None:
    """Give somebody who is to be mailed now, by their own rhythm."""
    rhythm = func.coalesce(NoticeReaderRow.rhythm, Rhythm.AT_ONCE.value)
    due = case(*((rhythm == one.value, until) for one, until in told_before.items()))
    found = session.scalar(
        select(NoticeRow.person_id)
        .outerjoin(NoticeReaderRow, NoticeReaderRow.person_id == NoticeRow.person_id)
        .where(NoticeRow.mail == "waiting", NoticeRow.made_at > since, NoticeRow.made_at <= due)
        .order_by(NoticeRow.made_at)
        .limit(1)
    )
    return None if found is None else PersonId(found)


def claim_waiting(session: Session, person: PersonId, since: datetime) -> list[NoticeRow]:
    """Hold what waits to be mailed to a person; what another worker holds is left to it."""
    chosen = (
        select(NoticeRow)
        .where(
            NoticeRow.person_id == person, NoticeRow.mail == "waiting", NoticeRow.made_at > since
        )
        .order_by(NoticeRow.made_at, NoticeRow.id)
    )
    return list(session.scalars(chosen.with_for_update(skip_locked=True)))


def notices_of_mail(session: Session, mail_id: UUID) -> list[NoticeRow]:
    """Give what a mail tells of."""
    chosen = select(NoticeRow).where(NoticeRow.mail_id == mail_id)
    return list(session.scalars(chosen.order_by(NoticeRow.made_at, NoticeRow.id)))


def settle(session: Session, rows: Sequence[NoticeRow]) -> None:
    """Note that notices are not mailed."""
    _set(session, [row.id for row in rows], mail="none", mail_id=None)


def take(session: Session, rows: Sequence[NoticeRow], mail_id: UUID) -> None:
    """Note that notices are in a mail."""
    _set(session, [row.id for row in rows], mail="taken", mail_id=mail_id)


def _set(session: Session, ids: Collection[UUID], **values: Any) -> None:
    if ids:
        session.execute(update(NoticeRow).where(NoticeRow.id.in_(ids)).values(**values))


def set_mail(session: Session, mail_id: UUID, **values: Any) -> None:
    """Note what became of a mail."""
    session.execute(update(NoticeMailRow).where(NoticeMailRow.id == mail_id).values(**values))


def give_up_lost(session: Session, before: datetime) -> Sequence[UUID]:
    """Note of mails that their worker left in the middle that nobody knows what became of them."""
    lost = NoticeMailRow.state == "handing", NoticeMailRow.mail_after < before
    return session.scalars(
        update(NoticeMailRow).where(*lost).values(state="unknown").returning(NoticeMailRow.id)
    ).all()


def forget_old(session: Session, now: datetime, read: timedelta, unread: timedelta) -> None:
    """Remove what was read, or told, long ago, and the mails of that time."""
    old = or_(NoticeRow.read_at < now - read, NoticeRow.made_at < now - unread)
    session.execute(delete(NoticeRow).where(old))
    kept = select(NoticeRow.mail_id).where(NoticeRow.mail_id == NoticeMailRow.id).exists()
    gone = NoticeMailRow.composed_at < now - unread
    session.execute(delete(NoticeMailRow).where(gone, ~kept))
