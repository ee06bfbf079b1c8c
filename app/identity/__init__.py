"""Identity: how the portal knows who asks - passwords, second factors, sessions, tokens, keys.

A browser has a session, found by the secret in its cookie; a program has an API client and
short-lived tokens. Both end in `Asking`: a person with their facts as they stand at this request,
so that who was suspended a moment ago asks no more. Whatever fails while signing in is returned,
not raised: see `SignInRefused`.
"""

from app.identity.api_clients import (
    create_api_client,
    issue_token,
    revoke_api_client,
    revoke_token,
    token_actor,
)
from app.identity.commands import (
    ChangePassword,
    ChoosePassword,
    ClientCredentials,
    EnrolSecondFactor,
    NewApiClient,
    SecondStep,
    SignIn,
)
from app.identity.deployment import Identity
from app.identity.ending import end_access, end_all_sessions, end_own_session
from app.identity.erasing import erase_person
from app.identity.handing import hands
from app.identity.housekeeping import Swept, sweep
from app.identity.keys import IdentityKeys, SigningKey, VerifyingKey, load_or_create_identity_keys
from app.identity.password_changes import (
    change_password,
    choose_password,
    give_password,
    set_password,
)
from app.identity.passwords import MIN_LENGTH as MIN_PASSWORD_LENGTH
from app.identity.passwords import Passwords
from app.identity.queries import (
    api_clients_of,
    enrolled_assurances,
    sessions_of,
    sign_in_facts,
)
from app.identity.second_factors import (
    confirm_second_factor,
    enrol_second_factor,
    reset_second_factor,
)
from app.identity.sessions import ABSOLUTE_LIMIT, IDLE_LIMIT, check_csrf, pseudonym, session_actor
from app.identity.signatures import BadSignature, sign_receipt, sign_statement, verify_statement
from app.identity.signing_in import sign_in, sign_out, take_second_step
from app.identity.views import (
    ApiClientView,
    Asking,
    Enrolment,
    GivenPassword,
    NewApiClientView,
    SessionView,
    SignedIn,
    SignInFacts,
    SignInRefused,
    TokenAnswer,
)

__all__ = [
    "ABSOLUTE_LIMIT",
    "IDLE_LIMIT",
    "MIN_PASSWORD_LENGTH",
    "ApiClientView",
    "Asking",
    "BadSignature",
    "ChangePassword",
    "ChoosePassword",
    "ClientCredentials",
    "EnrolSecondFactor",
    "Enrolment",
    "GivenPassword",
    "Identity",
    "IdentityKeys",
    "NewApiClient",
    "NewApiClientView",
    "Passwords",
    "SecondStep",
    "SessionView",
    "SignIn",
    "SignInFacts",
    "SignInRefused",
    "SignedIn",
    "SigningKey",
    "Swept",
    "TokenAnswer",
    "VerifyingKey",
    "api_clients_of",
    "change_password",
    "check_csrf",
    "choose_password",
    "confirm_second_factor",
    "create_api_client",
    "end_access",
    "end_all_sessions",
    "end_own_session",
    "enrol_second_factor",
    "enrolled_assurances",
    "erase_person",
    "give_password",
    "hands",
    "issue_token",
    "load_or_create_identity_keys",
    "pseudonym",
    "reset_second_factor",
    "revoke_api_client",
    "revoke_token",
    "session_actor",
    "sessions_of",
    "set_password",
    "sign_in",
    "sign_in_facts",
    "sign_out",
    "sign_receipt",
    "sign_statement",
    "sweep",
    "take_second_step",
    "token_actor",
    "verify_statement",
]
