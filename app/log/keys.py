"""The log's private keys: pairs of Ed25519 and ML-DSA-44, in one file that only its owner reads.

The database says which public keys sign for a log; the file holds their private halves. So a crash
between the two leaves a pair that signs nothing yet, and is taken up by the next try.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from app.core.clock import Clock
from app.core.errors import Unavailable
from app.tlog import Signer

FILE = "keys.json"


@dataclass(frozen=True)
class KeyPair:
    """What signs a checkpoint: with Ed25519 for everybody, with ML-DSA-44 for later times."""

    made_at: datetime
    ed25519: Ed25519PrivateKey
    mldsa44: MLDSA44PrivateKey

    def signers(self, origin: str) -> tuple[Signer, Signer]:
        """Give the signers under the name of a log; the Ed25519 one comes first."""
        return Signer.ed25519(origin, self.ed25519), Signer.cosigner_mldsa44(origin, self.mldsa44)


class LogKeys:
    """The file of key pairs, read anew whenever it was changed; the newest pair stands last."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / FILE
        self._clock = clock
        self._read: tuple[tuple[int, int], tuple[KeyPair, ...]] | None = None

    @classmethod
    def load_or_create(cls, folder: Path, clock: Clock) -> "LogKeys":
        """Open the file in `folder`, made with one pair if there is none.

        Raises:
            Unavailable: the file cannot be read, or others than its owner can read it.
        """
        keys = cls(folder, clock)
        if not (folder / FILE).exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            keys._write([_new_pair(clock())], first=True)
        keys.pairs()
        return keys

    def pairs(self) -> tuple[KeyPair, ...]:
        """Give all pairs.

        Raises:
            Unavailable: the file cannot be read, or others than its owner can read it.
        """
        try:
            found = self._path.stat()
            if found.st_mode & 0o077:
                raise Unavailable(f"Others can read the log's keys: chmod 600 {self._path}")
            stamp = (found.st_mtime_ns, found.st_ino)
            if self._read is None or self._read[0] != stamp:
                self._read = (stamp, _parse(self._path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable("The log's keys cannot be read.") from error
        return self._read[1]

    def signers(self, origin: str) -> list[Signer]:
        """Give every signer of the file under the name of a log."""
        return [signer for pair in self.pairs() for signer in pair.signers(origin)]

    def add(self) -> KeyPair:
        """Make a pair and keep it beside the others; it is on disk when this returns."""
        pair = _new_pair(self._clock())
        self._write([*self.pairs(), pair])
        return pair

    def forget_all_but(self, pair: KeyPair) -> None:
        """Remove every other pair."""
        self._write([pair])

    def _write(self, pairs: Sequence[KeyPair], *, first: bool = False) -> None:
        data = json.dumps({"pairs": [_plain(pair) for pair in pairs]}, indent=1).encode()
        descriptor, temporary = tempfile.mkstemp(dir=self._path.parent)  # mode 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            if first:
                os.link(temporary, self._path)  # refuses where another process was first
            else:
                Path(temporary).replace(self._path)
        except FileExistsError:
            return
        finally:
            Path(temporary).unlink(missing_ok=True)
        _sync_folder(self._path.parent)


def _new_pair(now: datetime) -> KeyPair:
    return KeyPair(now, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())


def _plain(pair: KeyPair) -> Mapping[str, str]:
    return {
        "made_at": pair.made_at.isoformat(),
        "ed25519": pair.ed25519.private_bytes_raw().hex(),
        "mldsa44_seed": pair.mldsa44.private_bytes_raw().hex(),
    }


def _parse(data: bytes) -> tuple[KeyPair, ...]:
    pairs = tuple(
        KeyPair(
            datetime.fromisoformat(one["made_at"]),
            Ed25519PrivateKey.from_private_bytes(bytes.fromhex(one["ed25519"])),
            MLDSA44PrivateKey.from_seed_bytes(bytes.fromhex(one["mldsa44_seed"])),
        )
        for one in json.loads(data)["pairs"]
    )
    if not pairs:
        raise ValueError("a log has a key")
    return pairs


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
