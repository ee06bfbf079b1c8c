"""What makes an entry of the log complete, by its type. The walks hold every entry to it.

A type that stands in no group here fails them, so that a new one must say what it has to tell.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.audit.exports.ocsf import Place, StillKnown, ocsf_event
from tests.ocsf_schema import released

Entry = Mapping[str, Any]

# Content of one record was shown or sent.
CONTENT: Final = {
    "attachment.downloaded",
    "attachment.page-viewed",
    "attachment.pages-counted",
    "audience.previewed",
    "grants.listed",
    "conversation.prepared",
    "conversation.read",
    "decisions.read",
    "draft.read",
    "inspection.read",
    *("recall.exported", "recall.read"),
    "record.compared",
    "record.explained",
    "record.read",
    "record.reviewed",
    *("origins.read", "portion.quoted"),
    "record.viewed-as",
    "tombstone.read",
}
# Content of many records was shown, line by line.
LISTS: Final = {
    "recalls.listed",
    "listings.listed",
    "request.read",
    "requests.listed",
    "conversations.listed",
    "desk.listed",
    "drafts.listed",
    "feed.read",
    "calendar.shown",
    "notices.listed",
    "notices.mailed",
    "records.listed",
    "records.searched",
    "submissions.listed",
}
# A record was changed; whoever did it was shown nothing that they did not send.
CHANGES: Final = {
    "access.ended",
    "access.granted",
    "listing.made",
    "listing.removed",
    "attachment.abandoned",
    "attachment.added",
    "attachment.begun",
    "attachment.cleaned-chosen",
    "attachment.original-chosen",
    "attachment.continued",
    "attachment.relabelled",
    "attachment.removed",
    *("conversation.answered", "conversation.begun", "conversation.continued"),
    *("conversation.message-withdrawn", "conversation.reopened", "conversation.resolved"),
    "draft.amended",
    "draft.discarded",
    "draft.relabelled",
    "findings.overridden",
    "inspection.asked",
    "record.approved",
    "recall.reminded",
    *("record.consented", "record.declined"),
    "record.drafted",
    "record.refused",
    "record.released",
    "record.returned",
    "record.revised",
    "record.submitted",
    "record.withdrawn",
}
# What was read or decided on is a frozen version, or a draft at one moment: its hash says which.
OF_A_VERSION: Final = {
    *("audience.previewed", "draft.read", "record.compared", "record.read", "record.reviewed"),
    "record.viewed-as",
    *("record.approved", "record.consented", "record.refused", "record.released"),
    *("record.returned", "record.declined"),
    *("record.submitted", "record.withdrawn", "findings.overridden"),
}
# The person's own account: what let them is that it is theirs.
OWN: Final = {
    "request.answered",
    "request.withdrawn",
    "terms.accepted",
    "api-client.created",
    "api-client.revoked",
    "feed.issued",
    "feed.revoked",
    "password.changed",
    "password.chosen",
    "person.signed-in",
    "person.signed-out",
    "second-factor.confirmed",
    "session.ended",
    *("recall.confirmed", "recall.declined", "recall.task-read"),
    "sign-in.continued",
    "token.issued",
    "token.revoked",
}
# Identifiers that the asker's organisation chose, and no content.
IDENTIFIERS: Final = {"batch.imported", "batch.listed"}
# Done beside the portal, by its operator or by its workings: nobody was asked.
OPERATOR: Final = {
    "match.found",
    "request.escalated",
    "agreement.changed",
    "alert.raised",
    "agreement.concluded",
    "attachment.checked",
    "attachment.damaged",
    "attachment.not-marked",
    "attachment.not-shown",
    "attachment.inspected",
    "inspection.begun",
    "inspection.failed",
    "group.changed",
    "group.dissolved",
    "group.formed",
    "attachment.rewrapped",
    "key.destroyed",
    "key.rotated",
    "log.archived",
    "log.begun",
    "log.key-added",
    "log.key-retired",
    "log.push-begun",
    "log.rolled-back",
    "log.witness-refused",
    "organisation.admitted",
    "organisation.changed",
    "organisation.resumed",
    "organisation.suspended",
    "party.added",
    "party.changed",
    "password.set",
    "person.changed",
    "person.lapsed",
    "policies.loaded",
    "policies.refused",
    "policies.weighed",
    "statement.made",
}
# An office was entered: the policies of offices decided.
OFFICES: Final = {
    "match.passed",
    "request.declined",
    "request.granted",
    "request.made",
    "request.returned",
    "terms.issued",
    "access.explained",
    "alert.acknowledged",
    "alerts.listed",
    *("agreements.listed", "groups.listed", "proposals.listed", "proposal.read"),
    *("change.confirmed", "change.declined", "change.proposed", "change.taken-back"),
    "impact.shown",
    "deputy.named",
    "deputy.revoked",
    "key.destruction-agreed",
    "key.destruction-asked",
    "key.destruction-withdrawn",
    "log.entries-read",
    "log.exported",
    "log.reviewed",
    "access-review.reported",
    "access-review.shown",
    "leaving.shown",
    "person.kept",
    "person.left",
    "person.reach-shown",
    "organisation.shown",
    "password.given",
    "person.admitted",
    "person.clearance-set",
    "person.erased",
    "person.resumed",
    "person.roles-assigned",
    "person.suspended",
    "review.begun",
    "review.exception-noted",
    "review.item-checked",
    "review.read",
    "review.signed-off",
    "reviews.listed",
    "second-factor.reset",
    "sessions.ended",
    "statement.read",
    "statements.listed",
}
# Refusals of what is not a record's: a wrong password has no policy.
NOT_OF_RECORDS: Final = {"password.refused", "second-factor.refused", "sign-in.refused"}
DENIED: Final = ".refused"
HASH_CHARACTERS: Final = 64


def faults(entry: Entry, *, serves: bool = True) -> list[str]:
    """Name what an entry does not tell; `serves` is false where only a head was asked for."""
    kind = entry["type"]
    wrong = [] if _is_known(kind) else ["its type stands in no group"]
    wrong += _decision(entry)
    if kind in CONTENT | CHANGES:
        wrong += _lacking(entry, "record", "policies", "markings", "audience")
    if kind in CONTENT and serves and not entry["served_bytes"] > 0:
        wrong.append("no bytes")
    if kind in CHANGES and entry["served_bytes"]:
        wrong.append("bytes of a change")
    if kind in LISTS and (entry["details"].get("shown") or entry["details"].get("versions")):
        wrong += _lacking(entry, "policies", "markings", "audience", "served_bytes")
    if kind in OF_A_VERSION and len(entry["details"].get("version_hash", "")) != HASH_CHARACTERS:
        wrong.append("no hash of the version")
    if kind in OFFICES and entry["decision"] == "allow" and not entry["details"].get("own"):
        wrong += _lacking(entry, "policies")
    if entry["actor"] and kind not in OWN:
        wrong += _lacking(entry, "agreement", "organisation")
    return wrong + _ocsf(entry)


def _ocsf(entry: Entry) -> list[str]:
    """Say what is wrong with the OCSF event that tells the same."""
    place = Place("portal.example/log/2026", 0, bytes(32))
    return released().faults(ocsf_event(entry, place, StillKnown()))


def _is_known(kind: str) -> bool:
    groups = (CONTENT, LISTS, CHANGES, OWN, IDENTIFIERS, OPERATOR, OFFICES, NOT_OF_RECORDS)
    return any(kind in group for group in groups) or kind.endswith(DENIED)


def _decision(entry: Entry) -> list[str]:
    kind = entry["type"]
    if kind.endswith(DENIED) and kind not in CHANGES | OPERATOR:
        exists = entry["details"].get("exists", False)
        # Which record a request or a recall is about is not told by its refusal.
        of_record = exists and not entry["subject"].startswith(("request:", "recall:"))
        wrong = [] if bool(entry["record"]) is bool(of_record) else ["its record"]
        wrong += _lacking(entry, "audience", "markings") if exists else []
        return wrong + ([] if entry["decision"] == "deny" else ["not denied"])
    if entry["decision"] == "":
        beside = entry["door"] not in ("web", "api")
        return [] if kind in OPERATOR or (beside and not entry["actor"]) else ["no decision"]
    return [] if entry["decision"] == "allow" else ["not allowed"]


def _lacking(entry: Entry, *names: str) -> list[str]:
    return [f"no {name}" for name in names if entry[name] in ("", None, [], 0)]
