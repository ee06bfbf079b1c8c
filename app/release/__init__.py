"""Release: the procedure that leads from a draft to a release, and to a withdrawal.

A submission freezes a version; a second person sees exactly who will be able to read it, approves
it with a signature, returns or refuses it; another originator's information waits for that
originator's consent. The state of a version belongs to `records`, whose verbs are called here with
the gate's permits.
"""

from app.release import recalls
from app.release.audience import exact_audience_of_grant
from app.release.bulk import look_together, release_batch, release_chosen, submit_batch
from app.release.commands import (
    Approval,
    ApproveSeen,
    Assent,
    Reason,
    Remark,
    Returning,
    Withdrawal,
)
from app.release.consents import consent, consent_view, decline
from app.release.deciding import approve, refuse, return_to_draft
from app.release.decisions import verify_decision
from app.release.delegating import name_deputy, revoke_deputy
from app.release.desk import batches, desk, waiting_count
from app.release.errors import (
    ApprovedAlready,
    AwaitsConsent,
    BeingInspected,
    BrokenSignature,
    ChangedMeanwhile,
    OwnWork,
)
from app.release.recalls import (
    AnswerRecall,
    EvidencePack,
    RecallPage,
    RecallsView,
    RecallTaskView,
)
from app.release.review import decision, history, preview, review, sealed_reports
from app.release.submission import submit
from app.release.view_typed import view_typed
from app.release.viewing import view_as, who_loses
from app.release.views import (
    AudiencePreview,
    BatchLine,
    BatchReport,
    ConsentLine,
    ConsentView,
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
    TogetherLine,
    ViewedAs,
)
from app.release.withdrawal import withdraw

__all__ = [
    "AnswerRecall",
    "Approval",
    "ApproveSeen",
    "ApprovedAlready",
    "Assent",
    "AudiencePreview",
    "AwaitsConsent",
    "BatchLine",
    "BatchReport",
    "BeingInspected",
    "BrokenSignature",
    "ChangedMeanwhile",
    "ConsentLine",
    "ConsentView",
    "DecisionView",
    "Desk",
    "DeskLine",
    "EvidencePack",
    "NotDone",
    "OrganisationReaders",
    "OwnLine",
    "OwnWork",
    "PartReaders",
    "Reader",
    "Reason",
    "RecallPage",
    "RecallTaskView",
    "RecallsView",
    "Remark",
    "Returning",
    "ReviewView",
    "StepView",
    "TogetherLine",
    "ViewedAs",
    "Withdrawal",
    "approve",
    "batches",
    "consent",
    "consent_view",
    "decision",
    "decline",
    "desk",
    "exact_audience_of_grant",
    "history",
    "look_together",
    "name_deputy",
    "preview",
    "recalls",
    "refuse",
    "release_batch",
    "release_chosen",
    "return_to_draft",
    "review",
    "revoke_deputy",
    "sealed_reports",
    "submit",
    "submit_batch",
    "verify_decision",
    "view_as",
    "view_typed",
    "waiting_count",
    "who_loses",
    "withdraw",
]
