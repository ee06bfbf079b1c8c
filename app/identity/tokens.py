"""Access tokens for the API: short-lived, for one audience, checked claim by claim.

Every claim is required, and none beyond these is taken. Time is compared here, not by the JOSE
library, which asks the machine's clock.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from app.core.errors import NotSignedIn
from app.core.ids import PersonId, new_id
from app.identity.keys import IdentityKeys
from app.identity.signatures import BadSignature, sign, verify

TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 - RFC 9068, section 2.1
TOKEN_LIFETIME: Final = timedelta(minutes=10)


class Claims(BaseModel):
    """What an access token says; times are seconds since 1970, UTC.

    Source: RFC 9068, section 2.2.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    iss: str
    aud: str
    sub: UUID
    client_id: str
    iat: int
    nbf: int
    exp: int
    jti: UUID

    @property
    def expires_at(self) -> datetime:
        """The moment from which the token is worth nothing."""
        return datetime.fromtimestamp(self.exp, UTC)


@dataclass(frozen=True)
class TokenParties:
    """Who issues tokens, and for whom: both are addresses of this deployment."""

    issuer: str
    audience: str


def write_token(
    keys: IdentityKeys, parties: TokenParties, person: PersonId, client_id: str, now: datetime
) -> tuple[str, Claims]:
    """Sign a token with which a client acts for a person from now on, for `TOKEN_LIFETIME`."""
    issued = int(now.timestamp())
    claims = Claims(
        iss=parties.issuer,
        aud=parties.audience,
        sub=person,
        client_id=client_id,
        iat=issued,
        nbf=issued,
        exp=issued + int(TOKEN_LIFETIME.total_seconds()),
        jti=new_id(),
    )
    return sign(keys, claims.model_dump_json().encode(), typ=TOKEN_TYPE), claims


def read_token(keys: IdentityKeys, parties: TokenParties, token: str, now: datetime) -> Claims:
    """Give the claims of a token that this deployment issued for itself and that holds now.

    Whether the token, its client or its person were stopped meanwhile is not in the token.

    Raises:
        NotSignedIn: it is not such a token; never says which check failed.

    Source: RFC 8725, section 3; RFC 9068, section 4.
    """
    try:
        claims = Claims.model_validate_json(verify(keys, token, typ=TOKEN_TYPE))
    except (BadSignature, ValidationError) as error:
        raise NotSignedIn from error
    moment = now.timestamp()
    if claims.iss != parties.issuer or claims.aud != parties.audience:
        raise NotSignedIn
    if not (claims.iat <= moment and claims.nbf <= moment < claims.exp):
        raise NotSignedIn
    if claims.exp - claims.iat > TOKEN_LIFETIME.total_seconds():
        raise NotSignedIn
    return claims
