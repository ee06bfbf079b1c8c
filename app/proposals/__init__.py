"""Proposals: changes of who may read what, which a second person confirms before they bind."""

from app.proposals.binding import policies_confirmed, weigh_policies
from app.proposals.changes import ProposalKind, ProposedChange
from app.proposals.proposing_policies import propose_policies
from app.proposals.service import confirm, confirmed, decline, propose, take_back

__all__ = [
    "ProposalKind",
    "ProposedChange",
    "confirm",
    "confirmed",
    "decline",
    "policies_confirmed",
    "propose",
    "propose_policies",
    "take_back",
    "weigh_policies",
]
