"""A decision as it is shown: each requirement with the facts that whoever asks may be told.

An auditor is told the facts of their own party's people, and of their own party's records. Of what
belongs to the other party they learn which requirement was met, and not by what.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.access import (
    Action,
    Audience,
    PolicySet,
    Profile,
    Remedy,
    explain,
    remedies,
)
from app.access import requirements as named
from app.audit.explained import Judged, PolicySaid, RequirementSaid

# Whose facts a requirement tells of; every other tells of the person's and of the record's.
OF_PERSONS: Final = frozenset({named.STANDING, named.CONTENT_ROLE})
OF_RECORDS: Final = frozenset(
    {named.STATE, named.RELEASABILITY, named.CAVEATS, named.NOT_BEFORE, named.FORM, named.PUBLIC}
)


@dataclass(frozen=True)
class Telling:
    """Whether the person's facts, and the record's, are told to whoever asks."""

    of_person: bool
    of_record: bool

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self.of_person and self.of_record

    def tells(self, requirement: str) -> bool:
        """Tell whether the facts behind a requirement may be told."""
        if requirement in OF_PERSONS:
            return self.of_person
        return self.of_record if requirement in OF_RECORDS else self.everything


def judged(
    policies: PolicySet,
    profile: Profile,
    action: Action,
    audience: Audience,
    moment: datetime,
    telling: Telling,
) -> Judged:
    """Decide about an audience, and say why, as far as it may be told."""
    told = explain(policies, profile, action, audience, moment)
    needed: dict[str, Remedy] = {}
    if not told.decision.allowed:
        found = remedies(policies, profile, action, audience, moment)
        needed = {one.requirement: one for one in found}
    return Judged(
        action=str(action),
        allowed=told.decision.allowed,
        requirements=tuple(
            RequirementSaid(
                id=one.id,
                text=one.text,
                met=one.met,
                detail=one.detail if telling.tells(one.id) else "",
                change=needed[one.id].text if one.id in needed and telling.tells(one.id) else "",
                policies=one.policies,
            )
            for one in told.requirements
        ),
        policies=tuple(map(PolicySaid.of, told.policies)),
    )
