"""What is shown of organisations and people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

from app.access import Area, Role
from app.core.ids import PersonId


def first_day(valid_from: datetime) -> date:
    """Give the first day of a window, in UTC."""
    return valid_from.astimezone(UTC).date()


def last_day(valid_until: datetime) -> date:
    """Give the last day of a window that ends then, exclusive, in UTC."""
    return (valid_until.astimezone(UTC) - timedelta(microseconds=1)).date()


@dataclass(frozen=True)
class PartyView:
    """A signatory side, with the marking scheme that its people think in."""

    code: str
    name: str
    scheme: str


@dataclass(frozen=True)
class OrganisationSummary:
    """An organisation as lists and pickers show it."""

    slug: str
    name: str
    kind: str
    party: str
    active: bool


@dataclass(frozen=True)
class GroupView:
    """A group that something can be releasable to."""

    slug: str
    name: str


@dataclass(frozen=True)
class PersonName:
    """Who a person is, for people: their name, and their organisation's name and slug."""

    name: str
    organisation: str
    slug: str


@dataclass(frozen=True)
class Account:
    """What signing in must know of a person; `active` covers their organisation too."""

    person: PersonId
    email: str
    organisation: str
    active: bool


@dataclass(frozen=True)
class PersonView:
    """A person as the administrator of their organisation sees them."""

    id: PersonId
    name: str
    email: str
    roles: tuple[Role, ...]
    clearance: str
    active: bool
    admitted_at: datetime


@dataclass(frozen=True)
class DeputyChoice:
    """Somebody who may be named a deputy."""

    id: PersonId
    name: str


@dataclass(frozen=True)
class DelegationView:
    """Who stands in for whom, from a moment until another, exclusive.

    `ended_at` is when it was ended before that: revoked, or one of the two can no longer.
    """

    id: UUID
    delegator_id: PersonId
    delegator: str
    deputy_id: PersonId
    deputy: str
    since: datetime
    until: datetime
    reason: str
    ended_at: datetime | None
    state: Literal["coming", "now", "over"]

    @property
    def last_day(self) -> date:
        """Give the last whole day of it, in UTC."""
        return (self.until - timedelta(microseconds=1)).date()


@dataclass(frozen=True)
class AwayView:
    """Whom a person named their deputy, for whom they stand in, and whom they may name."""

    may_name: bool
    longest_days: int
    named: tuple[DelegationView, ...]
    standing_in: tuple[DelegationView, ...]
    choices: tuple[DeputyChoice, ...]


@dataclass(frozen=True)
class AgreementEnd:
    """When the agreement of an organisation ends; `party` is its own, or its sponsor's."""

    organisation: str
    name: str
    party: str
    ends_at: datetime


@dataclass(frozen=True)
class AgreementView:
    """Under what an organisation takes part; `running` tells whether it does at this moment."""

    title: str
    valid_from: datetime
    valid_until: datetime
    ceiling: str
    areas: tuple[Area, ...]
    running: bool

    @property
    def first_day(self) -> date:
        """Give the first day that it covers, wholly or in part, in UTC."""
        return first_day(self.valid_from)

    @property
    def last_day(self) -> date:
        """Give the last day that it covers, wholly or in part, in UTC."""
        return last_day(self.valid_until)


@dataclass(frozen=True)
class OrganisationAgreement:
    """An organisation and its agreement, None without one, for the authorities of its party."""

    organisation: OrganisationSummary
    agreement: AgreementView | None
    people_count: int


@dataclass(frozen=True)
class GroupMembers:
    """A group with its members of one party, and how many it has of others."""

    slug: str
    name: str
    people: tuple[tuple[str, str], ...]  # e-mail address and name
    organisations: tuple[tuple[str, str], ...]  # slug and name
    other_people_count: int
    other_organisations_count: int


@dataclass(frozen=True)
class Members:
    """Whom the authorities of a party may put into a group: e-mail addresses and slugs."""

    people: frozenset[str]
    organisations: frozenset[str]


@dataclass(frozen=True)
class OrganisationView:
    """An organisation with its people, for its administrator."""

    slug: str
    name: str
    kind: str
    party: PartyView
    active: bool
    agreement: AgreementView | None
    people: Sequence[PersonView]


@dataclass(frozen=True)
class TermsView:
    """The version in force of a text of terms of use; `accepted_at` is None until one accepts."""

    slug: str
    version: int
    organisation: str
    organisation_name: str
    title: str
    body: str
    issued_at: datetime
    accepted_at: datetime | None
