"""What each person could read of a record over a stretch of time: pure, from facts that are kept.

Facts change at moments: a person's standing, a version's state, the policies, and what lies in
time itself, such as an embargo. Between two of them nothing changes, so each is asked about once.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.access import (
    PUBLIC,
    Action,
    Alike,
    Assurance,
    Audience,
    InForce,
    PolicySet,
    Profile,
    State,
    decide_many,
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


@dataclass(frozen=True)
class Seen:
    """What could be read at one moment under one set of facts; `let_by` are policies by id."""

    versions: frozenset[int]
    current: bool
    whole: bool
    by_password: bool
    let_by: Mapping[str, str]


@dataclass
class Sight:
    """What one person could read: gathered over the moments, each stretch of the same at once."""

    profile: Profile
    moments_count: int = 0
    versions: set[int] = field(default_factory=set)
    current: bool = False
    whole: bool = False
    by_password: bool = False
    let_by: Mapping[str, str] = field(default_factory=dict)
    _seen: Seen | None = None
    _from: int = 0

    def turn(self, profile: Profile, seen: Seen, place: int) -> None:
        """Let them stand and see so from the moment at this place on."""
        self.until(place)
        self.profile, self._seen = profile, seen

    def until(self, place: int) -> None:
        """Count in what they saw up to the moment at this place."""
        seen, count = self._seen, place - self._from
        self._from = place
        if seen is None or not seen.versions or not count:
            return
        self.moments_count += count
        self.versions |= seen.versions
        self.current |= seen.current
        self.whole |= seen.whole
        self.by_password |= seen.by_password
        self.let_by = seen.let_by


def sights(past: Past) -> tuple[dict[Who, Sight], int]:
    """Give what everybody could read, and of how many moments that was asked.

    Somebody could read all the time when they could at each of them. Where only some people's
    facts change, only about them it is decided again.
    """
    people: dict[Who, Profile] = {None: PUBLIC}
    found: dict[Who, Sight] = {}
    every, asked = past.every_audience(), moments(past)
    alike = {one.policies.version: Alike.of(one.policies, every) for one in past.sets}
    everybody, turns = set(_of_everybody(past)), _turns(past.standings)
    waiting = list(reversed(past.standings))
    judge: _Judge | None = None
    for place, moment in enumerate(asked):
        changed: set[Who] = set(turns.get(moment, ()))
        while waiting and waiting[-1].since <= moment:
            standing = waiting.pop()
            people[standing.person] = standing.profile
            changed.add(standing.person)
        if judge is None or moment in everybody:
            policies = _in_force(past, moment)
            judge = _Judge(past, policies, alike[policies.version], moment)
            changed = set(people)
        told = judge.of([(who, people[who]) for who in changed if who in people], moment)
        for who, seen in told.items():
            found.setdefault(who, Sight(people[who], _from=place)).turn(people[who], seen, place)
    for sight in found.values():
        sight.until(len(asked))
    return found, len(asked)


def moments(past: Past) -> list[datetime]:
    """Give `since`, and every moment after it at which an answer can change, in order."""
    changes = {
        *(standing.since for standing in past.standings),
        *_turns(past.standings),
        *_of_everybody(past),
    }
    within = {moment for moment in changes if moment and past.since < moment < past.until}
    return sorted({past.since, *within})


def reasons_why_not(
    past: Past, profiles: Sequence[Profile], permits: PolicySet
) -> dict[Profile, str]:
    """Say which requirement each did not meet at the end, for what stood first then.

    It is the same for all about whom the same policies hold: one of them is explained.

    Args:
        permits: those of the policies then in force, by themselves.
    """
    last = moments(past)[-1]
    first = _first(past, last)
    if first is None:
        return dict.fromkeys(profiles, NO_VERSION)
    version, state = first
    title = past.part(version.kept.title, version, state, last)
    policies = _in_force(past, last)
    held = [decide_many(some, Action.READ, profiles, [title], last) for some in (policies, permits)]
    told: dict[object, str] = {}
    found = {}
    for place, profile in enumerate(profiles):
        which = tuple(frozenset(answers.reasons(place)) for answers in held)
        if which not in told:
            told[which] = _unmet(policies, profile, title, last)
        found[profile] = told[which]
    return found


def _unmet(policies: PolicySet, profile: Profile, title: Audience, moment: datetime) -> str:
    explained = explain(policies, profile, Action.READ, title, moment)
    return next((f"Not met: {one.text}." for one in explained.requirements if not one.met), "")


def there_in_order(past: Past, moment: datetime) -> list[tuple[PastVersion, State]]:
    """Give the versions that there were, each in its state of then: first the released, the newest.

    What stood first then is the released one, or else the newest.
    """
    there = [(one, state) for one in past.versions if (state := one.state_at(moment))]
    return sorted(there, key=lambda one: (one[1] is not State.RELEASED, -one[0].kept.number))


def _first(past: Past, moment: datetime) -> tuple[PastVersion, State] | None:
    return next(iter(there_in_order(past, moment)), None)


def _times(audience: Audience) -> Iterator[datetime | None]:
    yield audience.label.not_before
    yield from (change.at for change in audience.label.changes)


def _of_everybody(past: Past) -> Iterator[datetime | None]:
    """Give the moments at which the policies or the record may say another thing to anybody."""
    yield from (one.since for one in past.sets)
    yield from (moment for version in past.versions for moment, _ in version.states)
    yield from (moment for audience in past.facts.values() for moment in _times(audience))
    yield from (moment for one in past.grants for moment in (one.since, one.ended))


def _turns(standings: Sequence[Standing]) -> dict[datetime, set[Who]]:
    """Give the moments at which agreements and deputies' windows begin and end, and whose."""
    found: dict[datetime, set[Who]] = {}
    for standing in standings:
        agreement = standing.profile.agreement
        times = [agreement.valid_from, agreement.valid_until] if agreement else []
        times += [m for one in standing.profile.delegations for m in (one.since, one.until)]
        for moment in times:
            found.setdefault(moment, set()).add(standing.person)
    return found


