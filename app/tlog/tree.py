"""The Merkle tree of a log: its hashes, its root, and the proofs that two people see one tree.

Source: RFC 9162, section 2.1 (the same hashes and proofs as RFC 6962, section 2.1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from app.tlog.errors import ProofError
from app.tlog.strict import HASH_BYTES

EMPTY_ROOT = sha256(b"").digest()

HashReader = Callable[[int, int], bytes]
"""(level, index) -> the root of the complete subtree over the leaves from
`index * 2**level` to `(index + 1) * 2**level`, exclusive."""


def leaf_hash(entry: bytes) -> bytes:
    """Give the hash of an entry as a leaf, 32 bytes."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of the node over two subtrees, 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


def halve(hashes: Sequence[bytes]) -> list[bytes]:
    """Give the nodes one level above an even number of neighbours."""
    pairs = zip(hashes[::2], hashes[1::2], strict=True)
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs]


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """Give the root over a power of two of neighbours."""
    while len(hashes) > 1:
        hashes = halve(hashes)
    return hashes[0]


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, the largest first.

    This is all that appending and the root need, so that a tree of any size fits in 2 kB. There
    is one hash for each bit that is set in the size.
    """

    __slots__ = ("_hashes", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._hashes: list[bytes] = []

    @classmethod
    def of(cls, size: int, hashes: Sequence[bytes]) -> Frontier:
        """Continue from the `hashes` that stood for the tree of `size` leaves.

        Raises:
            ProofError: these cannot be the hashes of a tree of this size.
        """
        if size < 0 or len(hashes) != size.bit_count():
            raise ProofError(f"a tree of {size} has {size.bit_count()} complete subtrees")
        _require_hashes(hashes)
        frontier = cls()
        frontier._size, frontier._hashes = size, list(hashes)
        return frontier

    @property
    def size(self) -> int:
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add the leaf that hashes to `leaf` at the right."""
        self.append_subtree(0, leaf)

    def append_subtree(self, level: int, root: bytes) -> None:
        """Add `2**level` leaves at once, of which `root` is the root.

        Raises:
            ProofError: the tree does not end where such a subtree begins.
        """
        place = self._size >> level
        if self._size & ((1 << level) - 1):
            raise ProofError(f"no subtree of level {level} begins at {self._size}")
        hashes = self._hashes
        while place & 1:
            root = sha256(b"\x01" + hashes.pop() + root).digest()
            place >>= 1
        hashes.append(root)
        self._size += 1 << level

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaves, in the largest subtrees of up to 256 that fit."""
        start, count = 0, len(leaves)
        while start < count:
            level = min(_alignment(self._size), 8, (count - start).bit_length() - 1)
            stop = start + (1 << level)
            self.append_subtree(level, subtree_root(leaves[start:stop]))
            start = stop

    def root(self) -> bytes:
        """Give the root of the tree as it stands, 32 bytes."""
        return _fold(self._hashes)


def tree_root(size: int, read: HashReader) -> bytes:
    """Give the root of the tree of the first `size` leaves."""
    return _range_root(0, size, read) if size else EMPTY_ROOT


def frontier(size: int, read: HashReader) -> Frontier:
    """Give the right edge of the tree of the first `size` leaves."""
    return Frontier.of(size, [read(level, index) for level, index in _subtrees(0, size)])


def inclusion_proof(index: int, size: int, read: HashReader) -> list[bytes]:
    """Give the siblings from the leaf at `index` upwards that lead to the root over `size`.

    Raises:
        ProofError: there is no such leaf in that tree.

    Source: RFC 9162, section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise ProofError(f"there is no entry {index} in a tree of {size}")
    siblings = []
    start, stop = 0, size
    while stop - start > 1:
        split = start + _split(stop - start)
        if index < split:
            siblings.append((split, stop))
            stop = split
        else:
            siblings.append((start, split))
            start = split
    return [_range_root(*sibling, read) for sibling in reversed(siblings)]


