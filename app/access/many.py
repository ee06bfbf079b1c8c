"""Many decisions at once: who of many may do something with which of many audiences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.access.facts import Action, Audience, Profile
from app.access.policy_set import Decision, PolicySet

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Answers:
    """What Cedar answers for each profile and audience, both by their places as they were given."""

    decisions: tuple[Sequence[Decision], ...]

    def allowed(self, profile: int) -> int:
        """Give the audiences that this profile may act on, as bits: bit j for audience j."""
        return sum(1 << place for place, one in enumerate(self.decisions[profile]) if one.allowed)

    def decision(self, profile: int, audience: int) -> Decision:
        """Give the decision about one pair, as `PolicySet.decide` gives it."""
        return self.decisions[profile][audience]


def decide_many(
    policies: PolicySet,
    action: Action,
    profiles: Sequence[Profile],
    audiences: Sequence[Audience],
    now: datetime,
    *,
    progress: Progress | None = None,
) -> Answers:
    """Decide for every profile about every audience; whatever goes wrong is a deny.

    `progress` is told how many of the profiles are done, and of how many.
    """
    known: dict[Profile, Sequence[Decision]] = {}
    for place, profile in enumerate(profiles):
        if profile not in known:
            known[profile] = policies.decide(profile, action, audiences, now)
        if progress is not None:
            progress(place + 1, len(profiles))
    return Answers(tuple(known[profile] for profile in profiles))
