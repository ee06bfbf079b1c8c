"""Who was granted access to a record, and how it is listed: for its originator's authorities."""

from uuid import UUID

from app import parties, records
from app.access import Actor, Gate
from app.core.ids import RecordId
from app.core.work import Work
from app.requests.listing import listing_of
from app.requests.views import AccessView, GrantLine


def access_page(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> AccessView:
    """Show the grants that the actor's organisation gave for a record, the ended ones too.

    Raises:
        Refused: the actor is no release authority of the originator, or nothing is released.
    """
    granting = records.as_granter(work, gate, actor, record_id, "grants.listed", {}, shown=True)
    own = actor.profile.organisation
    grants = [one for one in records.grants_of(work, record_id) if one.originator == own]
    names = parties.names(
        work.session, {one.person_id for one in grants} | {one.granted_by for one in grants}
    )
    return AccessView(
        record_id=record_id,
        reference=granting.reference,
        title=granting.title,
        area=granting.area,
        grants=tuple(
            GrantLine(
                id=one.id,
                person=names[one.person_id],
                until=one.until,
                granted_by=names[one.granted_by],
                granted_at=one.granted_at,
                ended_at=one.ended_at,
                holds=one.holds(work.now),
            )
            for one in grants
        ),
        listing=listing_of(work, gate, actor, record_id),
    )


def end_grant(work: Work, gate: Gate, actor: Actor, record_id: RecordId, grant_id: UUID) -> None:
    """End a grant before its time.

    Raises:
        Refused: the actor is no release authority of the originator, or nothing is released.
        Conflict: it has ended already.
    """
    records.end_grant(work, gate, actor, record_id, grant_id)