def consistency_proof(old_size: int, size: int, read: HashReader) -> list[bytes]:
    """Give the hashes that lead from the first `old_size` leaves both to their root and to the new.

    Empty when there is nothing to prove: from the empty tree, and to the same size.

    Raises:
        ProofError: the old tree is not the smaller one.

    Source: RFC 9162, section 2.1.4.1.
    """
    if not 0 <= old_size <= size:
        raise ProofError(f"a tree of {size} does not continue one of {old_size}")
    if old_size in (0, size):
        return []
    parts = []
    start, stop = 0, size
    while stop != old_size:
        split = start + _split(stop - start)
        if old_size <= split:
            parts.append((split, stop))
            stop = split
        else:
            parts.append((start, split))
            start = split
    if start:  # The whole old tree is known to who asks: only a part of it must be told.
        parts.append((start, stop))
    return [_range_root(*part, read) for part in reversed(parts)]


def check_inclusion(
    leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the tree of `size` entries with this `root` holds `leaf` at `index`.

    Returns nothing: a result that is only ever an exception cannot be ignored by forgetting an
    `if`.

    Args:
        leaf: the leaf's hash, 32 bytes.
        index: the entry's place in the log, counted from 0.
        size: entries covered by a checkpoint whose signatures were verified.
        proof: sibling hashes from the leaf upwards, 32 bytes each.
        root: the checkpoint's root hash, 32 bytes.

    Raises:
        ProofError: the index is outside the tree, the proof does not have the length that the
            tree's shape requires, or the hashes lead to another root.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise ProofError(f"there is no entry {index} in a tree of {size}")
    _require_hashes([leaf, root, *proof])
    place, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("the proof of inclusion is too long")
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            zeroes = _alignment(place)
            place, last = place >> zeroes, last >> zeroes
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("the proof of inclusion is too short")
    if reached != root:
        raise ProofError(f"the proof does not lead from entry {index} to the root of {size}")


def check_consistency(
    *, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of `size` entries begins with exactly the old tree's entries.

    Args:
        old_size: entries of the old tree; 0 is the empty tree, with which all begin.
        old_root: its root hash, 32 bytes.
        size: entries of the new tree.
        root: its root hash, 32 bytes.
        proof: hashes as of `consistency_proof`, 32 bytes each.

    Raises:
        ProofError: the sizes are in the wrong order, the proof does not have the length that the
            shapes require, or the hashes lead to another root, old or new.

    Source: RFC 9162, section 2.1.4.2.
    """
    _require_hashes([old_root, root, *proof])
    if not 0 <= old_size <= size:
        raise ProofError(f"a tree of {size} does not continue one of {old_size}")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofError("this is not the root of the empty tree")
    if old_size in (0, size):
        if proof:
            raise ProofError("there is nothing to prove here, but a proof")
        if old_size == size and old_root != root:
            raise ProofError(f"two different roots are claimed for the tree of {size}")
        return
    _check_growth(old_size, old_root, size, root, proof)


def _check_growth(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    place, last = old_size - 1, size - 1
    # The largest complete subtree at the old tree's right end is a node of both trees.
    shared = _alignment(old_size)
    place, last = place >> shared, last >> shared
    path = list(proof) if place else [old_root, *proof]
    if not path:
        raise ProofError("the proof of consistency is too short")
    old_reached = reached = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the proof of consistency is too long")
        if place & 1 or place == last:
            old_reached = node_hash(sibling, old_reached)
            reached = node_hash(sibling, reached)
            zeroes = _alignment(place)
            place, last = place >> zeroes, last >> zeroes
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("the proof of consistency is too short")
    if old_reached != old_root:
        raise ProofError(f"the proof does not lead to the old root, of {old_size}")
    if reached != root:
        raise ProofError(f"the proof does not lead to the new root, of {size}")


def _range_root(start: int, stop: int, read: HashReader) -> bytes:
    """Give the hash over the leaves from `start` to `stop`, a node of some tree."""
    return _fold([read(level, index) for level, index in _subtrees(start, stop)])


def _subtrees(start: int, stop: int) -> list[tuple[int, int]]:
    """Cut a node's range into complete subtrees, the largest first, as (level, index)."""
    cut = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        cut.append((level, start >> level))
        start += 1 << level
    return cut


def _fold(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _split(count: int) -> int:
    """Give the largest power of two below `count` (at least 2 leaves)."""
    return 1 << ((count - 1).bit_length() - 1)


def _alignment(number: int) -> int:
    """Give how many times 2 divides `number`; 63 for 0, with which everything is aligned."""
    return (number & -number).bit_length() - 1 if number else 63


def _require_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofError("a hash has 32 bytes")
