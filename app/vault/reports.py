"""What was found in a file is as secret as the file: sealed under a key made of its own data key.

Whoever may not open the file may not open its report, and destroying the file's key destroys both.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.access import Action, Permit, PortalAction, Subject
from app.core.canonical import canonical_bytes
from app.vault.envelope import SALT_BYTES, Binding, Envelope, Label, unwrap_key
from app.vault.errors import NotAuthentic, WrongPermit
from app.vault.keys import KeyProvider
from app.vault.stream import RandomBytes

NONCE_BYTES = 12
READING = frozenset({Action.READ, Action.AMEND, Action.CONSENT, PortalAction.INSPECT})


def seal_report(
    permit: Permit,
    envelope: Envelope,
    binding: Binding,
    label: Label,
    report: bytes,
    *,
    keys: KeyProvider,
    random_bytes: RandomBytes = os.urandom,
) -> bytes:
    """Give the report sealed: 32 bytes of salt, a nonce of 12, the ciphertext and its tag.

    Raises:
        as `open_report`.
    """
    salt, nonce = random_bytes(SALT_BYTES), random_bytes(NONCE_BYTES)
    key = _key(permit, envelope, binding, label, keys, salt)
    return salt + nonce + AESGCM(key).encrypt(nonce, report, _bound(envelope))


def open_report(
    permit: Permit,
    envelope: Envelope,
    binding: Binding,
    label: Label,
    sealed: bytes,
    *,
    keys: KeyProvider,
) -> bytes:
    """Give the report on a file to whoever holds a permit for that very file.

    Raises:
        WrongPermit: the permit is for another act or another attachment.
        KeyDestroyed, KeyUnavailable: as the key provider says.
        NotAuthentic: it was altered, or is the report on another file.
    """
    salt, nonce = sealed[:SALT_BYTES], sealed[SALT_BYTES : SALT_BYTES + NONCE_BYTES]
    if len(nonce) != NONCE_BYTES:
        raise NotAuthentic("the report on this attachment cannot be read")
    key = _key(permit, envelope, binding, label, keys, salt)
    try:
        rest = sealed[SALT_BYTES + NONCE_BYTES :]
        return AESGCM(key).decrypt(nonce, rest, _bound(envelope))
    except InvalidTag as error:
        raise NotAuthentic("the report on this attachment cannot be read") from error


def _key(
    permit: Permit,
    envelope: Envelope,
    binding: Binding,
    label: Label,
    keys: KeyProvider,
    salt: bytes,
) -> bytes:
    if permit.action not in READING or permit.subject != Subject("attachment", binding.attachment):
        raise WrongPermit
    data_key = unwrap_key(envelope, binding, label, keys)
    return HKDF(SHA256(), 32, salt, b"entente/report/v1" + binding.associated_data()).derive(
        data_key
    )


def _bound(envelope: Envelope) -> bytes:
    return canonical_bytes({"use": "entente/report/v1", "blob": envelope.blob})
