"""Who will be able to read: the people whom Cedar would let read an audience, before it exists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.access.facts import Action, Audience, Profile
from app.access.pdp import PolicySet
from app.core.ids import PersonId


@dataclass(frozen=True)
class Candidate:
    """A person with the strongest profile that they can ask under."""

    person: PersonId
    profile: Profile


def readers(
    policies: PolicySet,
    candidates: Sequence[Candidate],
    audience: Audience,
    now: datetime,
    *,
    action: Action = Action.READ,
) -> frozenset[PersonId]:
    """Give the people who could read the audience now, each asked of Cedar, none guessed."""
    return frozenset(
        candidate.person
        for candidate in candidates
        if policies.decide(candidate.profile, action, [audience], now)[0].allowed
    )
