"""Release: the procedure that leads from a draft to a release, and to a withdrawal.

A submission freezes a version; a second person sees exactly who will be able to read it, approves
it with a signature, returns or refuses it; another originator's information waits for that
originator's consent. The state of a version belongs to `records`, whose verbs are called here with
the gate's permits.
"""

from app.release.audience import exact_audience_of_grant
from app.release.bulk import release_batch, submit_batch
from app.release.commands import Approval, Assent, Reason, Remark
from app.release.deciding import approve, consent, refuse, return_to_draft
from app.release.decisions import verify_decision
from app.release.desk import batches, desk, waiting_count
from app.release.errors import (
    AwaitsConsent,
    BeingInspected,
    BrokenSignature,
    ChangedMeanwhile,
    OwnWork,
)
from app.release.review import history, preview, review, sealed_reports
from app.release.submission import submit
from app.release.views import (
    AudiencePreview,
    BatchLine,
    BatchReport,
    DecisionView,
    Desk,
    DeskLine,
    NotDone,
    OrganisationReaders,
    OwnLine,
    PartReaders,
    Reader,
    ReviewView,
    StepView,
    ViewedAs,
)
from app.release.viewing import view_as
from app.release.withdrawal import withdraw

__all__ = [
    "Approval",
    "Assent",
    "AudiencePreview",
    "AwaitsConsent",
    "BatchLine",
    "BatchReport",
    "BeingInspected",
    "BrokenSignature",
    "ChangedMeanwhile",
    "DecisionView",
    "Desk",
    "DeskLine",
    "NotDone",
    "OrganisationReaders",
    "OwnLine",
    "OwnWork",
    "PartReaders",
    "Reader",
    "Reason",
    "Remark",
    "ReviewView",
    "StepView",
    "ViewedAs",
    "approve",
    "batches",
    "consent",
    "desk",
    "exact_audience_of_grant",
    "history",
    "preview",
    "refuse",
    "release_batch",
    "return_to_draft",
    "review",
    "sealed_reports",
    "submit",
    "submit_batch",
    "verify_decision",
    "view_as",
    "waiting_count",
    "withdraw",
]
