"""The desk: what waits for a person, and what became of what they submitted."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app import parties, records
from app.access import Action, Actor, Gate, Role
from app.core.ids import AudienceId, BatchId, PersonId, RecordId, VersionId
from app.core.work import Work
from app.parties import PersonName
from app.records import RecordLine, text_size
from app.release import queries, rules
from app.release.decisions import person_of
from app.release.errors import OwnWork
from app.release.models import DecisionRow
from app.release.views import BatchLine, Desk, DeskLine, OwnLine

TITLES_SHOWN = 5


def desk(work: Work, gate: Gate, actor: Actor) -> Desk:
    """Show what waits for the actor, longest first, and their own submissions, newest first."""
    approvals = _waiting(work, gate, actor, Action.APPROVE)
    consents = _waiting(work, gate, actor, Action.CONSENT)
    return Desk(
        to_decide=tuple(line for line in approvals if not line.why_not),
        to_consent=tuple(line for line in consents if not line.why_not),
        for_others=tuple(line for line in (*approvals, *consents) if line.why_not),
        batches=_batches(approvals),
        mine=_mine(work, gate, actor),
    )


def waiting_count(work: Work, gate: Gate, actor: Actor) -> int:
    """Count what the actor may decide on now, for the number beside the desk on every page."""
    if Role.RELEASE_AUTHORITY not in actor.profile.roles:
        return 0
    approvals = records.waiting_ids(work, gate, actor, Action.APPROVE)
    asked = records.waiting_ids(work, gate, actor, Action.CONSENT)
    if not asked:
        return len(approvals)
    scopes = (gate.scope(work, actor, Action.CONSENT),)
    submissions = queries.last_submissions(work.session, scopes, asked)
    consented = queries.consents(work.session, scopes, asked)
    return len(approvals) + sum(
        not _is_consented(submissions.get(one), consented.get(one)) for one in asked
    )


def batches(work: Work, gate: Gate, actor: Actor) -> tuple[BatchLine, ...]:
    """Show what was imported together and waits for approval."""
    return _batches(_waiting(work, gate, actor, Action.APPROVE))


def _waiting(work: Work, gate: Gate, actor: Actor, action: Action) -> tuple[DeskLine, ...]:
    lines = records.awaiting(work, gate, actor, action)
    scopes = (gate.scope(work, actor, action),)
    ids = [line.version_id for line in lines]
    submissions = queries.last_submissions(work.session, scopes, ids)
    consented = queries.consents(work.session, scopes, ids)
    names = parties.names(work.session, {PersonId(row.person_id) for row in submissions.values()})
    waiting = [
        line
        for line in lines
        if action is not Action.CONSENT
        or not _is_consented(submissions.get(line.version_id), consented.get(line.version_id))
    ]
    return tuple(_line(actor, action, line, submissions, names) for line in waiting)


def _is_consented(submission: DecisionRow | None, hashes: frozenset[bytes] | None) -> bool:
    return submission is not None and submission.content_hash in (hashes or frozenset())


def _line(
    actor: Actor,
    action: Action,
    line: RecordLine,
    submissions: Mapping[VersionId, DecisionRow],
    names: Mapping[PersonId, PersonName],
) -> DeskLine:
    submission = submissions.get(line.version_id)
    why_not = _why_not(actor, submission)
    return DeskLine(
        version_id=line.version_id,
        record_id=line.id,
        reference=line.reference,
        number=line.number,
        title=line.title,
        banner=line.banner,
        originator=line.originator,
        action=action,
        submitted_by=names[PersonId(submission.person_id)] if submission else None,
        submitted_at=submission.decided_at if submission else None,
        comment=submission.comment if submission else "",
        batch_id=_batch_of(submission),
        why_not=why_not,
    )


def _why_not(actor: Actor, submission: DecisionRow | None) -> str:
    writers = submission.statement["writers"] if submission else []
    try:
        rules.check_four_eyes(
            person_of(actor),
            submitters={PersonId(submission.person_id)} if submission else set(),
            writers=[PersonId(UUID(one)) for one in writers],
        )
    except OwnWork as problem:
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
