"""The deployment's identity keys: one that signs, retired ones that verify, and one that seals.

Everything here is checked when it is made: a key of another curve never gets as far as a signature.
"""

import base64
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.core.canonical import canonical_bytes
from app.core.errors import Unavailable

SEALING_KEY_BYTES: Final = 32
SIGNING_FILE: Final = "token-signing.pem"
RETIRED_FILES: Final = "retired-*.pem"
SEALING_FILE: Final = "second-factor-sealing.key"


@dataclass(frozen=True)
class VerifyingKey:
    """A public key on the curve P-256, in PEM; `kid` is its thumbprint."""

    pem: str

    def __post_init__(self) -> None:
        """Refuse every other kind of key.

        Raises:
            Unavailable: the PEM holds no public key on P-256.
        """
        self._numbers  # noqa: B018 - reading it checks it

    @cached_property
    def kid(self) -> str:
        """The key's name: its thumbprint, so that nobody can give two keys one name.

        Source: RFC 7638.
        """
        return _base64url(hashlib.sha256(canonical_bytes(self._members)).digest())

    @property
    def jwk(self) -> dict[str, str]:
        """The key as a JSON Web Key (RFC 7517)."""
        return {**self._members, "kid": self.kid, "use": "sig", "alg": "ES256"}

    @property
    def _members(self) -> dict[str, str]:
        x, y = (_base64url(part.to_bytes(32, "big")) for part in self._numbers)
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}

    @cached_property
    def _numbers(self) -> tuple[int, int]:
        try:
            key = serialization.load_pem_public_key(self.pem.encode())
        except ValueError as error:
            raise Unavailable("A key that verifies signatures cannot be read.") from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise Unavailable("A key that verifies signatures is not on the curve P-256.")
        numbers = key.public_numbers()
        return numbers.x, numbers.y


@dataclass(frozen=True)
class SigningKey:
    """A private key on the curve P-256, in PEM (PKCS #8)."""

    pem: str = field(repr=False)

    @cached_property
    def public(self) -> VerifyingKey:
        """The public half.

        Raises:
            Unavailable: the PEM holds no private key on P-256.
        """
        try:
            key = serialization.load_pem_private_key(self.pem.encode(), password=None)
        except (ValueError, TypeError) as error:
            raise Unavailable("The key that signs tokens cannot be read.") from error
        return VerifyingKey(
            key.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )

    @classmethod
    def new(cls) -> "SigningKey":
        """Make a new key."""
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode()
        )


@dataclass(frozen=True)
class IdentityKeys:
    """All identity keys. `verifying` is found by kid, and holds the signing key's public half."""

    signing: SigningKey
    sealing: bytes = field(repr=False)
    retired: tuple[VerifyingKey, ...] = ()

    def __post_init__(self) -> None:
        """Refuse keys that are not what they must be.

        Raises:
            Unavailable: a key is not on P-256, or the sealing key is not 256 bits long.
        """
        if len(self.sealing) != SEALING_KEY_BYTES:
            raise Unavailable("The key that seals second factors is not 256 bits long.")
        self.verifying  # noqa: B018 - reading it checks them

    @cached_property
    def verifying(self) -> dict[str, VerifyingKey]:
        """The keys under which a signature of this deployment may stand, by kid."""
        return {key.kid: key for key in (*self.retired, self.signing.public)}


def load_or_create_identity_keys(
    folder: Path, *, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> IdentityKeys:
    """Read the keys of a folder, making those that are not there yet, readable by their owner only.

    To rotate the signing key, put its public half beside it as `retired-<anything>.pem` and remove
    `token-signing.pem`: a new one is made, and what the old one signed still verifies.

    Raises:
        Unavailable: a key cannot be read, or is not what it must be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        signing = _read_or_create(folder / SIGNING_FILE, lambda: SigningKey.new().pem)
        sealing = _read_or_create(
            folder / SEALING_FILE,
            lambda: base64.b64encode(random_bytes(SEALING_KEY_BYTES)).decode(),
        )
        retired = [path.read_text() for path in sorted(folder.glob(RETIRED_FILES))]
        return IdentityKeys(
            SigningKey(signing),
            base64.b64decode(sealing, validate=True),
            tuple(map(VerifyingKey, retired)),
        )
    except (OSError, ValueError) as error:
        raise Unavailable("The identity keys in the data folder cannot be read.") from error


def _read_or_create(path: Path, make: Callable[[], str]) -> str:
    """Read the file, made whole or not at all: of two processes that start, one makes it."""
    if not path.exists():
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")  # mode 0600
        draft = Path(name)
        with os.fdopen(handle, "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its key counts
        finally:
            draft.unlink()
    return path.read_text().strip()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
