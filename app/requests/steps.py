"""What every verb needs: the audience of what is said about a request, and a row for each step."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert

from app import parties
from app.access import Action as Act
from app.access import Actor, Area, Audience, Gate, Role, State, Subject, intern_audience
from app.core.errors import NotFound
from app.core.ids import AudienceId, PersonId, RecordId, RequestId, new_id
from app.core.journal import Event
from app.core.work import Work
from app.labels import Entry, Label, Marking
from app.requests import queries
from app.requests.models import RequestRow, RequestStepRow


def audience_between(
    organisation: str,
    originator: str,
    area: Area,
    markings: tuple[Marking, ...],
    people: Collection[PersonId],
) -> Audience:
    """Give the audience of a request: who asks, and the originator; nobody else.

    As of something released by the one whose information is the other's: both prepare and decide.
    """
    named = frozenset(Entry("person", str(person)) for person in people)
    label = Label(markings, releasability=named)
    return Audience(State.RELEASED, organisation, originator, label, area)


def intern(work: Work, gate: Gate, audience: Audience) -> AudienceId:
    """Give the id of these facts."""
    return intern_audience(work.session, gate.keeper.current.schemes, audience, work.now)


@dataclass(frozen=True)
class Given:
    """What a step gave: which record, until when; and the audience of the step, where its own."""

    record_id: RecordId | None = None
    until: datetime | None = None
    audience_id: AudienceId | None = None


NOTHING: Final = Given()


def add_step(
    work: Work, actor: Actor, row: RequestRow, kind: str, said: str = "", given: Given = NOTHING
) -> None:
    """Keep what the actor did; by default under the audience of the request."""
    work.session.execute(
        insert(RequestStepRow).values(
            id=new_id(),
            request_id=row.id,
            audience_id=given.audience_id or row.audience_id,
            kind=kind,
            person_id=person_of(actor),
            said=said,
            record_id=given.record_id,
            until=given.until,
            taken_at=work.now,
        )
    )


def find(work: Work, gate: Gate, actor: Actor, request_id: RequestId) -> RequestRow:
    """Find a request that the actor may see, and hold it still.

    Raises:
        Refused: there is none, or it is not for them.
    """
    scope = gate.scope(work, actor)
    row = queries.request(work.session, request_id, hold=True)
    if row is not None and row.audience_id in scope.audience_ids:
        return row
    granting = gate.scope(work, actor, Act.GRANT)
    if row is not None and queries.matches(work.session, granting, [row.id]):
        return row
    raise gate.refusal(work, actor, Act.READ, Subject("request", request_id))


def tell_journal(
    work: Work, actor: Actor, row: RequestRow, event: str, *others: str, **details: str | list[str]
) -> None:
    """Have it written in the journal what the actor did about a request."""
    work.record(
        Event(
            type=event,
            subject=str(about(row)),
            record=row.record_id,
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations
            | {row.organisation, *others}
            | ({row.originator} if row.originator else set()),
            decision="allow",
            audience=AudienceId(row.audience_id),
            details=details,
        )
    )


def about(row: RequestRow, record_id: RecordId | None = None) -> Subject:
    """Name a request as what an act is about, with the record that it is for."""
    return Subject("request", row.id, record_id or row.record_id)


def authorities(work: Work, originator: str) -> list[PersonId]:
    """Give the release authorities of an originator: those who answer."""
    return parties.people_in(work.session, originator, Role.RELEASE_AUTHORITY)


def person_of(actor: Actor) -> PersonId:
    """Give the person who asks.

    Raises:
        NotFound: nobody is signed in.
    """
    if actor.person is None:
        raise NotFound
    return actor.person


def others(actor: Actor, people: Collection[PersonId]) -> list[PersonId]:
    """Give these people without the actor."""
    return [person for person in people if person != actor.person]
