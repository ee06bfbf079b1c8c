"""The entries of the log in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from app.audit import EntryView
from app.identity import Asking
from app.web.presenting import moment

EVENT_WORDS: Final = {
    "access-review.reported": "Read what reviews of access covered",
    "access-review.shown": "Opened a review of access",
    "access.ended": "Ended an access before its time",
    "access.explained": "Asked why somebody could read a record, or not",
    "access.granted": "Granted access to a record",
    "agree-destruction.refused": "Was refused to agree that keys be destroyed",
    "agreement.concluded": "Concluded an agreement",
    "agreements.listed": "Opened the agreements of their party",
    "alert.acknowledged": "Acknowledged an alert",
    "alert.raised": "Raised an alert",
    "alert.refused": "Was refused an alert",
    "alerts.listed": "Opened the alerts",
    "answer-request.refused": "Was refused to answer a request",
    "api-client.created": "Made an API client",
    "api-client.revoked": "Revoked an API client",
    "attachment.abandoned": "Gave up the upload of an attachment",
    "ask-destruction.refused": "Was refused to ask that keys be destroyed",
    "attachment.added": "Added an attachment",
    "attachment.begun": "Began to upload an attachment",
    "attachment.cleaned-chosen": "Chose that the cleaned copy of an attachment leaves",
    "attachment.continued": "Went on uploading an attachment",
    "attachment.checked": "Opened an attachment to see that it is as it was sealed",
    "attachment.damaged": "Was not given an attachment, whose stored copy is damaged",
    "attachment.downloaded": "Downloaded an attachment",
    "attachment.not-marked": "Was not given a marked copy, which could not be made",
    "attachment.not-shown": "Was not shown a page of an attachment, which could not be drawn",
    "attachment.page-viewed": "Looked at a page of an attachment",
    "attachment.pages-counted": "Asked how many pages an attachment has",
    "attachment.inspected": "Inspected an attachment",
    "attachment.original-chosen": "Chose that the original of an attachment leaves",
    "attachment.relabelled": "Changed the marking of an attachment",
    "attachment.removed": "Removed an attachment",
    "attachment.rewrapped": "Wrapped the key of an attachment anew",
    "audience.previewed": "Looked at who would be able to read",
    "batch.imported": "Imported a batch",
    "batch.listed": "Listed a batch",
    "calendar.shown": "Opened their calendar",
    "change-agreement.refused": "Was refused to change an agreement",
    "change-group.refused": "Was refused to change a group",
    "change.confirmed": "Confirmed a change, as the second person",
    "change.declined": "Declined a proposed change",
    "change.proposed": "Proposed a change to a second person",
    "change.taken-back": "Took back a change that they had proposed",
    "confirm-change.refused": "Was refused to decide on a proposed change",
    "conversation.answered": "Answered a request for information",
    "conversation.begun": "Began a conversation",
    "conversation.continued": "Said something in a conversation",
    "conversation.message-withdrawn": "Withdrew what they had said",
    "conversation.prepared": "Prepared to begin a conversation",
    "conversation.read": "Read a conversation",
    "conversation.reopened": "Opened a conversation again",
    "conversation.resolved": "Resolved a conversation",
    "conversations.listed": "Listed their conversations",
    "decisions.read": "Read the decisions on a record",
    "deputy.named": "Named a deputy",
    "deputy.revoked": "Ended a deputy’s authority",
    "desk.listed": "Opened the release desk",
    "draft.amended": "Changed a draft",
    "draft.discarded": "Discarded a draft",
    "draft.read": "Opened a draft",
    "draft.refused": "Was refused to draft",
    "draft.relabelled": "Changed a draft and its markings or audience",
    "drafts.listed": "Listed the drafts",
    "feed.issued": "Got the address of their feed of notices",
    "feed.read": "Read titles in their feed of notices",
    "feed.revoked": "Ended their feed of notices",
    "findings.overridden": "Went on in spite of what was found in the attachments",
    "grant.refused": "Was refused to grant access",
    "grants.listed": "Looked at who was granted access",
    "group.formed": "Formed a group",
    "groups.listed": "Opened the groups",
    "impact.shown": "Looked at what a change would do",
    "inspection.asked": "Asked for an attachment to be inspected again",
    "inspection.begun": "Began to inspect an attachment",
    "inspection.failed": "Could not inspect an attachment",
    "inspection.read": "Read what was found in an attachment",
    "issue-terms.refused": "Was refused to issue terms of use",
    "key.destroyed": "Destroyed a key, and what it protected",
    "key.destruction-agreed": "Agreed that keys be destroyed",
    "key.destruction-asked": "Asked that keys be destroyed",
    "key.destruction-withdrawn": "Withdrew a request to destroy keys",
    "key.rotated": "Rotated an organisation's key",
    "leaving.shown": "Opened the receipt of an end of access",
    "listing.made": "Listed a record, to be asked for",
    "listing.removed": "Took a record off the list",
    "listings.listed": "Looked at what can be asked for",
    "log.archived": "Moved an ended log to an archive",
    "log.begun": "Began a log",
    "log.entries-read": "Fetched entries of the log, to verify it",
    "log.exported": "Exported the log",
    "log.key-added": "Added a key that signs the log",
    "log.key-retired": "Retired a key that signed the log",
    "log.push-begun": "Began to push the log to another system",
    "log.reviewed": "Looked into the log",
    "log.rolled-back": "Found the database put back to an earlier state",
    "log.witness-refused": "Was refused a co-signature by a witness",
    "match.found": "Found a record that may answer what is sought",
    "match.passed": "Left unanswered what is sought",
    "notices.listed": "Opened their notices",
    "notices.mailed": "Was sent titles in a mail of notices",
    "organisation.admitted": "Admitted an organisation",
    "organisation.shown": "Opened the page of an organisation",
    "party.added": "Added a party",
    "password.changed": "Changed their password",
    "password.chosen": "Chose a new password",
    "password.given": "Gave somebody a new password",
    "password.refused": "Gave a wrong password",
    "password.set": "Set a password",
    "person.admitted": "Admitted a person",
    "person.clearance-set": "Set a clearance",
    "person.erased": "Erased who a person was",
    "person.kept": "Kept a person in a review of access",
    "person.lapsed": "Suspended a person whom nobody confirmed",
    "person.left": "Ended all access of a person",
    "person.reach-shown": "Looked at what a person can reach",
    "person.resumed": "Let a person back in",
    "person.roles-assigned": "Assigned roles",
    "person.signed-in": "Signed in",
    "person.signed-out": "Signed out",
    "person.suspended": "Suspended a person",
    "policies.loaded": "Loaded the policies",
    "policies.weighed": "Worked out what other policies would do",
    "proposal.read": "Read a proposed change",
    "proposals.listed": "Opened the proposed changes",
    "propose-policies.refused": "Was refused to propose policies",
    "record.approved": "Approved a record, which needs another approval",
    "recall.confirmed": "Confirmed that they deleted what was called back",
    "recall.declined": "Said why they did not delete what was called back",
    "recall.exported": "Took the evidence of a recall",
    "recall.read": "Opened a recall",
    "recall.reminded": "Reminded of a recall",
    "recall.task-read": "Read what a recall asks them",
    "recalls.listed": "Listed the recalls",
    "record.compared": "Compared two versions of a record",
    "record.consented": "Consented to a release",
    "record.declined": "Declined that information of their organisation be released",
    "record.drafted": "Began a draft",
    "record.explained": "Asked why they can read a record",
    "record.read": "Read a record",
    "record.refused": "Refused a release",
    "record.released": "Released a record",
    "record.returned": "Returned a record to its writers",
    "record.reviewed": "Looked at a record to decide on it",
    "record.revised": "Began a new version",
    "record.submitted": "Submitted a record",
    "portion.quoted": "Quoted a part of a record in a draft",
    "origins.read": "Looked at where a record comes from and where it went",
    "record.viewed-as": "Looked at a record as somebody else would see it",
    "record.withdrawn": "Withdrew a record",
    "records.listed": "Listed records",
    "records.searched": "Searched the records",
    "review-access.refused": "Was refused to review access",
    "request-access.refused": "Was refused to ask for access",
    "request.answered": "Answered a question about a request",
    "request.declined": "Refused a request for access",
    "request.escalated": "Told of a request that stands unanswered",
    "request.granted": "Granted a request for access",
    "request.made": "Asked for access",
    "request.read": "Read a request for access",
    "request.returned": "Returned a request with a question",
    "request.withdrawn": "Withdrew a request for access",
    "requests.listed": "Opened the requests",
    "review.begun": "Began a review of the log and drew a sample",
    "review.exception-noted": "Noted an exception in a review",
    "review.item-checked": "Checked an entry in a review",
    "review.read": "Opened a review of the log",
    "review.refused": "Was refused a review of the log",
    "review.signed-off": "Signed off a review of the log",
    "reviews.listed": "Listed the reviews of the log",
    "second-factor.confirmed": "Set up a second factor",
    "second-factor.refused": "Gave a wrong code",
    "second-factor.reset": "Reset a second factor",
    "session.ended": "Ended a session",
    "sessions.ended": "Ended all sessions of a person",
    "sign-in.continued": "Gave their password",
    "sign-in.refused": "Tried to sign in and was refused",
    "statement.made": "Made a monthly statement of access",
    "statement.read": "Opened a statement of access",
    "statement.refused": "Was refused a statement of access",
    "statements.listed": "Listed the statements of access",
    "submissions.listed": "Listed their submissions",
    "terms.accepted": "Accepted terms of use",
    "terms.issued": "Issued terms of use",
    "token.issued": "Got an access token",
    "token.refused": "Asked for an access token and was refused",
    "token.revoked": "Revoked an access token",
    "tombstone.read": "Read what remains of a withdrawn record",
}
SUBJECT_WORDS: Final = {
    "agreement": "Agreement",
    "alert": "Alert",
    "attachment": "File",
    "batch": "Batch",
    "group": "Group",
    "organisation": "Organisation",
    "party": "Party",
    "person": "Person",
    "policy-set": "Policies",
    "proposal": "Proposed change",
    "record": "Record",
    "request": "Request",
    "review": "Review",
    "statement": "Statement",
    "version": "Version",
}
# What the log can be asked about: the field of its filter, by the kind of subject.
FILTERS: Final = {
    "attachment": "record",
    "organisation": "organisation",
    "person": "person",
    "record": "record",
    "version": "record",
}
NOBODY: Final = "Nobody signed in"
OPERATOR: Final = "The operator"
LONGEST_ID: Final = 20
REFUSED: Final = ".refused"
DECISIONS: Final = {"allow": True, "deny": False}


@dataclass(frozen=True)
class LogItem:
    """An entry as `components/log.html` draws it."""

    time: str
    time_iso: str
    event: str
    event_text: str
    actor: str
    actor_href: str
    organisation: str
    subject: str
    subject_href: str
    allowed: bool | None
    detail: str
    href: str
    alike: tuple["LogItem", ...] = ()


def event_words(event: str) -> str:
    """Say what an event is; empty when there are no words for it."""
    if event in EVENT_WORDS or not event.endswith(REFUSED):
        return EVENT_WORDS.get(event, "")
    return f"Was refused to {event.removesuffix(REFUSED).replace('-', ' ')}"


def actor_words(entry: EntryView) -> str:
    """Say who acted; what nobody was asked about was done beside the portal, by its operator."""
    return entry.actor_name or entry.actor or (NOBODY if entry.decision else OPERATOR)


def subject_words(subject: str, named: Mapping[str, str]) -> str:
    """Say what an entry is about: by its name, where `named` has one, or by the end of its id."""
    kind, _, what = subject.partition(":")
    if subject in named or not what:
        return named.get(subject, subject)
    short = f"…{what[-12:]}" if len(what) > LONGEST_ID else what
    return f"{SUBJECT_WORDS.get(kind, kind.capitalize())} {short}"


def asked_href(subject: str) -> str:
    """Give the address of the log of a subject; empty when it cannot be asked for."""
    kind, _, what = subject.partition(":")
    return f"/audit/log?{urlencode({FILTERS[kind]: what})}" if kind in FILTERS else ""


def folded(items: Iterable[LogItem]) -> list[LogItem]:
    """Put entries that follow each other and differ only in time into the newest of them."""
    rows: list[LogItem] = []
    for item in items:
        if rows and _timeless(rows[-1]) == _timeless(item):
            rows[-1] = replace(rows[-1], alike=(*rows[-1].alike, item))
        else:
            rows.append(item)
    return rows


def _timeless(item: LogItem) -> LogItem:
    return replace(item, time="", time_iso="", href="", alike=())


def own_item(entry: EntryView, asking: Asking) -> LogItem:
    """Give an entry about an act of whoever asks, with a way to the record that it was about."""
    kind, _, what = entry.subject.partition(":")
    href = f"/records/{what}" if kind == "record" else ""
    item = log_item(entry, asking.actor.profile.party, {f"person:{asking.person}": "Yourself"})
    return replace(item, subject_href=href, actor_href="", href="")


def log_item(entry: EntryView, party: str, named: Mapping[str, str]) -> LogItem:
    """Give an entry in words, with times in the zone of a party, for whoever may ask for others."""
    at = moment(entry.at, party, seconds=True)
    return LogItem(
        time=at.text,
        time_iso=at.iso,
        event=entry.type,
        event_text=event_words(entry.type),
        actor=actor_words(entry),
        actor_href=asked_href(f"person:{entry.actor}") if entry.actor else "",
        organisation=entry.organisation_name or entry.organisation,
        subject=subject_words(entry.subject, named),
        subject_href=asked_href(entry.subject),
        allowed=DECISIONS.get(entry.decision),
        detail=" // ".join(entry.markings),
        href=f"/audit/entries/{entry.id}",
    )
