"""Decisions on what was submitted: approval, return and refusal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app import conversation, records
from app.access import Action, Actor, Gate
from app.core.ids import PortionId, VersionId
from app.core.work import Work
from app.identity import IdentityKeys
from app.notices import Kind
from app.release import decisions, rules
from app.release.audience import exact_audience
from app.release.decisions import Draft
from app.release.procedure import (
    Case,
    barred_of,
    check_consent,
    open_case,
    override_of,
    pass_gate,
    record_override,
    standing_approvals,
)
from app.release.telling import settle_decided, tell_deciding, tell_submitter
from app.release.views import AudiencePreview, DecisionKind, DecisionView

Check = Callable[[Case], None]


def approve(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    *,
    seen_hash: str,
    comment: str = "",
    override: str = "",
    keys: IdentityKeys,
) -> DecisionView:
    """Approve a submitted version for exactly the audience that was previewed, signed.

    The last approval that its markings need releases it.

    Args:
        seen_hash: the content hash of what the person looked at, in hexadecimal.
        override: why what was found in its files does not hold it back, where something does.

    Raises:
        Refused: the actor may not approve every part of it, or there is none.
        OwnWork: not they.
        ApprovedAlready: not they again.
        ChangedMeanwhile, AwaitsConsent, BeingInspected: not now.
        Invalid: something was found in its files, and no reason was written.
    """

    def seen(case: Case) -> None:
        rules.check_seen(seen_hash, case.content_hash)

    return approve_checked(
        work, gate, actor, version_id, comment=comment, override=override, keys=keys, check=seen
    )


def approve_checked(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    *,
    comment: str,
    override: str = "",
    keys: IdentityKeys,
    check: Check,
) -> DecisionView:
    """Approve as `approve` does; `check` holds that this is what the person agreed to."""
    case = open_case(work, gate, actor, Action.APPROVE, version_id)
    facts = case.facts
    check(case)
    check_consent(work, case)
    reason = rules.check_inspected(case.files, override)
    audience = exact_audience(work, gate, actor, facts, case.action)
    approval = _approval(work, case)
    event = "record.released" if approval.last else "record.approved"
    told = {"approval": f"{approval.number} of {approval.needed}", **_told(audience)}
    permit = pass_gate(work, gate, actor, case, event, **told)
    record_override(work, gate, actor, case, reason)
    inspection = _inspection(work, case, reason)
    person = decisions.person_of(actor)
    settle_decided(work, case, consent=approval.last)
    if approval.last:
        records.publish(work, gate, permit, version_id, person)
        tell_submitter(work, case, Kind.SUBMISSION_RELEASED, person)
    else:
        tell_deciding(work, gate, case, barred_of(work, case) | {person})
    schemes = gate.keeper.current.schemes
    return decisions.sign(
        work,
        actor,
        _draft(case, "approve", comment),
        keys,
        markings=[*map(schemes.text, case.markings), *case.planned],
        audience=audience,
        approval=approval.to_json(),
        inspection=inspection,
    )


@dataclass(frozen=True)
class _Approval:
    """Which approval this is of those that the markings need; `earlier` are the others' ids."""

    number: int
    needed: int
    earlier: tuple[str, ...]

    @property
    def last(self) -> bool:
        """Tell whether nobody else has to approve."""
        return self.number >= self.needed

    def to_json(self) -> dict[str, Any]:
        """Give what is signed of it."""
        return {
            "number": self.number,
            "needed": self.needed,
            "last": self.last,
            "earlier": list(self.earlier),
        }


def _approval(work: Work, case: Case) -> _Approval:
    earlier = standing_approvals(work, case)
    return _Approval(
        number=len(earlier) + 1,
        needed=case.needed_count,
        earlier=tuple(str(row.id) for row in earlier),
    )


def return_to_draft(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    *,
    comment: str,
    at_portions: Mapping[PortionId, str] | None = None,
) -> DecisionView:
    """Give a submission back to its writers with a comment.

    Args:
        at_portions: what there is to say of single portions; each begins a thread there, that only
            the people see who prepare the version.

    Raises:
        Refused: the actor may not return every part of it, or there is none.
        OwnWork: not they.
        Invalid: the comment is missing.
    """
    said = {portion: body.strip() for portion, body in (at_portions or {}).items() if body.strip()}
    for portion_id, body in said.items():
        conversation.open_thread(
            work,
            gate,
            actor,
            version_id=version_id,
            portion_id=portion_id,
            body=body,
            internal=True,
        )
    return _reopen(work, gate, actor, Action.RETURN, version_id, comment)


def refuse(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, *, comment: str
) -> DecisionView:
    """Decline to release a submission, with a reason; it is a draft again.

    Raises:
        Refused: the actor may not refuse every part of it, or there is none.
        OwnWork: not they.
        Invalid: the reason is missing.
    """
    return _reopen(work, gate, actor, Action.REFUSE, version_id, comment)


def _reopen(
    work: Work, gate: Gate, actor: Actor, action: Action, version_id: VersionId, comment: str
) -> DecisionView:
    case = open_case(work, gate, actor, action, version_id)
    reason = rules.check_reason(comment)
    kind: DecisionKind = "return" if action is Action.RETURN else "refuse"
    event = "record.returned" if action is Action.RETURN else "record.refused"
    permit = pass_gate(work, gate, actor, case, event)
    written = decisions.write(work, actor, _draft(case, kind, reason), about={})
    told = Kind.SUBMISSION_RETURNED if kind == "return" else Kind.SUBMISSION_REFUSED
    settle_decided(work, case)
    tell_submitter(work, case, told, decisions.person_of(actor))
    records.reopen(work, gate, permit, version_id)
    return written


def _draft(case: Case, kind: DecisionKind, comment: str) -> Draft:
    audience_id = case.facts.audience_id
    return Draft(case.facts, kind, case.content_hash, comment, audience_id, case.for_whom)


def _inspection(work: Work, case: Case, reason: str) -> dict[str, Any] | None:
    """Give what is signed of the inspection: each file's report by its hash, and both reasons."""
    if not case.files:
        return None
    return {
        "reports": [file.report_hash_hex for file in case.files],
        "blocking": sorted({title for file in case.files for title in file.blocking}),
        "submitter": override_of(work, case),
        "approver": reason,
    }


def _told(audience: AudiencePreview) -> dict[str, int | bool | str | list[str]]:
    counts = audience.counts.items()
    return {
        "audience_people": audience.total,
        "audience_organisations": [f"{slug}: {count}" for slug, count in counts],
        "audience_hash": audience.people_hash_hex,
        "public": audience.public,
    }
