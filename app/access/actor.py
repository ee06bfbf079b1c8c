"""Who asks, once the edge knows: a person or the public, with the profile they ask under."""

from dataclasses import dataclass

from app.access.facts import Profile
from app.core.ids import PersonId, ProfileId


@dataclass(frozen=True)
class Actor:
    """Somebody who asks; `person` is None for the public."""

    person: PersonId | None
    profile: Profile
    profile_id: ProfileId

    @property
    def organisations(self) -> frozenset[str]:
        """Give the organisation concerned when this actor does something, if there is one."""
        return frozenset({self.profile.organisation} - {""})

    @property
    def agreement(self) -> str:
        """Name the agreement that this actor acts under: its organisation, and its first day."""
        agreement = self.profile.agreement
        return f"{self.profile.organisation}:{agreement.valid_from:%Y-%m-%d}" if agreement else ""


@dataclass(frozen=True)
class Candidate:
    """Somebody who could ask: a person with the strongest profile that they can ask under."""

    person: PersonId
    profile: Profile
