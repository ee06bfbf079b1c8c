"""The policies in force with their tests, the marking schemes, the history of policy sets."""

from dataclasses import dataclass

from app import audit, labels
from app.access import (
    FormerPolicy,
    PoliciesView,
    PolicyChange,
    PolicyView,
    Role,
    policy_changes,
    show_former,
    show_policies,
    show_policy,
)
from app.api.answers import nouns
from app.core.ids import EntryId
from app.edge import SignedInActor, TheGate, Working
from app.labels import SchemesShown

router = nouns("policies", prefix="/policies")


@dataclass(frozen=True)
class SetInHistory:
    """A policy set that was in force; for auditors, the entry of the log that loaded it."""

    change: PolicyChange
    entry: EntryId | None


@router.get("")
def list_policies(work: Working, gate: TheGate, _: SignedInActor) -> PoliciesView:
    """List the policies in force: what each says, since when, how many decisions, its tests."""
    return show_policies(work.session, gate.keeper.current)


@router.get("/history")
def list_policy_sets(work: Working, actor: SignedInActor) -> list[SetInHistory]:
    """List every policy set that was in force, newest first, and what it changed."""
    changes = policy_changes(work.session)
    loads = [(one.version, one.since) for one in changes]
    may_open = Role.AUDITOR in actor.profile.roles
    entries = audit.load_entries(work.session, loads) if may_open else {}
    return [SetInHistory(one, entries.get((one.version, one.since))) for one in changes]


@router.get("/schemes")
def show_marking_schemes(gate: TheGate, _: SignedInActor) -> SchemesShown:
    """Show the marking schemes and the table of equivalence in force."""
    return labels.show_schemes(gate.keeper.current.schemes)


@router.get("/{policy_id}")
def show_one_policy(
    work: Working, gate: TheGate, _: SignedInActor, policy_id: str
) -> PolicyView | FormerPolicy:
    """Show a policy, or what it said when it was last in force."""
    policies = gate.keeper.current
    if policy_id in policies.policies:
        return show_policy(work.session, policies, policy_id)
    return show_former(work.session, policy_id)
