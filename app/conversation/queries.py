"""Every SELECT and every write of conversations; each list takes the scopes that it lists in."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    any_,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Session

from app.access import Scope, held, sight_of
from app.conversation.models import MentionRow, MessageRow, ThreadRow
from app.core.ids import MessageId, PersonId, ThreadId, VersionId

MOST_THREADS = 500

# Asked beside every record: made once.
_OF_VERSION = (
    select(ThreadRow)
    .where(ThreadRow.version_id == bindparam("version"), held(ThreadRow.audience_id))
    .order_by(ThreadRow.id)
    .limit(MOST_THREADS)
)
_MESSAGES = (
    select(MessageRow)
    .where(MessageRow.thread_id == any_(bindparam("threads", type_=ARRAY(PG_UUID))))
    .order_by(MessageRow.id)
)
_MENTIONS = select(MentionRow).where(
    MentionRow.message_id == any_(bindparam("messages", type_=ARRAY(PG_UUID)))
)


def threads_of(
    session: Session, scopes: Sequence[Scope], version_id: VersionId
) -> Sequence[ThreadRow]:
    """Give the threads at a version, oldest first."""
    sight = sight_of([one for scope in scopes for one in scope.audience_ids])
    return session.scalars(_OF_VERSION, {"version": version_id, "held": sight}).all()


def thread(session: Session, scopes: Sequence[Scope], thread_id: ThreadId) -> ThreadRow | None:
    """Give one thread."""
    return session.scalar(select(ThreadRow).where(ThreadRow.id == thread_id, _held(scopes)))


def open_for(
    session: Session, scopes: Sequence[Scope], person: PersonId, organisation: str
) -> Sequence[ThreadRow]:
    """Give the open threads that somebody takes part in or that ask their organisation."""
    named = (
        select(MentionRow.message_id)
        .join(MessageRow, MessageRow.id == MentionRow.message_id)
        .where(MessageRow.thread_id == ThreadRow.id, MentionRow.person_id == person)
    )
    said = select(MessageRow.id).where(
        MessageRow.thread_id == ThreadRow.id, MessageRow.person_id == person
    )
    return session.scalars(
        select(ThreadRow)
        .where(
            ThreadRow.resolved_at.is_(None),
            _held(scopes),
            or_(ThreadRow.addressee == organisation, named.exists(), said.exists()),
        )
        .order_by(ThreadRow.due_on.nulls_last(), ThreadRow.id.desc())
        .limit(MOST_THREADS)
    ).all()


def asked_count(session: Session, scopes: Sequence[Scope], organisation: str) -> int:
    """Count the requests for information in sight that an organisation has not answered."""
    count = select(func.count()).where(_asks(organisation), _held(scopes))
    return session.scalar(count) or 0


def due_of(
    session: Session, scopes: Sequence[Scope], organisation: str, until: date
) -> Sequence[ThreadRow]:
    """Give the requests in sight that an organisation is to answer by a day, soonest first."""
    return session.scalars(
        select(ThreadRow)
        .where(_asks(organisation), ThreadRow.due_on <= until, _held(scopes))
        .order_by(ThreadRow.due_on, ThreadRow.id)
        .limit(MOST_THREADS)
    ).all()


def due_anywhere(session: Session, since: date, until: date) -> Sequence[Row[Any]]:
    """Give what waits for an answer from a day to another, in sight or not: never what was said."""
    asked = text("SELECT * FROM entente_information_due(:since, :until)")
    return session.execute(asked, {"since": since, "until": until}).all()


def messages(session: Session, thread_ids: Collection[UUID]) -> Sequence[MessageRow]:
    """Give what was said in threads in sight, oldest first."""
    return session.scalars(_MESSAGES, {"threads": list(thread_ids)}).all()


def mentions(session: Session, message_ids: Collection[UUID]) -> Sequence[MentionRow]:
    """Give whom messages in sight mention."""
    return session.scalars(_MENTIONS, {"messages": list(message_ids)}).all()


def takes_part(session: Session, thread_id: ThreadId) -> frozenset[PersonId]:
    """Give who said something in a thread in sight, or was mentioned in it."""
    said = select(MessageRow.person_id).where(MessageRow.thread_id == thread_id)
    named = (
        select(MentionRow.person_id)
        .join(MessageRow, MessageRow.id == MentionRow.message_id)
        .where(MessageRow.thread_id == thread_id)
    )
    return frozenset(map(PersonId, session.scalars(said.union(named))))


def version_of(session: Session, thread_id: ThreadId) -> VersionId | None:
    """Give the version that a thread stands at, in sight or not: for the journal of a refusal."""
    found = session.scalar(text("SELECT entente_thread_version(:thread)"), {"thread": thread_id})
    return None if found is None else VersionId(found)


def begin(session: Session, **values: Any) -> None:
    """Keep a thread."""
    session.execute(insert(ThreadRow).values(**values))


def say(session: Session, mentioned: Collection[PersonId], **values: Any) -> None:
    """Keep a message and whom it mentions."""
    session.execute(insert(MessageRow).values(**values))
    if mentioned:
        rows = [{"message_id": values["id"], "person_id": one} for one in sorted(mentioned)]
        session.execute(insert(MentionRow).values(rows))


def change(
    session: Session, thread_id: ThreadId, *now_so: ColumnElement[bool], **values: Any
) -> bool:
    """Settle a thread or open it again, if it is as expected; tell whether it was."""
    done = update(ThreadRow).where(ThreadRow.id == thread_id, *now_so).values(**values)
    return session.scalar(done.returning(ThreadRow.id)) is not None


def take_back(
    session: Session, thread_id: ThreadId, message_id: MessageId, person: PersonId, now: datetime
) -> bool:
    """Empty a message of this person's; tell whether there was one that said something."""
    done = (
        update(MessageRow)
        .where(
            MessageRow.id == message_id,
            MessageRow.thread_id == thread_id,
            MessageRow.person_id == person,
            MessageRow.withdrawn_at.is_(None),
        )
        .values(body="", withdrawn_at=now)
    )
    return session.scalar(done.returning(MessageRow.id)) is not None


def _asks(organisation: str) -> ColumnElement[bool]:
    """What an organisation is asked and has not answered, and nobody has settled meanwhile."""
    return and_(
        ThreadRow.addressee == organisation,
        ThreadRow.answered_at.is_(None),
        ThreadRow.resolved_at.is_(None),
    )


def _held(scopes: Sequence[Scope]) -> ColumnElement[bool]:
    return or_(*(scope.holds(ThreadRow.audience_id) for scope in scopes))
