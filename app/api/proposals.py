"""Changes that wait for a second person."""

from app import proposals
from app.api.answers import nouns
from app.core.ids import ProposalId
from app.edge import SignedInActor, TheGate, Working
from app.proposals import Confirm, Decline, ProposalsView, ProposalView

router = nouns("proposals", "/proposals")


@router.get("")
def list_proposals(work: Working, gate: TheGate, actor: SignedInActor) -> ProposalsView:
    """List what waits for you as the second person, what you proposed, and what was decided."""
    return proposals.proposals_page(work, gate, actor)


@router.get("/{proposal_id}")
def show_proposal(
    work: Working, gate: TheGate, actor: SignedInActor, proposal_id: ProposalId
) -> ProposalView:
    """Show a proposal with what it would do now; confirm it with its `seen_hash_hex`."""
    return proposals.show(work, gate, actor, proposal_id)


@router.post("/{proposal_id}/confirmation", status_code=204)
def confirm_proposal(
    work: Working, gate: TheGate, actor: SignedInActor, proposal_id: ProposalId, shown: Confirm
) -> None:
    """Confirm what somebody else proposed: it binds from now on."""
    proposals.confirm(work, gate, actor, proposal_id, shown)


@router.post("/{proposal_id}/refusal", status_code=204)
def decline_proposal(
    work: Working, gate: TheGate, actor: SignedInActor, proposal_id: ProposalId, refusal: Decline
) -> None:
    """Decline what somebody else proposed, with a reason."""
    proposals.decline(work, gate, actor, proposal_id, refusal)


@router.delete("/{proposal_id}", status_code=204)
def take_proposal_back(
    work: Working, gate: TheGate, actor: SignedInActor, proposal_id: ProposalId
) -> None:
    """Take back what you proposed."""
    proposals.take_back(work, gate, actor, proposal_id)
