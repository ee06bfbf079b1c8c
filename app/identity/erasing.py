"""Erases a person on request: who they are, how they signed in, and where they came from."""

from sqlalchemy import delete

from app import log, parties
from app.access import Actor, Gate
from app.core.ids import PersonId
from app.core.work import Work
from app.identity.limits import BY_EMAIL, BY_PERSON, BY_SECOND_FACTOR, Bucket
from app.identity.models import ApiClientRow, AttemptRow, CredentialRow, SessionRow


def erase_person(work: Work, gate: Gate, actor: Actor, person: PersonId, reason: str) -> None:
    """Erase a person of the actor's own organisation, whose every entry stays proved in the log.

    Raises:
        Forbidden: the person is not of the actor's organisation, is the actor, or is erased.
        Conflict: they were erased a moment ago.
        Invalid: there is no reason, or it says who the person is.
    """
    name, email = parties.erase(work, gate, actor, person, reason)
    for table in (SessionRow, ApiClientRow, CredentialRow):
        work.session.execute(delete(table).where(table.person_id == person))
    failures = {
        Bucket(BY_EMAIL, email).hash,
        Bucket(BY_PERSON, str(person)).hash,
        Bucket(BY_SECOND_FACTOR, str(person)).hash,
    }
    work.session.execute(delete(AttemptRow).where(AttemptRow.bucket.in_(failures)))
    log.forget(work.session, person, (name, email))
