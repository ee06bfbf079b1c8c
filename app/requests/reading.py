"""Looking at requests: one's own, those that wait for one's answer, and one of them in full."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from app import parties, records
from app.access import Action, Actor, Area, Gate, Role, Scope, audiences
from app.core.ids import AudienceId, PersonId, RecordId, RequestId
from app.core.work import Work
from app.parties import PersonName
from app.requests import queries
from app.requests.models import RequestMatchRow, RequestRow, RequestStepRow
from app.requests.rules import RequestRules
from app.requests.steps import find, person_of
from app.requests.titles import with_titles
from app.requests.views import (
    MatchView,
    RequestLine,
    RequestsView,
    RequestView,
    SeekerLine,
    StepView,
)

NOBODY = PersonName("Somebody", "", "")


def requests_page(work: Work, gate: Gate, rules: RequestRules, actor: Actor) -> RequestsView:
    """List what concerns the actor, having written in the log what they were shown."""
    scope = granting = gate.scope(work, actor)
    own = queries.requests_of(work.session, scope, person_of(actor))
    to_answer: Sequence[RequestRow] = ()
    answered: Sequence[RequestRow] = ()
    sought: Sequence[RequestRow] = ()
    matched: Mapping[UUID, list[RequestMatchRow]] = {}
    if Role.RELEASE_AUTHORITY in actor.profile.roles:
        organisation = actor.profile.organisation
        to_answer = queries.requests_to(work.session, scope, organisation, open_=True)
        answered = queries.requests_to(work.session, scope, organisation, open_=False)
        granting = gate.scope(work, actor, Action.GRANT)
        sought = queries.sought(work.session, granting)
        matched = queries.matches(work.session, granting, [row.id for row in sought])
    known = [*own, *to_answer, *answered]
    lines = _lines(work, gate, rules, [*known, *sought])
    lines, titled = with_titles(work, gate, actor, scope, lines)
    titles = _matches(work, gate, actor, matched)
    ids = {row.id: row.audience_id for row in known}
    _listed(work, gate, actor, scope, lines, ids, titled)
    if sought:
        # An entry of its own: auditors of who asks read the other one, and never of a match.
        ids = {row.id: one.audience_id for row in sought for one in matched[row.id]}
        _listed(work, gate, actor, granting, lines, ids)
    return RequestsView(
        own=tuple(lines[row.id] for row in own),
        to_answer=tuple(lines[row.id] for row in to_answer),
        answered=tuple(lines[row.id] for row in answered),
        seekers=tuple(
            SeekerLine(_as_known(work, rules, scope, row, lines[row.id]), titles.get(row.id, ()))
            for row in sought
        ),
    )


def _listed(
    work: Work,
    gate: Gate,
    actor: Actor,
    scope: Scope,
    lines: Mapping[UUID, RequestLine],
    audience_ids: Mapping[UUID, int],
    titled: Collection[AudienceId] = (),
) -> None:
    """Write in the log which requests are listed, under the audiences that they are shown by."""
    gate.show(
        work,
        actor,
        scope,
        {*map(AudienceId, audience_ids.values()), *titled},
        event="requests.listed",
        served_bytes=records.text_size(
            *(f"{lines[one].about}{lines[one].title}" for one in audience_ids)
        ),
        details={"requests": list(map(str, audience_ids))[:100]},
    )


def _as_known(
    work: Work, rules: RequestRules, scope: Scope, row: RequestRow, line: RequestLine
) -> RequestLine:
    """Say how a need stands for a holder, who does not learn that another one granted it."""
    if row.state != "granted" or queries.granted(work.session, scope, line.id) is not None:
        return line
    return replace(line, state="waiting", silence=rules.silence(row.due_at, work.now))


def waiting_count(work: Work, gate: Gate, actor: Actor) -> int:
    """Count the requests that wait for the actor's answer; nothing of them is shown."""
    if actor.person is None:
        return 0
    scope = gate.scope(work, actor)
    own = queries.requests_of(work.session, scope, actor.person)
    count = sum(row.state == "returned" and row.requester == actor.person for row in own)
    if Role.RELEASE_AUTHORITY in actor.profile.roles:
        organisation = actor.profile.organisation
        count += len(queries.requests_to(work.session, scope, organisation, open_=True))
    return count


