"""The shapes of released records: which audiences stand together, in how many of them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer

from app.core.ids import AudienceId


@dataclass(frozen=True)
class Shape:
    """Records of one title's audience and of the same parts' audiences: `count` of them.

    `examples` are reference number and kind of the first and the last one. No title: whoever weighs
    a change need not be cleared for what it changes.
    """

    title: AudienceId
    parts: tuple[AudienceId, ...]
    count: int
    examples: tuple[tuple[str, str], ...]


def shapes(session: Session, with_any: Collection[AudienceId]) -> list[Shape]:
    """Give the shapes of all released records that have a part, or title, of these audiences."""
    if not with_any:
        return []
    rows = session.execute(
        text("SELECT title_id, part_ids, records, examples FROM entente_shapes(:ids)").bindparams(
            bindparam("ids", sorted(with_any), ARRAY(Integer))
        )
    )
    return [
        Shape(
            title=AudienceId(row.title_id),
            parts=tuple(map(AudienceId, row.part_ids)),
            count=row.records,
            examples=tuple((reference, kind) for reference, kind in row.examples),
        )
        for row in rows
    ]


def held_audiences(session: Session, among: Collection[AudienceId]) -> frozenset[AudienceId]:
    """Give those of these audiences that a part of any version in any state has."""
    if not among:
        return frozenset()
    found = session.scalars(
        text("SELECT * FROM entente_held_audiences(:ids)").bindparams(
            bindparam("ids", sorted(among), ARRAY(Integer))
        )
    )
    return frozenset(map(AudienceId, found))
