"""Compares two worlds over everything that the store holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app import records
from app.access import (
    SEEING,
    Action,
    Audience,
    OfficeAction,
    PolicySet,
    PolicyText,
    Profile,
    State,
    all_audiences,
)
from app.core.ids import AudienceId
from app.impact.deciding import Progress, allowed_bits
from app.impact.later import States, pairs_at_best, states_to_come
from app.impact.offices import office_acts
from app.impact.shaping import Differences, Shaped, ones
from app.impact.worlds import Worlds

READ_UNRELEASED = "read-unreleased"

# Groups of actions that the schema puts together: those of offices, and those of seeing.
_OFFICES = frozenset({"office", "people"})
_SEEING = frozenset({"see", "take"})

Pair = tuple[int, int]


@dataclass(frozen=True)
class Compared:
    """What the worlds differ in, for each pair of facts in the order of `Worlds.pairs`.

    `later` are the shapes of which something is gained later only. Acts go by their names.
    """

    audiences: Mapping[AudienceId, Audience]
    shaped: Shaped
    now: Sequence[Differences]
    later: Sequence[int]
    acts_gained: Sequence[tuple[str, ...]]
    acts_lost: Sequence[tuple[str, ...]]


def compare(session: Session, worlds: Worlds, progress: Progress | None = None) -> Compared:
    """Decide everything in both worlds, and give where the answers differ."""
    audiences = all_audiences(session)
    ids, facts = list(audiences), list(audiences.values())
    changing = any(one != two for one, two in worlds.pairs)
    steps = _Steps(progress, count=(4 if changing else 2) * len(Action) + 2)
    decided = {action: _decide(worlds, worlds.pairs, action, facts, steps) for action in Action}
    to_come = states_to_come(worlds, facts, steps.next())
    offices = office_acts(worlds, steps.next())
    released = sum(1 << place for place, one in enumerate(facts) if one.state is State.RELEASED)
    reading = [*decided[Action.READ], *(state for states in to_come for state in states)]
    shaped = Shaped.of(
        records.shapes(session, _named(ids, _differing(reading) & released)),
        {id_: place for place, id_ in enumerate(ids)},
    )
    now = [shaped.differences(before, after) for before, after in decided[Action.READ]]
    acts = _acts(session, ids, decided, _coming(worlds, facts, to_come, steps), released)
    return Compared(
        audiences=audiences,
        shaped=shaped,
        now=now,
        later=[_later(shaped, one, states) for one, states in zip(now, to_come, strict=True)],
        acts_gained=[(*_gained(acts, place), *one[0]) for place, one in enumerate(offices)],
        acts_lost=[(*_lost(acts, place), *one[1]) for place, one in enumerate(offices)],
    )


class _Steps:
    """Tells of many equal steps as of one way, in thousandths."""

    def __init__(self, progress: Progress | None, count: int) -> None:
        self._progress, self._count, self._begun = progress, count, -1

    def next(self) -> Progress | None:
        """Begin the next step."""
        self._begun += 1
        progress = self._progress
        if progress is None:
            return None
        before, count = self._begun, self._count
        return lambda done, of: progress(round(1000 * (before + done / (of or 1)) / count), 1000)


def _decide(
    worlds: Worlds,
    pairs: Sequence[tuple[Profile, Profile]],
    action: Action,
    facts: Sequence[Audience],
    steps: _Steps,
) -> list[Pair]:
    """Give for each pair of facts the audiences on which it may act so, before and after."""
    if not _concerns(worlds, action):
        return [(0, 0) for _ in pairs]
    sides = zip(*pairs, strict=True)
    policies = (worlds.before.policies, worlds.after.policies)
    before, after = (
        _answers(each, action, profiles, facts, worlds, steps)
        for each, profiles in zip(policies, sides, strict=True)
    )
    return worlds.met(zip(before, after, strict=True))


def _coming(
    worlds: Worlds, facts: Sequence[Audience], to_come: Sequence[States], steps: _Steps
) -> dict[str, list[int]]:
    """Give for each pair of facts the audiences on which an act is gained, act by act, later.

    What is not released is read later as what is. The other acts are asked for only where facts
    change, which somebody has at their best; those that policies open are among their cases.
    """
    coming = {str(Action.READ): [_gained_in(states) for states in to_come]}
    pairs = pairs_at_best(worlds, facts)
    if pairs != worlds.pairs and any(one != two for one, two in pairs):
        for action in set(Action) - {Action.READ}:
            decided = _decide(worlds, pairs, action, facts, steps)
            coming[str(action)] = [after & ~before for before, after in decided]
    return coming


def _gained_in(states: States) -> int:
    found = 0
    for before, after in states:
        found |= after & ~before
    return found


def _concerns(worlds: Worlds, action: Action) -> bool:
    """Tell whether the worlds can differ in an act at all: where they cannot, nothing is asked."""
    before, after = worlds.before.policies, worlds.after.policies
    if any(one != two for one, two in worlds.pairs):
        return True
    if (before.schema, before.schemes) != (after.schema, after.schemes):
        return True
    texts = [{policy.text: policy for policy in each.policies.values()} for each in (before, after)]
    differing = [{**texts[0], **texts[1]}[text] for text in texts[0].keys() ^ texts[1].keys()]
    return any(_may_be_about(policy, action) for policy in differing)


def _may_be_about(policy: PolicyText, action: Action) -> bool:
    """Tell whether a policy's head is for an act; a group not known here is for every act."""
    groups = policy.actions - set(Action) - set(OfficeAction)
    elsewhere = _OFFICES if action in SEEING else _OFFICES | _SEEING
    return not policy.actions or action in policy.actions or not groups <= elsewhere


