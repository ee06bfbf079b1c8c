"""Proves that an entry is on the log: its place, and the way from there to a signed checkpoint."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.errors import NotFound, Unavailable
from app.log.at import At
from app.log.parts import NO_WITNESSES
from app.log.published import (
    SignedCheckpoint,
    best_checkpoint,
    checkpoint_of_size,
    cosigned,
    current,
    hash_tile,
)
from app.tlog import TILE_WIDTH, InclusionProof, Tile, TileReader, TrustPolicy, inclusion_proof


@dataclass(frozen=True)
class EntryProof:
    """That the entry whose leaf hashes to `leaf_hash` is at `index` of the first `size` entries.

    `proof` are the siblings from the leaf upwards; `checkpoint_note` is the signed checkpoint of
    that size, with the witnesses' signatures.
    """

    log: int
    index: int
    size: int
    leaf_hash: bytes
    proof: tuple[bytes, ...]
    checkpoint_note: str

    def text(self) -> str:
        """Give the proof as a file that stock tools verify.

        Source: c2sp.org/tlog-proof.
        """
        return InclusionProof(self.index, self.proof, self.checkpoint_note).serialised()


class EndedUnsigned(Unavailable):
    """The entry's log went no further when a backup was restored, and was not signed up to it."""


def proof_of(
    session: Session,
    entry_id: UUID,
    at: At | None = None,
    *,
    policy: TrustPolicy = NO_WITNESSES,
) -> EntryProof:
    """Prove an entry under the checkpoint of `at`, or else the newest published one that covers it.

    Raises:
        NotFound: no such entry has a place in the log, or not at that place of the log.
        Unavailable: it has a place, but no checkpoint over it is signed yet.
        EndedUnsigned: no checkpoint over it will ever be signed.
    """
    row = session.execute(_PLACE, {"entry_id": entry_id}).one_or_none()
    if row is None:
        raise NotFound
    log, index, leaf_hash = row
    checkpoint = _checkpoint(session, At(log, index), at, policy)
    reader = _reader(session, log, index, checkpoint.size)
    return EntryProof(
        log=log,
        index=index,
        size=checkpoint.size,
        leaf_hash=bytes(leaf_hash),
        proof=tuple(inclusion_proof(index, checkpoint.size, reader)),
        checkpoint_note=cosigned(session, checkpoint, policy),
    )


_PLACE = text("SELECT log, index, leaf_hash FROM log_entries WHERE entry_id = :entry_id")


def _checkpoint(
    session: Session, place: At, at: At | None, policy: TrustPolicy
) -> SignedCheckpoint:
    """Give the checkpoint of `at`, or of the entry's own log, which ended before `at`."""
    if at is not None and at <= place:
        raise NotFound
    if at is not None and at.log == place.log:
        asked = checkpoint_of_size(session, at.log, at.size)
        if asked is None:
            raise NotFound
        return asked
    found = best_checkpoint(session, place.log, policy, least_size=place.size + 1)
    if found is None and place.log < current(session):
        raise EndedUnsigned(
            f"This entry is number {place.size:,} of log {place.log}, which ended unsigned when a"
            f" backup was restored. What vouches for it is the first entry of log {place.log + 1}."
        )
    if found is None:
        raise Unavailable("The log is not signed up to this entry yet. Try again in a moment.")
    return found


def _reader(session: Session, log: int, index: int, size: int) -> TileReader:
    """Give a reader that has, from one statement, all that a proof of this entry needs.

    Those are, on each level, the tile above the entry and the one at the edge of the tree.
    """
    there = _hashes(session, log, set(_needed(index, size)))
    return TileReader(size, lambda tile: there.get(tile) or hash_tile(session, log, tile))


def _needed(index: int, size: int) -> Iterable[Tile]:
    level = 0
    while size:
        for place in (index // TILE_WIDTH, (size - 1) // TILE_WIDTH):
            width = min(TILE_WIDTH, size - place * TILE_WIDTH)
            if width > 0:
                yield Tile(level, place, width)
        level, index, size = level + 1, index // TILE_WIDTH, size // TILE_WIDTH


def _hashes(session: Session, log: int, tiles: set[Tile]) -> dict[Tile, bytes]:
    asked = sorted(tiles)
    rows = session.execute(
        _TILES,
        {
            "log": log,
            "levels": [tile.level for tile in asked],
            "starts": [tile.index * TILE_WIDTH for tile in asked],
            "stops": [tile.index * TILE_WIDTH + tile.width for tile in asked],
        },
    )
    return {asked[place - 1]: bytes(hashes) for place, hashes in rows}


_TILES = text("""
SELECT t.place, CASE WHEN t.level = 0 THEN
  (SELECT string_agg(e.leaf_hash, ''::bytea ORDER BY e.index) FROM log_entries e
    WHERE e.log = :log AND e.index >= t.start AND e.index < t.stop)
ELSE
  (SELECT string_agg(n.hash, ''::bytea ORDER BY n.index) FROM log_nodes n
    WHERE n.log = :log AND n.level = t.level AND n.index >= t.start AND n.index < t.stop)
END
FROM unnest(CAST(:levels AS int[]), CAST(:starts AS bigint[]), CAST(:stops AS bigint[]))
  WITH ORDINALITY AS t (level, start, stop, place)
""")
