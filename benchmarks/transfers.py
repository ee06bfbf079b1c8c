"""What the vault costs a transfer through the portal, against the same server's plain floors.

Run by hand: `python -m benchmarks.transfers [--mib 256] [--large-gib 10]`. Each pair is taken in
turn over one server process and printed as a ratio of medians, with the aim beside it.
"""

import argparse
import statistics
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Self

from benchmarks.serving import MIB, Client, Server, running, timed

ROUNDS = 7
SMALL_BYTES = 256 * 1024
SMALL_COUNT = 400
READERS = 8
RANGE_BYTES = 64 * 1024
RANGES = 60


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--mib", type=int, default=256, help="size of a transfer")
    asked.add_argument("--large-gib", type=int, default=10, help="size of the large one; 0: none")
    given = asked.parse_args()
    with running() as server:
        transfers(server, given.mib * MIB)
        small(server)
        if given.large_gib:
            large(server, given.large_gib * 1024 * MIB)


def transfers(server: Server, size_bytes: int) -> None:
    """Upload and download one size, over and over, one kind after the other."""
    ours, floor = Client(server), Client(server, "floor")
    draft = f"/api/v1/drafts/{server.told['version']}/attachments"
    kept = ours.put(f"{draft}?name=first.bin", size_bytes)["id"]
    floor.put("/plain/large", size_bytes)
    numbers = iter(range(ROUNDS + 1))
    taken = in_turn(
        {
            "hashed": lambda: floor.put("/hashed", size_bytes),
            "kept": lambda: floor.put("/plain/kept", size_bytes),
            "upload": lambda: ours.put(f"{draft}?name={next(numbers)}.bin", size_bytes),
            "best": lambda: floor.get("/best/large"),
            "file response": lambda: floor.get("/plain/large"),
            "download": lambda: ours.get(f"/api/v1/attachments/{kept}"),
        }
    )
    size = f"{size_bytes // MIB} MiB"
    show(f"upload of {size} against the same only hashed", taken["hashed"], taken["upload"], 0.9)
    show(f"upload of {size} against the same hashed and kept", taken["kept"], taken["upload"], 0.9)
    show(f"download of {size} against the best loop", taken["best"], taken["download"], 0.9)
    show(f"download of {size} against FileResponse", taken["file response"], taken["download"], 2)


def small(server: Server) -> None:
    """Download many small files at once, each an entry in the journal, against plain ones."""
    draft = f"/api/v1/drafts/{server.told['version']}/attachments"
    kept = Client(server).put(f"{draft}?name=small.bin", SMALL_BYTES)["id"]
    Client(server, "floor").put("/plain/small", SMALL_BYTES)
    taken = in_turn(
        {
            "plain": partial(_many, server, "floor", "/plain/small"),
            "download": partial(_many, server, "url", f"/api/v1/attachments/{kept}"),
        }
    )
    show(
        f"{READERS} readers of 256 KiB, journal included ({_rate(taken['download']):.0f} a second)"
        f" against FileResponse ({_rate(taken['plain']):.0f})",
        taken["plain"],
        taken["download"],
        0.5,
    )


def large(server: Server, size_bytes: int) -> None:
    """Transfer one very large file, watch the memory, and read ranges of it and of a small one."""
    client = Client(server)
    draft = f"/api/v1/drafts/{server.told['version']}/attachments"
    ten = client.put(f"{draft}?name=ten.bin", 10 * MIB)["id"]
    idle = server.process.memory_info().rss
    with Peak(server) as peak:
        huge = client.put(f"{draft}?name=huge.bin", size_bytes)["id"]
        client.get(f"/api/v1/attachments/{huge}")
    print(
        f"memory above idle during {size_bytes >> 30} GiB: {(peak.bytes - idle) / MIB:.1f} MiB (20)"
    )
    spots = {ten: 5 * MIB, huge: size_bytes // 2}
    taken = in_turn({key: partial(_range, client, key, at) for key, at in spots.items()}, RANGES)
    show("a range of the large one against one of 10 MiB", taken[ten], taken[huge], 1)


def in_turn(acts: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Do each act once to warm up, then all of them in turn, and give their seconds."""
    for act in acts.values():
        act()
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            taken[name].append(timed(act))
    return taken


def show(what: str, floor: list[float], ours: list[float], aim: float) -> None:
    """Print how much of the floor's rate is reached."""
    ratio = statistics.median(floor) / statistics.median(ours)
    print(f"{what}: {ratio:.2f} of its rate (aim {aim}), {statistics.median(ours) * 1000:.1f} ms")


def _many(server: Server, door: str, path: str) -> None:
    clients = [Client(server, door) for _ in range(READERS)]

    def read(client: Client) -> None:
        for _ in range(SMALL_COUNT // READERS):
            assert client.get(path) == SMALL_BYTES

    with ThreadPoolExecutor(READERS) as readers:
        list(readers.map(read, clients))


def _rate(seconds: list[float]) -> float:
    return SMALL_COUNT / statistics.median(seconds)


def _range(client: Client, attachment: str, at: int) -> None:
    asked = f"bytes={at}-{at + RANGE_BYTES - 1}"
    assert client.get(f"/api/v1/attachments/{attachment}", Range=asked) == RANGE_BYTES


class Peak:
    """The largest resident memory of the server while the block runs."""

    def __init__(self, server: Server) -> None:
        self.bytes = 0
        self._process = server.process

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            self.bytes = max(self.bytes, self._process.memory_info().rss)


if __name__ == "__main__":
    main()
