"""The kinds of notice, and the words for each; whoever tells something new adds a line here.

A sentence names nothing that is marked: `{...}` are facts that `tell` was given in `said`, and the
title stands beside the sentence only for who may read it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from app.core.zones import spell_day, spell_moment


class Channel(StrEnum):
    """How far a kind of notice goes to a person; mail stands in the portal too."""

    OFF = "off"
    PORTAL = "portal"
    MAIL = "mail"


class Kind(StrEnum):
    """What a person is told of."""

    SUBMISSION_WAITS = "submission-waits"
    CONSENT_ASKED = "consent-asked"
    CONSENT_ANSWERED = "consent-answered"
    SUBMISSION_RETURNED = "submission-returned"
    SUBMISSION_REFUSED = "submission-refused"
    SUBMISSION_RELEASED = "submission-released"
    FOLLOWED_RELEASED = "followed-released"
    WITHDRAWN = "withdrawn"
    RECALL_TASK = "recall-task"
    RECALL_ANSWERED = "recall-answered"
    MENTIONED = "mentioned"
    CONVERSATION = "conversation"
    REQUEST_WAITS = "request-waits"
    REQUEST_ANSWERED = "request-answered"
    REQUEST_OVERDUE = "request-overdue"
    REQUEST_MATCHED = "request-matched"
    GRANT_ENDS = "grant-ends"
    DATE_NEAR = "date-near"
    DELEGATED = "delegated"
    DELEGATION_ENDED = "delegation-ended"
    ACCESS_REVIEW = "access-review"
    ACCESS_LAPSES = "access-lapses"
    DRAFTS_INHERITED = "drafts-inherited"
    CHANGE_WAITS = "change-waits"
    CHANGE_DECIDED = "change-decided"


class Words(NamedTuple):
    """The sentence of a notice, what its kind is called in settings, how far it goes unasked."""

    sentence: str
    name: str
    channel: Channel


_MAIL, _PORTAL = Channel.MAIL, Channel.PORTAL

WORDS: Final[Mapping[Kind, Words]] = {
    Kind.SUBMISSION_WAITS: Words(
        "A submission waits for your decision.", "Submissions that wait for your decision", _MAIL
    ),
    Kind.CONSENT_ASKED: Words(
        "A release waits for your organisation’s consent.",
        "Releases that wait for your organisation’s consent",
        _MAIL,
    ),
    Kind.CONSENT_ANSWERED: Words(
        "An originator has answered whether a release may go ahead.",
        "Answers of originators",
        _MAIL,
    ),
    Kind.SUBMISSION_RETURNED: Words(
        "A submission of yours was returned to you.", "Your submissions: returned", _MAIL
    ),
    Kind.SUBMISSION_REFUSED: Words(
        "A submission of yours was refused.", "Your submissions: refused", _MAIL
    ),
    Kind.SUBMISSION_RELEASED: Words(
        "A submission of yours was released.", "Your submissions: released", _PORTAL
    ),
    Kind.FOLLOWED_RELEASED: Words(
        "Something that you follow was released.", "Releases that you follow", _MAIL
    ),
    Kind.WITHDRAWN: Words("A record was withdrawn.", "Withdrawals", _MAIL),
    Kind.RECALL_TASK: Words(
        "A recall asks you to confirm that you deleted what you took.",
        "Recalls that wait for your answer",
        _MAIL,
    ),
    Kind.RECALL_ANSWERED: Words("Somebody has answered a recall.", "Answers to recalls", _PORTAL),
    Kind.MENTIONED: Words(
        "You were mentioned in a conversation.", "Conversations: where you are mentioned", _MAIL
    ),
    Kind.CONVERSATION: Words(
        "There is something new in a conversation of yours.", "Conversations: what is new", _PORTAL
    ),
    Kind.REQUEST_WAITS: Words(
        "A request waits for your answer.", "Requests that wait for your answer", _MAIL
    ),
    Kind.REQUEST_ANSWERED: Words(
        "A request of yours was answered.", "Your requests: answers", _MAIL
    ),
    Kind.REQUEST_OVERDUE: Words(
        "A request stands unanswered past its due date.",
        "Requests that stand unanswered past their due date",
        _MAIL,
    ),
    Kind.REQUEST_MATCHED: Words(
        "Somebody seeks something that this record of yours may answer.",
        "What is sought that a record of yours may answer",
        _MAIL,
    ),
    Kind.GRANT_ENDS: Words(
        "An access that was granted to you ends on {day}.", "Access of yours that ends", _MAIL
    ),
    Kind.DATE_NEAR: Words("{what} on {day}.", "Dates that come near", _PORTAL),
    Kind.DELEGATED: Words("Decisions were delegated to you.", "Delegation", _MAIL),
    Kind.DELEGATION_ENDED: Words(
        "You no longer decide in somebody’s place.", "Delegations that are ended early", _MAIL
    ),
    Kind.ACCESS_REVIEW: Words(
        "A review of access waits for you, until {day}.", "Reviews of access", _MAIL
    ),
    Kind.ACCESS_LAPSES: Words(
        "Your access ends on {day} if nobody in your organisation confirms it.",
        "The end of your access",
        _MAIL,
    ),
    Kind.DRAFTS_INHERITED: Words(
        "Somebody has left, and their drafts are yours to see to.", "Drafts of who left", _MAIL
    ),
    Kind.CHANGE_WAITS: Words(
        "A change of access waits for you as the second person, until {day}.",
        "Changes of access that wait for a second person",
        _MAIL,
    ),
    Kind.CHANGE_DECIDED: Words(
        "A change of access that you proposed was {answer}.",
        "Changes of access that you proposed: answers",
        _MAIL,
    ),
}


# These lead to the reader's own affair, such as their request: that stands whether or not they see
# the record that it is about. The others are about the record itself, and gone with it.
OWN_AFFAIRS: Final = frozenset(
    {
        Kind.WITHDRAWN,
        Kind.RECALL_TASK,
        Kind.RECALL_ANSWERED,
        Kind.REQUEST_WAITS,
        Kind.REQUEST_ANSWERED,
        Kind.REQUEST_OVERDUE,
        Kind.GRANT_ENDS,
        Kind.DATE_NEAR,
        Kind.DELEGATED,
        Kind.DELEGATION_ENDED,
        Kind.ACCESS_REVIEW,
        Kind.ACCESS_LAPSES,
        Kind.DRAFTS_INHERITED,
        Kind.CHANGE_WAITS,
        Kind.CHANGE_DECIDED,
    }
)


# These ask their reader to do something; once that is done, by whomever, they are no news.
WAITING: Final = frozenset(
    {
        Kind.SUBMISSION_WAITS,
        Kind.CONSENT_ASKED,
        Kind.RECALL_TASK,
        Kind.REQUEST_WAITS,
        Kind.REQUEST_OVERDUE,
        Kind.REQUEST_MATCHED,
        Kind.DATE_NEAR,
        Kind.ACCESS_REVIEW,
        Kind.ACCESS_LAPSES,
        Kind.CHANGE_WAITS,
    }
)


class _Left(dict[str, str]):
    """What was said; what was not leaves its place empty."""

    def __missing__(self, key: str) -> str:
        return "…"


def sentence(kind: Kind, said: Mapping[str, str], party: str = "") -> str:
    """Say what happened, in one sentence without anything that is marked.

    Days and moments, said as ISO 8601 has them, are spelled in the clock of the reader's party.
    """
    spelled = {name: _spelled(text, party) for name, text in said.items()}
    return WORDS[kind].sentence.format_map(_Left(spelled))


def _spelled(text: str, party: str) -> str:
    try:
        if len(text) == len("2026-03-31"):
            return spell_day(date.fromisoformat(text))
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if at.tzinfo is None else spell_moment(at, party)
