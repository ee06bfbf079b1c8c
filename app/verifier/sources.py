"""Where a log is read from. This module reads folders; addresses and databases have their own.

A source is believed in nothing: it only gives bytes, and what they prove is worked out elsewhere.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.tlog import (
    ENTRIES_LEVEL,
    TILE_WIDTH,
    Checkpoint,
    Note,
    Tile,
    TileError,
    TlogError,
    bundles_of,
    decode_bundle,
    tile_within,
)
from app.verifier.verdict import Kind, Wrong

# A bundle of 256 entries of the greatest length, each after its 2 bytes of length.
MAX_TILE_BYTES = TILE_WIDTH * (65_535 + 2)


@dataclass(frozen=True)
class Claim:
    """Somebody says that the tree of the first `size` entries has this root.

    `kept` are checkpoints that the auditor has; others stand beside the log itself.
    """

    size: int
    root: bytes
    kept: bool


class Source(Protocol):
    """Gives what a log publishes, under the names of c2sp.org/tlog-tiles."""

    @property
    def entries_readable(self) -> bool:
        """Tell whether the entries can be read, or their hashes only."""
        ...

    def checkpoint(self) -> bytes | None:
        """Give the newest signed checkpoint."""
        ...

    def keys(self) -> bytes | None:
        """Give the lines of the keys with which the log says it signs."""
        ...

    def policy(self) -> bytes | None:
        """Give the policy on witnesses that the log says it follows."""
        ...

    def read(self, tiles: Iterable[Tile]) -> Iterator[bytes | None]:
        """Give the bytes of each tile in turn; nothing for one that is not there."""
        ...

    def earlier(self, number: int) -> "Source | None":
        """Give the log of this number that came before this one, if it is there too."""
        ...

    def claims(self, size: int) -> Iterable[Claim]:
        """Give what the source says of smaller trees, in ascending order of their size."""
        ...

    def check(self, size: int) -> None:
        """Check what the source holds beside the log.

        Raises:
            Wrong: it holds what the log of this size does not.
        """
        ...


@dataclass(frozen=True)
class FolderSource:
    """A log in a folder, as it is exported; `others` are those that came before it."""

    folder: Path
    others: dict[int, Path] = field(default_factory=dict)
    entries_readable: bool = True

    def checkpoint(self) -> bytes | None:
        """Read `checkpoint`."""
        return self._get("checkpoint")

    def keys(self) -> bytes | None:
        """Read `keys`."""
        return self._get("keys")

    def policy(self) -> bytes | None:
        """Read `policy`."""
        return self._get("policy")

    def read(self, tiles: Iterable[Tile]) -> Iterator[bytes | None]:
        """Read each tile's file."""
        return (whole_or_part(tile, self._get) for tile in tiles)

    def earlier(self, number: int) -> "FolderSource | None":
        """Find the earlier log among the folders that were named."""
        folder = self.others.get(number)
        return FolderSource(folder, self.others) if folder else None

    def claims(self, size: int) -> Iterable[Claim]:
        """Give nothing: a folder has one checkpoint."""
        return ()

    def check(self, size: int) -> None:
        """Find nothing: a folder holds the log only."""

    def _get(self, path: str) -> bytes | None:
        file = self.folder / path
        try:
            if file.stat().st_size > MAX_TILE_BYTES:
                raise Wrong(Kind.UNREADABLE, reason=f"{path} is longer than any tile.")
            return file.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None


def open_folders(folders: Sequence[Path]) -> FolderSource:
    """Open the newest of some exported logs; it finds the others among them.

    Raises:
        Wrong: one does not tell which log it is.
    """
    if len(folders) == 1:
        return FolderSource(folders[0])
    numbered = {_number(FolderSource(folder)): folder for folder in folders}
    return FolderSource(numbered[max(numbered)], numbered)


def _number(source: FolderSource) -> int:
    """Read the number of a log from its first entry, `log.begun`; verifying judges it later."""
    try:
        size = Checkpoint.parse(Note.parse(source.checkpoint() or b"").text).size
        bundle = tile_within(size, ENTRIES_LEVEL, 0)
        data = next(source.read([bundle])) or b""
        told = json.loads(decode_bundle(data, bundle.width)[0])
        return int(told["subject"].removeprefix("log:"))
    except (TlogError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{source.folder} does not tell in its first entry which log it is."
        raise Wrong(Kind.UNREADABLE, reason=reason) from error


def plan(size: int, *, entries: bool) -> Iterator[Tile]:
    """Name all tiles of a log in the order in which they can be checked with nothing kept.

    A tile of hashes follows what it holds the hashes of; the partial ones come last.
    """
    for bundle in bundles_of(size):
        if entries:
            yield bundle
        yield Tile(0, bundle.index, bundle.width)
        level, place = 1, bundle.index
        while bundle.width == TILE_WIDTH and place % TILE_WIDTH == TILE_WIDTH - 1:
            place //= TILE_WIDTH
            yield Tile(level, place)
            level += 1
    yield from (tile for tile in right_edge(size) if tile.level > 0)


def right_edge(size: int) -> list[Tile]:
    """Name the partial tiles of hashes, which no tile above holds; the highest level last."""
    tiles, level = [], 0
    while size:
        size, width = divmod(size, TILE_WIDTH)
        if width:
            tiles.append(Tile(level, size, width))
        level += 1
    return tiles


def whole_or_part(tile: Tile, get: Callable[[str], bytes | None]) -> bytes | None:
    """Get a tile, or, where a log has grown since, the full one of which it is the beginning.

    Source: c2sp.org/tlog-tiles, "Partial Tiles".
    """
    data = get(tile.path())
    if data is not None or tile.width == TILE_WIDTH:
        return data
    whole = get(Tile(tile.level, tile.index).path())
    if whole is None:
        return None
    if tile.level != ENTRIES_LEVEL:
        return whole[: tile.width * 32]
    try:
        kept = decode_bundle(whole, TILE_WIDTH)[: tile.width]
    except TileError:
        return whole
    return whole[: sum(len(entry) + 2 for entry in kept)]
