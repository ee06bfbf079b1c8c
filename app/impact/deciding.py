"""What many people may do with many audiences, as bits: the one place here that asks the policies.

Bit `j` of an answer stands for audience `j` of those given.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from app.access import Action, Audience, PolicySet, Profile, decide_many

Progress = Callable[[int, int], None]


def allowed_bits(
    policies: PolicySet,
    action: Action,
    profiles: Sequence[Profile],
    audiences: Sequence[Audience],
    now: datetime,
    progress: Progress | None = None,
) -> list[int]:
    """Give for each profile the audiences on which it may act so at this moment."""
    answers = decide_many(policies, action, profiles, audiences, now, progress=progress)
    return [answers.allowed(place) for place in range(len(profiles))]
