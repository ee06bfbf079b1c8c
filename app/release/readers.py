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
    alike = Alike.of(policies, asked)
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
