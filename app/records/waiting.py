"""How much waits for somebody: a number for every page, without showing or reading anything."""

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import UUID

from app.access import Action, Actor, Gate, State
from app.core.ids import VersionId
from app.core.work import Work
from app.records.models import VersionRow
from app.records.queries import LONGEST_LIST, whole


def waiting_ids(work: Work, gate: Gate, actor: Actor, action: Action) -> list[VersionId]:
    """Name what the actor may decide on, and has neither submitted nor written in.

    For counting: nothing of it is shown, so that the log has no entry for it.
    """
    if actor.person is None:
        return []
    scope = gate.scope(work, actor, action)
    found = work.session.scalars(
        select(VersionRow.id)
        .where(
            VersionRow.state == State.SUBMITTED,
            scope.holds(VersionRow.audience_id),
            whole(scope),
            VersionRow.submitted_by != actor.person,
            literal(actor.person, UUID(as_uuid=True)) != func.all(VersionRow.writers),
        )
        .limit(LONGEST_LIST)
    )
    return [VersionId(one) for one in found]
