"""Every SELECT of the domain, but for those of sessions and limits."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import Assurance
from app.core.ids import PersonId
from app.identity.models import ApiClientRow, CredentialRow, RevokedTokenRow, SessionRow
from app.identity.views import ApiClientView, SessionView, SignInFacts

# Asked for when an address is nobody's, so that the same statements run as for somebody.
NOBODY = PersonId(UUID(int=0))


def credential(session: Session, person: PersonId) -> CredentialRow | None:
    """Take a person's credentials; nobody else changes them before this transaction ends.

    So a session is never opened with a password that is being changed at the same moment.
    """
    return session.get(CredentialRow, person, with_for_update=True, populate_existing=True)


def enrolled_assurances(session: Session) -> dict[PersonId, Assurance]:
    """Give the strongest assurance of everybody who has more than a password."""
    enrolled = select(CredentialRow.person_id).where(CredentialRow.totp_confirmed_at.is_not(None))
    return {PersonId(person): Assurance.MULTI_FACTOR for person in session.scalars(enrolled)}


def sign_in_facts(session: Session, people: Collection[PersonId]) -> dict[PersonId, SignInFacts]:
    """Give what an administrator sees of people's signing in, for each of those given."""
    rows = session.execute(
        select(
            CredentialRow.person_id,
            CredentialRow.totp_confirmed_at,
            CredentialRow.last_signed_in_at,
        ).where(CredentialRow.person_id.in_(people))
    )
    known = {
        PersonId(person): SignInFacts(
            has_password=True,
            has_second_factor=confirmed_at is not None,
            last_signed_in_at=last_signed_in_at,
        )
        for person, confirmed_at, last_signed_in_at in rows
    }
    nothing = SignInFacts(has_password=False, has_second_factor=False, last_signed_in_at=None)
    return {person: known.get(person, nothing) for person in people}


def sessions_of(session: Session, person: PersonId, now: datetime) -> list[SessionView]:
    """Give a person's own open sessions, newest first."""
    rows = session.scalars(
        select(SessionRow)
        .where(
            SessionRow.person_id == person,
            SessionRow.expires_at > now,
            SessionRow.waits_for.is_(None),
        )
        .order_by(SessionRow.started_at.desc())
    )
    return [SessionView(row.id, row.started_at, row.seen_at, row.expires_at) for row in rows]


def api_client(session: Session, client_id: str) -> ApiClientRow | None:
    """Give an API client, revoked or not."""
    return session.get(ApiClientRow, client_id)


def api_clients_of(session: Session, person: PersonId) -> list[ApiClientView]:
    """Give a person's own API clients, newest first."""
    rows = session.scalars(
        select(ApiClientRow)
        .where(ApiClientRow.person_id == person)
        .order_by(ApiClientRow.created_at.desc(), ApiClientRow.client_id)
    )
    return [ApiClientView(row.client_id, row.name, row.created_at, row.revoked_at) for row in rows]


def token_stands(session: Session, client_id: str, person: PersonId, jti: UUID) -> bool:
    """Tell whether neither a token nor its client was revoked, and the client is the person's."""
    revoked = select(RevokedTokenRow.jti).where(RevokedTokenRow.jti == jti).exists()
    standing = select(ApiClientRow.client_id).where(
        ApiClientRow.client_id == client_id,
        ApiClientRow.person_id == person,
        ApiClientRow.revoked_at.is_(None),
        ~revoked,
    )
    return session.scalar(standing) is not None
