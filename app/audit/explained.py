"""What an explanation shows: a decision, the policies in words, and each requirement.

These are facts of access, never content: a record is known by its reference number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.access import PolicyText
from app.audit.views import EntryView
from app.core.ids import PersonId, RecordId


@dataclass(frozen=True)
class PolicySaid:
    """A policy as it stood at the moment asked about: its id, its explanation, its text."""

    id: str
    explain: str
    text: str

    @classmethod
    def of(cls, policy: PolicyText) -> "PolicySaid":
        """Give a policy as people read it."""
        return cls(policy.id, policy.explain, policy.text)


@dataclass(frozen=True)
class RequirementSaid:
    """A requirement, whether it is met, and what would have to change where it is not.

    `detail` and `change` are empty where they would tell another party's auditor more than that.
    """

    id: str
    text: str
    met: bool
    detail: str
    change: str
    policies: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """A decision about one audience, with every requirement in the order of the rule."""

    action: str
    allowed: bool
    requirements: tuple[RequirementSaid, ...]
    policies: tuple[PolicySaid, ...]


@dataclass(frozen=True)
class PolicyOrigin:
    """The policies that decided: the version of the set, and since when it was in force."""

    version: str
    since: datetime


@dataclass(frozen=True)
class Explanation:
    """Whether a person could read or take a record at a moment, and why.

    `person` is None for whoever is not signed in. `version_number` and `state` are those of the
    version that is explained: the one they could read, or else the one that stood first; None and
    empty where there was none. `judged` is about its title, without which nothing of it is shown.
    `parts_open_count` of its `parts_count` portions and attachments could be read; both are None
    where the record is not of the auditor's party.
    """

    person: PersonId | None
    name: str
    organisation: str
    organisation_name: str
    record: RecordId
    reference: str
    owners: tuple[str, ...]
    at: datetime
    version_number: int
    state: str
    markings: tuple[str, ...]
    needs_second_factor: bool
    parts_count: int | None
    parts_open_count: int | None
    judged: Judged
    policy_set: PolicyOrigin
    notes: Sequence[str]


@dataclass(frozen=True)
class Explained:
    """What was asked, in words, and its explanation; None when nothing of it concerns the party.

    It is None alike for a person or a record that does not exist.
    """

    person: str
    record: str
    at: datetime
    action: str
    explanation: Explanation | None


@dataclass(frozen=True)
class EntryExplained:
    """Why an entry of the log says what it says, by the policies of that moment.

    `judged` decides again about each audience that the entry names, the first first; it is empty
    where no policy was asked about an audience. `policies` are those that the entry names, as they
    stood then. `again` tells whether the decision comes out the same; None where it was not asked.
    """

    entry: EntryView
    policies: tuple[PolicySaid, ...]
    policy_set: PolicyOrigin | None
    judged: tuple[Judged, ...]
    again: bool | None
    notes: tuple[str, ...]
