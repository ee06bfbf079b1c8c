"""A person's feed: what they were told last, no more of it than mail may carry.

The token in its address lies in some program's settings: it is one factor, shows nothing that
mail may not, and does nothing else.
"""

import hashlib
import json
from datetime import timedelta

from app import parties
from app.access import Assurance, Gate
from app.core.errors import NotFound, TooMany
from app.core.ids import PersonId
from app.core.work import Work
from app.notices import queries
from app.notices.ceiling import Ceiling
from app.notices.choices import token_hash
from app.notices.looking_up import Told, look_up, shown
from app.notices.models import NoticeReaderRow
from app.notices.views import FeedEntry, FeedView

LENGTH = 50
SOMETHING = "Something waits for you in Entente"
WINDOW = timedelta(hours=1)
MOST_READS = 60


def feed(work: Work, gate: Gate, ceiling: Ceiling, token: str, known_tag: str = "") -> FeedView:
    """Give the feed that a token opens, having written in the log which titles it shows.

    Where `known_tag` is its tag, whoever asks has it already: nothing is shown, or written.

    Raises:
        NotFound: no such token, none any more, or its person is suspended; these are alike.
        TooMany: it was asked for more often than any program needs.
    """
    reader = queries.reader_of_feed(work.session, token_hash(token))
    if reader is None:
        raise NotFound
    account = parties.account_of(work.session, PersonId(reader.person_id))
    if account is None or not account.active:
        raise NotFound
    _count(work, reader)
    schemes = gate.keeper.current.schemes
    actor = parties.actor_for(work, schemes, account.person, Assurance.PASSWORD)
    rows = queries.newest_of(work.session, account.person, limit=LENGTH)
    scope, told = look_up(work, gate, actor, rows)
    leaving = [one for one in told if one.may_leave(gate, ceiling, work.now)]
    entries = [_entry(one, named=one in leaving) for one in told]
    updated_at = max((row.made_at for row in rows), default=reader.feed_made_at or work.now)
    view = FeedView(entries, updated_at, _tag(entries))
    if view.tag != known_tag:
        shown(work, gate, actor, scope, leaving, event="feed.read")
    return view


def _entry(told: Told, *, named: bool) -> FeedEntry:
    row, title = told.row, told.title
    if not named:
        return FeedEntry(row.id, SOMETHING, "/notices", row.made_at)
    said = f"{told.sentence} {title.reference} {title.title}" if title else told.sentence
    return FeedEntry(row.id, said.strip(), row.path, row.made_at)


def _tag(entries: list[FeedEntry]) -> str:
    plain = [(str(one.id), one.title, one.path, one.at.isoformat()) for one in entries]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:32]


def _count(work: Work, reader: NoticeReaderRow) -> None:
    since = reader.feed_since
    if since is None or work.now - since >= WINDOW:
        reader.feed_since, reader.feed_reads = work.now, 0
    elif reader.feed_reads >= MOST_READS:
        wait = since + WINDOW - work.now
        raise TooMany("This feed was asked for too often. Ask less often.", retry_after=wait)
    reader.feed_reads += 1
