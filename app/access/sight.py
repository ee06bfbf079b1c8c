"""Which rows a transaction may see: the audiences that it was granted, as row-level security reads.

Only the gate opens any.
"""

from collections.abc import Collection

from sqlalchemy import Boolean, ColumnElement, LargeBinary, any_, bindparam, func, literal, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import Integer

from app.core.ids import AudienceId

GRANTED = "entente.audiences"
# Up to so many audiences stand in a statement as an array, which the planner weighs one by one.
FEW = 32
# What a statement that is made once, and asked in many scopes, is told of each: as bits, which cost
# the same however many there are.
_HELD = bindparam("held", type_=LargeBinary)
_OPEN = text("SELECT set_config(:name, :sight, true)")


def open_sight(session: Session, ids: Collection[AudienceId]) -> None:
    """Open the rows of these audiences, and no others, to the end of the transaction."""
    session.execute(_OPEN, {"name": GRANTED, "sight": "\\x" + sight_of(ids).hex()})


def sight_of(ids: Collection[AudienceId]) -> bytes:
    """Set the bit of each id, as PostgreSQL's `get_bit` counts them."""
    bits = bytearray((max(ids, default=0) >> 3) + 1)
    for one in ids:
        bits[one >> 3] |= 1 << (one & 7)
    return bytes(bits)


def held(column: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Give the filter of a scope for a statement that is made once: it asks for `Scope.told`.

    Whoever forgets to tell it gets an error, and no row.
    """
    return func.entente_holds(_HELD, column, type_=Boolean)


def one_of(
    column: ColumnElement[int] | InstrumentedAttribute[int],
    ids: tuple[AudienceId, ...],
    sight: bytes,
) -> ColumnElement[bool]:
    """Give the filter of a scope for a statement that is made for it alone.

    Few stand in it as an array, by whose length the planner chooses between indexes; many as bits,
    `sight`, which cost the same however many there are.
    """
    if len(ids) <= FEW:
        return column == any_(literal(list(ids), ARRAY(Integer)))
    return func.entente_holds(literal(sight, LargeBinary), column, type_=Boolean)
