"""The second factor: codes by time, from a secret that is kept sealed.

Source: RFC 6238 (30 seconds, 6 digits, SHA-1, as every authenticator app has it).
"""

import base64
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Final

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.errors import Unavailable
from app.core.ids import PersonId

SECRET_BYTES: Final = 20  # RFC 4226, section 4: 160 bits
NONCE_BYTES: Final = 12
STEP_SECONDS: Final = 30
# One step each way covers a clock that is off by half a minute, and a slow typist.
STEPS_AROUND: Final = (-1, 0, 1)


def accepted_step(secret: bytes, code: str, now: datetime, *, last_step: int) -> int | None:
    """Give the time step that a code is of, if it is right and later than the last one used.

    A code that was seen over a shoulder, or caught on its way, is worth nothing once used.

    Source: RFC 6238, section 5.2.
    """
    totp = pyotp.TOTP(_base32(secret))
    current = int(now.timestamp()) // STEP_SECONDS
    accepted = None
    for offset in STEPS_AROUND:
        step = current + offset
        right = hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
        if right and step > last_step:
            accepted = step
    return accepted


def provisioning_uri(secret: bytes, email: str) -> str:
    """Give what an authenticator app reads from a picture (`otpauth://totp/...`)."""
    return pyotp.TOTP(_base32(secret)).provisioning_uri(name=email, issuer_name="Entente")


def readable(secret: bytes) -> str:
    """Give the secret for typing it into an app: base32 in groups of four."""
    text = _base32(secret)
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def seal(
    key: bytes, person: PersonId, secret: bytes, *, random_bytes: Callable[[int], bytes]
) -> bytes:
    """Seal a secret for one person: a nonce of 12 bytes, then AES-256-GCM."""
    nonce = random_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, _bound_to(person))


def unseal(key: bytes, person: PersonId, sealed: bytes) -> bytes:
    """Open a secret that was sealed for this person.

    Raises:
        Unavailable: it was sealed under another key, for another person, or altered.
    """
    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, body, _bound_to(person))
    except (InvalidTag, ValueError) as error:
        raise Unavailable(
            "Your second factor cannot be checked right now. Ask your administrator."
        ) from error


def _bound_to(person: PersonId) -> bytes:
    return b"entente/totp/v1|" + person.bytes


def _base32(secret: bytes) -> str:
    return base64.b32encode(secret).decode()
