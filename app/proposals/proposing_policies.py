"""Other policies, proposed by somebody who may, for a second person to confirm."""

from app.access import Actor, Gate, PolicySet, keep_policies
from app.core.ids import ProposalId
from app.core.work import Work
from app.impact import Impact
from app.proposals.changes import ProposedChange
from app.proposals.service import propose


def propose_policies(
    work: Work, gate: Gate, actor: Actor, found: PolicySet, gained: Impact, *, why: str = ""
) -> ProposalId:
    """Have a set of policies wait for a second person, and keep it whole until then.

    Raises:
        Forbidden: policies are not the actor's to propose.
        Conflict: the same waits already.
    """
    change = _change(gate.keeper.current, found)
    made = propose(work, gate, actor, "policies", [change], gained, why=why)
    keep_policies(work.session, found, work.now)
    return made


def _change(current: PolicySet, found: PolicySet) -> ProposedChange:
    """Tell which policies are others, by their ids; the sets themselves go by their versions."""
    old = {id_: policy.text for id_, policy in current.policies.items()}
    new = {id_: policy.text for id_, policy in found.policies.items()}
    both = sorted(old.keys() & new.keys())
    return ProposedChange(
        kind="policies",
        key=found.version,
        before={"version": current.version},
        after={
            "added": sorted(new.keys() - old.keys()),
            "removed": sorted(old.keys() - new.keys()),
            "changed": [id_ for id_ in both if old[id_] != new[id_]],
        },
    )
