"""What policies may look at: frozen facts of who asks (`Profile`) and of what is asked for.

Other domains make these of their own objects. Nothing here names a record: access to a million
records is decided once for each distinct `Audience` (the design's section 3).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from app.labels import Label, Marking, SchemeId


class Role(StrEnum):
    """What a person may hold; auditor and system administrator exclude the content roles."""

    CONTRIBUTOR = "contributor"
    RELEASE_AUTHORITY = "release_authority"
    READER = "reader"
    AUDITOR = "auditor"
    ORGANISATION_ADMINISTRATOR = "organisation_administrator"
    SYSTEM_ADMINISTRATOR = "system_administrator"


CONTENT_ROLES = frozenset({Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY, Role.READER})
OVERSIGHT_ROLES = frozenset({Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR})


class Assurance(StrEnum):
    """How sure the portal is of who asks, weakest first."""

    PASSWORD = "password"  # noqa: S105
    MULTI_FACTOR = "multi-factor"
    HARDWARE = "hardware"


class State(StrEnum):
    """Where a version stands in its life."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RELEASED = "released"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Area(StrEnum):
    """The six areas of cooperation."""

    INFORMATION_EXCHANGE = "information_exchange"
    JOINT_TESTING = "joint_testing"
    TOOLS_BENCHMARKS = "tools_benchmarks"
    STANDARDISATION = "standardisation"
    RESEARCH = "research"
    TRENDS = "trends"


class Action(StrEnum):
    """What a profile may do with an audience.

    Reading shows the pages of a file too. A download lets it leave in some form; the original bytes
    of a file that could leave marked, and those of one that cannot carry a mark, are two more acts.
    """

    READ = "read"
    DOWNLOAD = "download"
    TAKE_ORIGINAL = "take-original"
    TAKE_UNMARKED = "take-unmarked"
    AMEND = "amend"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    REFUSE = "refuse"
    CONSENT = "consent"
    WITHDRAW = "withdraw"
    GRANT = "grant"


SEEING = frozenset({Action.READ, Action.DOWNLOAD, Action.TAKE_ORIGINAL, Action.TAKE_UNMARKED})
"""The acts that show content and change nothing."""


class PortalAction(StrEnum):
    """What the portal does with a file itself, for nobody: no byte of it leaves the machine."""

    INSPECT = "inspect"


class OfficeAction(StrEnum):
    """What a profile may do in an office: run an organisation, review a party's log."""

    ADMIT = "admit"
    SUSPEND = "suspend"
    ASSIGN_ROLES = "assign-roles"
    CREATE_ORGANISATION = "create-organisation"
    REVIEW_LOG = "review-log"
    READ_STATEMENTS = "read-statements"
    VERIFY_LOG = "verify-log"
    ASK_DESTRUCTION = "ask-destruction"
    AGREE_DESTRUCTION = "agree-destruction"
    REVIEW_ACCESS = "review-access"
    ISSUE_TERMS = "issue-terms"
    REQUEST_ACCESS = "request-access"
    ANSWER_REQUEST = "answer-request"
    NAME_DEPUTY = "name-deputy"
    CHANGE_AGREEMENT = "change-agreement"
    CHANGE_GROUP = "change-group"
    PROPOSE_POLICIES = "propose-policies"
    CONFIRM_CHANGE = "confirm-change"


@dataclass(frozen=True)
class Agreement:
    """Under what an organisation takes part: from inclusive, until exclusive, both UTC."""

    valid_from: datetime
    valid_until: datetime
    ceiling: Marking
    areas: frozenset[Area]


