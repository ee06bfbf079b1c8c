"""Listings: an originator shows that something restricted exists, in words and under a marking
chosen for that, so that it can be asked for."""

from collections.abc import Sequence

from sqlalchemy import delete, insert

from app import parties, records
from app.access import Actor, Area, Audience, Gate, State, audiences
from app.core.errors import Invalid
from app.core.ids import AudienceId, RecordId
from app.core.work import Work
from app.records import MarkingInput
from app.requests import queries
from app.requests.commands import ListRecord
from app.requests.models import ListingRow
from app.requests.steps import intern, person_of
from app.requests.views import ListingView


def list_record(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId, command: ListRecord
) -> None:
    """Show a stub of a record, in place of the one shown before.

    Raises:
        Refused: the actor is no release authority of the originator, or nothing is released.
        Invalid: the marking means nothing here.
    """
    schemes = gate.keeper.current.schemes
    given = MarkingInput(markings=command.markings, release_to=command.release_to)
    try:
        label = records.label_of(schemes, given, path="stub")
    except Invalid as error:
        fields = {name.removeprefix("stub."): told for name, told in error.fields.items()}
        raise Invalid(error.detail, fields=fields) from error
    granting = records.as_granter(work, gate, actor, record_id, "listing.made", {})
    own = actor.profile.organisation
    audience = Audience(State.RELEASED, own, own, label, granting.area)
    audience_id = intern(work, gate, audience)
    gate.admit(work, granting.permit, _open(work, record_id, audience_id))
    work.session.execute(delete(ListingRow).where(ListingRow.record_id == record_id))
    work.session.execute(
        insert(ListingRow).values(
            record_id=record_id,
            reference=granting.reference,
            originator=own,
            area=granting.area,
            title=command.title,
            description=command.description,
            audience_id=audience_id,
            listed_by=person_of(actor),
            listed_at=work.now,
        )
    )


def unlist(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> None:
    """Show the stub of a record no longer; requests for it stay.

    Raises:
        Refused: the actor is no release authority of the originator, or nothing is released.
    """
    permit = records.as_granter(work, gate, actor, record_id, "listing.removed", {}).permit
    gate.admit(work, permit, _open(work, record_id))
    work.session.execute(delete(ListingRow).where(ListingRow.record_id == record_id))


def listed(work: Work, gate: Gate, actor: Actor, words: str = "") -> list[ListingView]:
    """Give what can be asked for, with all of these words, having written that it is shown."""
    scope = gate.scope(work, actor)
    rows = queries.listings(work.session, scope, words)
    views = _views(work, gate, rows)
    gate.show(
        work,
        actor,
        scope,
        {AudienceId(row.audience_id) for row in rows},
        event="listings.listed",
        served_bytes=sum(len(f"{one.title}{one.description}".encode()) for one in views),
        details={"count": len(views)},
    )
    return views


def listing_of(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> ListingView | None:
    """Give the stub of a record, for who may see it."""
    scope = gate.scope(work, actor)
    row = queries.listing_of(work.session, record_id)
    if row is None or row.audience_id not in scope.audience_ids:
        return None
    return _views(work, gate, [row])[0]


def listing_by(work: Work, gate: Gate, actor: Actor, reference: str) -> ListingView | None:
    """Give the stub of a reference, for who may see it."""
    row = queries.listing(work.session, gate.scope(work, actor), reference)
    return None if row is None else _views(work, gate, [row])[0]


def _open(work: Work, record_id: RecordId, *more: AudienceId) -> list[AudienceId]:
    row = queries.listing_of(work.session, record_id)
    return [*more, *([AudienceId(row.audience_id)] if row else [])]


def _views(work: Work, gate: Gate, rows: Sequence[ListingRow]) -> list[ListingView]:
    schemes = gate.keeper.current.schemes
    facts = audiences(work.session, {AudienceId(row.audience_id) for row in rows})
    names = parties.organisation_names(work.session, {row.originator for row in rows})
    return [
        ListingView(
            record_id=RecordId(row.record_id),
            reference=row.reference,
            originator=row.originator,
            originator_name=names[row.originator],
            area=Area(row.area),
            title=row.title,
            description=row.description,
            marking=" // ".join(
                map(schemes.text, facts[AudienceId(row.audience_id)].label.at(work.now).markings)
            ),
            listed_at=row.listed_at,
        )
        for row in rows
    ]
