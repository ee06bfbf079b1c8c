"""Mails people what waits for them, each message composed for its person when it is sent.

A message is handed over once, at most: it is noted as being handed over before the server is asked,
and where nobody knows what became of it (the worker died, the connection was lost before the last
word) it is not sent again. What it told of stands in the portal in any case. A server's clear no is
tried again, later each time, and what is sent then is composed anew.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app import parties
from app.access import Actor, Assurance, Gate
from app.core.errors import Unavailable
from app.core.ids import PersonId, new_id
from app.core.mail import Mail, Mailer, MaybeTaken
from app.core.work import Origin, Units, Work
from app.notices import queries, worker_queries
from app.notices.ceiling import Ceiling
from app.notices.choices import RandomBytes, channels_of, new_token, token_hash
from app.notices.composing import compose
from app.notices.kinds import Channel, Kind
from app.notices.looking_up import KNOWN, look_up, shown
from app.notices.models import NoticeMailRow, NoticeRow
from app.notices.rhythm import MOST_ATTEMPTS, Rhythm, backoff, told_before
from app.parties import Account

RECENT: Final = timedelta(days=8)  # what is older when mail begins to be sent is no news
HANDING: Final = timedelta(minutes=15)
KEPT_READ: Final = timedelta(days=90)
KEPT: Final = timedelta(days=400)

logger = logging.getLogger("entente.notices")


@dataclass(frozen=True)
class Post:
    """What mailing needs beside the database."""

    mailer: Mailer
    ceiling: Ceiling
    base_url: str
    random_bytes: RandomBytes


@dataclass(frozen=True)
class Taken:
    """A mail that is this worker's to hand over; `mail` None: there was nothing to say."""

    id: UUID
    mail: Mail | None
    attempts: int = 0


def mail_next(units: Units, gate: Gate, post: Post, *, origin: Origin) -> bool:
    """Mail the next person what waits for them; tells whether to go on.

    The server is asked outside of any transaction.
    """
    with units.begin(origin) as work:
        taken = _take(work, gate, post)
    if taken is None or taken.mail is None:
        return taken is not None
    try:
        post.mailer.send(taken.mail)
    except MaybeTaken as problem:
        logger.warning("a mail may not have been taken, and is not sent again: %s", problem)
        return _became(units, origin, taken.id, state="unknown")
    except Unavailable as problem:
        logger.warning("a mail waits to be sent again: %s", problem)
        _not_taken(units, origin, taken)
        return False
    return _became(units, origin, taken.id, state="sent")


def sweep(work: Work) -> None:
    """Remove notices that were read or told long ago, and end what was left in the middle."""
    worker_queries.give_up_lost(work.session, work.now - HANDING)
    worker_queries.forget_old(work.session, work.now, KEPT_READ, KEPT)


def _take(work: Work, gate: Gate, post: Post) -> Taken | None:
    again = worker_queries.mail_to_try_again(work.session, work.now)
    if again is not None:
        rows = worker_queries.notices_of_mail(work.session, again.id)
        return _prepare(work, gate, post, PersonId(again.person_id), rows, again)
    due = {rhythm: told_before(rhythm, work.now) for rhythm in Rhythm}
    since = work.now - RECENT
    person = worker_queries.person_due(work.session, since, due)
    if person is None:
        return None
    rows = worker_queries.claim_waiting(work.session, person, since)
    return _prepare(work, gate, post, person, rows, None) if rows else None


def _prepare(
    work: Work,
    gate: Gate,
    post: Post,
    person: PersonId,
    rows: Sequence[NoticeRow],
    again: NoticeMailRow | None,
) -> Taken:
    account = parties.account_of(work.session, person)
    wanted = _wanted(work, person, rows) if account is not None and account.active else []
    mail_id = again.id if again else new_id()
    worker_queries.settle(work.session, [row for row in rows if row not in wanted])
    written = _write(work, gate, post, account, wanted, mail_id) if account and wanted else None
    if written is None:
        worker_queries.settle(work.session, wanted)
        if again is not None:
            worker_queries.set_mail(work.session, mail_id, state="given-up")
        return Taken(mail_id, None)
    mail, token = written
    _claim(work, person, wanted, mail_id, token, again)
    return Taken(mail_id, mail, again.attempts if again else 0)


def _wanted(work: Work, person: PersonId, rows: Sequence[NoticeRow]) -> list[NoticeRow]:
    chosen = channels_of(work, person)
    return [row for row in rows if row.kind in KNOWN and chosen[Kind(row.kind)] is Channel.MAIL]


def _write(
    work: Work,
    gate: Gate,
    post: Post,
    account: Account,
    rows: Sequence[NoticeRow],
    mail_id: UUID,
) -> tuple[Mail, str] | None:
    actor = _reader(work, gate, account.person)
    scope, told = look_up(work, gate, actor, rows)
    # Who may see no more what they follow hears nothing of it.
    told = [one for one in told if not (one.gone and one.kind is Kind.FOLLOWED_RELEASED)]
    if not told:
        return None
    named = [one for one in told if one.may_leave(gate, post.ceiling, work.now)]
    token = new_token(post.random_bytes)
    mail = compose(
        account.email, named, len(told) - len(named), post.base_url, token, key=str(mail_id)
    )
    if any(one.title for one in named):
        shown(work, gate, actor, scope, named, event="notices.mailed")
    return mail, token


def _reader(work: Work, gate: Gate, person: PersonId) -> Actor:
    """Give whom a mail is written for: who reads it has shown nothing but a mailbox's password."""
    return parties.actor_for(work, gate.keeper.current.schemes, person, Assurance.PASSWORD)


def _claim(
    work: Work,
    person: PersonId,
    rows: Sequence[NoticeRow],
    mail_id: UUID,
    token: str,
    again: NoticeMailRow | None,
) -> None:
    facts = {
        "kinds": sorted({row.kind for row in rows} | _all_if_digest(work, person)),
        "state": "handing",
        "mail_after": work.now,
        "composed_at": work.now,
        "unsubscribe_hash": token_hash(token),
    }
    if again is not None:
        worker_queries.set_mail(work.session, mail_id, **facts)
        return
    work.session.add(NoticeMailRow(id=mail_id, person_id=person, attempts=0, **facts))
    work.session.flush()  # the notices refer to it
    worker_queries.take(work.session, rows, mail_id)


def _all_if_digest(work: Work, person: PersonId) -> set[str]:
    """Who ends a digest ends all of it; who ends a mail of its own, mails of that kind."""
    reader = queries.reader(work.session, person)
    digest = reader is not None and reader.rhythm != Rhythm.AT_ONCE.value
    return {kind.value for kind in Kind} if digest else set()


def _became(units: Units, origin: Origin, mail_id: UUID, *, state: str) -> bool:
    with units.begin(origin) as work:
        worker_queries.set_mail(work.session, mail_id, state=state)
    return True


def _not_taken(units: Units, origin: Origin, taken: Taken) -> None:
    attempts = taken.attempts + 1
    state = "waiting" if attempts < MOST_ATTEMPTS else "given-up"
    with units.begin(origin) as work:
        after = work.now + backoff(attempts)
        worker_queries.set_mail(
            work.session, taken.id, state=state, attempts=attempts, mail_after=after
        )