def _in_force(past: Past, moment: datetime) -> PolicySet:
    return next(one.policies for one in reversed(past.sets) if one.since <= moment)


class _Judge:
    """Decides from one moment on, until the record or the policies change; many people at once."""

    def __init__(self, past: Past, policies: PolicySet, alike: Alike, moment: datetime) -> None:
        self._policies, self._alike = policies, alike
        self._told: dict[object, Seen] = {}
        first = _first(past, moment)
        self._current = first[0].kept.number if first else None
        there = [
            (
                version.kept.number,
                past.part(version.kept.title, version, state, moment),
                [past.part(one, version, state, moment) for one in sorted(version.kept.parts)],
            )
            for version in past.versions
            if (state := version.state_at(moment)) is not None
        ]
        of_titles = (title for _, title, _ in there)
        of_parts = (part for _, _, parts in there for part in parts)
        self._titles = list(dict.fromkeys(of_titles))
        self._every = list(dict.fromkeys([*self._titles, *of_parts]))
        place = {audience: number for number, audience in enumerate(self._every)}
        self._there = [
            (number, place[title], sum({1 << place[part] for part in parts}))
            for number, title, parts in there
        ]

    def of(self, people: Collection[tuple[Who, Profile]], moment: datetime) -> dict[Who, Seen]:
        """Give what each could read; of a version whose title they could not, nothing."""
        facts = {who: self._alike.facts(profile) for who, profile in people}
        found = self._seen(list(dict.fromkeys(facts.values())), moment)
        return {who: found[one] for who, one in facts.items()}

    def _seen(self, profiles: list[Profile], moment: datetime) -> dict[Profile, Seen]:
        decided = decide_many(self._policies, Action.READ, profiles, self._every, moment)
        mays = [decided.allowed(place) for place in range(len(profiles))]
        unsure = self._by_password(dict(zip(profiles, mays, strict=True)), moment)
        found = {}
        for place, profile in enumerate(profiles):
            may, titles = mays[place], unsure.get(profile, 0)
            open_ones = [one for one in self._there if may >> one[1] & 1]
            let_by = frozenset(
                id_
                for title in {title for _, title, _ in open_ones}
                for id_ in decided.decision(place, title).policies
            )
            found[profile] = self._one(may, titles, let_by, open_ones)
        return found

    def _by_password(self, mays: Mapping[Profile, int], moment: datetime) -> dict[Profile, int]:
        """Give which titles a password would do for, of those who could read one at all."""
        titles = (1 << len(self._titles)) - 1
        some = [profile for profile, may in mays.items() if may & titles]
        plain = [replace(profile, assurance=Assurance.PASSWORD) for profile in some]
        decided = decide_many(self._policies, Action.READ, plain, self._titles, moment)
        return {profile: decided.allowed(place) for place, profile in enumerate(some)}

    def _one(
        self,
        may: int,
        titles: int,
        let_by: frozenset[str],
        open_ones: Sequence[tuple[int, int, int]],
    ) -> Seen:
        """Make what was seen, one object for all who saw the same by the same policies."""
        told = (may, titles, let_by)
        if told not in self._told:
            self._told[told] = Seen(
                versions=frozenset(number for number, _, _ in open_ones),
                current=any(number == self._current for number, _, _ in open_ones),
                whole=any(may & parts == parts for _, _, parts in open_ones),
                by_password=any(titles >> title & 1 for _, title, _ in open_ones),
                let_by={id_: self._policies.policies[id_].explain for id_ in sorted(let_by)},
            )
        return self._told[told]
