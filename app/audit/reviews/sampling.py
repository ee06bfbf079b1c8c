"""How a sample is drawn: by a seed that nobody chooses, so that anybody can draw it again.

The sample is the first entries of the population in the order of SHA-256(seed | leaf hash). The
seed is 32 random bytes, drawn by the portal in the transaction that writes `review.begun` with the
seed, the selection and the place in the log. The place, and with it every leaf hash, was under a
signed checkpoint before the seed existed, so nobody could shape the entries to it; and the seed is
on the log before anybody sees the sample, so drawing until a sample pleases leaves every draw.
"""

import hashlib
import heapq
from collections.abc import Iterable
from typing import Final

SEED_BYTES: Final = 32
MAX_SAMPLE: Final = 500


def rank(seed: bytes, leaf_hash: bytes) -> bytes:
    """Give what orders the population: 32 bytes, the lowest first."""
    return hashlib.sha256(seed + leaf_hash).digest()


def sample(seed: bytes, leaf_hashes: Iterable[bytes], count: int) -> list[bytes]:
    """Give the leaf hashes of the sample in the order of the draw; all of a small population.

    The database draws by the same rule; this is the rule, for whoever draws again.
    """
    return heapq.nsmallest(count, leaf_hashes, key=lambda leaf_hash: rank(seed, leaf_hash))
