"""JSON Web Signatures: the one place that calls the JOSE library, and never carelessly.

The library's own defaults let through a token signed with HS256 under a public key, an unknown
`crit`, and ES256 under a P-384 key. Here the algorithm is a literal, the header is exactly
`alg`, `kid` and `typ`, the key is chosen by `kid` before anything is verified, and only what would
be written identically is read: a second spelling of a signature is none.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from jose import jws
from jose.exceptions import JOSEError

from app.core.canonical import canonical_bytes
from app.core.errors import Problem
from app.identity.keys import IdentityKeys, VerifyingKey

ALGORITHM: Final = "ES256"
STATEMENT_TYPE: Final = "entente-approval+jws"
RECEIPT_TYPE: Final = "entente-receipt+jwt"

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


class BadSignature(Problem):
    """What was presented as signed by this deployment is not."""

    title = "This signature does not hold"


def sign(keys: IdentityKeys, payload: bytes, *, typ: str) -> str:
    """Sign the payload; gives `header.payload.signature`.

    Source: RFC 7515 (compact serialization), RFC 7518, section 3.4 (ES256).
    """
    header = {"kid": keys.signing.public.kid, "typ": typ}
    return jws.sign(payload, keys.signing.pem, headers=header, algorithm=ALGORITHM)


def verify(keys: IdentityKeys, compact: str, *, typ: str) -> bytes:
    """Give the payload of what this deployment signed as this type, and nothing else's.

    Raises:
        BadSignature: it is not exactly that; never says which check failed.
    """
    parts = _COMPACT.fullmatch(compact)
    if parts is None:
        _refuse()
    header, _, _ = (_strictly(part) for part in parts.groups())
    key = _key(keys, header, typ)
    try:
        return jws.verify(compact, key.pem, algorithms=[ALGORITHM])
    except JOSEError as error:
        raise BadSignature from error


def sign_statement(
    keys: IdentityKeys, statement: Mapping[str, Any], *, typ: str = STATEMENT_TYPE
) -> str:
    """Sign a statement of plain values, in its canonical spelling (RFC 8785).

    A statement of one type is none of another: an access told to an originator approves nothing.
    """
    return sign(keys, canonical_bytes(dict(statement)), typ=typ)


def verify_statement(
    keys: IdentityKeys, compact: str, *, typ: str = STATEMENT_TYPE
) -> dict[str, Any]:
    """Give the statement of this type that this deployment signed.

    Raises:
        BadSignature: it is not one, or not in its canonical spelling.
    """
    payload = verify(keys, compact, typ=typ)
    try:
        statement = json.loads(payload)
    except ValueError as error:
        raise BadSignature from error
    if not isinstance(statement, dict) or canonical_bytes(statement) != payload:
        _refuse()
    return statement


def sign_receipt(keys: IdentityKeys, claims: Mapping[str, Any]) -> str:
    """Sign a receipt for entries of the journal."""
    return sign(keys, canonical_bytes(dict(claims)), typ=RECEIPT_TYPE)


def _key(keys: IdentityKeys, header: bytes, typ: str) -> VerifyingKey:
    """The key that the header names, if the header is spelled exactly as `sign` writes it.

    Whatever else it could say (`crit`, `jwk`, `x5u`, another `alg`) spells another header.
    """
    try:
        said = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise BadSignature from error
    kid = said.get("kid") if isinstance(said, dict) else None
    key = keys.verifying.get(kid) if isinstance(kid, str) else None
    if key is None or header != canonical_bytes({"alg": ALGORITHM, "kid": key.kid, "typ": typ}):
        _refuse()
    return key


def _strictly(part: str) -> bytes:
    """Decode base64url that has one spelling: no padding, no bits left over."""
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (ValueError, binascii.Error) as error:
        raise BadSignature from error
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        _refuse()
    return data


def _refuse() -> NoReturn:
    raise BadSignature
