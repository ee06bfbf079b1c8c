"""Measure sealing and opening against writing and reading the same bytes as a plain file.

    python benchmarks/vault.py [MiB]

All four are taken in turn in one run, each the best of five, so that the ratios hold on a busy
machine; both kinds of writing end with fsync, both kinds of reading find the file in the cache.
"""

import os
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from typing_extensions import Buffer

from app.access import Action, Permit, Subject
from app.core.ids import AttachmentId, RecordId
from app.vault import (
    Binding,
    Cost,
    Envelope,
    FolderBlobs,
    Label,
    LocalKeys,
    begin_seal,
    open_attachment,
)
from app.vault.stream import Sealer

CHUNK = os.urandom(1 << 18)
ROUNDS = 5
BINDING = Binding("benchmark", "imda", RecordId(UUID(int=1)), AttachmentId(UUID(int=2)), 1)
LABEL = Label("RESTRICTED", "singapore/1")
SUBJECT = Subject("attachment", BINDING.attachment)


@dataclass(frozen=True)
class BenchmarkPermit:
    action: Action = Action.DOWNLOAD
    subject: Subject = SUBJECT


class Bench:
    """A folder with a vault and a plain file of the same content."""

    def __init__(self, folder: Path, size_mib: int) -> None:
        self.chunks_count = size_mib * 4
        self.plain = folder / "plain"
        self.keys = LocalKeys(
            folder / "keys" / "keys.json", "open", now=lambda: datetime.now(UTC), cost=Cost(8)
        )
        self.keys.create_key("imda")
        self.blobs = FolderBlobs(folder / "blobs")
        self.envelope: Envelope | None = None

    def write_plain(self) -> None:
        with self.plain.open("wb", buffering=0) as file:
            for _ in range(self.chunks_count):
                file.write(CHUNK)
            os.fsync(file.fileno())

    def seal(self) -> None:
        if self.envelope:
            self.blobs.delete(self.envelope.blob)
        with begin_seal(BINDING, LABEL, keys=self.keys, blobs=self.blobs) as sealing:
            for _ in range(self.chunks_count):
                sealing.write(CHUNK)
            self.envelope = sealing.finish().envelope

    def read_plain(self) -> None:
        with self.plain.open("rb", buffering=0) as file:
            while file.read(1 << 20):
                pass

    def open(self) -> None:
        assert self.envelope
        permit = cast(Permit, BenchmarkPermit())
        with open_attachment(
            permit, self.envelope, BINDING, LABEL, keys=self.keys, blobs=self.blobs
        ) as attachment:
            for _ in attachment.chunks():
                pass


def sealer_share(size_mib: int) -> float:
    """Give the rate of the sealer, into nothing, as a share of a bare `encrypt_into` loop's."""
    cipher, plain = AESGCM(os.urandom(32)), memoryview(bytearray(os.urandom((1 << 20) - 16)))
    out = memoryview(bytearray(1 << 20))

    def bare() -> None:
        for number in range(size_mib):
            cipher.encrypt_into(number.to_bytes(12, "big"), plain, None, out)

    def sealing() -> None:
        sealer = Sealer(Nowhere(), os.urandom(32), b"", os.urandom)
        for _ in range(size_mib * 4):
            sealer.feed(CHUNK)
        sealer.finish()

    taken = [_round([bare, sealing]) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in taken) / statistics.median(b for _, b in taken)


class Nowhere:
    """A sink that keeps nothing."""

    def write(self, data: Buffer, /) -> None:
        """Keep nothing."""


def main() -> None:
    size_mib = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), size_mib)
        acts = [bench.write_plain, bench.seal, bench.read_plain, bench.open]
        best = [min(times) for times in zip(*(_round(acts) for _ in range(ROUNDS)), strict=True)]
        write, seal, read, opening = (size_mib / seconds for seconds in best)
        print(f"{size_mib} MiB, best of {ROUNDS}, MiB/s")
        print(f"plain write {write:7.0f}   seal {seal:7.0f}   ratio {seal / write:.2f}")
        print(f"plain read  {read:7.0f}   open {opening:7.0f}   ratio {opening / read:.2f}")
        print(f"sealer against a bare encrypt_into loop: {sealer_share(size_mib):.2f} (aim 0.5)")
        print(f"peak memory of seal and open: {_peak_mib(acts):.1f} MiB")


def _round(acts: list[Callable[[], None]]) -> list[float]:
    times = []
    for act in acts:
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return times


def _peak_mib(acts: list[Callable[[], None]]) -> float:
    tracemalloc.start()
    for act in acts:
        act()
    return tracemalloc.get_traced_memory()[1] / (1 << 20)


if __name__ == "__main__":
    main()
