"""Browser sessions: kept by the server, found by the hash of a secret that only the cookie holds.

A session ends 12 hours after signing in, or after an hour without a request, or when its row goes;
a person may hold several. NIST SP 800-63B asks for no more at its second level of assurance.
"""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from app.access import Assurance
from app.core.errors import Forbidden, NotSignedIn
from app.core.ids import PersonId, new_id
from app.core.work import Work
from app.identity.deployment import Identity
from app.identity.models import SessionRow
from app.identity.views import Asking, SignedIn, WaitsFor
from app.labels import Schemes
from app.parties import actor_with, somebody

SECRET_BYTES: Final = 32
SECRET_LENGTH: Final = 43  # base64url without padding
ABSOLUTE_LIMIT: Final = timedelta(hours=12)
IDLE_LIMIT: Final = timedelta(hours=1)
WAITING_LIMIT: Final = timedelta(minutes=10)
SEEN_EVERY: Final = timedelta(minutes=1)

# Asked by every request: made once.
_LIVE: Final = select(SessionRow).where(
    SessionRow.secret_hash == bindparam("secret_hash"),
    SessionRow.waits_for.is_not_distinct_from(bindparam("waits_for")),
    SessionRow.expires_at > bindparam("now"),
    SessionRow.seen_at > bindparam("seen_since"),
)


def new_secret(identity: Identity) -> str:
    """Draw 256 random bits, in base64url."""
    return base64.urlsafe_b64encode(identity.random_bytes(SECRET_BYTES)).rstrip(b"=").decode()


def secret_hash(secret: str) -> bytes:
    """Give what is kept of a secret: with 256 random bits, nothing slower is needed."""
    return hashlib.sha256(secret.encode()).digest()


def pseudonym(secret: str) -> str:
    """Give the name under which the journal knows a session or token, without knowing either."""
    return hashlib.sha256(b"entente/pseudonym/v1|" + secret.encode()).hexdigest()[:32]


def csrf_token(secret: str) -> str:
    """Give what a form of this session carries, so that no other site can send it."""
    return hmac.new(secret.encode(), b"entente/csrf/v1", hashlib.sha256).hexdigest()


def check_csrf(asking: Asking, given: str) -> None:
    """Check that a form was made for this session.

    Raises:
        Forbidden: it was not.
    """
    if not hmac.compare_digest(asking.csrf_token.encode(), given.encode(errors="replace")):
        raise Forbidden("This form is out of date. Load the page again and repeat what you did.")


def open_session(
    work: Work,
    identity: Identity,
    person: PersonId,
    assurance: Assurance,
    waits_for: WaitsFor | None = None,
) -> SignedIn:
    """Open a session under a new secret."""
    secret = new_secret(identity)
    expires_at = work.now + (WAITING_LIMIT if waits_for else ABSOLUTE_LIMIT)
    work.session.add(
        SessionRow(
            secret_hash=secret_hash(secret),
            id=new_id(),
            person_id=person,
            assurance=assurance,
            waits_for=waits_for,
            started_at=work.now,
            seen_at=work.now,
            expires_at=expires_at,
        )
    )
    return SignedIn(secret, person, waits_for, expires_at)


def session_actor(work: Work, schemes: Schemes, secret: str) -> Asking:
    """Give who asks under a session's secret, with their facts as they stand now.

    Raises:
        NotSignedIn: the session ended, waits for something, or its person is suspended.
    """
    row = live_session(work, secret, waits_for=None)
    person = PersonId(row.person_id)
    found = somebody(work.session, schemes, person, Assurance(row.assurance))
    if found is None or not found[0].active:
        raise NotSignedIn
    profile, name = found
    _see(work, row)
    return Asking(
        actor=actor_with(work, person, profile),
        person=person,
        name=name,
        session=row.id,
        csrf_token=csrf_token(secret),
        client_id="",
        expires_at=row.expires_at,
    )


def live_session(work: Work, secret: str, *, waits_for: WaitsFor | None) -> SessionRow:
    """Give the session of a secret, if it has not ended and waits for exactly this.

    Raises:
        NotSignedIn: there is no such session.
    """
    if len(secret) != SECRET_LENGTH:
        raise NotSignedIn
    row = work.session.scalar(
        _LIVE,
        {
            "secret_hash": secret_hash(secret),
            "waits_for": waits_for,
            "now": work.now,
            "seen_since": work.now - IDLE_LIMIT,
        },
    )
    if row is None:
        raise NotSignedIn
    return row


def end_session(work: Work, secret: str) -> PersonId | None:
    """End the session of a secret, if there is one, and give whose it was."""
    ended = delete(SessionRow).where(SessionRow.secret_hash == secret_hash(secret))
    person = work.session.scalar(ended.returning(SessionRow.person_id))
    return None if person is None else PersonId(person)


def end_sessions(work: Work, person: PersonId) -> None:
    """End every session of a person."""
    work.session.execute(delete(SessionRow).where(SessionRow.person_id == person))


def _see(work: Work, row: SessionRow) -> None:
    """Keep when the session was last used, to the minute, once the request is done.

    Who finds the row held by another request skips it rather than wait.
    """
    if row.seen_at > work.now - SEEN_EVERY:
        return
    free = (
        select(SessionRow.secret_hash)
        .where(SessionRow.secret_hash == row.secret_hash)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    seen = (
        update(SessionRow)
        .where(SessionRow.secret_hash == free)
        .values(seen_at=work.now)
        .execution_options(synchronize_session=False)
    )

    def write() -> None:
        work.session.execute(seen)

    work.before_commit.append(write)
