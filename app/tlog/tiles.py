"""The tiles in which a log publishes its tree and its entries, 256 to a tile.

Source: c2sp.org/tlog-tiles.
"""

from __future__ import annotations

import re
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.tlog.errors import TileError
from app.tlog.strict import HASH_BYTES, MAX_NUMBER
from app.tlog.tree import subtree_root

TILE_WIDTH = 256
ENTRIES_LEVEL = -1
MAX_ENTRY_BYTES = 65_535

# A level of tiles is 8 levels of the tree; above the eighth there is nothing below 2**63 leaves.
_TILE_LEVELS = 8
_MAX_LEVEL = 7
_CACHED_TILES = 256

_PATH = re.compile(
    r"tile/(entries|[0-7])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


@dataclass(frozen=True, order=True)
class Tile:
    """Names a tile: up to 256 neighbouring hashes of one level, or as many entries.

    Args:
        level: 0 holds hashes of leaves, each further one the roots of the tiles below it;
            -1 (`ENTRIES_LEVEL`) holds the entries themselves.
        index: its place in the level, counted from 0.
        width: how many it holds, 1 to 256; below 256 it is partial.
    """

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        fits = (
            ENTRIES_LEVEL <= self.level <= _MAX_LEVEL
            and 0 <= self.index <= MAX_NUMBER
            and 1 <= self.width <= TILE_WIDTH
        )
        if not fits:
            raise TileError("there is no such tile")

    def path(self) -> str:
        """Give the path below the log's address: `tile/0/x001/234` or `tile/0/x001/234.p/7`."""
        level = "entries" if self.level == ENTRIES_LEVEL else str(self.level)
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        place = "/".join([*("x" + group for group in groups[:-1]), groups[-1]])
        suffix = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{place}{suffix}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """Give the tile of which `path` is the one path.

        Raises:
            TileError: it is not the path of a tile.
        """
        match = _PATH.fullmatch(path)
        if match is None:
            raise TileError("this is not the path of a tile")
        level, place, width = match.groups()
        tile = cls(
            level=ENTRIES_LEVEL if level == "entries" else int(level),
            index=int(place.replace("x", "").replace("/", "")),
            width=TILE_WIDTH if width is None else int(width),
        )
        if tile.path() != path:
            raise TileError("this is not the one way to spell the path of this tile")
        return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Give all tiles of hashes of a tree of `size` leaves, level by level."""
    level = 0
    while size:
        full, rest = divmod(size, TILE_WIDTH)
        for index in range(full):
            yield Tile(level, index)
        if rest:
            yield Tile(level, full, rest)
        level, size = level + 1, full


def bundles_of(size: int) -> Iterator[Tile]:
    """Give all bundles of entries of a log of `size` entries."""
    full, rest = divmod(size, TILE_WIDTH)
    for index in range(full):
        yield Tile(ENTRIES_LEVEL, index)
    if rest:
        yield Tile(ENTRIES_LEVEL, full, rest)


def tile_within(size: int, level: int, index: int) -> Tile:
    """Give the tile at this place as wide as a tree of `size` leaves makes it.

    Raises:
        TileError: the tree has no such tile.
    """
    there = size >> (_TILE_LEVELS * max(level, 0))
    return Tile(level, index, min(TILE_WIDTH, there - index * TILE_WIDTH))


def encode_tile(hashes: Sequence[bytes]) -> bytes:
    """Give the bytes of a tile of hashes."""
    return b"".join(hashes)


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """Give the hashes of a tile.

    Raises:
        TileError: it is not exactly `width` hashes long.
    """
    if len(data) != width * HASH_BYTES:
        raise TileError(f"a tile of {width} hashes has {width * HASH_BYTES} bytes")
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Give the bytes of a bundle: each entry after its length, two bytes, most significant first.

    Raises:
        TileError: an entry of more than 65,535 bytes.
    """
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise TileError("an entry has at most 65,535 bytes")
        parts += [struct.pack(">H", len(entry)), entry]
    return b"".join(parts)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Give the entries of a bundle.

    Raises:
        TileError: it does not hold exactly `width` entries.
    """
    return [data[start:stop] for start, stop in _cuts(data, width)]


def hash_bundle(data: bytes, width: int) -> list[bytes]:
    """Give the leaf hashes of a bundle's entries, without parsing what is in them.

    Raises:
        TileError: it does not hold exactly `width` entries.
    """
    return [sha256(b"\x00" + data[start:stop]).digest() for start, stop in _cuts(data, width)]


def _cuts(data: bytes, width: int) -> list[tuple[int, int]]:
    cuts, at, end = [], 0, len(data)
    for _ in range(width):
        start = at + 2
        if start > end:
            raise TileError(f"the bundle ends before its {width} entries")
        at = start + (data[at] << 8 | data[at + 1])
        cuts.append((start, at))
    if at != end:
        raise TileError(f"the bundle does not end with its {width} entries")
    return cuts


class TileReader:
    """Reads any complete subtree's root from the tiles of a tree of `size` leaves.

    A `HashReader`. It keeps the tiles it read last. It believes the tiles: whoever got them from
    somebody else checks the root or the proof that it makes of them.

    Args:
        size: leaves of the tree; partial tiles are asked for as wide as it makes them.
        fetch: gives the bytes of a tile of hashes.
    """

    def __init__(self, size: int, fetch: Callable[[Tile], bytes]) -> None:
        self._size = size
        self._fetch = fetch
        self._tiles: OrderedDict[Tile, list[bytes]] = OrderedDict()

    def __call__(self, level: int, index: int) -> bytes:
        """Give the root of the complete subtree of `2**level` leaves.

        Raises:
            TileError: the tree has no such subtree, or its tile is malformed.
        """
        if (index + 1) << level > self._size:
            raise TileError("the tree has no such subtree")
        tile_level, height = divmod(level, _TILE_LEVELS)
        place, start = divmod(index << height, TILE_WIDTH)
        hashes = self.tile(tile_within(self._size, tile_level, place))
        return subtree_root(hashes[start : start + (1 << height)])

    def tile(self, tile: Tile) -> list[bytes]:
        """Give the hashes of a tile, fetched once while it is kept."""
        if tile in self._tiles:
            self._tiles.move_to_end(tile)
            return self._tiles[tile]
        hashes = decode_tile(self._fetch(tile), tile.width)
        self._tiles[tile] = hashes
        if len(self._tiles) > _CACHED_TILES:
            self._tiles.popitem(last=False)
        return hashes
