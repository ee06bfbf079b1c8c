"""The types of entries by what they are: what the questions count, and what a filter names."""

from collections.abc import Mapping
from typing import Final

# Content went out: what was opened. `draft.read` and `record.reviewed` show content too.
OPENED: Final = (
    "attachment.downloaded",
    "attachment.page-viewed",
    "conversation.read",
    "decisions.read",
    "draft.read",
    "inspection.read",
    "record.compared",
    "record.read",
    "record.reviewed",
    "portion.quoted",
    "record.viewed-as",
    "tombstone.read",
)
DOWNLOADED: Final = "attachment.downloaded"
SUBMITTED: Final = "record.submitted"
CONSENTED: Final = "record.consented"
RELEASED: Final = "record.released"
RETURNED: Final = "record.returned"
DECLINED: Final = "record.refused"
ENDINGS: Final = (RELEASED, RETURNED, DECLINED)
ASKED: Final = "request.made"
GRANTED: Final = "request.granted"
NOT_GRANTED: Final = "request.declined"
TAKEN_BACK: Final = "request.withdrawn"
# How a request for access ends; one that is returned with a question goes on.
ANSWERS: Final = (GRANTED, NOT_GRANTED, TAKEN_BACK)
EXPORTED: Final = ("batch.imported", "log.exported")
LABELS_CHANGED: Final = ("attachment.relabelled", "draft.relabelled")
LEFT: Final = ("person.suspended", "organisation.suspended")
CAME_BACK: Final = ("person.resumed", "organisation.resumed")
ADMITTED: Final = ("person.admitted", "organisation.admitted")
AGREED: Final = ("agreement.concluded", "agreement.changed")
ADMINISTRATION: Final = (
    "agreement.changed",
    "agreement.concluded",
    "api-client.created",
    "api-client.revoked",
    "feed.issued",
    "feed.revoked",
    "change.confirmed",
    "change.declined",
    "change.proposed",
    "change.taken-back",
    "deputy.named",
    "deputy.revoked",
    "group.changed",
    "group.dissolved",
    "group.formed",
    "key.destroyed",
    "key.destruction-agreed",
    "key.destruction-asked",
    "key.destruction-withdrawn",
    "key.rotated",
    "log.archived",
    "log.begun",
    "log.key-added",
    "log.key-retired",
    "log.push-begun",
    "log.rolled-back",
    "organisation.admitted",
    "organisation.changed",
    "organisation.resumed",
    "organisation.suspended",
    "party.added",
    "party.changed",
    "password.given",
    "password.set",
    "person.admitted",
    "person.changed",
    "person.clearance-set",
    "person.erased",
    "person.kept",
    "person.lapsed",
    "person.left",
    "person.resumed",
    "person.roles-assigned",
    "person.suspended",
    "policies.loaded",
    "policies.refused",
    "policies.weighed",
    "second-factor.reset",
    "sessions.ended",
)
# What a filter by action means, refusals of it included.
ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "read": (
        *("attachment.page-viewed", "attachment.pages-counted", "attachment.not-shown"),
        *("decisions.read", "draft.read", "record.compared", "record.read", "record.reviewed"),
        *("record.viewed-as", "origins.read", "portion.quoted"),
        *("inspection.read", "tombstone.read", "read.refused", "record.explained"),
    ),
    "download": (
        *(DOWNLOADED, "attachment.not-marked", "download.refused"),
        *("take-original.refused", "take-unmarked.refused"),
    ),
    "search": (
        *("records.listed", "records.searched", "drafts.listed", "desk.listed"),
        *("submissions.listed", "batch.listed"),
        *("notices.listed", "notices.mailed", "feed.read", "calendar.shown"),
    ),
    "write": (
        *("record.drafted", "record.revised", "draft.amended", "draft.relabelled"),
        *("draft.discarded", "attachment.added", "attachment.relabelled", "attachment.removed"),
        *("attachment.abandoned", "amend.refused", "draft.refused"),
        *("attachment.cleaned-chosen", "attachment.original-chosen", "inspection.asked"),
    ),
    "speak": (
        *("conversation.answered", "conversation.begun", "conversation.continued"),
        *("conversation.message-withdrawn", "conversation.prepared", "conversation.read"),
        *("conversation.reopened", "conversation.resolved", "conversations.listed"),
    ),
    "submit": (SUBMITTED, "submit.refused"),
    "decide": (
        *("record.approved", "record.declined"),
        *(CONSENTED, RELEASED, RETURNED, DECLINED, "findings.overridden"),
        *("approve.refused", "consent.refused", "return.refused", "refuse.refused"),
    ),
    "request": (
        *("request.made", "request.answered", "request.withdrawn", "request.returned"),
        *("request.declined", "request.granted", "request.escalated", "request.read"),
        *("requests.listed", "listings.listed", "listing.made", "listing.removed"),
        *("match.found", "match.passed", "access.granted", "access.ended", "grants.listed"),
        *("terms.issued", "terms.accepted", "issue-terms.refused", "request-access.refused"),
        *("answer-request.refused", "grant.refused"),
    ),
    "withdraw": (
        *("record.withdrawn", "withdraw.refused", "recall.confirmed", "recall.declined"),
        *("recall.exported", "recall.read", "recall.reminded", "recall.task-read"),
        "recalls.listed",
    ),
    "administer": (
        *(*ADMINISTRATION, "admit.refused", "assign-roles.refused", "suspend.refused"),
        *("person.reach-shown", "leaving.shown", "access-review.shown", "access-review.reported"),
        "review-access.refused",
        *("agree-destruction.refused", "ask-destruction.refused", "name-deputy.refused"),
        *("agreements.listed", "groups.listed", "proposals.listed", "proposal.read"),
        *("impact.shown", "change-agreement.refused", "change-group.refused"),
        *("confirm-change.refused", "propose-policies.refused"),
    ),
    "sign-in": (
        *("person.signed-in", "person.signed-out", "sign-in.continued", "sign-in.refused"),
        *("password.refused", "second-factor.refused", "token.issued", "token.refused"),
    ),
    "audit": (
        *("log.reviewed", "log.exported", "log.entries-read", "review-log.refused"),
        *("alert.acknowledged", "alerts.listed", "reviews.listed", "review.begun", "review.read"),
        "access.explained",
        *("review.item-checked", "review.exception-noted", "review.signed-off"),
        *("statements.listed", "statement.made", "statement.read", "verify-log.refused"),
    ),
}
