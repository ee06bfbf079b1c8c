"""What no requester waits for: looking for what may answer a need, and telling of silence.

Nothing that anybody may do depends on either: a request is overdue when asked whether it is.
"""

from sqlalchemy import insert, text

from app import notices, parties, records
from app.access import Area, Assurance, Audience, Gate, Role, State, audiences
from app.core.ids import AudienceId, PersonId, RecordId
from app.core.journal import Event
from app.core.work import Work
from app.labels import Label
from app.notices import Kind
from app.requests.models import RequestMatchRow
from app.requests.rules import RequestRules
from app.requests.steps import authorities, intern


def match_next(work: Work, gate: Gate, rules: RequestRules) -> bool:
    """Look for what may answer the need that waits longest; tells whether there was one.

    What the requester may read already is not looked at. Only release authorities of who holds
    what was found are told, and the log names the request and the records to their organisation.
    """
    row = work.session.execute(text("SELECT * FROM entente_next_need()")).first()
    if row is None:
        return False
    schemes = gate.keeper.current.schemes
    requester = parties.actor_for(work, schemes, PersonId(row.requester), Assurance.MULTI_FACTOR)
    found = records.matches(
        work,
        row.sought,
        row.reference,
        gate.scope(work, requester),
        share=rules.match.share,
        most=rules.match.most,
    )
    facts = audiences(work.session, [AudienceId(row.audience_id)])[AudienceId(row.audience_id)]
    marked, area = Label(facts.label.markings), Area(facts.area)
    told: dict[str, AudienceId] = {}
    for one in found:
        if one.originator not in told:
            audience = Audience(State.RELEASED, one.originator, one.originator, marked, area)
            told[one.originator] = intern(work, gate, audience)
        work.session.execute(
            insert(RequestMatchRow).values(
                request_id=row.id,
                record_id=one.record_id,
                originator=one.originator,
                audience_id=told[one.originator],
                found_at=work.now,
            )
        )
        _tell_of_match(work, row.id, one.record_id, one.originator, told[one.originator])
    moment = {"request": row.id, "moment": work.now}
    work.session.execute(text("SELECT entente_matched(:request, :moment)"), moment)
    return True


def escalate(work: Work, rules: RequestRules) -> int:
    """Tell of each request that stands unanswered past its due date; gives how many."""
    later = rules.longest_silence(work.now)
    rows = work.session.execute(
        text("SELECT * FROM entente_silent_requests(:now, :later)"),
        {"now": work.now, "later": later},
    ).all()
    for row in rows:
        stage = row.escalated + 1
        done = text("SELECT entente_escalate(:request, :stage)")
        if not work.session.scalar(done, {"request": row.id, "stage": stage}):
            continue
        who = _told_of_silence(work, row.originator, stage)
        work.record(
            Event(
                type="request.escalated",
                subject=f"request:{row.id}",
                record=row.record_id,
                organisations=frozenset({row.organisation, row.originator}),
                audience=AudienceId(row.audience_id),
                details={
                    "request": str(row.id),
                    "stage": stage,
                    "due_at": row.due_at.isoformat(),
                    "people": sorted(map(str, who)),
                },
            )
        )
        path, key = f"/requests/{row.id}", f"request-overdue:{row.id}:{stage}:{row.due_at:%Y%m%d}"
        notices.tell(work, Kind.REQUEST_OVERDUE, who, path=path, key=key)
    return len(rows)


def _tell_of_match(
    work: Work, request_id: object, record_id: RecordId, originator: str, audience_id: AudienceId
) -> None:
    who = authorities(work, originator)
    path, key = f"/requests/{request_id}", f"match:{request_id}:{originator}"
    notices.tell(work, Kind.REQUEST_MATCHED, who, path=path, record_id=record_id, key=key)
    work.record(
        Event(
            type="match.found",
            subject=f"request:{request_id}",
            record=record_id,
            organisations=frozenset({originator}),
            audience=audience_id,
            details={"request": str(request_id), "record": str(record_id)},
        )
    )


def _told_of_silence(work: Work, originator: str, stage: int) -> list[PersonId]:
    """Give the originator's release authorities, then its administrators and its party's."""
    if stage == 1:
        return authorities(work, originator)
    who = set(parties.people_in(work.session, originator, Role.ORGANISATION_ADMINISTRATOR))
    party = parties.parties_of(work.session, [originator]).get(originator, "")
    for one in parties.organisations(work.session):
        if one.party == party and one.kind == "authority" and one.active:
            who.update(parties.people_in(work.session, one.slug, Role.RELEASE_AUTHORITY))
    return sorted(who)
