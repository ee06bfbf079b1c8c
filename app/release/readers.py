"""Who could read what, person by person: Cedar is asked, nothing is guessed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.access import (
    PUBLIC,
    Action,
    Alike,
    Answers,
    Assurance,
    Audience,
    Candidate,
    Decision,
    PolicySet,
    Profile,
    decide_many,
)
from app.core.ids import PersonId


@dataclass(frozen=True)
class Span:
    """A stretch of time: `from_at` inclusive, None for now; `until` exclusive, None for no end."""

    from_at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Way:
    """How a person gets to read: by which policies, when, and what they still need for it.

    `needs_second_factor`: they have set none up, so cannot yet. `terms` are the terms of use, by
    slug, that they must accept first.
    """

    policies: tuple[str, ...]
    spans: tuple[Span, ...] = (Span(),)
    needs_second_factor: bool = False
    terms: frozenset[str] = frozenset()

    @property
    def from_at(self) -> datetime | None:
        """Give the moment from which they read, None for at once."""
        return self.spans[0].from_at

    @property
    def until(self) -> datetime | None:
        """Give the moment at which it ends, as a grant does; None for no end of its own."""
        return self.spans[0].until

    @property
    def again_from(self) -> datetime | None:
        """Give the moment from which they read again after it ended, None for never."""
        return self.spans[1].from_at if len(self.spans) > 1 else None

    @property
    def waits(self) -> bool:
        """Tell whether it rests on something that the person has yet to do."""
        return self.needs_second_factor or bool(self.terms)


Ways = Mapping[PersonId, Way]


def ways(
    policies: PolicySet,
    candidates: Sequence[Candidate],
    title: Audience,
    audiences: Sequence[Audience],
    now: datetime,
) -> list[Ways]:
    """Give for each audience how each person would read a part that has it.

    Nobody reads a part of a record whose title they may not read. What the audiences themselves
    say of time holds when it says: embargoes, planned changes of markings, ends of grants.
    Everything else is as it stands now.
    """
    asked = tuple(dict.fromkeys(audiences))
    alike = Alike.of(policies, (title, *asked))
    kinds = {alike.facts(one.profile): one.profile for one in reversed(candidates)}
    judge = _Judge(policies, list(kinds.values()), (title, *asked), now)
    known = {
        facts: dict(zip(asked, judge.ways(profile, title, asked), strict=True))
        for facts, profile in kinds.items()
    }
    found: list[dict[PersonId, Way]] = [{} for _ in audiences]
    for candidate in candidates:
        of_kind = known[alike.facts(candidate.profile)]
        for people, audience in zip(found, audiences, strict=True):
            way = of_kind[audience]
            if way is not None:
                people[candidate.person] = way
    return list(found)


def public_reads(
    policies: PolicySet, title: Audience, audiences: Sequence[Audience], now: datetime
) -> list[bool]:
    """Tell for each audience whether anybody may read it without signing in, now or later."""
    judge = _Judge(policies, [PUBLIC], (title, *audiences), now)
    return [way is not None for way in judge.ways(PUBLIC, title, audiences)]


def readers_of(people: Ways) -> frozenset[PersonId]:
    """Give those who can read, at once or from a known moment on."""
    return frozenset(one for one, way in people.items() if not way.waits)


class _Judge:
    """Decides how people read; at each moment Cedar is asked about all of them at once."""

    def __init__(
        self,
        policies: PolicySet,
        profiles: Sequence[Profile],
        audiences: Sequence[Audience],
        now: datetime,
    ) -> None:
        self._policies, self._now = policies, now
        self._audiences = {one: place for place, one in enumerate(dict.fromkeys(audiences))}
        self._terms = frozenset[str]().union(*(one.label.terms for one in audiences))
        every = dict.fromkeys(sure for one in profiles for sure, _ in self._sign_ins(one))
        self._profiles = {one: place for place, one in enumerate(every)}
        self._answers: dict[datetime, Answers] = {}

    def ways(
        self, profile: Profile, title: Audience, audiences: Sequence[Audience]
    ) -> list[Way | None]:
        """Give how a profile would read each part with the title, with as little as will do."""
        found: list[Way | None] = [None] * len(audiences)
        for sure, factor in self._sign_ins(profile):
            places = [place for place, way in enumerate(found) if way is None]
            of_title = self._way(sure, title) if places else None
            for place in places:
                part = audiences[place]
                lacking = sure.accepted - profile.accepted
                way = _both(of_title, self._way(sure, part))
                found[place] = way and replace(
                    way,
                    needs_second_factor=factor,
                    terms=lacking & (title.label.terms | part.label.terms),
                )
        return found

    def _sign_ins(self, profile: Profile) -> Iterator[tuple[Profile, bool]]:
        return _sign_ins(profile, self._terms - profile.accepted)

    def _decide(self, profile: Profile, audience: Audience, moment: datetime) -> Decision:
        if moment not in self._answers:
            self._answers[moment] = decide_many(
                self._policies, Action.READ, list(self._profiles), list(self._audiences), moment
            )
        return self._answers[moment].decision(self._profiles[profile], self._audiences[audience])

    def _way(self, profile: Profile, audience: Audience) -> Way | None:
        """Give when this profile reads, looking again at each moment that the audience names."""
        now, spans = self._now, list[Span]()
        first = self._decide(profile, audience, now)
        since = now if first.allowed else None
        deciding = first.policies if first.allowed else ()
        for moment in _moments(profile, audience, now):
            decision = self._decide(profile, audience, moment)
            if decision.allowed and since is None:
                since, deciding = moment, deciding or decision.policies
            elif not decision.allowed and since is not None:
                spans.append(Span(None if since == now else since, moment))
                since = None
        if since is not None:
            spans.append(Span(None if since == now else since))
        return Way(deciding, tuple(spans)) if spans else None


def _sign_ins(profile: Profile, terms: frozenset[str]) -> Iterator[tuple[Profile, bool]]:
    """Give the profile as it is, then with what they could still do; whether a factor is in it."""
    accepting = replace(profile, accepted=profile.accepted | terms)
    somebody, weak = bool(profile.person), profile.assurance is Assurance.PASSWORD
    yield profile, False
    if somebody and terms:
        yield accepting, False
    if somebody and weak:
        yield replace(profile, assurance=Assurance.MULTI_FACTOR), True
    if somebody and weak and terms:
        yield replace(accepting, assurance=Assurance.MULTI_FACTOR), True


def _moments(profile: Profile, audience: Audience, now: datetime) -> list[datetime]:
    label = audience.label
    named = [label.not_before, *(change.at for change in label.changes)]
    named += [one.until for one in audience.grants if one.person == profile.person]
    return sorted({moment for moment in named if moment is not None and moment > now})


def _both(title: Way | None, part: Way | None) -> Way | None:
    if title is None or part is None:
        return None
    spans = tuple(_overlaps(title.spans, part.spans))
    return Way(part.policies, spans) if spans else None


def _overlaps(some: Sequence[Span], others: Sequence[Span]) -> Iterator[Span]:
    for one in some:
        for other in others:
            from_at = max(filter(None, (one.from_at, other.from_at)), default=None)
            until = min(filter(None, (one.until, other.until)), default=None)
            if until is None or from_at is None or from_at < until:
                yield Span(from_at, until)
