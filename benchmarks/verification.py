"""Measure how long it takes to verify a log from a folder, against bare hashing.

    python benchmarks/verification.py [ENTRIES]        (1000000 unless told)

A folder is made of canonical entries, in the layout in which logs are published, signed. Then, in
turn and in one process:

    bare       SHA-256 of the same leaves and of the same nodes, over bytes that lie in memory
    verified   everything that `entente audit verify --export` does, reading the folder included

The ratio is of the medians; the aim is at most 2.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core.canonical import canonical_bytes
from app.tlog import (
    ENTRIES_LEVEL,
    TILE_WIDTH,
    Checkpoint,
    Frontier,
    Note,
    Signer,
    Tile,
    encode_bundle,
    leaf_hash,
    subtree_root,
    tile_within,
)
from app.verifier import Asked, FolderSource, Kept, Trust, sentence, verify

ORIGIN = "benchmark.example/log/2026"
SIGNER = Signer.ed25519(ORIGIN, Ed25519PrivateKey.generate())
ROUNDS = 3


def entry(index: int) -> bytes:
    """Make an entry as the journal writes them, some 700 bytes."""
    made: bytes = ENTRY.replace(b"NONCE", sha256(index.to_bytes(8)).hexdigest().encode())
    return made.replace(b"SECOND", f"{index % 60:02}".encode())


ENTRY = canonical_bytes(
    {
        "schema": 1,
        "id": "01930000-0000-7000-8000-000000000000",
        "nonce": "NONCE",
        "time": "2026-03-01T12:00:SECOND.000000+00:00",
        "type": "record.read",
        "subject": "record:01930000-0000-7000-8000-000000000001",
        "record": "01930000-0000-7000-8000-000000000001",
        "actor": "01930000-0000-7000-8000-000000000002",
        "organisation": "eu-ai-office",
        "organisations": ["eu-ai-office", "imda"],
        "decision": "allow",
        "policies": ["read-released-to-party"],
        "audience": 17,
        "markings": ["TLP:GREEN"],
        "served_bytes": 4096,
        "details": {"version": 3},
        "door": "web",
        "request": "01930000-0000-7000-8000-000000000003",
        "session": "a" * 32,
        "address_commitment": "b" * 64,
    }
)


def publish(folder: Path, size: int) -> None:
    """Write a log of `size` entries, bundle by bundle."""
    levels: list[list[bytes]] = [[]]

    def add(level: int, hash_: bytes) -> None:
        if level == len(levels):
            levels.append([])
        levels[level].append(hash_)
        count = len(levels[level])
        if count % TILE_WIDTH == 0:
            last = levels[level][-TILE_WIDTH:]
            write(folder, Tile(level, count // TILE_WIDTH - 1), b"".join(last))
            add(level + 1, subtree_root(last))

    tree = Frontier()
    for start in range(0, size, TILE_WIDTH):
        entries = [entry(index) for index in range(start, min(start + TILE_WIDTH, size))]
        bundle = tile_within(size, ENTRIES_LEVEL, start // TILE_WIDTH)
        write(folder, bundle, encode_bundle(entries))
        for one in entries:
            tree.append(leaf_hash(one))
            add(0, leaf_hash(one))
    for level, hashes in enumerate(levels):
        full, rest = divmod(len(hashes), TILE_WIDTH)
        if rest:
            write(folder, Tile(level, full, rest), b"".join(hashes[-rest:]))
    text = Checkpoint(ORIGIN, size, tree.root()).text()
    (folder / "checkpoint").write_text(Note(text, (SIGNER.sign(text, 0),)).serialised())


def write(folder: Path, tile: Tile, data: bytes) -> None:
    """Write one tile's file."""
    path = folder / tile.path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def bare_hashing(size: int) -> None:
    """Hash each leaf and each node of such a tree once, from memory, and do nothing else."""
    entries = [entry(index) for index in range(TILE_WIDTH)]
    hashes = []
    for start in range(0, size, TILE_WIDTH):
        level = [sha256(b"\x00" + one).digest() for one in entries[: size - start]]
        hashes.append(_up(level))
    _up(hashes)


def _up(level: list[bytes]) -> bytes:
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = above + level[len(above) * 2 :]
    return level[0]


def verified(folder: Path, state: Path) -> str:
    """Verify the folder."""
    asked = Asked(kept=Kept(state), trust=Trust.given([SIGNER.vkey]))
    return sentence(verify(FolderSource(folder), asked))


def seconds(rounds: int, *measured: Callable[[], object]) -> Iterator[float]:
    """Give the median time of each, taken in turn."""
    taken: list[list[float]] = [[] for _ in measured]
    for _ in range(rounds):
        for times, call in zip(taken, measured, strict=True):
            begun = time.perf_counter()
            call()
            times.append(time.perf_counter() - begun)
    yield from map(statistics.median, taken)


def main() -> None:
    """Make the folder, measure, and print a line."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "log"
        publish(folder, size)
        state = Path(place) / "state"
        print(verified(folder, state))
        bare, whole = seconds(ROUNDS, lambda: bare_hashing(size), lambda: verified(folder, state))
    print(f"{size:,} entries: bare {bare:.2f} s, verified {whole:.2f} s, {whole / bare:.2f} times")


if __name__ == "__main__":
    main()
