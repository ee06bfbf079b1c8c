"""A person's second factor: set up, confirmed by its first code, used, and reset by another."""

from typing import Final

from app.access import Actor, Assurance, Gate, OfficeAction
from app.core.errors import Conflict, NotSignedIn
from app.core.ids import PersonId
from app.core.work import Work
from app.identity import queries
from app.identity.commands import EnrolSecondFactor, SecondStep
from app.identity.deployment import Identity
from app.identity.handing import note_handed
from app.identity.limits import BY_PERSON, BY_SECOND_FACTOR, buckets, count_failure, too_many
from app.identity.models import CredentialRow
from app.identity.second_factor import (
    SECRET_BYTES,
    accepted_step,
    provisioning_uri,
    readable,
    seal,
    unseal,
)
from app.identity.sessions import end_sessions, open_session, pseudonym
from app.identity.telling import refuse, tell
from app.identity.views import Asking, Enrolment, SignedIn, SignInRefused
from app.parties import Account, account_of, office_of

WRONG_CODE: Final = "This code is not right, or was used already. Wait for the next one."
WRONG_PASSWORD: Final = "Your password is not right."  # noqa: S105


def enrol_second_factor(
    work: Work, identity: Identity, asking: Asking, command: EnrolSecondFactor
) -> Enrolment | SignInRefused:
    """Draw the secret of a new second factor, which counts once a code of it was given.

    Raises:
        Conflict: there is one already; whoever lost it asks their administrator.
    """
    known = own_account(work, asking)
    credential, refused = confirm_password(work, identity, known, command.password)
    if refused is not None:
        return refused
    if credential.totp_confirmed_at is not None:
        raise Conflict("You have a second factor already. Ask your administrator to reset it.")
    secret = identity.random_bytes(SECRET_BYTES)
    credential.totp_secret = seal(
        identity.keys.sealing, known.person, secret, random_bytes=identity.random_bytes
    )
    credential.totp_last_step = 0
    return Enrolment(provisioning_uri(secret, known.email), readable(secret))


def confirm_second_factor(
    work: Work, identity: Identity, asking: Asking, command: SecondStep
) -> SignedIn | SignInRefused:
    """Let a new second factor count, since a code of it was given.

    Every session of the person ends but the one that this answers with, which is multi-factor.

    Raises:
        NotSignedIn: none is being set up.
    """
    known = own_account(work, asking)
    refused = check_code(work, identity, known, command.code)
    if refused is not None:
        return refused
    credential = _credential(work, known.person)
    if credential.totp_confirmed_at is None:
        credential.totp_confirmed_at = work.now
    end_sessions(work, known.person)
    signed_in = open_session(work, identity, known.person, Assurance.MULTI_FACTOR)
    tell(work, known, "second-factor.confirmed", session=pseudonym(signed_in.secret))
    return signed_in


def check_code(work: Work, identity: Identity, known: Account, code: str) -> SignInRefused | None:
    """Check a code of somebody's second factor and use it up; None means that it was right."""
    counted = buckets(work, BY_SECOND_FACTOR, str(known.person))
    wait = too_many(work, counted)
    if wait is not None:
        return refuse(work, known, "second-factor.refused", wait)
    credential = _credential(work, known.person)
    if credential.totp_secret is None:
        raise NotSignedIn
    step = accepted_step(
        unseal(identity.keys.sealing, known.person, credential.totp_secret),
        code,
        work.now,
        last_step=credential.totp_last_step,
    )
    if step is None:
        count_failure(work, counted)
        return refuse(work, known, "second-factor.refused", NotSignedIn(WRONG_CODE))
    credential.totp_last_step = step
    return None


def reset_second_factor(work: Work, gate: Gate, actor: Actor, person: PersonId) -> None:
    """Take away the second factor of somebody of one's own organisation who lost it.

    All their sessions end. Until they set up another, they sign in with the password alone.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
    """
    office = office_of(work.session, person)
    gate.enter_office(work, actor, OfficeAction.ADMIT, office, event="second-factor.reset")
    credential = queries.credential(work.session, person)
    if credential is not None:
        credential.totp_secret = None
        credential.totp_confirmed_at = None
    note_handed(work, actor, person)
    end_sessions(work, person)


def confirm_password(
    work: Work, identity: Identity, known: Account, password: str
) -> tuple[CredentialRow, SignInRefused | None]:
    """Check that it is still its owner who uses a session, before what matters is changed."""
    counted = buckets(work, BY_PERSON, str(known.person))
    wait = too_many(work, counted)
    credential = _credential(work, known.person)
    if wait is not None:
        return credential, refuse(work, known, "password.refused", wait)
    if not identity.passwords.matches(credential.password_hash, password):
        count_failure(work, counted)
        return credential, refuse(work, known, "password.refused", NotSignedIn(WRONG_PASSWORD))
    return credential, None


def own_account(work: Work, asking: Asking) -> Account:
    """Give the account of whoever asks in a session of their own.

    Raises:
        NotSignedIn: a token asks, which may not touch how its person signs in.
    """
    known = account_of(work.session, asking.person)
    if known is None or asking.session is None:
        raise NotSignedIn
    return known


def _credential(work: Work, person: PersonId) -> CredentialRow:
    credential = queries.credential(work.session, person)
    if credential is None:
        raise NotSignedIn
    return credential
