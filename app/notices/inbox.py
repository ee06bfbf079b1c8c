"""A person's notices in the portal: list, open, mark as read."""

from datetime import datetime
from uuid import UUID

from app.access import Actor, Gate
from app.core.errors import Invalid, NotFound, NotSignedIn
from app.core.ids import PersonId
from app.core.paging import PAGE_SIZE, Page, decode_cursor, encode_cursor
from app.core.work import Work
from app.notices import queries
from app.notices.looking_up import Told, look_up, shown
from app.notices.models import NoticeRow
from app.notices.views import NoticeView


def inbox(work: Work, gate: Gate, actor: Actor, cursor: str = "") -> Page[NoticeView]:
    """Show a page of the actor's notices: the unread first, each part newest first.

    Raises:
        NotSignedIn: the public has none.
        Invalid: the cursor is not one of this list's.
    """
    person = person_of(actor)
    rows = queries.notices_of(work.session, person, _place(cursor), limit=PAGE_SIZE + 1)
    page = rows[:PAGE_SIZE]
    scope, told = look_up(work, gate, actor, page)
    shown(work, gate, actor, scope, told, event="notices.listed")
    more = _cursor(page[-1]) if len(rows) > PAGE_SIZE else None
    return Page([_view(one) for one in told], next_cursor=more)


def unread_count(work: Work, actor: Actor) -> int:
    """Count what the actor has not read, for the number on every page."""
    return 0 if actor.person is None else queries.unread_count(work.session, actor.person)


def open_notice(work: Work, actor: Actor, notice_id: UUID) -> str:
    """Note that the actor has read a notice, and give the page that it leads to.

    Raises:
        NotFound: the actor has no such notice.
    """
    path = queries.mark_read(work.session, person_of(actor), notice_id, work.now)
    if path is None:
        raise NotFound
    return path


def mark_all_read(work: Work, actor: Actor) -> None:
    """Note that the actor has read all their notices."""
    queries.mark_all_read(work.session, person_of(actor), work.now)


def person_of(actor: Actor) -> PersonId:
    """Give who asks.

    Raises:
        NotSignedIn: it is the public.
    """
    if actor.person is None:
        raise NotSignedIn("Sign in to see this page.")
    return actor.person


def _cursor(row: NoticeRow) -> str:
    return encode_cursor(row.read_at is None, row.made_at.isoformat(), row.id)


def _place(cursor: str) -> tuple[bool, datetime, UUID] | None:
    if not cursor:
        return None
    try:
        unread, made_at, notice_id = decode_cursor(cursor)
        place = bool(unread), datetime.fromisoformat(made_at), UUID(notice_id)
        if place[1].tzinfo is None:
            raise ValueError("a time without a zone")
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid("This page link is damaged. Start again from the first page.") from error
    return place


def _view(told: Told) -> NoticeView:
    row, title = told.row, told.title
    return NoticeView(
        id=row.id,
        kind=told.kind,
        sentence=told.sentence,
        path="" if told.gone else row.path,
        title=title.title if title else "",
        reference=title.reference if title else "",
        marking=title.marking if title and title.title else None,
        gone=told.gone,
        made_at=row.made_at,
        read_at=row.read_at,
    )
