"""The desk: what waits for a person, and what became of what they submitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from app import parties, records
from app.access import Action, Actor, Gate, Role
from app.core.ids import AudienceId, BatchId, PersonId, RecordId, VersionId
from app.core.work import Work
from app.parties import PersonName
from app.records import RecordLine, text_size
from app.release import queries, rules
from app.release.consents import consents_asked, consents_count
from app.release.decisions import person_of
from app.release.errors import ApprovedAlready, OwnWork
from app.release.models import DecisionRow
from app.release.procedure import approvers_of, delegators_of
from app.release.views import BatchLine, Desk, DeskLine, Due, OwnLine

TITLES_SHOWN = 5


def desk(work: Work, gate: Gate, actor: Actor) -> Desk:
    """Show what waits for the actor, first what is due first, and their own, newest first."""
    approvals = _waiting(work, gate, actor, Action.APPROVE)
    consents = consents_asked(work, gate, actor)
    return Desk(
        to_decide=tuple(line for line in approvals if not line.why_not),
        to_consent=consents,
        for_others=tuple(line for line in approvals if line.why_not),
        batches=_batches(approvals),
        mine=_mine(work, gate, actor),
    )


def waiting_count(work: Work, gate: Gate, actor: Actor) -> int:
    """Count what the actor may decide on now, for the number beside the desk on every page."""
    if Role.RELEASE_AUTHORITY not in actor.profile.roles:
        return 0
    approvals = records.waiting_ids(work, gate, actor, Action.APPROVE)
    mine_count = _may_approve_count(work, gate, actor, approvals)
    return mine_count + consents_count(work, gate, actor)


def _may_approve_count(
    work: Work, gate: Gate, actor: Actor, version_ids: Sequence[VersionId]
) -> int:
    if not version_ids:
        return 0
    scopes = (gate.scope(work, actor, Action.APPROVE),)
    submissions, approvals = queries.submitted(work.session, scopes, version_ids)
    return sum(
        not _why_not(actor, Action.APPROVE, submissions.get(one), approvals.get(one, ()))
        for one in version_ids
    )


def batches(work: Work, gate: Gate, actor: Actor) -> tuple[BatchLine, ...]:
    """Show what was imported together and waits for approval."""
    return _batches(_waiting(work, gate, actor, Action.APPROVE))


def _waiting(work: Work, gate: Gate, actor: Actor, action: Action) -> tuple[DeskLine, ...]:
    lines = records.awaiting(work, gate, actor, action)
    scopes = (gate.scope(work, actor, action),)
    ids = [line.version_id for line in lines]
    submissions, approvals = queries.submitted(work.session, scopes, ids)
    rows = [*submissions.values(), *(row for given in approvals.values() for row in given)]
    names = parties.names(work.session, {PersonId(row.person_id) for row in rows})
    told = _Told(work, gate, actor, action, submissions, approvals, names)
    found = [told.line(line) for line in lines]
    last = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(found, key=lambda line: line.due.at if line.due else last))


@dataclass(frozen=True)
class _Told:
    """What is known of the versions that wait for a step of the actor's."""

    work: Work
    gate: Gate
    actor: Actor
    action: Action
    submissions: Mapping[VersionId, DecisionRow]
    approvals: Mapping[VersionId, Sequence[DecisionRow]]
    names: Mapping[PersonId, PersonName]

    def line(self, line: RecordLine) -> DeskLine:
        """Give the line of one version."""
        submission = self.submissions.get(line.version_id)
        given = self.approvals.get(line.version_id, ())
        return DeskLine(
            version_id=line.version_id,
            record_id=line.id,
            reference=line.reference,
            number=line.number,
            title=line.title,
            banner=line.banner,
            originator=line.originator,
            action=self.action,
            submitted_by=self.names[PersonId(submission.person_id)] if submission else None,
            submitted_at=submission.decided_at if submission else None,
            comment=submission.comment if submission else "",
            batch_id=_batch_of(submission),
            why_not=_why_not(self.actor, self.action, submission, given),
            due=due(self.work, self.gate, submission),
            needed_count=_needed_count(self.gate, submission),
            approved_by=tuple(self.names[PersonId(row.person_id)] for row in given),
        )