def _answers(
    policies: PolicySet,
    action: Action,
    profiles: Sequence[Profile],
    facts: Sequence[Audience],
    worlds: Worlds,
    steps: _Steps,
) -> list[int]:
    distinct = list(dict.fromkeys(profiles))
    bits = allowed_bits(policies, action, distinct, facts, worlds.now, steps.next())
    known = dict(zip(distinct, bits, strict=True))
    return [known[one] for one in profiles]


def _acts(
    session: Session,
    ids: Sequence[AudienceId],
    decided: Mapping[Action, Sequence[Pair]],
    coming: Mapping[str, Sequence[int]],
    released: int,
) -> dict[str, list[Pair]]:
    """Give what differs beside reading what is released, where a part of a version is concerned.

    What is gained later is gained. Audiences that nothing has any more stay in the store: what may
    be done with them does not count.
    """
    acts = {str(action): list(pairs) for action, pairs in decided.items()}
    for act, later in coming.items():
        acts[act] = [
            (before & ~bits, after | bits)
            for (before, after), bits in zip(acts[act], later, strict=True)
        ]
    acts[READ_UNRELEASED] = [
        (before & ~released, after & ~released) for before, after in acts.pop(str(Action.READ))
    ]
    differing = _differing(pair for pairs in acts.values() for pair in pairs)
    held = records.held_audiences(session, _named(ids, differing))
    mask = sum(1 << place for place in ones(differing) if ids[place] in held)
    return {
        act: [(before & mask, after & mask) for before, after in pairs]
        for act, pairs in acts.items()
    }


def _gained(acts: Mapping[str, Sequence[Pair]], place: int) -> tuple[str, ...]:
    return tuple(act for act, pairs in acts.items() if pairs[place][1] & ~pairs[place][0])


def _lost(acts: Mapping[str, Sequence[Pair]], place: int) -> tuple[str, ...]:
    return tuple(act for act, pairs in acts.items() if pairs[place][0] & ~pairs[place][1])


def _later(shaped: Shaped, now: Differences, states: States) -> int:
    found = 0
    for before, after in states:
        then = shaped.differences(before, after)
        found |= then.gained | then.more
    return found & ~(now.gained | now.more)


def _differing(pairs: Iterable[Pair]) -> int:
    found = 0
    for before, after in pairs:
        found |= before ^ after
    return found


def _named(ids: Sequence[AudienceId], bits: int) -> list[AudienceId]:
    return [ids[place] for place in ones(bits)]
