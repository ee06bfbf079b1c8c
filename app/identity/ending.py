"""Ending sessions of one's own, or of somebody of one's organisation."""

from uuid import UUID

from sqlalchemy import delete, update

from app.access import Actor, Gate, OfficeAction
from app.core.errors import NotFound
from app.core.ids import PersonId
from app.core.work import Work
from app.identity.models import ApiClientRow, SessionRow
from app.identity.second_factors import own_account
from app.identity.sessions import end_sessions
from app.identity.telling import tell
from app.identity.views import Asking
from app.parties import office_of


def end_own_session(work: Work, asking: Asking, session: UUID) -> None:
    """End one of one's own sessions, this one or another.

    Raises:
        NotFound: whoever asks has no such session.
    """
    known = own_account(work, asking)
    ended = delete(SessionRow).where(SessionRow.id == session, SessionRow.person_id == known.person)
    if work.session.scalar(ended.returning(SessionRow.id)) is None:
        raise NotFound
    tell(work, known, "session.ended")


def end_access(work: Work, person: PersonId) -> tuple[int, tuple[str, ...]]:
    """End every session of a person whom the gate let somebody end, and stop all their clients.

    A token ends with its client. Gives how many sessions ended, and which clients were stopped.
    """
    sessions = delete(SessionRow).where(SessionRow.person_id == person).returning(SessionRow.id)
    clients = (
        update(ApiClientRow)
        .where(ApiClientRow.person_id == person, ApiClientRow.revoked_at.is_(None))
        .values(revoked_at=work.now)
        .returning(ApiClientRow.client_id)
    )
    ended_count = len(work.session.scalars(sessions).all())
    return ended_count, tuple(sorted(work.session.scalars(clients)))


def end_all_sessions(work: Work, gate: Gate, actor: Actor, person: PersonId) -> None:
    """End every session of somebody of one's own organisation.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
    """
    office = office_of(work.session, person)
    gate.enter_office(work, actor, OfficeAction.SUSPEND, office, event="sessions.ended")
    end_sessions(work, person)
