"""Keeps organisations' keys in one file that opens with a passphrase.

The file is JSON: the passphrase's key derivation (argon2id and its costs), a check value, the keys
(each wrapped by AES-256-GCM, 12 bytes nonce | 32 bytes key | 16 bytes tag) and a MAC over all of
it. It lies in a folder of its own (0700), is 0600, and is only ever replaced whole.

    master     argon2id(passphrase, salt)                            once, when the file is opened
    check      HKDF(master, "entente/keys/v1/check")                 tells a wrong passphrase apart
    mac key    HKDF(master, "entente/keys/v1/mac")                   nothing in the file is altered
    wrap key   HKDF(master, "entente/keys/v1/wrap")                  wraps the organisations' keys

Several processes may use the file: every use looks whether it was replaced meanwhile, and every
change is made under a lock on `<file>.lock`. What we know to be weak: an older copy of the file
brings a destroyed key back, so its backups must be as destroyable as it is; and Python cannot wipe
a key from memory.
"""

import fcntl
import hmac
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from argon2.exceptions import Argon2Error
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.canonical import canonical_bytes
from app.core.clock import Clock
from app.vault.errors import KeyDestroyed, KeyUnavailable, NotAuthentic, WrongPassphrase
from app.vault.folder_blobs import sync_folder
from app.vault.keys import ORGANISATION, OrgKey, OrgKeyId
from app.vault.secret_files import ALL_BUT_OWNER, demand_private
from app.vault.stream import RandomBytes

FORMAT = "entente/keys/v1"
NONCE_BYTES = 12
_MEMBERS = {"format", "kdf", "keys", "check", "mac"}
_Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess at the passphrase costs (argon2id).

    The default is the first of OWASP's equivalent settings (46 MiB, one pass, one lane).

    Source: OWASP Password Storage Cheat Sheet; RFC 9106.
    """

    memory_kib: int = 47104
    passes: int = 1
    lanes: int = 1


class LocalKeys:
    """The `KeyProvider` that needs no other machine; made by one process, shared by many."""

    def __init__(
        self,
        path: Path,
        passphrase: str,
        *,
        now: Clock,
        random_bytes: RandomBytes = os.urandom,
        cost: Cost | None = None,
    ) -> None:
        """Open the key file, or make an empty one where there is none.

        Args:
            cost: what a new file's passphrase costs to guess; an existing file keeps its own.

        Raises:
            WrongPassphrase: the file does not open under this passphrase, or it is empty.
            NotAuthentic: the file was altered or is not a key file.
            KeyUnavailable: the file cannot be read or written, or others can read it.
        """
        if not passphrase:
            raise WrongPassphrase("the passphrase of the key file is empty")
        self._path = path
        self._now = now
        self._random_bytes = random_bytes
        self._seen: tuple[int, ...] = ()
        self._document: _Document = {}
        with _disk():
            _close_folder(path)
        with self._locked(), _disk():
            stored = _stored(path)
            kdf = stored["kdf"] if stored else _new_kdf(cost or Cost(), random_bytes)
            self._master = _stretch(passphrase, kdf)
            if stored is None:
                self._write({"format": FORMAT, "kdf": kdf, "keys": []})
            self._load()

    def check(self) -> None:
        self._load()

    def create_key(self, organisation: str, *, purpose: str = ORGANISATION) -> OrgKey:
        key_id = OrgKeyId(f"key_{self._random_bytes(12).hex()}")
        key = OrgKey(key_id, organisation, self._now(), purpose=purpose)
        nonce = self._random_bytes(NONCE_BYTES)
        secret = self._random_bytes(32)
        sealed = nonce + AESGCM(self._sub("wrap")).encrypt(nonce, secret, _public_bytes(key))
        with self._locked():
            self._load()
            entry = {**_public(key), "wrapped": b64encode(sealed).decode()}
            self._write({**self._document, "keys": [*self._document["keys"], entry]})
        return key

    def list_keys(self) -> Sequence[OrgKey]:
        self._load()
        return [_org_key(entry) for entry in self._document["keys"]]

    def wrap(self, key_id: OrgKeyId, data_key: bytes, associated_data: bytes) -> bytes:
        # A random nonce is safe for 2^32 wrappings by one key; attachments are far fewer.
        nonce = self._random_bytes(NONCE_BYTES)
        return nonce + self._cipher(key_id).encrypt(nonce, data_key, associated_data)

    def unwrap(self, key_id: OrgKeyId, wrapped_key: bytes, associated_data: bytes) -> bytes:
        cipher = self._cipher(key_id)
        nonce, sealed = wrapped_key[:NONCE_BYTES], wrapped_key[NONCE_BYTES:]
        if len(wrapped_key) != NONCE_BYTES + 32 + 16:
            raise NotAuthentic
        try:
            return cipher.decrypt(nonce, sealed, associated_data)
        except InvalidTag:
            raise NotAuthentic from None

    def destroy(self, key_id: OrgKeyId) -> None:
        with self._locked():
            entry = self._entry(key_id)
            gone = {**entry, "wrapped": None, "destroyed_at": self._now().isoformat()}
            keys = [gone if other is entry else other for other in self._document["keys"]]
            self._write({**self._document, "keys": keys})

    def _cipher(self, key_id: OrgKeyId) -> AESGCM:
        entry = self._entry(key_id)
        sealed = b64decode(entry["wrapped"])
        aad = _public_bytes(_org_key(entry))
        return AESGCM(
            AESGCM(self._sub("wrap")).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
        )

    def _entry(self, key_id: OrgKeyId) -> _Document:
        self._load()
        found: list[_Document] = [e for e in self._document["keys"] if e["id"] == key_id]
        if not found:
            raise KeyUnavailable(f"there is no key {key_id} in the key file")
        if found[0]["destroyed_at"] is not None:
            raise KeyDestroyed
        return found[0]

    def _load(self) -> None:
        """Read the file again if it was replaced since it was last read."""
        demand_private(self._path)
        with _disk():
            stat = self._path.stat()
            seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if seen == self._seen:
                return
            document = _parse(self._path.read_bytes())
        if not hmac.compare_digest(document.pop("check"), self._check()):
            raise WrongPassphrase
        if not hmac.compare_digest(document.pop("mac"), self._mac(document)):
            raise NotAuthentic("the key file was altered; restore it from a backup")
        self._document = document
        self._seen = seen

    def _write(self, document: _Document) -> None:
        """Replace the file as a whole: after a crash it is the old one or the new one."""
        sealed = {**document, "check": self._check(), "mac": self._mac(document)}
        part = self._path.with_name(self._path.name + ".part")
        with _disk():
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(json.dumps(sealed, indent=1))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
            sync_folder(self._path.parent)
        self._seen = ()
        self._load()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with _disk():
            lock = os.open(
                self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600
            )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _check(self) -> str:
        return self._sub("check").hex()

    def _mac(self, document: _Document) -> str:
        return hmac.digest(self._sub("mac"), canonical_bytes(document), "sha256").hex()

    def _sub(self, use: str) -> bytes:
        return HKDF(SHA256(), 32, None, f"{FORMAT}/{use}".encode()).derive(self._master)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeyUnavailable(f"the key file cannot be used: {error.strerror}") from error


def _close_folder(path: Path) -> None:
    """Keep others out of the file's folder, which must be its own for that.

    Raises:
        KeyUnavailable: others use the folder, and other things lie in it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.parent.stat().st_mode & ALL_BUT_OWNER:
        return
    if any(not found.name.startswith(path.name) for found in path.parent.iterdir()):
        raise KeyUnavailable(
            f"others may use {path.parent}: give the key file a folder of its own, or"
            f" chmod 700 {path.parent}"
        )
    path.parent.chmod(0o700)