def due(work: Work, gate: Gate, submission: DecisionRow | None) -> Due | None:
    """Say when the decision on a submission is due, and how that presses now."""
    if submission is None:
        return None
    said = submission.statement.get("needed_by", "")
    needed_by = date.fromisoformat(said) if said else None
    at = gate.keeper.approvals.due_at(submission.decided_at, needed_by)
    urgency = gate.keeper.approvals.urgency_of(at, work.now)
    return Due(at, urgency, needed_by, submission.statement.get("needed_why", ""))


def _needed_count(gate: Gate, submission: DecisionRow | None) -> int:
    """Say how many approvals the markings ask for that the version was submitted with."""
    schemes = gate.keeper.current.schemes
    texts = submission.statement.get("markings", ()) if submission else ()
    return gate.keeper.approvals.needed(schemes, map(schemes.parse, texts))


def _why_not(
    actor: Actor, action: Action, submission: DecisionRow | None, given: Sequence[DecisionRow]
) -> str:
    person = person_of(actor)
    submitters = {PersonId(submission.person_id)} if submission else set()
    said = submission.statement["writers"] if submission else []
    writers = {PersonId(UUID(one)) for one in said}
    approvers = approvers_of(given) if action is Action.APPROVE else set()
    try:
        rules.check_four_eyes(person, submitters=submitters, writers=writers)
        rules.check_not_approved(person, approvers)
        rules.acting_for(delegators_of(actor), submitters | writers | approvers)
    except (OwnWork, ApprovedAlready) as problem:
        return problem.detail
    return ""


def _batch_of(submission: DecisionRow | None) -> BatchId | None:
    text = submission.statement["batch"] if submission else ""
    return BatchId(UUID(text)) if text else None


def _batches(lines: Sequence[DeskLine]) -> tuple[BatchLine, ...]:
    together: dict[BatchId, list[DeskLine]] = {}
    for line in lines:
        if line.batch_id is not None:
            together.setdefault(line.batch_id, []).append(line)
    return tuple(_batch(batch_id, members) for batch_id, members in together.items())


def _batch(batch_id: BatchId, lines: Sequence[DeskLine]) -> BatchLine:
    return BatchLine(
        batch_id=batch_id,
        count=len(lines),
        mine_count=sum(not line.why_not for line in lines),
        titles=tuple(line.title for line in lines[:TITLES_SHOWN]),
        submitted_by=lines[0].submitted_by,
        submitted_at=lines[0].submitted_at,
        why_not=next((line.why_not for line in lines if line.why_not), ""),
    )


def _mine(work: Work, gate: Gate, actor: Actor) -> tuple[OwnLine, ...]:
    scope = gate.scope(work, actor)
    found = queries.own_submissions(work.session, [scope], person_of(actor))
    lines: dict[UUID, OwnLine] = {}
    for submission, outcome in found:
        lines.setdefault(submission.version_id, _own(submission, outcome))
    gate.show(
        work,
        actor,
        scope,
        {AudienceId(submission.audience_id) for submission, _ in found},
        event="submissions.listed",
        served_bytes=sum(text_size(one.title, one.comment) for one in lines.values()),
        details={"versions": [str(version_id) for version_id in lines]},
    )
    return tuple(lines.values())


def _own(submission: DecisionRow, outcome: DecisionRow | None) -> OwnLine:
    return OwnLine(
        version_id=VersionId(submission.version_id),
        record_id=RecordId(submission.record_id),
        reference=submission.statement["reference"],
        number=submission.statement["number"],
        title=submission.statement["title"],
        submitted_at=submission.decided_at,
        outcome=outcome.kind if outcome else "",  # type: ignore[arg-type]  # asked for by kind
        outcome_at=outcome.decided_at if outcome else None,
        comment=outcome.comment if outcome else "",
    )
