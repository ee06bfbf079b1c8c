"""What identity answers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.access import Actor
from app.core.errors import NotSignedIn, TooMany
from app.core.ids import PersonId
from app.parties import PersonName

WaitsFor = Literal["second-factor", "new-password"]


@dataclass(frozen=True)
class SignedIn:
    """A session was opened; `secret` goes into the cookie, and is kept nowhere.

    While it `waits_for` something, it opens nothing but the page that asks for it.
    """

    secret: str = field(repr=False)
    person: PersonId
    waits_for: WaitsFor | None
    expires_at: datetime


@dataclass(frozen=True)
class SignInRefused:
    """Nobody was let in; `problem` is what to answer.

    It is returned and not raised: the failed attempt is counted in the same transaction, and an
    exception would roll the counter back with it, so that guessing would never be slowed.
    """

    problem: NotSignedIn | TooMany


@dataclass(frozen=True)
class Asking:
    """Who asks, as a session or a token proves it.

    `session` is the id of the browser session, None for a token; `client_id` is that of a token's
    client, empty for a session.
    """

    actor: Actor
    person: PersonId
    name: PersonName
    session: UUID | None
    csrf_token: str
    client_id: str
    expires_at: datetime


@dataclass(frozen=True)
class Enrolment:
    """A second factor to be set up: the address in the picture, and the secret for typing it."""

    uri: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True)
class GivenPassword:
    """A password that an administrator hands to its owner, who must choose another by then."""

    password: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class ApiClientView:
    """An API client as its owner sees it."""

    client_id: str
    name: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class NewApiClientView:
    """A new API client; the secret is shown this once."""

    client_id: str
    client_secret: str = field(repr=False)
    name: str


@dataclass(frozen=True)
class TokenAnswer:
    """An access token (RFC 6749, section 5.1)."""

    access_token: str = field(repr=False)
    token_type: Literal["Bearer"]
    expires_in: int  # seconds


@dataclass(frozen=True)
class SignInFacts:
    """What an organisation's administrator sees of somebody's signing in."""

    has_password: bool
    has_second_factor: bool
    last_signed_in_at: datetime | None


@dataclass(frozen=True)
class SessionView:
    """One of a person's own sessions."""

    id: UUID
    started_at: datetime
    seen_at: datetime
    expires_at: datetime
