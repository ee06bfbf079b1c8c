"""Who is alike to the policies, so that Cedar decides once for many people."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.access.facts import Audience, Profile
from app.access.policy_set import PolicySet


@dataclass(frozen=True)
class Alike:
    """Who is alike to the policies: people with the same facts whom no part names or was granted.

    So Cedar decides once for many. It rests on what the policies look at: if one of them looks at
    who a person is in any other way than for an entry that names them, nobody is alike.
    """

    named: frozenset[str]
    by_entry_only: bool

    @classmethod
    def of(cls, policies: PolicySet, audiences: Sequence[Audience]) -> "Alike":
        """Look at the entries and grants of the audiences, and at the text of every policy."""
        entries = (entry for audience in audiences for entry in audience.label.releasability)
        named = {entry.value for entry in entries if entry.kind == "person"}
        granted = {one.person for audience in audiences for one in audience.grants}
        return cls(
            named=frozenset(named | granted),
            by_entry_only=not any(
                looks_at_persons(policy.text) for policy in policies.policies.values()
            ),
        )

    def facts(self, profile: Profile) -> Profile:
        """Give what decides: without the person's id where nothing depends on it."""
        depends = not self.by_entry_only or profile.person in self.named
        signed_in = bool(profile.person)
        return replace(profile, person="anybody") if signed_in and not depends else profile


# Only an office has a `person` of its own; no part of a version does, as the schema says.
_HARMLESS = re.compile(
    r"resource\.to_persons\.contains\(principal\.person\)"
    r"|resource\.hasTag\(principal\.person\)|resource\.getTag\(principal\.person\)"
    r"|resource has person && principal\.person == resource\.person"
)
_NOT_CODE = re.compile(r'@\w+\s*\("(?:\\.|[^"\\])*"\)|//[^\n]*')


def looks_at_persons(policy: str) -> bool:
    """Tell whether a policy on content looks at who a person is beyond an entry that names them."""
    code = _HARMLESS.sub("true", _NOT_CODE.sub(" ", policy))
    return re.search(r"\bperson\b", code) is not None
