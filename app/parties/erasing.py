"""Erases who a person is, and leaves that somebody was there: every proof and count still holds.

The log and all records know people by identifiers only, so nothing of them changes.
"""

from typing import Final

from sqlalchemy import delete

from app.access import Actor, Gate, OfficeAction
from app.core.errors import Conflict, Invalid
from app.core.ids import PersonId
from app.core.journal import Typed
from app.core.work import Work
from app.parties import queries
from app.parties.models import GroupPersonRow
from app.parties.standings import note_standings

ERASED_NAME: Final = "Erased person"


def erase(
    work: Work, gate: Gate, actor: Actor, person_id: PersonId, reason: str
) -> tuple[str, str]:
    """Put pseudonyms in the place of a person's name and address, and end their part for good.

    Returns the name and the address that were erased, for whoever keeps them elsewhere.

    Raises:
        Forbidden: the person is not of the actor's organisation, is the actor, or is erased.
        Conflict: they were erased a moment ago.
        Invalid: there is no reason, or it says who the person is.
    """
    office = queries.office_of(work.session, person_id)
    details = {"reason": Typed(reason.strip())}
    gate.enter_office(
        work, actor, OfficeAction.SUSPEND, office, event="person.erased", details=details
    )
    row = queries.person(work.session, person_id)
    if row.erased_at is not None:
        raise Conflict("This person is erased already.")
    name, email = row.name, row.email
    _check_reason(reason.strip(), name, email)
    row.name, row.email = ERASED_NAME, f"erased-{person_id}@entente.invalid"
    row.active, row.erased_at = False, work.now
    work.session.execute(delete(GroupPersonRow).where(GroupPersonRow.person_id == person_id))
    note_standings(work, gate.keeper.current.schemes, [person_id])
    return name, email


def _check_reason(reason: str, name: str, email: str) -> None:
    if not reason:
        raise Invalid(fields={"reason": "Say why, without naming the person."})
    if any(word.lower() in reason.lower() for word in (name, email)):
        raise Invalid(fields={"reason": "Leave the name and the address out of the reason."})
