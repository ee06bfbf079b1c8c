"""What a person follows and is told of beyond the portal ends with their access."""

from sqlalchemy import delete, update

from app.core.ids import PersonId
from app.core.work import Work
from app.notices.models import NoticeReaderRow, NoticeRow, SubscriptionRow


def end_for(work: Work, person: PersonId) -> tuple[bool, int]:
    """End a person's feed, all that they follow, and the mail that still waits for them.

    For one whose access the gate let somebody end. Tells whether there was a feed, and how many
    things they followed.
    """
    feed = (
        update(NoticeReaderRow)
        .where(NoticeReaderRow.person_id == person, NoticeReaderRow.feed_hash.is_not(None))
        .values(feed_hash=None, feed_made_at=None)
        .returning(NoticeReaderRow.person_id)
    )
    followed = (
        delete(SubscriptionRow)
        .where(SubscriptionRow.person_id == person)
        .returning(SubscriptionRow.id)
    )
    waiting = (
        update(NoticeRow)
        .where(NoticeRow.person_id == person, NoticeRow.mail == "waiting")
        .values(mail="none")
    )
    ended = work.session.scalar(feed) is not None
    work.session.execute(waiting)
    return ended, len(work.session.scalars(followed).all())
