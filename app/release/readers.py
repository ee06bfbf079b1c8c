"""Who could read what, person by person: Cedar is asked, nothing is guessed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.access import (
    PUBLIC,
    Action,
    Assurance,
    Audience,
    Candidate,
    Decision,
    PolicySet,
    Profile,
)
from app.core.ids import PersonId


@dataclass(frozen=True)
class Way:
    """How a person gets to read: by which policies, from when, and what they still need for it.

    `from_at` is None for at once. `needs_second_factor`: they have set none up, so cannot yet.
    """

    policies: tuple[str, ...]
    from_at: datetime | None = None
    needs_second_factor: bool = False


Ways = Mapping[PersonId, Way]


def ways(
    policies: PolicySet,
    candidates: Sequence[Candidate],
    title: Audience,
    audiences: Sequence[Audience],
    now: datetime,
) -> list[Ways]:
    """Give for each audience how each person would read a part that has it.

    Nobody reads a part of a record whose title they may not read. An embargo counts as lifting
    when it says; everything else is as it stands now.
    """
    asked = tuple(dict.fromkeys((title, *audiences)))
    alike = _Alike.of(policies, asked)
    known: dict[Profile, dict[Audience, Way | None]] = {}
    found: list[dict[PersonId, Way]] = [{} for _ in audiences]
    for candidate in candidates:
        facts = alike.facts(candidate.profile)
        if facts not in known:
            ways_of_all = _ways_of(policies, candidate.profile, asked, now)
            known[facts] = dict(zip(asked, ways_of_all, strict=True))
        titled = known[facts][title]
        for people, audience in zip(found, audiences, strict=True):
            way = known[facts][audience]
            if titled is not None and way is not None:
                people[candidate.person] = _both(titled, way)
    return list(found)


def public_reads(
    policies: PolicySet, title: Audience, audiences: Sequence[Audience], now: datetime
) -> list[bool]:
    """Tell for each audience whether anybody may read it without signing in, embargoes lifted."""
    titled, *parts = _ways_of(policies, PUBLIC, (title, *audiences), now)
    return [titled is not None and way is not None for way in parts]


def readers_of(people: Ways) -> frozenset[PersonId]:
    """Give those who can read, at once or from a known moment on."""
    return frozenset(one for one, way in people.items() if not way.needs_second_factor)


@dataclass(frozen=True)
class _Alike:
    """Who is alike to the policies: people with the same facts whom no part names.

    So Cedar decides once for many. It rests on what the policies look at: if one of them looks at
    who a person is in any other way than for an entry that names them, nobody is alike.
    """

    named: frozenset[str]
    by_entry_only: bool

    @classmethod
    def of(cls, policies: PolicySet, audiences: Sequence[Audience]) -> "_Alike":
        """Look at the entries of the audiences, and at the text of every policy."""
        entries = (entry for audience in audiences for entry in audience.label.releasability)
        return cls(
            named=frozenset(entry.value for entry in entries if entry.kind == "person"),
            by_entry_only=not any(
                looks_at_persons(policy.text) for policy in policies.policies.values()
            ),
        )

    def facts(self, profile: Profile) -> Profile:
        """Give what decides: without the person's id where nothing depends on it."""
        depends = not self.by_entry_only or profile.person in self.named
        return profile if depends else replace(profile, person="anybody")


# Only an office has a `person` of its own; no part of a version does, as the schema says.
_HARMLESS = re.compile(
    r"resource\.to_persons\.contains\(principal\.person\)"
    r"|resource has person && principal\.person == resource\.person"
)
_NOT_CODE = re.compile(r'@\w+\s*\("(?:\\.|[^"\\])*"\)|//[^\n]*')


def looks_at_persons(policy: str) -> bool:
    """Tell whether a policy on content looks at who a person is beyond an entry that names them."""
    code = _HARMLESS.sub("true", _NOT_CODE.sub(" ", policy))
    return re.search(r"\bperson\b", code) is not None


def _ways_of(
    policies: PolicySet, profile: Profile, audiences: Sequence[Audience], now: datetime
) -> list[Way | None]:
    found: list[Way | None] = [None] * len(audiences)
    for sure, factor in _sign_ins(profile):
        open_ones = [place for place, way in enumerate(found) if way is None]
        for place, decision, from_at in _decisions(policies, sure, audiences, open_ones, now):
            if decision.allowed:
                found[place] = found[place] or Way(decision.policies, from_at, factor)
    return found


def _sign_ins(profile: Profile) -> Iterator[tuple[Profile, bool]]:
    yield profile, False
    if profile.person and profile.assurance is Assurance.PASSWORD:
        yield replace(profile, assurance=Assurance.MULTI_FACTOR), True


def _decisions(
    policies: PolicySet,
    profile: Profile,
    audiences: Sequence[Audience],
    places: Sequence[int],
    now: datetime,
) -> Iterator[tuple[int, Decision, datetime | None]]:
    """Decide now for all places, then at the end of the embargo for those that have one."""
    decisions = policies.decide(profile, Action.READ, [audiences[place] for place in places], now)
    for place, decision in zip(places, decisions, strict=True):
        yield place, decision, None
        opens_at = audiences[place].label.not_before
        if not decision.allowed and opens_at is not None and opens_at > now:
            (later,) = policies.decide(profile, Action.READ, [audiences[place]], opens_at)
            yield place, later, opens_at


def _both(title: Way, part: Way) -> Way:
    moments = [way.from_at for way in (title, part) if way.from_at is not None]
    return Way(
        policies=part.policies,
        from_at=max(moments, default=None),
        needs_second_factor=title.needs_second_factor or part.needs_second_factor,
    )