def _stored(path: Path) -> _Document | None:
    if not path.exists():
        return None
    demand_private(path)
    return _parse(path.read_bytes())


def _parse(stored: bytes) -> _Document:
    """Read the file's outer form; whether its content is authentic is the MAC's to say."""
    try:
        document = json.loads(stored)
        if document["format"] == FORMAT and set(document) == _MEMBERS:
            return dict(document)
    except (ValueError, KeyError, TypeError):
        pass
    raise NotAuthentic("the key file is not one that this version can read")


def _new_kdf(cost: Cost, random_bytes: RandomBytes) -> _Document:
    return {"name": "argon2id", **asdict(cost), "salt": random_bytes(16).hex()}


def _stretch(passphrase: str, kdf: _Document) -> bytes:
    try:
        return hash_secret_raw(
            passphrase.encode(),
            bytes.fromhex(kdf["salt"]),
            time_cost=kdf["passes"],
            memory_cost=kdf["memory_kib"],
            parallelism=kdf["lanes"],
            hash_len=32,
            type=Type.ID,
        )
    except (KeyError, TypeError, ValueError, Argon2Error):
        raise NotAuthentic("the key file names no usable key derivation") from None


def _public(key: OrgKey) -> _Document:
    """Give what stands in the file beside the key, which its wrapping is bound to."""
    public = {
        "id": key.id,
        "organisation": key.organisation,
        "created_at": key.created_at.isoformat(),
        "destroyed_at": key.destroyed_at and key.destroyed_at.isoformat(),
    }
    return public if key.purpose == ORGANISATION else {**public, "purpose": key.purpose}


def _public_bytes(key: OrgKey) -> bytes:
    return canonical_bytes(_public(key))


def _org_key(entry: _Document) -> OrgKey:
    return OrgKey(
        OrgKeyId(entry["id"]),
        entry["organisation"],
        datetime.fromisoformat(entry["created_at"]),
        entry["destroyed_at"] and datetime.fromisoformat(entry["destroyed_at"]),
        entry.get("purpose", ORGANISATION),
    )
