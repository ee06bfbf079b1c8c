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
    audiences: Sequence[Audience],
    now: datetime,
    *,
    action: Action = Action.READ,
) -> list[frozenset[PersonId]]:
    """Give for each audience the people who could read it now; Cedar is asked for each."""
    people: list[set[PersonId]] = [set() for _ in audiences]
    for candidate in candidates:
        decisions = policies.decide(candidate.profile, action, audiences, now)
        for readers_of_one, decision in zip(people, decisions, strict=True):
            if decision.allowed:
                readers_of_one.add(candidate.person)
    return [frozenset(readers_of_one) for readers_of_one in people]