@dataclass(frozen=True, order=True)
class Delegation:
    """Release authority that a person hands a deputy for a time: from inclusive, until exclusive.

    `by` is the id of the person who hands it over; both moments are UTC.
    """

    by: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Profile:
    """The facts about who asks on which access depends.

    `person` is empty for the public. `party` is the organisation's own, for a partner its
    sponsor's. `active` holds when neither the account nor the organisation is suspended.
    `accepted` are the terms of use, by slug, whose version in force the person has accepted.
    """

    person: str
    organisation: str
    organisation_kind: str
    party: str
    roles: frozenset[Role]
    clearance: Marking | None
    groups: frozenset[str]
    agreement: Agreement | None
    assurance: Assurance
    active: bool
    accepted: frozenset[str] = frozenset()
    delegations: frozenset[Delegation] = frozenset()

    def at(self, now: datetime) -> Self:
        """Give the facts as they stand then: a deputy holds release authority within its window.

        Whatever else may change with time, the policies compare with the moment themselves.
        """
        if not self.delegations:
            return self
        held = frozenset(one for one in self.delegations if one.since <= now < one.until)
        lent = {Role.RELEASE_AUTHORITY} if held else set()
        return replace(self, roles=self.roles | lent, delegations=held)

    def to_json(self) -> dict[str, Any]:
        """Give the facts as plain values in one canonical order.

        What was accepted stands in it only if there is any, as before there was anything to accept.
        """
        agreement = self.agreement
        return {
            "person": self.person,
            "organisation": self.organisation,
            "organisation_kind": self.organisation_kind,
            "party": self.party,
            "roles": sorted(self.roles),
            "clearance": _marking_json(self.clearance),
            "groups": sorted(self.groups),
            "agreement": agreement
            and {
                "valid_from": agreement.valid_from.isoformat(),
                "valid_until": agreement.valid_until.isoformat(),
                "ceiling": _marking_json(agreement.ceiling),
                "areas": sorted(agreement.areas),
            },
            "assurance": self.assurance,
            "active": self.active,
            **({"accepted": sorted(self.accepted)} if self.accepted else {}),
            **({"delegations": self._delegations_json()} if self.delegations else {}),
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """Read back what `to_json` gave."""
        agreement = plain["agreement"]
        return cls(
            person=plain["person"],
            organisation=plain["organisation"],
            organisation_kind=plain["organisation_kind"],
            party=plain["party"],
            roles=frozenset(map(Role, plain["roles"])),
            clearance=_marking(plain["clearance"]) if plain["clearance"] else None,
            groups=frozenset(plain["groups"]),
            agreement=agreement
            and Agreement(
                valid_from=datetime.fromisoformat(agreement["valid_from"]),
                valid_until=datetime.fromisoformat(agreement["valid_until"]),
                ceiling=_marking(agreement["ceiling"]),
                areas=frozenset(map(Area, agreement["areas"])),
            ),
            assurance=Assurance(plain["assurance"]),
            active=plain["active"],
            accepted=frozenset(plain.get("accepted", ())),
            delegations=frozenset(
                Delegation(by, datetime.fromisoformat(since), datetime.fromisoformat(until))
                for by, since, until in plain.get("delegations", ())
            ),
        )

    def _delegations_json(self) -> list[list[str]]:
        return [
            [one.by, one.since.isoformat(), one.until.isoformat()]
            for one in sorted(self.delegations)
        ]


PUBLIC = Profile(
    person="",
    organisation="",
    organisation_kind="",
    party="",
    roles=frozenset(),
    clearance=None,
    groups=frozenset(),
    agreement=None,
    assurance=Assurance.PASSWORD,
    active=True,
)
"""Nobody signed in."""


@dataclass(frozen=True, order=True)
class Grant:
    """One person may read as if named in the releasability, until a moment, exclusive, in UTC."""

    person: str
    until: datetime


@dataclass(frozen=True)
class Audience:
    """The facts about a portion or attachment on which access depends.

    `owner` is the organisation (slug) that submits it, `originator` the one whose information
    it is; usually the same. `grants` were given after its release: they are no part of the label,
    so not of what an approval signed, and end by themselves.
    """

    state: State
    owner: str
    originator: str
    label: Label
    area: Area
    grants: frozenset[Grant] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Give the facts as plain values in one canonical order; grants only where there are any.

        So an audience without any is written, and hashed, as one was before there were grants.
        """
        grants = [[one.person, one.until.isoformat()] for one in sorted(self.grants)]
        return {
            "state": self.state,
            "owner": self.owner,
            "originator": self.originator,
            "label": self.label.to_json(),
            "area": self.area,
            **({"grants": grants} if grants else {}),
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """Read back what `to_json` gave."""
        return cls(
            state=State(plain["state"]),
            owner=plain["owner"],
            originator=plain["originator"],
            label=Label.from_json(plain["label"]),
            area=Area(plain["area"]),
            grants=frozenset(
                Grant(person, datetime.fromisoformat(until))
                for person, until in plain.get("grants", ())
            ),
        )


@dataclass(frozen=True)
class Office:
    """An organisation, or a party's side of the log, as something to be run or reviewed.

    `organisation` is empty when the whole party is meant; `person` is who is acted upon.
    """

    party: str
    organisation: str = ""
    person: str = ""


def _marking_json(marking: Marking | None) -> dict[str, Any] | None:
    if marking is None:
        return None
    return {
        "scheme": marking.scheme,
        "level": marking.level,
        "sensitivity": marking.sensitivity,
    }


def _marking(plain: dict[str, Any]) -> Marking:
    return Marking(SchemeId(plain["scheme"]), plain["level"], plain["sensitivity"])
