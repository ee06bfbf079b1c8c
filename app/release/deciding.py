"""Decisions on what was submitted: approval, consent, return and refusal."""

from collections.abc import Callable
from typing import Any

from app import records
from app.access import Action, Actor, Gate
from app.core.ids import VersionId
from app.core.work import Work
from app.identity import IdentityKeys
from app.release import decisions, rules
from app.release.audience import exact_audience
from app.release.decisions import Draft
from app.release.procedure import (
    Case,
    check_consent,
    open_case,
    override_of,
    pass_gate,
    record_override,
)
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
    """Release a submitted version to exactly the audience that was previewed, signed.

    Args:
        seen_hash: the content hash of what the person looked at, in hexadecimal.
        override: why what was found in its files does not hold it back, where something does.

    Raises:
        Refused: the actor may not approve every part of it, or there is none.
        OwnWork: not they.
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
    """Release as `approve` does; `check` holds that this is what the person agreed to."""
    case = open_case(work, gate, actor, Action.APPROVE, version_id)
    facts = case.facts
    check(case)
    check_consent(work, case)
    reason = rules.check_inspected(case.files, override)
    audience = exact_audience(work, gate, actor, facts, case.action)
    permit = pass_gate(work, gate, actor, case, "record.released", **_told(audience))
    record_override(work, gate, actor, case, reason)
    inspection = _inspection(work, case, reason)
    records.publish(work, gate, permit, version_id, decisions.person_of(actor))
    schemes = gate.keeper.current.schemes
    return decisions.sign(
        work,
        actor,
        _draft(case, "approve", comment),
        keys,
        markings=[*map(schemes.text, case.markings), *case.planned],
        audience=audience,
        inspection=inspection,
    )


def consent(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    *,
    seen_hash: str,
    comment: str = "",
    keys: IdentityKeys,
) -> DecisionView:
    """Let the owner release the originator's information, exactly as it stands; any edit voids it.

    Raises:
        Refused: the actor may not consent to every part of it, or there is none.
        OwnWork: not they.
        ChangedMeanwhile: it is not what they looked at.
    """
    case = open_case(work, gate, actor, Action.CONSENT, version_id)
    rules.check_seen(seen_hash, case.content_hash)
    pass_gate(work, gate, actor, case, "record.consented")
    schemes = gate.keeper.current.schemes
    return decisions.sign(
        work,
        actor,
        _draft(case, "consent", comment),
        keys,
        markings=map(schemes.text, case.markings),
    )


def return_to_draft(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, *, comment: str
) -> DecisionView:
    """Give a submission back to its writers with a comment.

    Raises:
        Refused: the actor may not return every part of it, or there is none.
        OwnWork: not they.
        Invalid: the comment is missing.
    """
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
    records.reopen(work, gate, permit, version_id)
    return written


def _draft(case: Case, kind: DecisionKind, comment: str) -> Draft:
    return Draft(case.facts, kind, case.content_hash, comment, case.facts.audience_id)


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
