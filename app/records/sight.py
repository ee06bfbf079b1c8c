"""Which parts somebody would see: decided from facts alone, for parts that may not be saved yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.access import Action, Audience, PolicySet, Profile


@dataclass(frozen=True)
class Eyes:
    """People who look, each with one set of facts, at one moment; no row of theirs is read or kept.

    One profile stands for a person; several stand for an organisation, and `all_may` and
    `some_may` tell what all of them may do, and what at least one.
    """

    policies: PolicySet
    profiles: tuple[Profile, ...]
    now: datetime

    def who_may(self, action: Action, audience: Audience) -> "Eyes":
        """Give those of them who may act so on an audience."""
        able = [
            profile
            for profile, may in zip(self.profiles, self._each_may(action, [audience]), strict=True)
            if may
        ]
        return replace(self, profiles=tuple(able))

    def some_may(self, action: Action, audiences: Collection[Audience]) -> frozenset[Audience]:
        """Give those of the audiences on which at least one of them may act so."""
        return frozenset().union(*self._each_may(action, audiences))

    def all_may(self, action: Action, audiences: Collection[Audience]) -> frozenset[Audience]:
        """Give those of the audiences on which each of them may act so."""
        each = self._each_may(action, audiences)
        return frozenset.intersection(*each) if each else frozenset()

    def _each_may(
        self, action: Action, audiences: Collection[Audience]
    ) -> list[frozenset[Audience]]:
        asked = list(dict.fromkeys(audiences))
        return [
            frozenset(
                audience
                for audience, decision in zip(
                    asked,
                    self.policies.decide(profile, action, asked, self.now),
                    strict=True,
                )
                if decision.allowed
            )
            for profile in self.profiles
        ]


def parts_in_sight(
    policies: PolicySet,
    profile: Profile,
    title: Audience,
    parts: Sequence[Audience],
    now: datetime,
) -> list[bool]:
    """Tell for each part whether this profile would see it, now, in the state that it has.

    Nobody sees a part of what title they may not read.
    """
    seen = Eyes(policies, (profile,), now).some_may(Action.READ, (title, *parts))
    return [title in seen and part in seen for part in parts]
