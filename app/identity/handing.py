"""Who could sign in as whom: whoever gave a password or took a second factor away, for a while.

An administrator who does so could be their colleague until the colleague notices. Where two people
must agree, these two are one.
"""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.access import Actor
from app.core.ids import PersonId, new_id
from app.core.work import Work
from app.identity.models import HandedSignInRow


def note_handed(work: Work, actor: Actor, person: PersonId) -> None:
    """Note that the actor had a person's way to sign in in their hands."""
    row = {"person_id": person, "handed_by": actor.person, "handed_at": work.now}
    work.session.execute(insert(HandedSignInRow).values(id=new_id(), **row))


def hands(session: Session, person: PersonId, since: datetime) -> frozenset[PersonId]:
    """Give who could act as a person by what was handed since: themselves, and whoever could.

    Whoever could act as somebody who could act as them is one of those too.
    """
    reached = select(HandedSignInRow.handed_by).where(HandedSignInRow.handed_at > since)
    first = reached.where(HandedSignInRow.person_id == person).cte("hands", recursive=True)
    further = reached.join(first, first.c.handed_by == HandedSignInRow.person_id)
    found = session.scalars(select(first.union(further).c.handed_by))
    return frozenset({person, *map(PersonId, found)})
