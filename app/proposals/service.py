"""What is done with a proposal: made, confirmed by a second person, declined or taken back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.access import Actor, Gate
from app.core.ids import ProposalId
from app.core.work import Work
from app.proposals.changes import ProposalKind, ProposedChange

if TYPE_CHECKING:
    from app.impact import Impact


def propose(
    work: Work,
    gate: Gate,
    actor: Actor,
    kind: ProposalKind,
    changes: Sequence[ProposedChange],
    impact: "Impact",
    *,
    why: str = "",
) -> ProposalId:
    """Have changes wait for a second person, and tell whoever may confirm them.

    Raises:
        Forbidden: these changes are not the actor's to propose.
        Conflict: the same waits already.
    """
    raise NotImplementedError


def confirm(
    work: Work, gate: Gate, actor: Actor, proposal_id: ProposalId, *, seen_hash: bytes
) -> None:
    """Let what another person proposed bind, as the second person.

    `seen_hash` is that of the impact that the actor was shown.

    Raises:
        NotFound: there is no such proposal, or none that the actor may know of.
        Forbidden: the actor proposed it, gains by it, or may not confirm it.
        Conflict: it is decided or has lapsed, no longer fits what is kept, or its impact is not
            what the actor was shown.
    """
    raise NotImplementedError


def decline(work: Work, gate: Gate, actor: Actor, proposal_id: ProposalId, reason: str) -> None:
    """Refuse what another person proposed, with a reason.

    Raises:
        NotFound: there is no such proposal, or none that the actor may know of.
        Forbidden: the actor proposed it, or may not decide on it.
        Conflict: it is decided already, or has lapsed.
    """
    raise NotImplementedError


def take_back(work: Work, gate: Gate, actor: Actor, proposal_id: ProposalId) -> None:
    """Take back what one proposed oneself.

    Raises:
        NotFound: there is no such proposal of the actor's.
        Conflict: it is decided already, or has lapsed.
    """
    raise NotImplementedError


def confirmed(session: Session, kind: str, key: str) -> bool:
    """Tell whether a second person confirmed a change of this kind and key."""
    raise NotImplementedError
