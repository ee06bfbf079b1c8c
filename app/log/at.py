"""A place in the log at which an answer was given, so that the same question gives it again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Invalid, NotFound, Unavailable
from app.log.models import CheckpointRow

_SPELLING = re.compile(r"([1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,17})", re.ASCII)


@dataclass(frozen=True, order=True)
class At:
    """All entries of earlier logs, and those of `log` whose index is below `size`."""

    log: int
    size: int

    @classmethod
    def parse(cls, text: str) -> At:
        """Give the place of which `text` is the one spelling, such as `2.18204`.

        Raises:
            Invalid: it is not the spelling of a place.
        """
        match = _SPELLING.fullmatch(text)
        if match is None:
            raise Invalid("This is not a place in the log. It looks like 1.18204.")
        return cls(int(match[1]), int(match[2]))

    def text(self) -> str:
        """Spell the place for an address."""
        return f"{self.log}.{self.size}"


def newest(session: Session) -> At:
    """Give the place of the newest signed checkpoint.

    Raises:
        Unavailable: nothing is signed yet.
    """
    at = newest_or_none(session)
    if at is None:
        raise Unavailable("The log is not signed yet. Try again in a moment.")
    return at


def newest_or_none(session: Session) -> At | None:
    """Give the place of the newest signed checkpoint; None while nothing is signed."""
    order = (CheckpointRow.log.desc(), CheckpointRow.size.desc())
    chosen = select(CheckpointRow.log, CheckpointRow.size).order_by(*order).limit(1)
    row = session.execute(chosen).one_or_none()
    return None if row is None else At(row.log, row.size)


def checkpoint_at(session: Session, at: At) -> str:
    """Give the log's own signed checkpoint of exactly this place.

    Raises:
        NotFound: none was signed there.
    """
    row = session.get(CheckpointRow, (at.log, at.size))
    if row is None:
        raise NotFound
    return row.note
