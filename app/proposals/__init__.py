"""Proposals: changes of who may read what, which a second person confirms before they bind."""

from app.proposals.changes import ProposalKind, ProposedChange
from app.proposals.service import confirm, confirmed, decline, propose, take_back

__all__ = [
    "ProposalKind",
    "ProposedChange",
    "confirm",
    "confirmed",
    "decline",
    "propose",
    "take_back",
]
