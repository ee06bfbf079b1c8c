"""Proposals: changes of who may read what, which a second person confirms before they bind.

A change is worked out before it is saved. Whatever nobody gains by is saved at once; whatever
somebody gains by waits until somebody else, who gains nothing by it, has confirmed it.
"""

from app.proposals.asking import (
    admit,
    assign_roles,
    change_agreement,
    change_group,
    resume,
    set_clearance,
)
from app.proposals.binding import policies_confirmed, weigh_policies
from app.proposals.changes import ProposalKind, ProposedChange
from app.proposals.commands import Confirm, Decline, Going, Step
from app.proposals.proposing_policies import propose_policies
from app.proposals.reading import proposals_page, show, waiting_count
from app.proposals.service import confirm, confirmed, decline, propose, take_back
from app.proposals.views import (
    ChangeView,
    FieldChange,
    Outcome,
    ProposalSummary,
    ProposalsView,
    ProposalView,
    WorkedOut,
)

__all__ = [
    "ChangeView",
    "Confirm",
    "Decline",
    "FieldChange",
    "Going",
    "Outcome",
    "ProposalKind",
    "ProposalSummary",
    "ProposalView",
    "ProposalsView",
    "ProposedChange",
    "Step",
    "WorkedOut",
    "admit",
    "assign_roles",
    "change_agreement",
    "change_group",
    "confirm",
    "confirmed",
    "decline",
    "policies_confirmed",
    "proposals_page",
    "propose",
    "propose_policies",
    "resume",
    "set_clearance",
    "show",
    "take_back",
    "waiting_count",
    "weigh_policies",
]
