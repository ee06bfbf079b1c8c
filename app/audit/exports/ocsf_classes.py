"""Which class and activity of OCSF 1.8.0 says what an event of the log says.

A type that is not named here is placed by its last word, and is otherwise API Activity: a new
event is always exported.
Source: OCSF 1.8.0, classes 3001 to 3005, 6002, 6003 and 6006.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

OTHER: Final = 99


class OcsfClass(IntEnum):
    """The classes that we speak; the value is the class's number."""

    ACCOUNT_CHANGE = 3001
    AUTHENTICATION = 3002
    ENTITY_MANAGEMENT = 3004
    USER_ACCESS = 3005
    APPLICATION_LIFECYCLE = 6002
    API_ACTIVITY = 6003
    FILE_HOSTING = 6006

    @property
    def caption(self) -> str:
        """The name of the class."""
        return _CAPTIONS[self]

    @property
    def category(self) -> int:
        """The number of the class's category."""
        return self // 1000


_CAPTIONS: Final = {
    OcsfClass.ACCOUNT_CHANGE: "Account Change",
    OcsfClass.AUTHENTICATION: "Authentication",
    OcsfClass.ENTITY_MANAGEMENT: "Entity Management",
    OcsfClass.USER_ACCESS: "User Access Management",
    OcsfClass.APPLICATION_LIFECYCLE: "Application Lifecycle",
    OcsfClass.API_ACTIVITY: "API Activity",
    OcsfClass.FILE_HOSTING: "File Hosting Activity",
}
CATEGORIES: Final = {3: "Identity & Access Management", 6: "Application Activity"}
ACTIVITIES: Final = {
    OcsfClass.ACCOUNT_CHANGE: {
        1: "Create",
        2: "Enable",
        3: "Password Change",
        4: "Password Reset",
        5: "Disable",
        6: "Delete",
        10: "MFA Factor Enable",
        11: "MFA Factor Disable",
    },
    OcsfClass.AUTHENTICATION: {1: "Logon", 2: "Logoff", 3: "Authentication Ticket", 6: "Preauth"},
    OcsfClass.ENTITY_MANAGEMENT: {
        1: "Create",
        2: "Read",
        3: "Update",
        4: "Delete",
        9: "Disable",
        12: "Suspend",
        13: "Resume",
    },
    OcsfClass.USER_ACCESS: {1: "Assign Privileges", 2: "Revoke Privileges"},
    OcsfClass.APPLICATION_LIFECYCLE: {8: "Update"},
    OcsfClass.API_ACTIVITY: {1: "Create", 2: "Read", 3: "Update", 4: "Delete"},
    OcsfClass.FILE_HOSTING: {
        1: "Upload",
        2: "Download",
        3: "Update",
        4: "Delete",
        9: "Preview",
        12: "Share",
        13: "Unshare",
        17: "Access Check",
    },
}


@dataclass(frozen=True)
class Activity:
    """A class and one of its activities; `OTHER` is named after the event."""

    ocsf: OcsfClass
    id: int

    @property
    def type_uid(self) -> int:
        """The number of the pair."""
        return self.ocsf * 100 + self.id

    def caption(self, event: str) -> str:
        """Name the activity; one that OCSF has no word for is named as the log names it."""
        return ACTIVITIES[self.ocsf].get(self.id, event)


ACCESS_CHECK: Final = Activity(OcsfClass.FILE_HOSTING, 17)
ASSIGN: Final = Activity(OcsfClass.USER_ACCESS, 1)
REVOKE: Final = Activity(OcsfClass.USER_ACCESS, 2)
HOSTED: Final = frozenset({"record", "version", "attachment", "request", "recall"})
ENTITIES: Final = {"agreement": OTHER, "group": 3, "organisation": 4, "party": OTHER}

