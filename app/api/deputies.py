"""Deputies: who holds release authority for somebody who is away."""

from uuid import UUID

from app import parties, release
from app.api.answers import nouns
from app.edge import SignedInActor, TheGate, Working
from app.parties import AwayView, DelegationView, NameDeputy

router = nouns("deputies", "/deputies")


@router.get("")
def list_deputies(work: Working, gate: TheGate, actor: SignedInActor) -> AwayView:
    """List whom you named your deputy, for whom you stand in, and whom you may name."""
    return parties.away(work, gate, actor)


@router.post("", status_code=201)
def name_deputy(
    work: Working, gate: TheGate, actor: SignedInActor, command: NameDeputy
) -> DelegationView:
    """Have somebody of your organisation hold release authority for you, until a day's end."""
    return release.name_deputy(work, gate, actor, command)


@router.delete("/{delegation_id}", status_code=204)
def revoke_deputy(work: Working, gate: TheGate, actor: SignedInActor, delegation_id: UUID) -> None:
    """End at once what you handed over."""
    release.revoke_deputy(work, gate, actor, delegation_id)
