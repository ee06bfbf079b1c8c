"""What people would come to read: as time passes, once they accept terms or set up a factor.

A change that lets somebody read nothing today, but tomorrow or with a second factor, lets them
gain all the same: it is not saved unseen for that.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.access import Action, Audience, PolicySet, Profile
from app.impact.deciding import Progress, allowed_bits
from app.impact.shaping import ones
from app.impact.worlds import Worlds, at_best, boundaries, turns

States = set[tuple[int, int]]


def pairs_at_best(worlds: Worlds, audiences: Sequence[Audience]) -> list[tuple[Profile, Profile]]:
    """Give each pair of facts with every term accepted and a second factor set up."""
    terms = frozenset[str]().union(*(one.label.terms for one in audiences))
    return [(at_best(one, terms), at_best(two, terms)) for one, two in worlds.pairs]


def states_to_come(
    worlds: Worlds, audiences: Sequence[Audience], progress: Progress | None = None
) -> list[States]:
    """Give for each pair of facts what is read before and after, now and at each later moment.

    Everybody is taken at their best: with every term accepted and a second factor set up.
    """
    pairs = pairs_at_best(worlds, audiences)
    if not pairs:
        return []
    sides = [list(dict.fromkeys(side)) for side in zip(*pairs, strict=True)]
    moments = _moments([one for side in sides for one in side], audiences, worlds.now)
    steps = zip(
        _course(worlds.before.policies, sides[0], audiences, moments),
        _course(worlds.after.policies, sides[1], audiences, moments),
        strict=True,
    )
    places = [{one: place for place, one in enumerate(side)} for side in sides]
    found: list[States] = [set() for _ in pairs]
    for number, (before, after) in enumerate(steps):
        now = ((before[places[0][one]], after[places[1][two]]) for one, two in pairs)
        for states, state in zip(found, worlds.met(now), strict=True):
            states.add(state)
        if progress is not None:
            progress(number + 1, len(moments))
    return found


def _moments(
    profiles: Sequence[Profile], audiences: Sequence[Audience], now: datetime
) -> list[datetime]:
    found = [turns(one, now) for one in audiences] + [boundaries(one, now) for one in profiles]
    return [now, *sorted(set().union(*found))]


def _course(
    policies: PolicySet,
    profiles: Sequence[Profile],
    audiences: Sequence[Audience],
    moments: Sequence[datetime],
) -> Iterator[list[int]]:
    """Give what each may read at each moment, asking again only about what has changed by then."""
    now = moments[0]
    bits = allowed_bits(policies, Action.READ, profiles, audiences, now)
    turning = [turns(one, now) for one in audiences]
    moving = [boundaries(one, now) for one in profiles]
    yield bits
    for moment in moments[1:]:
        bits = list(bits)
        due = [place for place, moments_of in enumerate(turning) if moment in moments_of]
        if due:
            asked = [audiences[place] for place in due]
            mask = sum(1 << place for place in due)
            answers = allowed_bits(policies, Action.READ, profiles, asked, moment)
            for number, answer in enumerate(answers):
                bits[number] = (bits[number] & ~mask) | sum(1 << due[one] for one in ones(answer))
        moved = [number for number, moments_of in enumerate(moving) if moment in moments_of]
        if moved:
            chosen = [profiles[number] for number in moved]
            answers = allowed_bits(policies, Action.READ, chosen, audiences, moment)
            for number, answer in zip(moved, answers, strict=True):
                bits[number] = answer
        yield bits
