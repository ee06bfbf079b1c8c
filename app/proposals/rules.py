"""When a change needs a second person: pure decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.access import Agreement, Profile, Role
from app.core.ids import PersonId
from app.impact import Impact

# Whoever holds one of these decides on others, whatever there is to read.
OFFICES: Final = frozenset(Role) - {Role.READER, Role.CONTRIBUTOR}


@dataclass(frozen=True)
class Facts:
    """The facts of one person before a change, None where they took no part, and after it."""

    before: Profile | None
    after: Profile | None


def offices_gained(facts: Facts) -> frozenset[Role]:
    """Give the roles by which a person would decide on others, and could not before.

    A role that was held already is gained where it would stand for longer, or anew.
    """
    before, after = facts.before, facts.after
    if after is None or not after.active:
        return frozenset()
    held = after.roles & OFFICES
    if before is None or not before.active or _lasts_longer(before.agreement, after.agreement):
        return held
    return held - before.roles


def _lasts_longer(before: Agreement | None, after: Agreement | None) -> bool:
    if after is None:
        return False
    if before is None:
        return True
    return after.valid_from < before.valid_from or after.valid_until > before.valid_until


def who_gains(impact: Impact, offices: Mapping[PersonId, frozenset[Role]]) -> frozenset[PersonId]:
    """Give everybody who may do anything that they could not do before."""
    reading = {one.person for one in impact.people if one.gains}
    return frozenset(reading | {person for person, roles in offices.items() if roles})


def needs_second_person(impact: Impact, offices: Mapping[PersonId, frozenset[Role]]) -> bool:
    """Tell whether somebody gains, now or later, by what they could read, do or decide."""
    return impact.anybody_gains or any(offices.values())
