"""Tiles and bundles are cut, named and read as tlog-tiles says."""

from pathlib import Path

import pytest

from app import tlog
from tests import tlog_oracle
from tests.tlog_world import Tree, entries

VECTORS = Path(__file__).parents[1] / "vectors" / "tlog"


def lines(name: str) -> list[str]:
    return (VECTORS / name).read_text().splitlines()


@pytest.mark.parametrize("path", lines("paths/accepted.txt"))
def test_a_path_has_one_spelling(path: str) -> None:
    assert tlog.Tile.parse(path).path() == path


@pytest.mark.parametrize("path", lines("paths/refused.txt"))
def test_any_other_spelling_is_refused(path: str) -> None:
    with pytest.raises(tlog.TileError):
        tlog.Tile.parse(path)


def test_the_path_of_the_specification_s_example() -> None:
    assert tlog.Tile(0, 1234067).path() == "tile/0/x001/x234/067"
    assert tlog.Tile(tlog.ENTRIES_LEVEL, 5, 7).path() == "tile/entries/005.p/7"


def test_a_tree_of_70_000_has_the_tiles_of_the_specification_s_example() -> None:
    tiles = list(tlog.tiles_of(70_000))

    for line in lines("tile-shape-of-70000.txt"):
        level, full, width = map(int, line.split())
        there = [tile for tile in tiles if tile.level == level]
        assert len([tile for tile in there if tile.width == 256]) == full
        assert [tile for tile in there if tile.width < 256] == [tlog.Tile(level, full, width)]
    assert len(tiles) == 273 + 1 + 1 + 1 + 1
    assert len(list(tlog.bundles_of(70_000))) == 274


def test_a_tree_of_256_has_a_full_tile_and_one_above_it() -> None:
    assert list(tlog.tiles_of(256)) == [tlog.Tile(0, 0), tlog.Tile(1, 0, 1)]
    assert list(tlog.tiles_of(0)) == []


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_the_hashes_of_tiles_are_those_of_the_oracle(size: int) -> None:
    logged = entries(size)
    expected = tlog_oracle.tiles(logged)

    assert {tile.path() for tile in tlog.tiles_of(size)} == set(expected)
    reader = tlog.TileReader(size, lambda tile: expected[tile.path()])
    assert tlog.tree_root(size, reader) == tlog_oracle.mth(logged)
    for index in (0, size // 2, size - 1):
        assert tlog.inclusion_proof(index, size, reader) == tlog_oracle.path(index, logged)
    assert tlog.consistency_proof(size // 2, size, reader) == tlog_oracle.proof(size // 2, logged)


def test_a_reader_fetches_a_tile_once() -> None:
    fetched = []
    made = tlog_oracle.tiles(entries(600))

    def fetch(tile: tlog.Tile) -> bytes:
        fetched.append(tile)
        return made[tile.path()]

    reader = tlog.TileReader(600, fetch)
    for index in range(600):
        tlog.inclusion_proof(index, 600, reader)

    assert sorted(fetched) == sorted(tlog.tiles_of(600))


def test_a_reader_gives_no_hash_beyond_its_tree() -> None:
    made = tlog_oracle.tiles(entries(256))
    reader = tlog.TileReader(255, lambda tile: made["tile/0/000"][: tile.width * 32])

    with pytest.raises(tlog.TileError):
        reader(0, 255)
    with pytest.raises(tlog.TileError):
        reader(8, 0)


@pytest.mark.parametrize("data", [b"", b"a" * 31, b"a" * 33, b"a" * 64])
def test_a_tile_of_another_length_is_refused(data: bytes) -> None:
    with pytest.raises(tlog.TileError):
        tlog.decode_tile(data, 1)


def test_a_bundle_holds_each_entry_after_its_length() -> None:
    data = tlog.encode_bundle([b"one", b"", b"three"])

    assert data == b"\x00\x03one\x00\x00\x00\x05three"
    assert tlog.decode_bundle(data, 3) == [b"one", b"", b"three"]
    assert tlog.hash_bundle(data, 3) == Tree([b"one", b"", b"three"]).leaves


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"\x00\x03one", 2),
        (b"\x00\x03one\x00", 1),
        (b"\x00\x03one\x00\x00", 1),
        (b"\x00\x04one", 1),
        (b"\x00", 1),
        (b"", 1),
    ],
    ids=["too-few", "half-a-length", "too-many", "cut-off", "no-length", "empty"],
)
def test_a_bundle_of_another_shape_is_refused(data: bytes, width: int) -> None:
    with pytest.raises(tlog.TileError):
        tlog.decode_bundle(data, width)
    with pytest.raises(tlog.TileError):
        tlog.hash_bundle(data, width)


def test_the_longest_entry_has_65_535_bytes() -> None:
    longest = b"a" * 65_535

    assert tlog.decode_bundle(tlog.encode_bundle([longest]), 1) == [longest]
    with pytest.raises(tlog.TileError):
        tlog.encode_bundle([longest + b"a"])
