"""Finds the first entry that is wrong, once a log is known not to lead to its signed root.

The published tiles of hashes help: those that lead to the signed root are as good as signed, so
the way goes from the root down, to the first hash that the entries below it do not have. Where the
tiles were altered with the entries, the place is told as nearly as can be.
"""

from collections.abc import Iterator, Sequence

from app.tlog import (
    ENTRIES_LEVEL,
    TILE_WIDTH,
    Checkpoint,
    Frontier,
    Tile,
    TileError,
    TileReader,
    decode_tile,
    leaf_hash,
    subtree_root,
    tile_within,
    tree_root,
)
from app.verifier.recompute import Reading, entries_of
from app.verifier.sources import Source, right_edge
from app.verifier.verdict import UNPROVED_BEFORE, Kind, Wrong


def locate(source: Source, checkpoint: Checkpoint, reading: Reading, proved: int) -> Wrong:
    """Say what is wrong with a log that does not lead to `checkpoint`, and from where on.

    Args:
        proved: how many entries a smaller checkpoint proves nonetheless.
    """
    search = _Search(source, checkpoint.size)
    try:
        signed = tree_root(checkpoint.size, TileReader(checkpoint.size, search.tile))
    except TileError:
        signed = b""
    found = search.first_wrong() if signed == checkpoint.root else None
    if found is not None:
        return found
    before = f"The {proved:,} before it are proved by a kept checkpoint." if proved else ""
    if reading.broke_at is not None and reading.doubtful is None:
        before = before or UNPROVED_BEFORE
        return Wrong(Kind.CUT_OFF, first=reading.broke_at, size=checkpoint.size, before=before)
    return Wrong(Kind.REWRITTEN, first=proved, before=before)


class _Search:
    """Goes down from hashes that are as good as signed."""

    def __init__(self, source: Source, size: int) -> None:
        self._source = source
        self._size = size

    def first_wrong(self) -> Wrong | None:
        """Give the first thing wrong; the tiles at the right edge lead to the signed root."""
        for tile in reversed(right_edge(self._size)):
            found = self._in_tile(tile, decode_tile(self.tile(tile), tile.width))
            if found is not None:
                return found
        return None

    def tile(self, tile: Tile) -> bytes:
        """Read a tile of hashes.

        Raises:
            TileError: it is not there.
        """
        data = self._data(tile)
        if data is None:
            raise TileError(f"{tile.path()} is missing")
        return data

    def _in_tile(self, tile: Tile, signed: list[bytes]) -> Wrong | None:
        if tile.level == 0:
            return self._in_bundle(tile, signed)
        for index, root in enumerate(signed, tile.index * TILE_WIDTH):
            if self._root(tile.level, index) != root:
                return self._below(Tile(tile.level - 1, index), root)
        return None

    def _below(self, tile: Tile, root: bytes) -> Wrong | None:
        """Look into a full tile, if it has this root."""
        start, stop = (
            place * TILE_WIDTH ** (tile.level + 1) for place in (tile.index, tile.index + 1)
        )
        try:
            hashes = decode_tile(self.tile(tile), TILE_WIDTH)
        except TileError:
            hashes = [b""] * TILE_WIDTH
        if subtree_root(hashes) == root:
            return self._in_tile(tile, hashes)
        before = f"It is among the entries up to {stop - 1:,}; all before them are unaltered."
        return Wrong(Kind.REWRITTEN, first=start, before=before)

    def _root(self, level: int, index: int) -> bytes | None:
        """Work out the root of the entries below a hash; nothing if some cannot be read."""
        span = TILE_WIDTH ** (level - 1)
        tree = Frontier()
        for leaves, whole in self._bundles(range(index * span, (index + 1) * span)):
            if not whole or len(leaves) != TILE_WIDTH:
                return None
            tree.extend(leaves)
        return tree.root()

    def _bundles(self, indices: range) -> Iterator[tuple[list[bytes], bool]]:
        """Read the leaf hashes of bundles, and whether each holds exactly its entries."""
        level = ENTRIES_LEVEL if self._source.entries_readable else 0
        tiles = [tile_within(self._size, level, index) for index in indices]
        for tile, data in zip(tiles, self._source.read(tiles), strict=True):
            if level == 0:
                hashes = [data[i : i + 32] for i in range(0, len(data), 32)] if data else []
                yield hashes, len(hashes) == tile.width
            else:
                entries, rest = entries_of(data or b"", tile.width)
                whole = not rest and len(entries) == tile.width
                yield [leaf_hash(entry) for entry in entries], whole

    def _in_bundle(self, tile: Tile, signed: list[bytes]) -> Wrong | None:
        """Compare a bundle with its tile of hashes, entry by entry."""
        ((have, whole),) = self._bundles(range(tile.index, tile.index + 1))
        pairs = enumerate(zip(have, signed, strict=False))
        place = next((at for at, (one, other) in pairs if one != other), min(len(have), tile.width))
        if place == tile.width and whole:
            return None
        first = tile.index * TILE_WIDTH + place
        if place == tile.width:
            return Wrong(Kind.INSERTED, first=first)
        is_last = first - place + tile.width == self._size
        if place == len(have) and (is_last or not self._follows(tile)):
            before = "All before it are unaltered."
            return Wrong(Kind.CUT_OFF, first=first, size=self._size, before=before)
        if not have:
            return Wrong(Kind.MISSING, first=first, last=first + tile.width - 1)
        return Wrong(_kind(have, signed + self._next(tile), place), first=first)

    def _follows(self, tile: Tile) -> bool:
        following = tile_within(self._size, ENTRIES_LEVEL, tile.index + 1)
        return self._data(following) is not None

    def _next(self, tile: Tile) -> list[bytes]:
        """Give the hashes that are published after this tile's, as far as they are wanted."""
        if (tile.index + 1) * TILE_WIDTH >= self._size:
            return []
        data = self._data(tile_within(self._size, 0, tile.index + 1)) or b""
        return [data[i : i + 32] for i in range(0, len(data), 32)]

    def _data(self, tile: Tile) -> bytes | None:
        return next(iter(self._source.read([tile])))


def _kind(have: Sequence[bytes], signed: Sequence[bytes], place: int) -> Kind:
    """Tell what was done to a bundle whose entry at `place` is not the one that was signed."""
    now = have[place] if place < len(have) else b""
    if now in signed[place + 1 :] and signed[place] in have[place + 1 :]:
        return Kind.REORDERED
    if not now or now in signed[place + 1 :]:
        return Kind.REMOVED
    if signed[place] in have[place + 1 :]:
        return Kind.INSERTED
    return Kind.CHANGED
