"""Logs for tests: canonical entries, published into a folder, signed and witnessed."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core.canonical import canonical_bytes
from app.tlog import (
    TILE_WIDTH,
    Checkpoint,
    Frontier,
    Note,
    Signer,
    bundles_of,
    encode_bundle,
    leaf_hash,
    subtree_root,
    tiles_of,
)

START = datetime(2026, 1, 1, 8, tzinfo=UTC)
ORIGIN = "entente.example/log/2026"


def private(seed: int) -> Ed25519PrivateKey:
    """A key that is the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(random.Random(seed).randbytes(32))  # noqa: S311


LOG_SIGNER = Signer.ed25519(ORIGIN, private(1))
WITNESSES = {
    "SG": Signer.cosigner_ed25519("witness.sg.example", private(2)),
    "EU": Signer.cosigner_ed25519("witness.eu.example", private(3)),
}


def entries(count: int, *, seed: int = 0, first: dict[str, object] | None = None) -> list[bytes]:
    """Canonical entries, one a minute; `first` is told by the first of them."""
    chance = random.Random(seed)  # noqa: S311
    made = []
    for index in range(count):
        told: dict[str, object] = {
            "schema": 1,
            "id": f"0190-{seed}-{index}",
            "nonce": chance.randbytes(16).hex(),
            "time": (START + timedelta(minutes=index)).isoformat(timespec="microseconds"),
            "type": "record.read",
            "subject": f"record:{chance.randrange(99)}",
            "organisation": "imda",
            "details": {},
        }
        made.append(canonical_bytes(told | (first or {} if index == 0 else {})))
    return made


@dataclass
class Published:
    """A log in a folder, and who signs it."""

    folder: Path
    signer: Signer = LOG_SIGNER
    witnesses: dict[str, Signer] = field(default_factory=lambda: dict(WITNESSES))
    origin: str = ORIGIN

    def publish(self, entries: Sequence[bytes]) -> Note:
        """Write everything that a log of these entries publishes; returns the checkpoint."""
        leaves = [leaf_hash(entry) for entry in entries]
        self.folder.mkdir(parents=True, exist_ok=True)
        for bundle in bundles_of(len(entries)):
            start = bundle.index * TILE_WIDTH
            self.write(bundle.path(), encode_bundle(entries[start : start + bundle.width]))
        self.publish_tiles(leaves)
        return self.sign(leaves)

    def publish_tiles(self, leaves: Sequence[bytes]) -> None:
        """Write the tiles of hashes."""
        columns = [list(leaves)]
        for tile in tiles_of(len(leaves)):
            if tile.level == len(columns):
                below = columns[-1]
                whole = range(0, len(below) - TILE_WIDTH + 1, TILE_WIDTH)
                columns.append([subtree_root(below[at : at + TILE_WIDTH]) for at in whole])
            start = tile.index * TILE_WIDTH
            self.write(tile.path(), b"".join(columns[tile.level][start : start + tile.width]))

    def sign(self, leaves: Sequence[bytes], *, at: int = 1_795_500_000) -> Note:
        """Write the checkpoint over these leaves, with its co-signatures, keys and policy."""
        tree = Frontier()
        tree.extend(leaves)
        text = Checkpoint(self.origin, len(leaves), tree.root()).text()
        signers = [self.signer, *self.witnesses.values()]
        note = Note(text, tuple(signer.sign(text, at) for signer in signers))
        self.write("checkpoint", note.serialised().encode())
        self.write("keys", f"{self.signer.vkey.text()}\n".encode())
        self.write("policy", self.policy().encode())
        return note

    def policy(self) -> str:
        """A policy that asks for all witnesses."""
        named = [f"witness {name} {one.vkey.text()}\n" for name, one in WITNESSES.items()]
        return "".join([*named, "group parties all SG EU\nquorum parties\n"])

    def write(self, path: str, data: bytes) -> None:
        """Write one file."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def rewrite_entry(self, entries: list[bytes], index: int, **changes: object) -> list[bytes]:
        """Give the entries with one changed."""
        told = json.loads(entries[index]) | changes
        return [*entries[:index], canonical_bytes(told), *entries[index + 1 :]]
