"""Answering requests: release authorities of the originator grant, return, refuse, or pass."""

from datetime import datetime

from app import notices, parties, records, release
from app.access import Action, Actor, Area, Gate, Office, OfficeAction, OfficePermit, audiences
from app.core.errors import Forbidden, Invalid
from app.core.ids import AudienceId, PersonId, RecordId, RequestId
from app.core.work import Work
from app.notices import Kind
from app.release import AudiencePreview
from app.requests import queries
from app.requests.commands import GrantAccess, Say
from app.requests.errors import NotInThisStep
from app.requests.models import RequestRow
from app.requests.rules import RequestRules, end_of
from app.requests.steps import (
    Given,
    about,
    add_step,
    audience_between,
    authorities,
    find,
    intern,
    others,
    person_of,
)

_EVENTS = {"returned": "request.returned", "refused": "request.declined"}
OWN = "Nobody decides on a request that they are part of. Ask another release authority."


def preview(
    work: Work, gate: Gate, actor: Actor, request_id: RequestId, command: GrantAccess
) -> AudiencePreview:
    """Show exactly who will be able to read what, once this is granted.

    Raises:
        Refused: there is no such request, or it is not the actor's to answer.
    """
    row = find(work, gate, actor, request_id)
    _decide(work, gate, actor, row)
    record_id = _record(work, gate, actor, row, command)
    return release.exact_audience_of_grant(
        work, gate, actor, record_id, _people(row), end_of(command.last_day)
    )


def grant(
    work: Work,
    gate: Gate,
    rules: RequestRules,
    actor: Actor,
    request_id: RequestId,
    command: GrantAccess,
) -> None:
    """Grant what was asked for to all who were named, to the end of the last day.

    Raises:
        Refused: there is no such request, or the record is not the actor's to grant.
        Forbidden: it is not theirs to answer, or they are part of it.
        Invalid: the end is past or too far away.
        NotInThisStep: it was answered or withdrawn.
    """
    row = find(work, gate, actor, request_id)
    permit = _decide(work, gate, actor, row)
    record_id = _record(work, gate, actor, row, command)
    if _granted_before(work, gate, actor, request_id, record_id):
        # A second grant on one request would extend the first: that is asked for anew.
        raise NotInThisStep
    until, people = _until(work, rules, command), _people(row)
    longest = rules.longest
    records.grant(work, gate, actor, record_id, people, until, longest=longest, request_id=row.id)
    open_to = ["waiting"] if row.record_id else ["waiting", "granted"]
    values = {"state": "granted", "closed_at": work.now}
    if not queries.change(work.session, request_id, open_to, **values):
        raise NotInThisStep
    audience_id = None if row.record_id else _said_to(work, gate, actor, row)
    at = Given(record_id, until, audience_id)
    add_step(work, actor, row, "granted", command.text, at)
    gate.record_office(
        work,
        permit,
        event="request.granted",
        details={"until": until.isoformat()},
        subject=about(row, record_id),
        concerns=[row.organisation],
    )
    _tell(work, actor, row, record_id)


def return_with_question(
    work: Work, gate: Gate, actor: Actor, request_id: RequestId, command: Say
) -> None:
    """Give a request back with a question; the clock stands until the requester answers.

    Raises:
        Refused, Forbidden, NotInThisStep: as for `grant`.
    """
    values = {"state": "returned", "paused_at": work.now}
    _answer(work, gate, actor, request_id, "returned", command, values)


def refuse(work: Work, gate: Gate, actor: Actor, request_id: RequestId, command: Say) -> None:
    """Refuse a request with a reason, which the requester reads.

    Raises:
        Refused, Forbidden, NotInThisStep: as for `grant`.
    """
    values = {"state": "refused", "closed_at": work.now}
    _answer(work, gate, actor, request_id, "refused", command, values)


