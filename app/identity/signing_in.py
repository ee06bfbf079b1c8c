"""Signing in and out: the password first, then what the session still waits for.

Whoever is unknown, suspended, or has the wrong password gets the same answer after the same work.
Each step answers under a new secret, and the one before is worth nothing.
"""

from typing import Final

from app.access import Assurance
from app.core.errors import NotSignedIn
from app.core.ids import PersonId
from app.core.work import Work
from app.identity import queries
from app.identity.commands import SecondStep, SignIn
from app.identity.deployment import Identity
from app.identity.limits import BY_EMAIL, buckets, count_failure, too_many
from app.identity.models import CredentialRow
from app.identity.second_factors import check_code
from app.identity.sessions import end_session, live_session, open_session, pseudonym
from app.identity.telling import refuse, tell
from app.identity.views import SignedIn, SignInRefused, WaitsFor
from app.parties import Account, account, account_of

WRONG: Final = "The e-mail address or the password is not right."


def sign_in(
    work: Work, identity: Identity, command: SignIn, *, replacing: str = ""
) -> SignedIn | SignInRefused:
    """Open a session for whoever knows this password, and end the session that it replaces.

    It waits for the second factor of those who have one, and for a new password of those whose
    password was given to them.
    """
    counted = buckets(work, BY_EMAIL, command.email)
    wait = too_many(work, counted)
    known = account(work.session, command.email)
    if wait is not None:
        return refuse(work, known, "sign-in.refused", wait)
    credential = queries.credential(work.session, known.person if known else queries.NOBODY)
    matches = identity.passwords.matches(
        credential.password_hash if credential else None, command.password
    )
    if not (known and known.active and credential and matches and _in_time(work, credential)):
        count_failure(work, counted)
        return refuse(work, known, "sign-in.refused", NotSignedIn(WRONG))
    if identity.passwords.is_outdated(credential.password_hash):
        credential.password_hash = identity.passwords.hash(command.password)
    end_session(work, replacing)
    return let_in(work, identity, known, credential, Assurance.PASSWORD)


def take_second_step(
    work: Work, identity: Identity, secret: str, command: SecondStep
) -> SignedIn | SignInRefused:
    """Open a session for whoever gave their password and now gives a code of their second factor.

    Raises:
        NotSignedIn: there is no session that waits for a code.
    """
    waiting = live_session(work, secret, waits_for="second-factor")
    known = standing(work, PersonId(waiting.person_id))
    refused = check_code(work, identity, known, command.code)
    if refused is not None:
        return refused
    end_session(work, secret)
    credential = queries.credential(work.session, known.person)
    if credential is None:
        raise NotSignedIn
    return let_in(work, identity, known, credential, Assurance.MULTI_FACTOR)


def sign_out(work: Work, secret: str) -> None:
    """End the session of this secret; done when there is none."""
    person = end_session(work, secret)
    known = account_of(work.session, person) if person else None
    if known is not None:
        tell(work, known, "person.signed-out", session=pseudonym(secret))


def let_in(
    work: Work,
    identity: Identity,
    known: Account,
    credential: CredentialRow,
    assurance: Assurance,
) -> SignedIn:
    """Open a session for somebody who has shown this much, waiting for what is still missing."""
    waits_for: WaitsFor | None = None
    if credential.password_expires_at is not None:
        waits_for = "new-password"
    elif credential.totp_confirmed_at is not None and assurance is Assurance.PASSWORD:
        waits_for = "second-factor"
    signed_in = open_session(work, identity, known.person, assurance, waits_for)
    session = pseudonym(signed_in.secret)
    if waits_for is not None:
        tell(work, known, "sign-in.continued", waits_for=waits_for, session=session)
        return signed_in
    credential.last_signed_in_at = work.now
    tell(work, known, "person.signed-in", assurance=assurance.value, session=session)
    return signed_in


def standing(work: Work, person: PersonId) -> Account:
    """Give the account of somebody who is half-way in.

    Raises:
        NotSignedIn: they were suspended meanwhile.
    """
    known = account_of(work.session, person)
    if known is None or not known.active:
        raise NotSignedIn
    return known


def _in_time(work: Work, credential: CredentialRow) -> bool:
    expires_at = credential.password_expires_at
    return expires_at is None or work.now < expires_at
