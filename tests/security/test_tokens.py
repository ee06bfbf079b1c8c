"""Forged, borrowed and outlived tokens; each is refused, and only the good one is not."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jose import jws

from app.core.canonical import canonical_bytes
from app.core.errors import NotSignedIn, Unavailable
from app.core.ids import PersonId
from app.identity import (
    BadSignature,
    IdentityKeys,
    SigningKey,
    VerifyingKey,
    sign_statement,
    verify_statement,
)
from app.identity.signatures import STATEMENT_TYPE, sign
from app.identity.tokens import TOKEN_LIFETIME, TokenParties, read_token, write_token

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
PARTIES = TokenParties("https://portal.example", "https://portal.example/api/v1")
KEYS = IdentityKeys(SigningKey.new(), bytes(32))
OTHERS = IdentityKeys(SigningKey.new(), bytes(32))
KID = KEYS.signing.public.kid
HEADER: dict[str, Any] = {"alg": "ES256", "kid": KID, "typ": "at+jwt"}
CLAIMS: dict[str, Any] = {
    "iss": PARTIES.issuer,
    "aud": PARTIES.audience,
    "sub": str(uuid4()),
    "client_id": "client-1",
    "iat": SECONDS,
    "nbf": SECONDS,
    "exp": SECONDS + 600,
    "jti": str(uuid4()),
}
Signer = Callable[[bytes], bytes]


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def es256(keys: IdentityKeys = KEYS) -> Signer:
    key = serialization.load_pem_private_key(keys.signing.pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return raw(key, 32)


def raw(key: ec.EllipticCurvePrivateKey, size: int) -> Signer:
    def signer(signed: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return signer


def hs256(secret: bytes) -> Signer:
    return lambda signed: hmac.new(secret, signed, hashlib.sha256).digest()


def forge(
    header: dict[str, Any] | bytes = HEADER,
    claims: dict[str, Any] | bytes = CLAIMS,
    signer: Signer | None = None,
) -> str:
    """Put a token together by hand, so that nothing of the portal's or the library's helps."""
    parts = [p if isinstance(p, bytes) else canonical_bytes(p) for p in (header, claims)]
    signed = ".".join(map(encoded, parts))
    return f"{signed}.{encoded((signer or es256())(signed.encode()))}"


def but(plain: dict[str, Any], *missing: str, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**plain, **changes}.items() if name not in missing}


def pem_and_der() -> tuple[bytes, bytes]:
    pem = KEYS.signing.public.pem.encode()
    der = serialization.load_pem_public_key(pem).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, der


PEM, DER = pem_and_der()
P384 = ec.generate_private_key(ec.SECP384R1())
GOOD = forge()
HEAD, BODY, SIGNATURE = GOOD.split(".")
SPACED = json.dumps(HEADER, indent=1).encode()
TWICE = b'{"alg":"none","alg":"ES256","kid":"' + KID.encode() + b'","typ":"at+jwt"}'

FORGED: dict[str, str] = {
    "HS256 under the public key's PEM": forge(but(HEADER, alg="HS256"), signer=hs256(PEM)),
    "HS256 under the public key's DER": forge(but(HEADER, alg="HS256"), signer=hs256(DER)),
    "HS256 under a one-byte secret": forge(but(HEADER, alg="HS256"), signer=hs256(b"0")),
    "alg none, no signature": f"{encoded(canonical_bytes(but(HEADER, alg='none')))}.{BODY}.",
    "alg none, the old signature": forge(but(HEADER, alg="none")),
    "alg in small letters": forge(but(HEADER, alg="es256")),
    "alg ES384": forge(but(HEADER, alg="ES384")),
    "no alg": forge(but(HEADER, "alg")),
    "ES256 under a P-384 key": forge(signer=raw(P384, 48)),
    "another deployment's key": forge(signer=es256(OTHERS)),
    "another deployment's key and kid": forge(
        but(HEADER, kid=OTHERS.signing.public.kid), signer=es256(OTHERS)
    ),
    "no kid": forge(but(HEADER, "kid")),
    "an unknown kid": forge(but(HEADER, kid="AAAA")),
    "a kid that is no text": forge(but(HEADER, kid=[KID])),
    "a kid that is a path": forge(but(HEADER, kid="../../dev/null")),
    "a key of its own in the header": forge(
        but(HEADER, jwk={"kty": "oct", "k": "AA"}), signer=hs256(b"\0")
    ),
    "a URL of keys": forge(but(HEADER, jku="https://evil.example/keys")),
    "an unknown crit": forge(but(HEADER, crit=["exp"])),
    "an unencoded payload": forge(but(HEADER, b64=False, crit=["b64"])),
    "compressed, it says": forge(but(HEADER, zip="DEF")),
    "typ JWT": forge(but(HEADER, typ="JWT")),
    "no typ": forge(but(HEADER, "typ")),
    "an approval presented as a token": sign_statement(KEYS, CLAIMS),
    "a header with spaces": forge(SPACED),
    "a header with alg twice": forge(TWICE),
    "a header that is a list": forge(canonical_bytes([HEADER])),
    "a header that is no JSON": forge(b"{"),
    "a header of many brackets": forge(b"[" * 20_000),
    "no exp": forge(claims=but(CLAIMS, "exp")),
    "no nbf": forge(claims=but(CLAIMS, "nbf")),
    "no iat": forge(claims=but(CLAIMS, "iat")),
    "no aud": forge(claims=but(CLAIMS, "aud")),
    "no iss": forge(claims=but(CLAIMS, "iss")),
    "no sub": forge(claims=but(CLAIMS, "sub")),
    "no jti": forge(claims=but(CLAIMS, "jti")),
    "no client": forge(claims=but(CLAIMS, "client_id")),
    "a claim too many": forge(claims=but(CLAIMS, scope="everything")),
    "another audience": forge(claims=but(CLAIMS, aud="https://other.example/api/v1")),
    "an audience among others": forge(claims=but(CLAIMS, aud=[PARTIES.audience])),
    "another issuer": forge(claims=but(CLAIMS, iss="https://evil.example")),
    "a subject that is no person's id": forge(claims=but(CLAIMS, sub="admin")),
    "expired at this moment": forge(claims=but(CLAIMS, iat=SECONDS - 600, exp=SECONDS)),
    "not yet valid": forge(claims=but(CLAIMS, nbf=SECONDS + 1)),
    "issued in the future": forge(claims=but(CLAIMS, iat=SECONDS + 1)),
    "valid for a year": forge(claims=but(CLAIMS, exp=SECONDS + 31_536_000)),
    "exp as text": forge(claims=but(CLAIMS, exp=str(SECONDS + 600))),
    "exp as a fraction": forge(claims=but(CLAIMS, exp=SECONDS + 0.5)),
    "exp as truth": forge(claims=but(CLAIMS, exp=True)),
    "exp without end": forge(claims=json.dumps(but(CLAIMS, exp=float("inf"))).encode()),
    "claims that are a list": forge(claims=canonical_bytes([CLAIMS])),
    "claims that are no JSON": forge(claims=b"{"),
    "no signature": f"{HEAD}.{BODY}.",
    "half a signature": f"{HEAD}.{BODY}.{SIGNATURE[: len(SIGNATURE) // 2]}",
    "a signature of zeros": f"{HEAD}.{BODY}.{encoded(bytes(64))}",
    "a signature with padding": f"{GOOD}==",
    "a signature with another last bit": GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
    "a line break at the end": f"{GOOD}\n",
    "a space in the middle": f"{HEAD}.{BODY[:8]} {BODY[8:]}.{SIGNATURE}",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "two parts": f"{HEAD}.{BODY}",
    "nothing": "",
    "another alphabet": f"{HEAD}.{BODY}.ключ",
    "too long": f"{HEAD}.{encoded(bytes(70_000))}.{SIGNATURE}",
}


def test_the_token_that_all_these_differ_from_is_good() -> None:
    claims = read_token(KEYS, PARTIES, GOOD, NOW)

    assert str(claims.sub) == CLAIMS["sub"]
    assert claims.expires_at == NOW + TOKEN_LIFETIME


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_token_is_refused(what: str) -> None:
    with pytest.raises(NotSignedIn) as caught:
        read_token(KEYS, PARTIES, FORGED[what], NOW)

    assert caught.value.detail == ""  # which check failed is not told


def test_what_the_portal_writes_it_reads_to_its_last_second_and_no_longer() -> None:
    person = PersonId(uuid4())
    token, claims = write_token(KEYS, PARTIES, person, "client-1", NOW)

    last = NOW + TOKEN_LIFETIME - timedelta(microseconds=1)
    assert read_token(KEYS, PARTIES, token, last) == claims
    with pytest.raises(NotSignedIn):
        read_token(KEYS, PARTIES, token, NOW + TOKEN_LIFETIME)
    with pytest.raises(NotSignedIn):
        read_token(KEYS, PARTIES, token, NOW - timedelta(seconds=1))


def test_two_tokens_of_one_moment_are_two() -> None:
    person = PersonId(uuid4())
    _, first = write_token(KEYS, PARTIES, person, "client-1", NOW)
    _, second = write_token(KEYS, PARTIES, person, "client-1", NOW)

    assert first.jti != second.jti


def test_a_retired_key_still_verifies_and_a_forgotten_one_does_not() -> None:
    token, _ = write_token(OTHERS, PARTIES, PersonId(uuid4()), "client-1", NOW)
    after = IdentityKeys(KEYS.signing, bytes(32), retired=(OTHERS.signing.public,))

    read_token(after, PARTIES, token, NOW)
    with pytest.raises(NotSignedIn):
        read_token(KEYS, PARTIES, token, NOW)


@pytest.mark.parametrize("payload", [b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"[]", b"{"])
def test_a_statement_has_one_spelling(payload: bytes) -> None:
    with pytest.raises(BadSignature):
        verify_statement(KEYS, sign(KEYS, payload, typ=STATEMENT_TYPE))


def test_a_token_is_no_statement() -> None:
    with pytest.raises(BadSignature):
        verify_statement(KEYS, GOOD)


def test_any_other_reader_of_signatures_verifies_ours() -> None:
    key = serialization.load_pem_public_key(PEM)
    assert isinstance(key, ec.EllipticCurvePublicKey)

    compact = sign(KEYS, b"payload", typ="at+jwt")

    assert jws.verify(compact, PEM, algorithms=["ES256"]) == b"payload"


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1()])
def test_a_key_of_another_curve_is_refused_before_it_signs(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    with pytest.raises(Unavailable):
        IdentityKeys(SigningKey(private), bytes(32))
    with pytest.raises(Unavailable):
        VerifyingKey(public.decode())


@pytest.mark.parametrize(
    "pem", ["", "secret", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"]
)
def test_what_is_no_key_is_refused(pem: str) -> None:
    with pytest.raises(Unavailable):
        VerifyingKey(pem)
    with pytest.raises(Unavailable):
        IdentityKeys(SigningKey(pem), bytes(32))


def test_a_private_key_never_stands_where_a_public_one_is_expected() -> None:
    with pytest.raises(Unavailable):
        VerifyingKey(KEYS.signing.pem)


def test_secrets_are_not_printed() -> None:
    assert "PRIVATE" not in repr(KEYS)
    assert "sealing" not in repr(KEYS)