def stay_silent(
    work: Work, gate: Gate, actor: Actor, request_id: RequestId, record_id: RecordId
) -> None:
    """Leave what somebody seeks unanswered; nobody outside the organisation learns of it.

    Raises:
        Refused: there is no such request, or nothing of the actor's answers it.
        NotInThisStep: somebody did so already.
    """
    row = find(work, gate, actor, request_id)
    permit = _decide(work, gate, actor, row)
    gate.scope(work, actor, Action.GRANT)
    if not queries.pass_over(work.session, request_id, record_id, work.now, person_of(actor)):
        raise NotInThisStep
    _settle(work, actor, row)
    gate.record_office(work, permit, event="match.passed", subject=about(row, record_id))


def _answer(
    work: Work,
    gate: Gate,
    actor: Actor,
    request_id: RequestId,
    kind: str,
    command: Say,
    values: dict[str, object],
) -> None:
    row = find(work, gate, actor, request_id)
    permit = _decide(work, gate, actor, row)
    if row.originator is None or not queries.change(
        work.session, request_id, ["waiting"], **values
    ):
        raise NotInThisStep
    add_step(work, actor, row, kind, command.text)
    gate.record_office(
        work, permit, event=_EVENTS[kind], subject=about(row), concerns=[row.organisation]
    )
    _tell(work, actor, row, None)


def _decide(work: Work, gate: Gate, actor: Actor, row: RequestRow) -> OfficePermit:
    """Open the office that answers; for a described need that of whoever has a match."""
    originator = row.originator or actor.profile.organisation
    party = parties.parties_of(work.session, [originator]).get(originator, "")
    office = Office(party, originator, str(row.requester))
    permit = gate.decide_office(
        work, actor, OfficeAction.ANSWER_REQUEST, office, details={"request": str(row.id)}
    )
    if actor.person in row.people:
        raise Forbidden(OWN)
    return permit


def _record(
    work: Work, gate: Gate, actor: Actor, row: RequestRow, command: GrantAccess
) -> RecordId:
    if row.record_id is not None:
        return RecordId(row.record_id)
    scope = gate.scope(work, actor, Action.GRANT)
    matched = queries.matches(work.session, scope, [row.id]).get(row.id, [])
    if command.record_id is None or command.record_id not in {one.record_id for one in matched}:
        raise Invalid(fields={"record_id": "Choose the record that you grant."})
    return command.record_id


def _granted_before(
    work: Work, gate: Gate, actor: Actor, request_id: RequestId, record_id: RecordId
) -> bool:
    steps = queries.steps(work.session, gate.scope(work, actor), request_id)
    return any(one.kind == "granted" and one.record_id == record_id for one in steps)


def _said_to(work: Work, gate: Gate, actor: Actor, row: RequestRow) -> AudienceId:
    """Give the audience of an offer: who asks and who offers, and no other who could have."""
    facts = audiences(work.session, [AudienceId(row.audience_id)])[AudienceId(row.audience_id)]
    return intern(
        work,
        gate,
        audience_between(
            row.organisation,
            actor.profile.organisation,
            Area(row.area),
            facts.label.markings,
            _people(row),
        ),
    )


def _until(work: Work, rules: RequestRules, command: GrantAccess) -> datetime:
    until = end_of(command.last_day)
    if not work.now < until <= work.now + rules.longest:
        days = rules.grant.longest_days
        message = f"Choose a day from today on, within the next {days} days."
        raise Invalid(fields={"last_day": message})
    return until


def _people(row: RequestRow) -> list[PersonId]:
    return [PersonId(person) for person in row.people]


def _settle(work: Work, actor: Actor, row: RequestRow) -> None:
    """Let it wait for nobody of the actor's any more; who else was told of a need still is."""
    told = None if row.originator else authorities(work, actor.profile.organisation)
    notices.settle(work, f"/requests/{row.id}", told)


def _tell(work: Work, actor: Actor, row: RequestRow, record_id: RecordId | None) -> None:
    """Tell those who asked of the answer, and the others who could have given it nothing."""
    _settle(work, actor, row)
    told = others(actor, _people(row))
    path = f"/requests/{row.id}"
    notices.tell(work, Kind.REQUEST_ANSWERED, told, path=path, record_id=record_id)
