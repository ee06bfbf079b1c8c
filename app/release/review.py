"""A version before somebody who has to decide on it: everything that a decision rests on."""

from dataclasses import replace
from uuid import UUID

from app import parties, records
from app.access import Action, Actor, Gate, Role, State, Subject, audiences, explain
from app.core.canonical import canonical_bytes
from app.core.errors import Problem, Refused
from app.core.ids import AudienceId, PersonId, RecordId, VersionId
from app.core.work import Work
from app.records import (
    AttachmentView,
    DifferenceView,
    OpenedReports,
    RecordView,
    SealedReport,
)
from app.release import decisions, queries, rules
from app.release.audience import exact_audience
from app.release.desk import due
from app.release.procedure import (
    Case,
    barred_of,
    check_consent,
    check_person,
    override_of,
    standing_approvals,
    take_up,
)
from app.release.views import (
    ApprovalsView,
    AudiencePreview,
    DecisionView,
    Due,
    ReviewView,
    StepView,
)

_STEPS = (Action.APPROVE, Action.RETURN, Action.REFUSE, Action.CONSENT)
PREPARING = frozenset({Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY})
PROCEDURE = "procedure"
OPEN = frozenset({State.DRAFT, State.SUBMITTED})
NOT_WAITING = "It is not waiting for a decision."


