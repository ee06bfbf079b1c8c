"""Ten thousand damaged proofs, notes, checkpoints and tiles: none is accepted.

The damage is drawn from a fixed seed. What happens to leave the bytes as they were is drawn again.
"""

import random
from collections.abc import Callable

import pytest

from app import tlog
from tests.tlog_world import LOG, POLICY, WITNESS_EU_PQ, WITNESS_SG, Tree, entries, signed

EACH = 2_000
SIZE = 700
LOGGED = entries(SIZE)
TREE = Tree(LOGGED)
OLD = 333
NOTE = signed(TREE, SIZE, LOG, WITNESS_SG, WITNESS_EU_PQ).serialised().encode()
PROOF = tlog.InclusionProof(
    511, tuple(tlog.inclusion_proof(511, SIZE, TREE)), NOTE.decode()
).serialised()
REQUEST = tlog.AddCheckpoint(
    OLD, tuple(tlog.consistency_proof(OLD, SIZE, TREE)), signed(TREE, SIZE, LOG).serialised()
).serialised()
TILE = tlog.encode_tile(TREE.leaves[256:512])
BUNDLE = tlog.encode_bundle(LOGGED[256:512])


def bit(data: bytearray, dice: random.Random) -> None:
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def dropped(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    del data[start : start + dice.choice([1, 1, 2, 32, 45])]


def inserted(data: bytearray, dice: random.Random) -> None:
    data.insert(dice.randrange(len(data) + 1), dice.randrange(256))


def repeated(data: bytearray, dice: random.Random) -> None:
    start, length = dice.randrange(len(data)), dice.choice([1, 2, 32, 45])
    data[start:start] = data[start : start + length]


def cut(data: bytearray, dice: random.Random) -> None:
    del data[dice.randrange(len(data)) :]


def exchanged(data: bytearray, dice: random.Random) -> None:
    one, other = dice.randrange(len(data)), dice.randrange(len(data))
    data[one], data[other] = data[other], data[one]


DAMAGES = [bit, dropped, inserted, repeated, cut, exchanged]


def damaged(good: bytes, dice: random.Random) -> bytes:
    while True:
        data = bytearray(good)
        for _ in range(dice.choice([1, 1, 1, 2, 3])):
            if data:
                dice.choice(DAMAGES)(data, dice)
        if bytes(data) != good:
            return bytes(data)


def accept_note(data: bytes) -> None:
    POLICY.accept(tlog.Note.parse(data))


def accept_proof(data: bytes) -> None:
    tlog.InclusionProof.parse(data).check(TREE.leaves[511], POLICY)


def accept_request(data: bytes) -> None:
    """As a witness does that has cosigned the first `OLD` entries."""
    request = tlog.AddCheckpoint.parse(data)
    note = tlog.Note.parse(request.checkpoint)
    checkpoint = tlog.Checkpoint.parse(note.text)
    tlog.verify_note(note, [LOG.vkey])
    if request.old_size != OLD:
        raise tlog.RequestError("409")
    tlog.check_consistency(
        old_size=OLD,
        old_root=TREE.root(OLD),
        size=checkpoint.size,
        root=checkpoint.root,
        proof=request.proof,
    )


def accept_tile(data: bytes) -> None:
    tiles = {tile: tlog.encode_tile(list(_hashes(tile))) for tile in tlog.tiles_of(SIZE)}
    tiles[tlog.Tile(0, 1)] = data
    proof = tlog.inclusion_proof(511, SIZE, tlog.TileReader(SIZE, tiles.__getitem__))
    tlog.check_inclusion(TREE.leaves[511], index=511, size=SIZE, proof=proof, root=ROOT)
    if tlog.decode_tile(data, 256)[255] != TREE.leaves[511]:
        raise tlog.TileError("the proof does not need the leaf itself")


def accept_bundle(data: bytes) -> None:
    grown = tlog.Frontier()
    grown.extend([*TREE.leaves[:256], *tlog.hash_bundle(data, 256), *TREE.leaves[512:]])
    if grown.root() != ROOT:
        raise tlog.ProofError("another root")


def _hashes(tile: tlog.Tile) -> list[bytes]:
    start = tile.index * 256
    return [TREE(8 * tile.level, start + i) for i in range(tile.width)]


ROOT = TREE.root(SIZE)
KINDS = {
    "note": (NOTE, accept_note),
    "proof": (PROOF.encode(), accept_proof),
    "request": (REQUEST, accept_request),
    "tile": (TILE, accept_tile),
    "bundle": (BUNDLE, accept_bundle),
}


@pytest.mark.parametrize("kind", KINDS)
def test_two_thousand_damaged_ones_are_refused(kind: str) -> None:
    good, accept = KINDS[kind]
    accept(good)

    dice = random.Random(f"damage to a {kind}")  # noqa: S311 - repeatable on purpose
    let_pass = [data for data in (damaged(good, dice) for _ in range(EACH)) if passes(accept, data)]

    assert let_pass == []


def passes(accept: Callable[[bytes], None], data: bytes) -> bool:
    """Whether `data` is accepted; any other end than a `TlogError` is a fault of its own."""
    try:
        accept(data)
    except tlog.TlogError:
        return False
    return True
