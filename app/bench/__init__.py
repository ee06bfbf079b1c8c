"""Bench: a seeded store of any size, for measuring.

The same numbers make the same store, but for the ids of its people. Everybody in it is let in as
everybody is, and what they see is what the policies say of them; only the content comes by the
armful. Five people stand for how much somebody may see: `SHARES`.
"""

from app.bench.plan import COMMON_WORD, RARE_WORD, SHARES, Plan, address
from app.bench.seeding import seed

__all__ = ["COMMON_WORD", "RARE_WORD", "SHARES", "Plan", "address", "seed"]