def show(
    work: Work, gate: Gate, rules: RequestRules, actor: Actor, request_id: RequestId
) -> RequestView:
    """Show a request in full, having first written in the log that the actor read it.

    Raises:
        Refused: there is none, or it is not for them.
    """
    row = find(work, gate, actor, request_id)
    scope = gate.scope(work, actor)
    granting = gate.scope(work, actor, Action.GRANT)
    matched = queries.matches(work.session, granting, [row.id])
    steps = queries.steps(work.session, scope, request_id)
    by_match = row.audience_id not in scope.audience_ids
    lines, titled = with_titles(work, gate, actor, scope, _lines(work, gate, rules, [row]))
    line = lines[row.id]
    line = _as_known(work, rules, scope, row, line) if by_match else line
    texts = [line.title, row.sought, row.purpose, row.project, *(step.said for step in steps)]
    seen = [one.audience_id for one in matched.get(row.id, [])] if by_match else [row.audience_id]
    gate.show(
        work,
        actor,
        granting if by_match else scope,
        {*map(AudienceId, seen), *titled},
        event="request.read",
        served_bytes=sum(len(one.encode()) for one in texts),
        details={"request": str(row.id), "record": str(row.record_id or "")},
    )
    people = [PersonId(one) for one in row.people]
    names = parties.names(work.session, [*people, *(PersonId(s.person_id) for s in steps)])
    return RequestView(
        line=line,
        sought=row.sought,
        purpose=row.purpose,
        project=row.project,
        people=tuple(names.get(one, NOBODY) for one in people),
        person_ids=tuple(people),
        last_day=row.last_day,
        terms=tuple(row.terms),
        renews=RequestId(row.renews) if row.renews else None,
        steps=tuple(_step(step, names) for step in steps),
        matches=_matches(work, gate, actor, matched).get(row.id, ()),
        may=_may(actor, row, bool(matched)),
    )


def _may(actor: Actor, row: RequestRow, matched: bool) -> frozenset[str]:
    """Name what the actor may do; each verb judges it again."""
    may: set[str] = set()
    if row.requester == actor.person:
        may |= {"withdraw"} if row.state in ("waiting", "returned") else set()
        may |= {"answer"} if row.state == "returned" else set()
        may |= {"renew"} if row.state == "granted" else set()
    authority = Role.RELEASE_AUTHORITY in actor.profile.roles and actor.person not in row.people
    if authority and row.originator == actor.profile.organisation and row.state == "waiting":
        may |= {"grant", "return", "refuse"}
    if authority and row.originator is None and matched and row.state in ("waiting", "granted"):
        may |= {"grant", "pass"}
    return frozenset(may)


def _step(row: RequestStepRow, names: Mapping[PersonId, PersonName]) -> StepView:
    return StepView(
        kind=row.kind,
        person=names.get(PersonId(row.person_id), NOBODY),
        said=row.said,
        record_id=RecordId(row.record_id) if row.record_id else None,
        until=row.until,
        taken_at=row.taken_at,
    )


def _lines(
    work: Work, gate: Gate, rules: RequestRules, rows: Collection[RequestRow]
) -> dict[UUID, RequestLine]:
    session, schemes = work.session, gate.keeper.current.schemes
    facts = audiences(session, {AudienceId(row.audience_id) for row in rows})
    slugs = {row.organisation for row in rows} | {row.originator or "" for row in rows}
    organisations = parties.organisation_names(session, slugs)
    names = parties.names(session, {PersonId(row.requester) for row in rows})
    places = queries.places(session, [row.id for row in rows if row.state == "waiting"])
    return {
        row.id: RequestLine(
            id=RequestId(row.id),
            about=_about(row),
            reference=row.reference,
            record_id=RecordId(row.record_id) if row.record_id else None,
            originator=row.originator or "",
            originator_name=organisations.get(row.originator or "", ""),
            organisation_name=organisations.get(row.organisation, row.organisation),
            requester=names.get(PersonId(row.requester), NOBODY),
            area=Area(row.area),
            state=row.state,
            asked_at=row.asked_at,
            due_at=row.due_at,
            silence=rules.silence(row.due_at, work.now) if row.state == "waiting" else "",
            place=places.get(row.id),
            marking=" // ".join(
                map(schemes.text, facts[AudienceId(row.audience_id)].label.at(work.now).markings)
            ),
        )
        for row in rows
    }


def _about(row: RequestRow) -> str:
    """Say what a request is about, on one line: the reference, or how what is sought begins."""
    if row.record_id is not None or not row.sought:
        return row.reference or "A record"
    first = row.sought.splitlines()[0]
    return first if len(first) <= 90 else f"{first[:89].rstrip()}…"


def _matches(
    work: Work, gate: Gate, actor: Actor, matched: Mapping[UUID, list[RequestMatchRow]]
) -> dict[UUID, tuple[MatchView, ...]]:
    ids = {RecordId(one.record_id) for ones in matched.values() for one in ones}
    known = records.titles_to_grant(work, gate, actor, ids)
    return {
        request_id: tuple(
            MatchView(
                record_id=RecordId(one.record_id),
                reference=known[RecordId(one.record_id)][0],
                title=known[RecordId(one.record_id)][1],
                found_at=one.found_at,
                passed=one.passed_at is not None,
            )
            for one in ones
            if RecordId(one.record_id) in known
        )
        for request_id, ones in matched.items()
    }
