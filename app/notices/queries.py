"""Every SELECT of the domain, and the few statements that must be one."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.ids import PersonId
from app.notices.kinds import Channel, Kind
from app.notices.models import NoticeChoiceRow, NoticeRow


def who_turned_off(session: Session, kind: Kind, people: Collection[PersonId]) -> set[PersonId]:
    """Give those of these people who want to hear nothing of this kind."""
    if not people:
        return set()
    found = session.scalars(
        select(NoticeChoiceRow.person_id).where(
            NoticeChoiceRow.person_id.in_(people),
            NoticeChoiceRow.kind == kind.value,
            NoticeChoiceRow.channel == Channel.OFF.value,
        )
    )
    return set(map(PersonId, found))


def keep_notices(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep notices; one whose person was told of its key before is left out."""
    if rows:
        session.execute(insert(NoticeRow).on_conflict_do_nothing(), list(rows))
