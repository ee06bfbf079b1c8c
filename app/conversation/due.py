"""What is due: requests for information that the organisation asked has not answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.access import CONTENT_ROLES, Actor, Gate
from app.conversation import queries
from app.conversation.sight import organisations_seeing, scopes
from app.core.ids import AudienceId, PersonId, RecordId, ThreadId
from app.core.work import Work


@dataclass(frozen=True)
class AnswerDue:
    """A request for information that waits for an answer by the end of a day, in UTC."""

    thread_id: ThreadId
    record_id: RecordId
    due_on: date


def answers_due(work: Work, gate: Gate, actor: Actor, until: date) -> tuple[AnswerDue, ...]:
    """Give what in sight the actor's organisation is to answer by a day, soonest first.

    Those that are late are among them.
    """
    if actor.person is None or not actor.profile.roles & CONTENT_ROLES:
        return ()
    seen, slug = scopes(work, gate, actor), actor.profile.organisation
    rows = queries.due_of(work.session, seen, slug, until)
    return tuple(_due(row.id, row.record_id, row.due_on) for row in rows if row.due_on)


def answers_due_to_tell(
    work: Work, gate: Gate, since: date, until: date
) -> Iterator[tuple[AnswerDue, frozenset[PersonId]]]:
    """Give the requests that are due from one day to another, each with whom it concerns.

    Those are the people of the organisation asked who see it and what it stands at now.
    """
    for row in queries.due_anywhere(work.session, since, until):
        seeing = organisations_seeing(work, gate, list(map(AudienceId, row.audience_ids)))
        people = frozenset(seeing.get(row.addressee, ()))
        yield _due(row.thread_id, row.record_id, row.due_on), people


def _due(thread_id: UUID, record_id: UUID, due_on: date) -> AnswerDue:
    return AnswerDue(ThreadId(thread_id), RecordId(record_id), due_on)
