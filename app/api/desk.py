"""The release desk: what waits for you, and your decision on it."""

from app import release
from app.api.answers import nouns
from app.core.ids import VersionId
from app.edge import ReviewFindings, SignedInActor, TheGate, TheServices, Working
from app.release import Approval, Assent, DecisionView, Desk, Reason, Returning, ReviewView

router = nouns("desk", "/desk")


@router.get("")
def show_desk(work: Working, gate: TheGate, actor: SignedInActor) -> Desk:
    """List what waits for you, longest first, and your own submissions."""
    return release.desk(work, gate, actor)


@router.get("/{version_id}")
def review_submission(
    opened: ReviewFindings,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    version_id: VersionId,
) -> ReviewView:
    """Read a submission with its exact audience and changes; `seen_hash` goes back with a yes."""
    return release.review(work, gate, actor, version_id, opened)


@router.post("/{version_id}/approval", status_code=201)
def approve_submission(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    version_id: VersionId,
    agreed: Approval,
) -> DecisionView:
    """Release a submission to exactly the audience that you saw; the decision is signed."""
    keys, seen, comment = services.identity.keys, agreed.seen_hash, agreed.comment
    return release.approve(
        work,
        gate,
        actor,
        version_id,
        seen_hash=seen,
        comment=comment,
        override=agreed.override,
        keys=keys,
    )


@router.post("/{version_id}/consent", status_code=201)
def consent_to_submission(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    version_id: VersionId,
    agreed: Assent,
) -> DecisionView:
    """Let the owner release your organisation's information, exactly as you saw it."""
    keys, seen, comment = services.identity.keys, agreed.seen_hash, agreed.comment
    return release.consent(
        work, gate, actor, version_id, seen_hash=seen, comment=comment, keys=keys
    )


@router.post("/{version_id}/return", status_code=201)
def return_submission(
    work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId, reason: Returning
) -> DecisionView:
    """Give a submission back to its writers with a comment, and comments at portions."""
    return release.return_to_draft(
        work, gate, actor, version_id, comment=reason.comment, at_portions=reason.at_portions
    )


@router.post("/{version_id}/refusal", status_code=201)
def refuse_submission(
    work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId, reason: Reason
) -> DecisionView:
    """Decline to release a submission, with a reason; it is a draft again."""
    return release.refuse(work, gate, actor, version_id, comment=reason.comment)
