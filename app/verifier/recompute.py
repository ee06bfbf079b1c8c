"""Reads a log once, from its first entry to its last, and works out every hash on the way.

Memory does not grow with the log: of the tree only its right edge is kept, and of the entries one
bundle. What the entries say is not looked at, except for the first and last (their times) and
those with which the log adds a key.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import takewhile
from typing import Final

from app.tlog import (
    ENTRIES_LEVEL,
    TILE_WIDTH,
    Frontier,
    Tile,
    TileError,
    decode_bundle,
    decode_tile,
    encode_tile,
    subtree_root,
)
from app.verifier.sources import Claim, Source, plan
from app.verifier.verdict import Watch

# In canonical JSON nothing else is spelled so: a quotation mark within a text has a backslash, and
# the type comes last. What a log's first entry says of the log before it is found by its place.
KEY_ADDED: Final = b'"type":"log.key-added"}'


@dataclass
class Reading:
    """What one reading of a log came to.

    Args:
        root: the root over all entries; nothing when reading broke off.
        agreed: the largest kept claim that holds, below the first that does not.
        contradicted: the first claim that does not hold.
        first: the bytes of the first entry.
        last: the bytes of the last entry.
        own: the entries with which the log added a key, by index.
        found: where the leaves stand that were looked for.
        broke_at: the index from which on there is nothing, or nothing readable.
        doubtful: the first published tile that does not hold the hashes of the entries, and the
            first entry that it is about.
    """

    root: bytes | None = None
    agreed: int = 0
    contradicted: Claim | None = None
    first: bytes | None = None
    last: bytes | None = None
    own: list[tuple[int, bytes]] = field(default_factory=list)
    found: dict[bytes, int] = field(default_factory=dict)
    broke_at: int | None = None
    doubtful: tuple[Tile, int] | None = None


def read_log(
    source: Source,
    size: int,
    *,
    claims: Iterable[Claim] = (),
    leaves: Iterable[bytes] = (),
    watch: Watch | None = None,
) -> Reading:
    """Read the first `size` entries and everything that is published over them.

    Args:
        claims: roots to compare on the way, in ascending order; may be many, none is kept.
        leaves: leaf hashes whose places are wanted.
    """
    going = _Pass(iter(claims), frozenset(leaves))
    # The plan is made twice: a source runs ahead of who checks.
    asked = plan(size, entries=source.entries_readable)
    tiles = source.read(plan(size, entries=source.entries_readable))
    for tile, data in zip(asked, tiles, strict=True):
        going.take(tile, data)
        if going.reading.broke_at is not None:
            break
        if watch and tile.level == 0:
            watch(min(going.tree.size, size), size)
    else:
        going.end()
    return going.reading


class _Pass:
    """One reading under way: the tree so far, and the leaves that were read last."""

    def __init__(self, claims: Iterator[Claim], leaves: frozenset[bytes]) -> None:
        self.reading = Reading()
        self.tree = Frontier()
        self._claims = claims
        self._due = next(claims, None)
        self._wanted = leaves
        self._leaves: list[bytes] = []
        self._columns: list[list[bytes]] = [[]]  # of each level, the hashes of the tile begun

    def take(self, tile: Tile, data: bytes | None) -> None:
        """Take the next tile of the plan."""
        if tile.level == ENTRIES_LEVEL:
            self._entries(tile, data)
        elif tile.level == 0:
            self._leaf_tile(tile, data)
        else:
            self._node_tile(tile, data)

    def end(self) -> None:
        """Close the tree."""
        self._compare_claims(self.tree.size + 1)
        self.reading.root = self.tree.root()

    def _entries(self, tile: Tile, data: bytes | None) -> None:
        try:
            if data is None:
                raise TileError("it is missing")
            entries = decode_bundle(data, tile.width)
        except TileError:
            whole, _ = entries_of(data or b"", tile.width)
            self.reading.broke_at = tile.index * TILE_WIDTH + len(whole)
            return
        # The two loops that run once for each entry: no call of ours, nothing parsed.
        self._leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        own = [entry for entry in entries if entry.endswith(KEY_ADDED)]
        start = tile.index * TILE_WIDTH
        self.reading.own += [(start + entries.index(entry), entry) for entry in own]
        self.reading.first = self.reading.first or entries[0]
        self.reading.last = entries[-1]

    def _leaf_tile(self, tile: Tile, data: bytes | None) -> None:
        start = tile.index * TILE_WIDTH
        if self.reading.last is None:
            try:
                self._leaves = decode_tile(data or b"", tile.width)
            except TileError:
                self.reading.broke_at = start
                return
        elif data != encode_tile(self._leaves):
            self._doubt(tile, data, self._leaves)
        self._settle(start)

    def _settle(self, start: int) -> None:
        """Add the leaves of one bundle to the tree."""
        leaves = self._leaves
        self._compare_claims(start + len(leaves))
        if self._wanted and not self._wanted.isdisjoint(leaves):
            self.reading.found |= {
                leaf: start + place for place, leaf in enumerate(leaves) if leaf in self._wanted
            }
        if len(leaves) == TILE_WIDTH:
            root = subtree_root(leaves)
            self.tree.append_subtree(8, root)
            self._push(1, root)
        else:
            self.tree.extend(leaves)

    def _compare_claims(self, stop: int) -> None:
        """Compare the claims about trees that end within the bundle read last, before `stop`."""
        start = done = self.tree.size
        tree = Frontier.of(start, self.tree.hashes)
        while self._due is not None and self._due.size < stop:
            tree.extend(self._leaves[done - start : self._due.size - start])
            done = max(done, self._due.size)
            if self.reading.contradicted is None:
                if tree.root() != self._due.root:
                    self.reading.contradicted = self._due
                elif self._due.kept:
                    self.reading.agreed = self._due.size
            self._due = next(self._claims, None)

    def _push(self, level: int, root: bytes) -> None:
        if level == len(self._columns):
            self._columns.append([])
        self._columns[level].append(root)

    def _node_tile(self, tile: Tile, data: bytes | None) -> None:
        column = self._columns[tile.level]
        if data != encode_tile(column):
            self._doubt(tile, data, column)
        if tile.width == TILE_WIDTH:
            self._push(tile.level + 1, subtree_root(column))
            column.clear()

    def _doubt(self, tile: Tile, data: bytes | None, hashes: list[bytes]) -> None:
        """Remember the tile, if it is about earlier entries than the one remembered.

        Of two about the same entries the lower one is kept, which comes first.
        """
        own = [data[i : i + 32] for i in range(0, len(data), 32)] if data else []
        same = sum(1 for _ in takewhile(lambda p: p[0] == p[1], zip(hashes, own, strict=False)))
        first = (tile.index * TILE_WIDTH + same) * TILE_WIDTH**tile.level
        if self.reading.doubtful is None or first < self.reading.doubtful[1]:
            self.reading.doubtful = tile, first


def entries_of(data: bytes, width: int) -> tuple[list[bytes], bytes]:
    """Give the entries of a bundle that may be damaged, and what is left behind them.

    At most `width` entries are made out.
    """
    entries: list[bytes] = []
    at = 0
    while at + 2 <= len(data) and len(entries) < width:
        stop = at + 2 + int.from_bytes(data[at : at + 2])
        if stop > len(data):
            break
        entries.append(data[at + 2 : stop])
        at = stop
    return entries, data[at:]
