"""A deputy is told that decisions are theirs for a while, and when that is ended early."""

from uuid import UUID

from app import notices, parties
from app.access import Actor, Gate
from app.core.ids import PersonId
from app.core.work import Work
from app.notices import Kind
from app.parties import DelegationView, NameDeputy

PATH = "/desk/away"


def name_deputy(work: Work, gate: Gate, actor: Actor, command: NameDeputy) -> DelegationView:
    """Have somebody decide in the actor's place for a while, and tell them.

    Raises:
        Forbidden, Invalid: as `parties.name_deputy`.
    """
    made = parties.name_deputy(work, gate, actor, command)
    _tell(work, Kind.DELEGATED, made.deputy_id, made.id)
    return made


def revoke_deputy(work: Work, gate: Gate, actor: Actor, delegation_id: UUID) -> None:
    """End at once what the actor handed over, and tell who stood in.

    Raises:
        NotFound, Conflict: as `parties.revoke_deputy`.
    """
    deputy = parties.revoke_deputy(work, gate, actor, delegation_id)
    _tell(work, Kind.DELEGATION_ENDED, deputy, delegation_id)


def _tell(work: Work, kind: Kind, deputy: PersonId, delegation_id: UUID) -> None:
    notices.tell(work, kind, [deputy], path=PATH, key=f"{kind}:{delegation_id}")