def preview(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> AudiencePreview:
    """Show who exactly will be able to read each part of a version once it is released.

    Raises:
        Refused: the actor may neither read every part of it nor consent to it, or there is none.
    """
    case = look_at(work, gate, actor, version_id)
    return exact_audience(work, gate, actor, case.facts, case.action)


def review(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    opened: OpenedReports | None = None,
) -> ReviewView:
    """Show a version with its audience, its changes, what was decided, and what the actor may do.

    Args:
        opened: reports on its files that were opened for this person.

    Raises:
        Refused: the actor may neither read every part of it nor consent to it, or there is none.
    """
    case = look_at(work, gate, actor, version_id)
    record = _record(work, gate, actor, case)
    earlier = queries.of_version(work.session, case.scopes, version_id)
    submitted_by = case.facts.submitted_by
    known = parties.names(work.session, [submitted_by] if submitted_by else [])
    return ReviewView(
        record=record,
        seen_hash=case.content_hash.hex(),
        submitted_by=known.get(submitted_by) if submitted_by else None,
        submitted_at=case.facts.submitted_at,
        preview=exact_audience(work, gate, actor, case.facts, case.action),
        difference=_difference(work, gate, actor, case, record),
        decisions=decisions.show(work, earlier),
        steps=_steps(work, gate, actor, case),
        approvals=_approvals(work, gate, case),
        due=_due(work, gate, case),
        files=_files(work, gate, actor, case, opened),
        override=override_of(work, case),
        lowered=_lowered(work, gate, actor, case),
    )


def sealed_reports(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, *, arrangement: str
) -> tuple[SealedReport, ...]:
    """Let somebody who prepares a version or decides on it see what was found in its files.

    Raises:
        Refused: the actor may neither read every part of it nor consent to it, or there is none.
    """
    case = look_at(work, gate, actor, version_id)
    if not case.files or case.facts.state not in OPEN:
        return ()
    return records.sealed_reports(
        work, gate, actor, case.action, version_id, arrangement=arrangement
    )


def history(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> tuple[DecisionView, ...]:
    """Show the decisions on a record that the actor may see, oldest first; often there are none.

    What was decided on, and for whom, is told to those who see the version whole.
    """
    shown: dict[object, DecisionView] = {}
    for action in (Action.READ, Action.CONSENT):
        scope = gate.scope(work, actor, action)
        rows = [
            row
            for row in queries.of_record(work.session, [scope], record_id)
            if row.id not in shown
        ]
        if not rows:
            continue
        whole = {
            version_id
            for version_id in {VersionId(row.version_id) for row in rows}
            if _sees_whole(work, gate, actor, action, version_id)
        }
        views = [
            one if one.version_id in whole else _in_short(one) for one in decisions.show(work, rows)
        ]
        gate.pass_through(
            work,
            actor,
            action,
            {AudienceId(row.audience_id) for row in rows},
            subject=Subject("record", record_id),
            event="decisions.read",
            served_bytes=sum(map(_size, views)),
            details={"decisions": [str(row.id) for row in rows]},
        )
        shown |= {one.id: one for one in views}
    return tuple(sorted(shown.values(), key=lambda one: (one.decided_at, str(one.id))))


def decision(work: Work, gate: Gate, actor: Actor, decision_id: UUID) -> DecisionView:
    """Show one decision with all that was signed, to those who see the version whole.

    Raises:
        Refused: the actor does not, or there is no such decision.
    """
    for action in (Action.READ, Action.CONSENT):
        row = queries.one(work.session, [gate.scope(work, actor, action)], decision_id)
        version_id = VersionId(row.version_id) if row else None
        if row and version_id and _sees_whole(work, gate, actor, action, version_id):
            break
    else:
        raise gate.refusal(work, actor, Action.READ, Subject("decision", decision_id))
    (view,) = decisions.show(work, [row])
    gate.pass_through(
        work,
        actor,
        action,
        [AudienceId(row.audience_id)],
        subject=Subject("record", view.record_id),
        event="decisions.read",
        served_bytes=_size(view),
        details={"decisions": [str(row.id)]},
    )
    return view


def _size(decision: DecisionView) -> int:
    """Give the bytes of what a decision says: its kind, its comment, its statement as signed."""
    statement = canonical_bytes(dict(decision.statement)) if decision.statement else b""
    return records.text_size(decision.kind, decision.comment) + len(statement)


def _sees_whole(
    work: Work, gate: Gate, actor: Actor, action: Action, version_id: VersionId
) -> bool:
    try:
        records.version_facts(work, gate, actor, action, version_id)
    except Refused:
        return False
    return True


def _in_short(decision: DecisionView) -> DecisionView:
    """Leave out hash, statement and signature: they tell of all parts, and so of hidden ones."""
    return replace(decision, content_hash_hex="", statement={}, signature=None)


def look_at(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> Case:
    """Take up a version as one of its owner's people, or as one who has to consent to it."""
    try:
        case = take_up(work, gate, actor, Action.READ, version_id)
        # Who may read it, and who has not secured their sign-in, is not for everybody who reads it.
        if not _prepares(actor, case):
            raise gate.refusal(work, actor, Action.READ, Subject("version", version_id))
    except Refused as unread:
        try:
            case = take_up(work, gate, actor, Action.CONSENT, version_id)
        except Refused:
            raise unread from None
    return case


def _prepares(actor: Actor, case: Case) -> bool:
    """Tell whether the actor prepares or decides for the organisation whose version it is."""
    own = actor.profile.organisation in (case.facts.owner, case.facts.originator)
    return own and bool(actor.profile.roles & PREPARING)


def _files(
    work: Work, gate: Gate, actor: Actor, case: Case, opened: OpenedReports | None
) -> tuple[AttachmentView, ...]:
    """Show what was found in the files, until the version is out."""
    if not case.files or case.facts.state not in OPEN:
        return ()
    version_id = case.facts.version_id
    return records.inspected_files(work, gate, actor, case.action, version_id, opened)


def _approvals(work: Work, gate: Gate, case: Case) -> ApprovalsView:
    given = standing_approvals(work, case)
    waits = case.facts.state is State.SUBMITTED
    return ApprovalsView(
        needed_count=case.needed_count,
        given=decisions.show(work, given),
        could=_could_approve(work, gate, case) if waits else (),
    )


def _could_approve(work: Work, gate: Gate, case: Case) -> tuple[str, ...]:
    """Name who may approve it too: what the policies say of them, and four eyes."""
    policies, facts = gate.keeper.current, case.facts
    parts = list(audiences(work.session, facts.audience_ids).values())
    barred = barred_of(work, case)
    found = []
    for candidate in parties.authorities(work, policies.schemes, facts.owner):
        away = {PersonId(UUID(one.by)) for one in candidate.profile.delegations}
        if candidate.person in barred or (away and away <= barred):
            continue
        answers = policies.decide(candidate.profile, Action.APPROVE, parts, work.now)
        if all(answer.allowed for answer in answers):
            found.append(candidate.person)
    return tuple(sorted(one.name for one in parties.names(work.session, found).values()))


def _due(work: Work, gate: Gate, case: Case) -> Due | None:
    """Say when the decision is due, while one is."""
    if case.facts.state is not State.SUBMITTED:
        return None
    submissions, _ = queries.submitted(work.session, case.scopes, [case.facts.version_id])
    return due(work, gate, submissions.get(case.facts.version_id))


def _lowered(work: Work, gate: Gate, actor: Actor, case: Case) -> tuple[str, ...]:
    """Say which parts are marked lower than in the last release, or will be: plainly, to all."""
    facts = case.facts
    if case.action is not Action.READ or facts.state not in OPEN:
        return ()
    return records.lowerings_of_version(work, gate, actor, facts.record_id, facts.version_id)


def _record(work: Work, gate: Gate, actor: Actor, case: Case) -> RecordView:
    facts = case.facts
    if case.action is Action.READ:
        return records.read_version(work, gate, actor, facts.record_id, facts.number)
    return records.review(work, gate, actor, facts.version_id, case.action)


def _difference(
    work: Work, gate: Gate, actor: Actor, case: Case, record: RecordView
) -> DifferenceView | None:
    """Compare with the last release, for those who may read both."""
    released = [line.number for line in record.versions if line.state is State.RELEASED]
    if case.action is not Action.READ or not released:
        return None
    return records.compare(work, gate, actor, case.facts.record_id, released[0], case.facts.number)


def _steps(work: Work, gate: Gate, actor: Actor, case: Case) -> tuple[StepView, ...]:
    facts = case.facts
    steps = _STEPS if facts.owner != facts.originator else _STEPS[:-1]
    return tuple(_step(work, gate, actor, case, action) for action in steps)


def _step(work: Work, gate: Gate, actor: Actor, case: Case, action: Action) -> StepView:
    why_not = ""
    if case.facts.state is not State.SUBMITTED:
        why_not = NOT_WAITING
    elif not case.facts.audience_ids <= set(gate.scope(work, actor, action).audience_ids):
        why_not = _unmet(work, gate, actor, case, action)
    else:
        why_not = _objection(work, actor, case, action)
    return StepView(action, not why_not, why_not)


def _objection(work: Work, actor: Actor, case: Case, action: Action) -> str:
    try:
        check_person(work, actor, case, action)
        if action is Action.APPROVE:
            check_consent(work, case)
            rules.check_ended(case.files)
    except Problem as problem:
        return problem.detail
    return ""


def _unmet(work: Work, gate: Gate, actor: Actor, case: Case, action: Action) -> str:
    """Say whose step it is, or which requirement of the policies this person does not meet."""
    for audience in audiences(work.session, case.facts.audience_ids).values():
        told = explain(gate.keeper.current, actor.profile, action, audience, work.now)
        unmet = [one for one in told.requirements if not one.met]
        if unmet and unmet[0].id != PROCEDURE:
            return f"{unmet[0].text}. {unmet[0].detail}"
    whose = case.facts.originator if action is Action.CONSENT else case.facts.owner
    names = parties.organisation_names(work.session, [whose])
    return f"This is for a release authority of {names.get(whose, whose)}."