_NAMED: Final[dict[OcsfClass, dict[str, int]]] = {
    OcsfClass.ACCOUNT_CHANGE: {
        "api-client.created": OTHER,
        "api-client.revoked": OTHER,
        "feed.issued": OTHER,
        "feed.revoked": OTHER,
        "password.changed": 3,
        "password.chosen": 3,
        "password.given": 4,
        "password.refused": 3,
        "password.set": 3,
        "person.admitted": 1,
        "person.changed": OTHER,
        "person.erased": 6,
        "person.lapsed": 5,
        "person.left": 5,
        "person.resumed": 2,
        "person.suspended": 5,
        "second-factor.confirmed": 10,
        "second-factor.reset": 11,
    },
    OcsfClass.AUTHENTICATION: {
        "person.signed-in": 1,
        "person.signed-out": 2,
        "second-factor.refused": 1,
        "session.ended": 2,
        "sessions.ended": 2,
        "sign-in.continued": 6,
        "sign-in.refused": 1,
        "token.issued": 3,
        "token.refused": 3,
        "token.revoked": OTHER,
    },
    OcsfClass.USER_ACCESS: {
        "deputy.named": 1,
        "deputy.revoked": 2,
        "person.clearance-set": 1,
        "person.kept": OTHER,
        "person.roles-assigned": 1,
    },
    OcsfClass.APPLICATION_LIFECYCLE: {
        "policies.loaded": 8,
        "policies.refused": 8,
        "policies.weighed": OTHER,
    },
    OcsfClass.FILE_HOSTING: {
        "attachment.abandoned": 4,
        "attachment.added": 1,
        "attachment.begun": OTHER,
        "attachment.checked": OTHER,
        "attachment.cleaned-chosen": 3,
        "attachment.continued": OTHER,
        "attachment.damaged": 2,
        "attachment.downloaded": 2,
        "attachment.inspected": OTHER,
        "attachment.not-marked": OTHER,
        "attachment.not-shown": OTHER,
        "attachment.original-chosen": 3,
        "attachment.page-viewed": 9,
        "attachment.pages-counted": 9,
        "attachment.relabelled": 3,
        "attachment.removed": 4,
        "attachment.rewrapped": 3,
        "conversation.answered": 3,
        "conversation.begun": 1,
        "conversation.continued": 3,
        "conversation.message-withdrawn": 4,
        "conversation.prepared": 9,
        "conversation.read": 9,
        "conversation.reopened": 3,
        "conversation.resolved": 3,
        "draft.amended": 3,
        "draft.discarded": 4,
        "draft.read": 9,
        "draft.relabelled": 3,
        "findings.overridden": OTHER,
        "inspection.asked": OTHER,
        "inspection.begun": OTHER,
        "inspection.failed": OTHER,
        "inspection.read": 9,
        "origins.read": 9,
        "portion.quoted": 9,
        "recall.confirmed": OTHER,
        "recall.declined": OTHER,
        "recall.exported": 2,
        "recall.read": 9,
        "recall.reminded": OTHER,
        "recall.task-read": 9,
        "record.approved": OTHER,
        "record.compared": 9,
        "record.consented": OTHER,
        "record.declined": OTHER,
        "record.drafted": 1,
        "record.explained": 9,
        "record.read": 9,
        "record.refused": OTHER,
        "record.released": 12,
        "record.returned": OTHER,
        "record.reviewed": 9,
        "record.revised": 3,
        "record.submitted": OTHER,
        "record.viewed-as": 9,
        "record.withdrawn": 13,
        "tombstone.read": 9,
    },
}
NAMED: Final = {
    event: Activity(ocsf, id_) for ocsf, events in _NAMED.items() for event, id_ in events.items()
}
_LAST_WORDS: Final = {
    **dict.fromkeys(("added", "admitted", "concluded", "created", "formed", "imported"), 1),
    **dict.fromkeys(("begun", "key-added", "made", "push-begun", "raised"), 1),
    **dict.fromkeys(("compared", "exported", "listed", "previewed", "read", "reviewed"), 2),
    **dict.fromkeys(("searched", "shown", "entries-read", "answered", "explained"), 2),
    **dict.fromkeys(("acknowledged", "amended", "changed", "marked", "set", "signed-off"), 3),
    **dict.fromkeys(("archived", "destroyed", "discarded", "dissolved", "key-retired"), 4),
    "removed": 4,
}
_OF_ENTITIES: Final = {"suspended": 12, "resumed": 13}


def activity_of(event: str, subject_kind: str, decision: str) -> Activity:
    """Give the class and activity of an event, by its type, its subject's kind and decision."""
    if event in NAMED:
        return NAMED[event]
    if decision == "deny" and subject_kind in HOSTED:
        return ACCESS_CHECK
    noun, _, word = event.rpartition(".")
    if noun in ENTITIES and subject_kind == noun:
        return Activity(
            OcsfClass.ENTITY_MANAGEMENT, _OF_ENTITIES.get(word, _LAST_WORDS.get(word, OTHER))
        )
    return Activity(OcsfClass.API_ACTIVITY, _LAST_WORDS.get(word, OTHER))
