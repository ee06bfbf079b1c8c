"""What is shown of changes: in words to be said, with what they would do and who is to confirm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.access import Role
from app.core.ids import PersonId, ProposalId
from app.impact import Impact
from app.parties import PersonName
from app.proposals.changes import ProposalKind

State = Literal["waiting", "confirmed", "declined", "taken-back", "lapsed"]


@dataclass(frozen=True)
class FieldChange:
    """What changes of one fact: from one value to another, or what is added and taken away."""

    field: str
    before: str = ""
    after: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeView:
    """One change: of what, of whose, and fact by fact."""

    kind: str
    act: Literal["added", "changed", "ended", "resumed"]
    name: str
    organisation: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class WorkedOut:
    """What changes would do, and whether a second person is needed.

    `offices` are roles by which people would decide on others, and could not before. Whoever took
    no part before loses nothing. `admitted` are the ids under which people are worked out who are
    not known yet.
    """

    changes: tuple[ChangeView, ...]
    impact: Impact
    offices: Mapping[PersonId, frozenset[Role]]
    names: Mapping[PersonId, PersonName]
    needs_second_person: bool
    gaining: frozenset[PersonId]
    losing: frozenset[PersonId]
    admitted: tuple[PersonId, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a change that somebody asked for.

    `subject` (`kind:id`) is what was changed, once it is saved; `confirmers` are who may confirm it
    where it waits, or would wait.
    """

    state: Literal["saved", "waits", "shown"]
    worked_out: WorkedOut
    subject: str = ""
    proposal_id: ProposalId | None = None
    confirmers: tuple[PersonName, ...] = ()


@dataclass(frozen=True)
class ProposalSummary:
    """A proposal as lists show it."""

    id: ProposalId
    kind: ProposalKind
    changes: tuple[ChangeView, ...]
    state: State
    proposed_by: str
    proposed_at: datetime
    lapses_at: datetime
    decided_at: datetime | None
    yours: bool
    gaining_count: int


@dataclass(frozen=True)
class ProposalsView:
    """What waits for somebody, what they proposed, and what was decided lately."""

    waiting: tuple[ProposalSummary, ...]
    own: tuple[ProposalSummary, ...]
    decided: tuple[ProposalSummary, ...]


@dataclass(frozen=True)
class PolicyWording:
    """One policy that others would replace, add or take away: its text before and after."""

    id: str
    explain: str
    before: str
    after: str


@dataclass(frozen=True)
class ProposalView:
    """A proposal, with what it would do if it were confirmed now.

    `outdated` tells that what it begins from is not what is kept any more. `why_not` says why the
    one who looks cannot confirm it; it is empty where they can.
    """

    id: ProposalId
    kind: ProposalKind
    state: State
    worked_out: WorkedOut
    why: str
    proposed_by: PersonName
    proposed_at: datetime
    lapses_at: datetime
    decided_by: PersonName | None
    decided_at: datetime | None
    reason: str
    confirmers: tuple[PersonName, ...]
    outdated: bool
    may_confirm: bool
    may_decline: bool
    may_take_back: bool
    why_not: str
    seen_hash_hex: str
    wordings: tuple[PolicyWording, ...] = ()
