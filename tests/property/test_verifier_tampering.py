"""Whatever is done to a published log, the verifier never says that it is complete and unaltered.

The first entry that is wrong is named exactly where an entry was altered alone.
"""

import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.tlog import TILE_WIDTH, bundles_of, encode_bundle, tiles_of
from app.verifier import Asked, FolderSource, Kept, Kind, Trust, Wrong, verify
from tests.published_log import LOG_SIGNER, Published, entries

SIZE = 600
MADE = entries(SIZE)
CHANGES = ("change", "remove", "swap", "insert", "cut")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A sound log, which each test restores."""
    log = Published(tmp_path_factory.mktemp("log") / "log")
    log.publish(MADE)
    return log


def told(log: Published) -> Wrong | None:
    """What is wrong with the folder, if anything is."""
    state = Kept(log.folder.parent / "state")
    try:
        verify(FolderSource(log.folder), Asked(kept=state, trust=Trust.given([LOG_SIGNER.vkey])))
    except Wrong as wrong:
        return wrong
    return None


def put(log: Published, made: list[bytes]) -> None:
    """Write these entries into the bundles, and nothing else."""
    for bundle in bundles_of(SIZE):
        start = bundle.index * TILE_WIDTH
        log.write(bundle.path(), encode_bundle(made[start : start + bundle.width]))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CHANGES), st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
def test_the_first_wrong_entry_is_named(
    published: Published, change: str, index: int, other: int
) -> None:
    made = list(MADE)
    first = index
    if change == "change":
        made[index] += b" "
    elif change == "remove":
        del made[index]
    elif change == "swap":
        if index == other:
            return
        made[index], made[other] = made[other], made[index]
        first = min(index, other)
    elif change == "insert":
        made.insert(index, b"{}")
    else:
        del made[index:]
    put(published, made)
    found = told(published)
    put(published, MADE)
    assert found is not None
    assert found.first == first
    assert told(published) is None


def files(log: Published) -> Iterator[Path]:
    """All that is published and signed."""
    for tile in (*tiles_of(SIZE), *bundles_of(SIZE)):
        yield log.folder / tile.path()
    yield log.folder / "checkpoint"


def test_thousands_of_flipped_bits_are_never_passed_over(published: Published) -> None:
    dice = random.Random(20261124)  # noqa: S311
    paths = list(files(published))
    for _ in range(2000):
        path = dice.choice(paths)
        sound = path.read_bytes()
        data = bytearray(sound)
        place = dice.randrange(len(data))
        data[place] ^= 1 << dice.randrange(8)
        path.write_bytes(data)
        found = told(published)
        path.write_bytes(sound)
        assert found is not None, (path, place)
        if "entries" in path.parts:
            assert found.first == entry_at(path, place), (path, place)


def entry_at(path: Path, place: int) -> int:
    """Name the entry in whose bytes, or length, a place of a bundle lies."""
    digits = path.name if path.suffix != ".p" and path.parent.suffix != ".p" else path.parent.stem
    index, at = int(digits) * TILE_WIDTH, 0
    while at + 2 + len(MADE[index]) <= place:
        at += 2 + len(MADE[index])
        index += 1
    return index


def test_bytes_removed_and_added_are_never_passed_over(published: Published) -> None:
    dice = random.Random(7)  # noqa: S311
    paths = list(files(published))
    for _ in range(300):
        path = dice.choice(paths)
        sound = path.read_bytes()
        place = dice.randrange(len(sound))
        more = dice.randbytes(dice.randrange(3))
        path.write_bytes(sound[:place] + more + sound[place + 1 :])
        if path.read_bytes() != sound:
            assert told(published) is not None, (path, place, more)
        path.write_bytes(sound)


def test_any_file_gone_is_told(published: Published) -> None:
    for path in files(published):
        sound = path.read_bytes()
        path.unlink()
        found = told(published)
        path.write_bytes(sound)
        assert found is not None
        assert found.kind in {Kind.HASHES, Kind.MISSING, Kind.CUT_OFF, Kind.UNREADABLE}


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    peaks = []
    for size in (3_000, 24_000):
        log = Published(tmp_path / str(size))
        log.publish(entries(size))
        told(log)  # what is loaded once is loaded
        tracemalloc.start()
        assert told(log) is None
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        Kept(tmp_path / "state").folder.rename(tmp_path / f"state-{size}")
    assert peaks[1] < 1.25 * peaks[0]
