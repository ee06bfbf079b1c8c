"""What the journal costs a read: a record page's JSON with it, and without.

Run by hand: `python -m benchmarks.portal`. Both are asked of one server process in turn, and
printed as a ratio of medians.
"""

import statistics

from benchmarks.serving import Client, running, timed

READS = 60


def main() -> None:
    """Measure and print."""
    with running() as server:
        path = f"/api/v1/records/{server.told['record']}"
        logged, unlogged = Client(server), Client(server, "unlogged")
        with_journal, without = [], []
        for _ in range(READS):
            with_journal.append(timed(lambda: logged.get(path)))
            without.append(timed(lambda: unlogged.get(path)))
    ours, floor = statistics.median(with_journal), statistics.median(without)
    print(
        f"a journalled read takes {ours / floor:.2f} times the read without journal"
        f" ({ours * 1000:.1f} ms)"
    )


if __name__ == "__main__":
    main()
