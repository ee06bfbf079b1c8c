"""Passwords set, given, chosen and changed; each time every session of the person ends."""

import base64
from datetime import datetime, timedelta
from typing import Final

from app.access import Actor, Assurance, Gate, OfficeAction
from app.core.errors import Invalid, NotFound, NotSignedIn
from app.core.ids import PersonId
from app.core.journal import Event
from app.core.work import Work
from app.identity import queries
from app.identity.commands import ChangePassword, ChoosePassword
from app.identity.deployment import Identity
from app.identity.handing import note_handed
from app.identity.models import CredentialRow
from app.identity.passwords import check_password
from app.identity.second_factors import confirm_password, own_account
from app.identity.sessions import end_sessions, live_session, open_session
from app.identity.signing_in import let_in, standing
from app.identity.telling import tell
from app.identity.views import Asking, GivenPassword, SignedIn, SignInRefused
from app.parties import Account, account_of, office_of

GIVEN_LIFETIME: Final = timedelta(hours=72)
GIVEN_BYTES: Final = 15  # 120 bits, 24 characters


def set_password(work: Work, identity: Identity, person: PersonId, password: str) -> None:
    """Set a person's password; the operator's act, for the first people of a deployment.

    Raises:
        NotFound: there is no such person.
        Invalid: the password is not fit.
    """
    known = account_of(work.session, person)
    if known is None:
        raise NotFound
    check_password(password, known.email)
    _put(work, identity, person, password, expires_at=None)
    work.record(
        Event(
            type="password.set",
            subject=f"person:{person}",
            organisations=frozenset({known.organisation}),
        )
    )


def give_password(
    work: Work, identity: Identity, gate: Gate, actor: Actor, person: PersonId
) -> GivenPassword:
    """Draw a password for somebody of one's own organisation, who must choose another with it.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
    """
    office = office_of(work.session, person)
    gate.enter_office(work, actor, OfficeAction.ADMIT, office, event="password.given")
    drawn = base64.b32encode(identity.random_bytes(GIVEN_BYTES)).decode().lower()
    password = "-".join(drawn[start : start + 4] for start in range(0, len(drawn), 4))
    expires_at = work.now + GIVEN_LIFETIME
    _put(work, identity, person, password, expires_at=expires_at)
    note_handed(work, actor, person)
    return GivenPassword(password, expires_at)


def choose_password(
    work: Work, identity: Identity, secret: str, command: ChoosePassword
) -> SignedIn:
    """Put a password of the person's own in the place of the one they were given.

    Raises:
        NotSignedIn: there is no session that waits for a new password.
        Invalid: the password is not fit, or the one that was given.
    """
    waiting = live_session(work, secret, waits_for="new-password")
    known = standing(work, PersonId(waiting.person_id))
    credential = _change(work, identity, known, command.password)
    tell(work, known, "password.chosen")
    return let_in(work, identity, known, credential, Assurance.PASSWORD)


def change_password(
    work: Work, identity: Identity, asking: Asking, command: ChangePassword
) -> SignedIn | SignInRefused:
    """Change one's own password; this answers with a new session, the only one left.

    Raises:
        Invalid: the new password is not fit, or the old one.
    """
    known = own_account(work, asking)
    _, refused = confirm_password(work, identity, known, command.current)
    if refused is not None:
        return refused
    _change(work, identity, known, command.password)
    tell(work, known, "password.changed")
    return open_session(work, identity, known.person, asking.actor.profile.assurance)


def _change(work: Work, identity: Identity, known: Account, password: str) -> CredentialRow:
    check_password(password, known.email)
    credential = queries.credential(work.session, known.person)
    if credential is None:
        raise NotSignedIn
    if identity.passwords.matches(credential.password_hash, password):
        message = "This is the password you have. Choose another."
        raise Invalid(message, fields={"password": message})
    return _put(work, identity, known.person, password, expires_at=None)


def _put(
    work: Work,
    identity: Identity,
    person: PersonId,
    password: str,
    *,
    expires_at: datetime | None,
) -> CredentialRow:
    credential = queries.credential(work.session, person)
    if credential is None:
        credential = CredentialRow(person_id=person)
        work.session.add(credential)
    credential.password_hash = identity.passwords.hash(password)
    credential.password_changed_at = work.now
    credential.password_expires_at = expires_at
    end_sessions(work, person)
    return credential
