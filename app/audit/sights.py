"""What each person could read of a record over a stretch of time: pure, from facts that are kept.

Facts change at moments: a person's standing, a version's state, the policies, and what lies in
time itself, such as an embargo. Between two of them nothing changes, so each is asked about once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.access import (
    PUBLIC,
    Action,
    Alike,
    Assurance,
    Audience,
    Decision,
    InForce,
    PolicySet,
    Profile,
    State,
    explain,
)
from app.audit.past import PastGrant, PastVersion, granted_then
from app.core.ids import AudienceId, PersonId
from app.parties import Standing

# Nobody in particular: whoever is not signed in.
Who = PersonId | None
NO_VERSION = "There was no version of it."


@dataclass(frozen=True)
class Past:
    """All that reading a record depended on from `since` until `until`, exclusive.

    `facts` are those of the audiences of its parts; `standings` and `sets` are in their order, the
    first of each from `since` or before.
    """

    since: datetime
    until: datetime
    versions: Sequence[PastVersion]
    facts: Mapping[AudienceId, Audience]
    sets: Sequence[InForce]
    standings: Sequence[Standing]
    grants: Sequence[PastGrant] = ()

    def every_audience(self) -> list[Audience]:
        """Give the audiences of all parts, each with every grant that there ever was."""
        ever = frozenset(one.grant for one in self.grants)
        return [replace(audience, grants=ever) for audience in self.facts.values()]

    def part(
        self, part: AudienceId, version: PastVersion, state: State, moment: datetime
    ) -> Audience:
        """Give the audience that a part of a version had at a moment."""
        facts = self.facts[part]
        granted = granted_then(version, self.grants, moment).get(facts.originator, frozenset())
        return replace(facts, state=state, grants=granted)


@dataclass
class Sight:
    """What one person could read: gathered moment by moment."""

    profile: Profile
    moments_count: int = 0
    versions: set[int] = field(default_factory=set)
    current: bool = False
    whole: bool = False
    by_password: bool = False
    let_by: Mapping[str, str] = field(default_factory=dict)  # policies and what they say

    def add(self, profile: Profile, seen: "Seen") -> None:
        """Count in what they could read at one more moment."""
        self.profile = profile
        if not seen.versions:
            return
        self.moments_count += 1
        self.versions |= seen.versions
        self.current |= seen.current
        self.whole |= seen.whole
        self.by_password |= seen.by_password
        self.let_by = seen.let_by


@dataclass(frozen=True)
class Seen:
    """What could be read at one moment under one set of facts."""

    versions: frozenset[int]
    current: bool
    whole: bool
    by_password: bool
    let_by: Mapping[str, str]


Decided = dict[tuple[str, Profile, Audience], Decision]


def sights(past: Past) -> tuple[dict[Who, Sight], int]:
    """Give what everybody could read, and of how many moments that was asked.

    Somebody could read all the time when they could at each of them.
    """
    people: dict[Who, Profile] = {None: PUBLIC}
    found: dict[Who, Sight] = {}
    decided: Decided = {}
    every = past.every_audience()
    alike = {one.policies.version: Alike.of(one.policies, every) for one in past.sets}
    waiting = list(reversed(past.standings))
    asked = moments(past)
    for moment in asked:
        while waiting and waiting[-1].since <= moment:
            standing = waiting.pop()
            people[standing.person] = standing.profile
        policies = _in_force(past, moment)
        judge = _Judge(past, policies, alike[policies.version], moment, decided)
        for person, profile in people.items():
            found.setdefault(person, Sight(profile)).add(profile, judge.of(profile))
    return found, len(asked)


def moments(past: Past) -> list[datetime]:
    """Give `since`, and every moment after it at which an answer can change, in order."""
    changes = {
        *(standing.since for standing in past.standings),
        *(one.since for one in past.sets),
        *(moment for version in past.versions for moment, _ in version.states),
        *(moment for audience in past.facts.values() for moment in _times(audience)),
        *(moment for one in past.grants for moment in (one.since, one.ended)),
        *_windows(past.standings),
    }
    within = {moment for moment in changes if moment and past.since < moment < past.until}
    return sorted({past.since, *within})


def why_not(past: Past, profile: Profile) -> str:
    """Say which requirement somebody did not meet at the end, for what stood first then."""
    last = moments(past)[-1]
    first = _first(past, last)
    if first is None:
        return NO_VERSION
    version, state = first
    title = past.part(version.kept.title, version, state, last)
    told = explain(_in_force(past, last), profile, Action.READ, title, last)
    return next((f"Not met: {one.text}." for one in told.requirements if not one.met), "")


def _first(past: Past, moment: datetime) -> tuple[PastVersion, State] | None:
    """Give the version that stood first then: the released one, else the newest, and its state."""
    there = [(one, state) for one in past.versions if (state := one.state_at(moment))]
    return min(
        there, key=lambda one: (one[1] is not State.RELEASED, -one[0].kept.number), default=None
    )


def _times(audience: Audience) -> Iterator[datetime | None]:
    yield audience.label.not_before
    yield from (change.at for change in audience.label.changes)


def _windows(standings: Sequence[Standing]) -> Iterator[datetime]:
    for standing in standings:
        if standing.profile.agreement is not None:
            yield standing.profile.agreement.valid_from
            yield standing.profile.agreement.valid_until
        for one in standing.profile.delegations:
            yield one.since
            yield one.until


def _in_force(past: Past, moment: datetime) -> PolicySet:
    return next(one.policies for one in reversed(past.sets) if one.since <= moment)


class _Judge:
    """Decides at one moment; people who are alike to the policies are decided about once."""

    def __init__(
        self, past: Past, policies: PolicySet, alike: Alike, moment: datetime, decided: Decided
    ) -> None:
        self._policies, self._moment, self._decided = policies, moment, decided
        self._alike = alike
        self._known: dict[Profile, Seen] = {}
        first = _first(past, moment)
        self._current = first[0].kept.number if first else None
        self._there = [
            (
                version.kept.number,
                past.part(version.kept.title, version, state, moment),
                [past.part(one, version, state, moment) for one in sorted(version.kept.parts)],
            )
            for version in past.versions
            if (state := version.state_at(moment)) is not None
        ]

    def of(self, profile: Profile) -> Seen:
        """Give what somebody could read; of a version whose title they could not, nothing."""
        facts = self._alike.facts(profile)
        if facts not in self._known:
            self._known[facts] = self._seen(facts)
        return self._known[facts]

    def _seen(self, profile: Profile) -> Seen:
        every = list(dict.fromkeys(part for _, _, parts in self._there for part in parts))
        decisions = self._decide(profile, every)
        open_ones = [one for one in self._there if decisions[one[1]].allowed]
        titles = [title for _, title, _ in open_ones]
        plain = self._decide(replace(profile, assurance=Assurance.PASSWORD), titles)
        let_by = {id_ for title in titles for id_ in decisions[title].policies}
        return Seen(
            versions=frozenset(number for number, _, _ in open_ones),
            current=any(number == self._current for number, _, _ in open_ones),
            whole=any(all(decisions[one].allowed for one in parts) for _, _, parts in open_ones),
            by_password=any(decision.allowed for decision in plain.values()),
            let_by={id_: self._policies.policies[id_].explain for id_ in sorted(let_by)},
        )

    def _decide(self, profile: Profile, asked: Sequence[Audience]) -> dict[Audience, Decision]:
        """Decide, or take a decision of an earlier moment that time has not ended."""
        version, now = self._policies.version, self._moment
        known = {}
        for audience in asked:
            held = self._decided.get((version, profile, audience))
            if held is not None and (held.holds_until is None or now < held.holds_until):
                known[audience] = held
        missing = [audience for audience in asked if audience not in known]
        if missing:
            decisions = self._policies.decide(profile, Action.READ, missing, now)
            for audience, decision in zip(missing, decisions, strict=True):
                known[audience] = decision
                self._decided[version, profile, audience] = decision
        return known
