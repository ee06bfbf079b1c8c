"""Which rows a transaction may see: the audiences that it was granted, as row-level security reads.

Only the gate opens any.
"""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.ids import AudienceId

GRANTED = "entente.audiences"


def open_sight(session: Session, ids: Collection[AudienceId]) -> None:
    """Open the rows of these audiences, and no others, to the end of the transaction."""
    session.execute(select(func.set_config(GRANTED, "\\x" + sight_of(ids).hex(), True)))


def sight_of(ids: Collection[AudienceId]) -> bytes:
    """Set the bit of each id, as PostgreSQL's `get_bit` counts them."""
    bits = bytearray((max(ids, default=0) >> 3) + 1)
    for one in ids:
        bits[one >> 3] |= 1 << (one & 7)
    return bytes(bits)
