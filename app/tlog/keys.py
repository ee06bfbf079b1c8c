"""The keys under a note: how they are written, how they sign, and how a note is verified.

Source: c2sp.org/signed-note (Ed25519, 0x01), c2sp.org/tlog-cosignature (0x04 and 0x06).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from app.tlog.cosignature import (
    MAX_NAME_BYTES,
    ed25519_message,
    mldsa44_message,
    stamped,
    unstamped,
)
from app.tlog.errors import NoteError
from app.tlog.note import KEY_ID_BYTES, Note, NoteSignature, check_key_name
from app.tlog.strict import decode_base64, encode_base64

ED25519 = 0x01
COSIGNATURE_ED25519 = 0x04
COSIGNATURE_MLDSA44 = 0x06

_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE_ED25519: 32, COSIGNATURE_MLDSA44: 1312}
_HEX_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True)
class VerifierKey:
    """A public key with a name, for one way of signing (a "vkey").

    Args:
        name: whose key it is: a log's origin or a witness's name.
        key_id: 4 bytes, derived from the other three.
        algorithm: 0x01 signs a note's text; 0x04 and 0x06 cosign a checkpoint at a time.
        public: 32 bytes of Ed25519 or 1,312 bytes of ML-DSA-44.
    """

    name: str
    key_id: bytes
    algorithm: int
    public: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.public) != _PUBLIC_BYTES.get(self.algorithm):
            raise NoteError("this is a key of an unknown kind or of the wrong length")
        if self.algorithm == COSIGNATURE_MLDSA44 and len(self.name.encode()) > MAX_NAME_BYTES:
            raise NoteError("the name of an ML-DSA-44 key has at most 255 bytes")
        if self.key_id != _key_id(self.name, self.algorithm, self.public):
            raise NoteError("the key's id does not belong to the key")

    @classmethod
    def make(cls, name: str, algorithm: int, public: bytes) -> VerifierKey:
        """Give the key of this name, its id derived."""
        return cls(name, _key_id(name, algorithm, public), algorithm, public)

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Give the key of which `vkey` is the one spelling: `name+id+base64`.

        Raises:
            NoteError: it is not a key, not one of the known kinds, or its id is not its own.
        """
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        if not _HEX_ID.fullmatch(key_id):
            raise NoteError("a key is spelled name+id+base64")
        try:
            data = decode_base64(encoded)
        except ValueError as error:
            raise NoteError(f"the key is malformed: {error}") from None
        return cls(name, bytes.fromhex(key_id), data[0] if data else 0, data[1:])

    def text(self) -> str:
        """Give the one line in which the key is handed on."""
        encoded = encode_base64(bytes([self.algorithm]) + self.public)
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def made(self, signature: NoteSignature) -> bool:
        """Say whether the signature claims to be this key's. Nothing is verified."""
        return signature.name == self.name and signature.key_id == self.key_id

    def check(self, text: str, signature: NoteSignature) -> Verified:
        """Check that this key signed the note's `text`.

        Raises:
            NoteError: the signature is another's, is malformed, or does not verify.
        """
        if not self.made(signature):
            raise NoteError(f"this is not a signature of {self.name}")
        at: int | None = None
        raw, message = signature.signature, text.encode()
        if self.algorithm != ED25519:
            at, raw = unstamped(raw)
            message = _cosigned(self.name, self.algorithm, text, at)
        try:
            if self.algorithm == COSIGNATURE_MLDSA44:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(raw, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(raw, message)
        except (InvalidSignature, ValueError):
            raise NoteError(f"the signature of {self.name} does not verify") from None
        return Verified(self, at)


@dataclass(frozen=True)
class Verified:
    """A signature that holds: whose, and at which POSIX time if it says so."""

    key: VerifierKey
    timestamp: int | None


class Signer:
    """A private key that signs notes under a name."""

    def __init__(self, vkey: VerifierKey, sign: Callable[[bytes], bytes]) -> None:
        self.vkey = vkey
        self._sign = sign

    @classmethod
    def ed25519(cls, name: str, private: Ed25519PrivateKey) -> Signer:
        """Give a log's signer (0x01)."""
        return cls._of(name, ED25519, private)

    @classmethod
    def cosigner_ed25519(cls, name: str, private: Ed25519PrivateKey) -> Signer:
        """Give a witness's signer (0x04)."""
        return cls._of(name, COSIGNATURE_ED25519, private)

    @classmethod
    def cosigner_mldsa44(cls, name: str, private: MLDSA44PrivateKey) -> Signer:
        """Give a post-quantum signer (0x06), of a witness or of the log itself."""
        return cls._of(name, COSIGNATURE_MLDSA44, private)

    @classmethod
    def _of(
        cls, name: str, algorithm: int, private: Ed25519PrivateKey | MLDSA44PrivateKey
    ) -> Signer:
        public = private.public_key().public_bytes_raw()
        return cls(VerifierKey.make(name, algorithm, public), private.sign)

    def sign(self, text: str, at: int) -> NoteSignature:
        """Sign a note's `text`, at POSIX time `at` where the kind of signature carries one.

        Raises:
            NoteError: a cosigner is asked for a text that is no checkpoint, or at no time.
        """
        key = self.vkey
        if key.algorithm == ED25519:
            return NoteSignature(key.name, key.key_id, self._sign(text.encode()))
        if at < 1:
            raise NoteError("a cosignature says when it was made")
        message = _cosigned(key.name, key.algorithm, text, at)
        return NoteSignature(key.name, key.key_id, stamped(at, self._sign(message)))


def verify_note(note: Note, keys: Iterable[VerifierKey]) -> tuple[Verified, ...]:
    """Check all signatures of known keys, and give them in the order of their lines.

    Signatures of other keys are passed over: a log's key changes, and witnesses come and go.

    Raises:
        NoteError: a known key's signature does not hold, there is none, or two known keys share
            both name and id.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise NoteError(f"two keys of {key.name} have one id")
    verified = tuple(
        known[signature.name, signature.key_id].check(note.text, signature)
        for signature in note.signatures
        if (signature.name, signature.key_id) in known
    )
    if not verified:
        raise NoteError("no known key signed this")
    return verified


def _cosigned(name: str, algorithm: int, text: str, at: int) -> bytes:
    if algorithm == COSIGNATURE_MLDSA44:
        return mldsa44_message(name, text, at)
    return ed25519_message(text, at)


def _key_id(name: str, algorithm: int, public: bytes) -> bytes:
    data = name.encode() + b"\n" + bytes([algorithm]) + public
    return sha256(data).digest()[:KEY_ID_BYTES]
