"""Who could read what, person by person: Cedar is asked, nothing is guessed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.access import (
    PUBLIC,
    Action,
    Alike,
    Assurance,
    Audience,
    Candidate,
    Decision,
    PolicySet,
    Profile,
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
    known: dict[Profile, dict[Audience, Way | None]] = {}
    found: list[dict[PersonId, Way]] = [{} for _ in audiences]
    for candidate in candidates:
        facts = alike.facts(candidate.profile)
        if facts not in known:
            ways_of_all = _ways_of(policies, candidate.profile, title, asked, now)
            known[facts] = dict(zip(asked, ways_of_all, strict=True))
        for people, audience in zip(found, audiences, strict=True):
            way = known[facts][audience]
            if way is not None:
                people[candidate.person] = way
    return list(found)


def public_reads(
    policies: PolicySet, title: Audience, audiences: Sequence[Audience], now: datetime
) -> list[bool]:
    """Tell for each audience whether anybody may read it without signing in, now or later."""
    return [way is not None for way in _ways_of(policies, PUBLIC, title, audiences, now)]


def readers_of(people: Ways) -> frozenset[PersonId]:
    """Give those who can read, at once or from a known moment on."""
    return frozenset(one for one, way in people.items() if not way.waits)


def _ways_of(
    policies: PolicySet,
    profile: Profile,
    title: Audience,
    audiences: Sequence[Audience],
    now: datetime,
) -> list[Way | None]:
    """Give how a profile would read each part with the title, doing as little for it as will do."""
    found: list[Way | None] = [None] * len(audiences)
    terms = frozenset[str]().union(*(one.label.terms for one in (title, *audiences)))
    for sure, factor in _sign_ins(profile, terms - profile.accepted):
        places = [place for place, way in enumerate(found) if way is None]
        asked = list(dict.fromkeys((title, *(audiences[place] for place in places))))
        alone = _alone(policies, sure, asked, now) if places else {}
        for place in places:
            part = audiences[place]
            lacking = (sure.accepted - profile.accepted) & (title.label.terms | part.label.terms)
            way = _both(alone[title], alone[part])
            found[place] = way and replace(way, needs_second_factor=factor, terms=lacking)
    return found


def _alone(
    policies: PolicySet, profile: Profile, audiences: Sequence[Audience], now: datetime
) -> dict[Audience, Way | None]:
    decisions = policies.decide(profile, Action.READ, audiences, now)
    return {
        audience: _way(policies, profile, audience, decision, now)
        for audience, decision in zip(audiences, decisions, strict=True)
    }


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


def _way(
    policies: PolicySet, profile: Profile, audience: Audience, first: Decision, now: datetime
) -> Way | None:
    """Give when this profile reads, looking again at each moment that the audience itself names."""
    spans: list[Span] = []
    since = now if first.allowed else None
    deciding = first.policies if first.allowed else ()
    for moment in _moments(profile, audience, now):
        (decision,) = policies.decide(profile, Action.READ, [audience], moment)
        if decision.allowed and since is None:
            since, deciding = moment, deciding or decision.policies
        elif not decision.allowed and since is not None:
            spans.append(Span(None if since == now else since, moment))
            since = None
    if since is not None:
        spans.append(Span(None if since == now else since))
    return Way(deciding, tuple(spans)) if spans else None


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
