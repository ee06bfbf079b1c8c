"""The keys of a witness, in a file that only its owner reads: Ed25519 and ML-DSA-44, one name."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from app.core.errors import Invalid, Unavailable
from app.tlog import NoteError, Signer, VerifierKey, check_key_name

FILE = "keys.json"


@dataclass(frozen=True)
class WitnessKeys:
    """What a witness signs with. The first signer is the one that every verifier knows."""

    name: str
    signers: tuple[Signer, Signer]

    @property
    def vkeys(self) -> tuple[VerifierKey, ...]:
        return tuple(signer.vkey for signer in self.signers)

    @classmethod
    def load_or_create(cls, folder: Path, name: str | None) -> "WitnessKeys":
        """Open the keys in `folder`, made under `name` if there are none.

        Raises:
            Invalid: there are no keys yet and no name, or the keys bear another name. A key never
                changes its name: the Ed25519 cosignature does not say who made it.
            Unavailable: the file cannot be read, or others than its owner can read it.
        """
        path = folder / FILE
        if not path.exists():
            _create(path, name)
        keys = _read(path)
        if name not in (None, keys.name):
            raise Invalid(f"The keys in {folder} are those of {keys.name}.")
        return keys


def _create(path: Path, name: str | None) -> None:
    if name is None:
        raise Invalid("A new witness needs a name: --name witness.example/entente")
    try:
        check_key_name(name)
        fresh = {"name": name, "ed25519": secrets.token_hex(32), "mldsa44": secrets.token_hex(32)}
        _keys(fresh)
    except NoteError as error:
        raise Invalid(f"This is no name for a witness: {error}.") from None
    temporary = path.with_suffix(f".{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(fresh, indent=1))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # Of two processes that begin at once, one makes the keys.
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _read(path: Path) -> WitnessKeys:
    try:
        if path.stat().st_mode & 0o077:
            raise Unavailable(f"Others can read the witness's keys: chmod 600 {path}")
        return _keys(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, NoteError) as error:
        raise Unavailable(f"The witness's keys in {path} cannot be read.") from error


def _keys(plain: dict[str, str]) -> WitnessKeys:
    name = plain["name"]
    ed25519 = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(plain["ed25519"]))
    mldsa44 = MLDSA44PrivateKey.from_seed_bytes(bytes.fromhex(plain["mldsa44"]))
    signers = (Signer.cosigner_ed25519(name, ed25519), Signer.cosigner_mldsa44(name, mldsa44))
    return WitnessKeys(name, signers)
