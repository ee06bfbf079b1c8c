"""API clients of people, and the access tokens with which they ask (OAuth 2.0, RFC 6749 and 9068).

A client acts for the person who made it, with their facts at each request, and at the assurance of
a password: a secret that lies in a file is one factor.
"""

import hmac
from typing import Final

from sqlalchemy.dialects.postgresql import insert

from app.access import Actor, Assurance
from app.core.errors import NotFound, NotSignedIn
from app.core.ids import PersonId
from app.core.work import Work
from app.identity import queries
from app.identity.commands import ClientCredentials, NewApiClient
from app.identity.deployment import Identity
from app.identity.limits import BY_CLIENT, buckets, count_failure, too_many
from app.identity.models import ApiClientRow, RevokedTokenRow
from app.identity.sessions import new_secret, secret_hash
from app.identity.telling import refuse, tell
from app.identity.tokens import TOKEN_LIFETIME, read_token, write_token
from app.identity.views import Asking, NewApiClientView, SignInRefused, TokenAnswer
from app.labels import Schemes
from app.parties import Account, account_of, actor_with, somebody

WRONG: Final = "The client's id or secret is not right."
NOBODYS_HASH: Final = bytes(32)
CLIENT_ID_BYTES: Final = 12


def create_api_client(
    work: Work, identity: Identity, actor: Actor, command: NewApiClient
) -> NewApiClientView:
    """Make an API client that acts for the actor; its secret is shown this once.

    Raises:
        NotSignedIn: the public has none.
    """
    known = _own(work, actor)
    client_id = f"client-{identity.random_bytes(CLIENT_ID_BYTES).hex()}"
    secret = new_secret(identity)
    work.session.add(
        ApiClientRow(
            client_id=client_id,
            person_id=known.person,
            name=command.name,
            secret_hash=secret_hash(secret),
            created_at=work.now,
        )
    )
    tell(work, known, "api-client.created", client=client_id)
    return NewApiClientView(client_id, secret, command.name)


def revoke_api_client(work: Work, actor: Actor, client_id: str) -> None:
    """Stop one of the actor's own API clients, and every token it still has.

    Raises:
        NotFound: the actor has no such client.
    """
    known = _own(work, actor)
    row = queries.api_client(work.session, client_id)
    if row is None or row.person_id != known.person:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = work.now
        tell(work, known, "api-client.revoked", client=client_id)


def issue_token(
    work: Work, identity: Identity, command: ClientCredentials
) -> TokenAnswer | SignInRefused:
    """Give an access token to a client that knows its secret."""
    counted = buckets(work, BY_CLIENT, command.client_id)
    wait = too_many(work, counted)
    row = queries.api_client(work.session, command.client_id)
    known = account_of(work.session, PersonId(row.person_id) if row else queries.NOBODY)
    if wait is not None:
        return refuse(work, known, "token.refused", wait)
    matches = hmac.compare_digest(
        row.secret_hash if row else NOBODYS_HASH, secret_hash(command.client_secret)
    )
    if not (row and matches and row.revoked_at is None and known and known.active):
        count_failure(work, counted)
        return refuse(work, known, "token.refused", NotSignedIn(WRONG))
    token, claims = write_token(
        identity.keys, identity.tokens, known.person, row.client_id, work.now
    )
    tell(work, known, "token.issued", client=row.client_id, token=str(claims.jti))
    return TokenAnswer(token, "Bearer", int(TOKEN_LIFETIME.total_seconds()))


def token_actor(work: Work, identity: Identity, schemes: Schemes, token: str) -> Asking:
    """Give who asks with a token, with their facts as they stand now.

    Raises:
        NotSignedIn: the token is not one, has ended, or it, its client or its person was stopped.
    """
    claims = read_token(identity.keys, identity.tokens, token, work.now)
    person = PersonId(claims.sub)
    if not queries.token_stands(work.session, claims.client_id, person, claims.jti):
        raise NotSignedIn
    found = somebody(work.session, schemes, person, Assurance.PASSWORD)
    if found is None or not found[0].active:
        raise NotSignedIn
    profile, name = found
    return Asking(
        actor=actor_with(work, person, profile),
        person=person,
        name=name,
        session=None,
        csrf_token="",
        client_id=claims.client_id,
        expires_at=claims.expires_at,
    )


def revoke_token(work: Work, identity: Identity, token: str) -> None:
    """End a token before its time; done when it has ended already (RFC 7009, section 2.2)."""
    try:
        claims = read_token(identity.keys, identity.tokens, token, work.now)
    except NotSignedIn:
        return
    known = account_of(work.session, PersonId(claims.sub))
    revoked = (
        insert(RevokedTokenRow)
        .values(jti=claims.jti, expires_at=claims.expires_at)
        .on_conflict_do_nothing()
        .returning(RevokedTokenRow.jti)
    )
    if work.session.scalar(revoked) is not None and known is not None:
        tell(work, known, "token.revoked", client=claims.client_id, token=str(claims.jti))


def _own(work: Work, actor: Actor) -> Account:
    known = account_of(work.session, actor.person) if actor.person else None
    if known is None:
        raise NotSignedIn
    return known
