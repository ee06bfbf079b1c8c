"""Many decisions at once: who of many may do something with which of many audiences.

Cedar answers each question once for all who are alike to it (`conditions`, `likeness`), and what it
answered is put together as Cedar would: what a permit holds for and no forbid, and nothing
that went wrong. `PolicySet.decide`, one by one, says the same and is what this is tested against.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial, reduce
from operator import or_
from typing import Any

import cedarpy

from app.access.conditions import Atom, Conditions, Held
from app.access.entities import PUBLIC, numbered
from app.access.facts import Action, Audience, Profile
from app.access.likeness import Asker, Crowd, Key, View, values_at
from app.access.policy_set import Decision, PolicySet, ask, context, next_boundary, request

Progress = Callable[[int, int], None]

_TOGETHER = 64  # kinds of askers whose questions are put to Cedar in one go
_MOST = 50_000  # what a policy set remembers of each question, and of audiences


@dataclass(frozen=True)
class Ruling:
    """What was decided for one profile: `allowed`, and by policy what rests on it, as bits."""

    allowed: int
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Said:
    """An answer and the ids of the policies that gave it, sorted."""

    allowed: bool
    policies: tuple[str, ...]


NOTHING = Ruling(0, {})
_UNSEEN: Any = object()


@dataclass(frozen=True)
class Answers:
    """What Cedar answers for each profile and audience, both by their places as they were given."""

    profiles: Sequence[Profile]
    audiences: Sequence[Audience]
    now: datetime
    rulings: Sequence[Ruling]

    def allowed(self, profile: int) -> int:
        """Give the audiences that this profile may act on, as bits: bit j for audience j."""
        return self.rulings[profile].allowed

    def reasons(self, profile: int) -> Mapping[str, int]:
        """Give by policy the audiences, as bits, the decision on which rests on it."""
        return self.rulings[profile].reasons

    def of(self, profile: int) -> list[Said]:
        """Give what was said about each audience, without until when it holds."""
        ruling = self.rulings[profile]
        policies: list[list[str]] = [[] for _ in self.audiences]
        for id_ in sorted(ruling.reasons):
            for place in _places(ruling.reasons[id_]):
                policies[place].append(id_)
        return [
            Said(bool(ruling.allowed >> place & 1), tuple(ids))
            for place, ids in enumerate(policies)
        ]

    def holds_until(self, profile: int) -> datetime | None:
        """Give the next moment at which time alone may change one of a profile's answers."""
        who = self.profiles[profile]
        ends = {next_boundary(who, one, self.now) for one in self.audiences}
        return min((end for end in ends if end is not None), default=None)

    def decision(self, profile: int, audience: int) -> Decision:
        """Give the decision about one pair, as `PolicySet.decide` gives it."""
        ruling = self.rulings[profile]
        return Decision(
            allowed=bool(ruling.allowed >> audience & 1),
            policies=tuple(sorted(id_ for id_, on in ruling.reasons.items() if on >> audience & 1)),
            holds_until=next_boundary(self.profiles[profile], self.audiences[audience], self.now),
        )


def decide_many(
    policies: PolicySet,
    action: Action,
    profiles: Sequence[Profile],
    audiences: Sequence[Audience],
    now: datetime,
    *,
    progress: Progress | None = None,
) -> Answers:
    """Decide for every profile about every audience; whatever goes wrong is a deny.

    `progress` is told how many of the profiles are done, and of how many.
    """
    tell = progress or _quietly
    if policies.conditions.of_facts_only:
        rulings = _Court(policies, action, audiences, now).rule(profiles, tell)
    else:
        rulings = _one_by_one(policies, action, profiles, audiences, now, tell)
    return Answers(tuple(profiles), tuple(audiences), now, rulings)


def _quietly(_done: int, _whole: int) -> None:
    """Tell nobody."""


def _one_by_one(
    policies: PolicySet,
    action: Action,
    profiles: Sequence[Profile],
    audiences: Sequence[Audience],
    now: datetime,
    tell: Progress,
) -> list[Ruling]:
    """Ask about every pair: to these policies nobody is like anybody else."""
    rulings = []
    for place, profile in enumerate(profiles):
        allowed, reasons = 0, dict[str, int]()
        for number, one in enumerate(policies.decide(profile, action, audiences, now)):
            allowed |= one.allowed << number
            for id_ in one.policies:
                reasons[id_] = reasons.get(id_, 0) | 1 << number
        rulings.append(Ruling(allowed, reasons))
        tell(place + 1, len(profiles))
    return rulings


class _Court:
    """Decides about one crowd of audiences at one moment, for one action."""

    def __init__(
        self, policies: PolicySet, action: Action, audiences: Sequence[Audience], now: datetime
    ) -> None:
        self._policies, self._action, self._now = policies, action, now
        self._conditions = policies.conditions
        self._audiences, self._moment = audiences, context(now)
        self._crowd = _crowd(self._conditions, _rows(policies, audiences, now))
        self._truths: dict[Atom, dict[object, bool | None]] = {}
        self._held: dict[View, Held] = {}

    def rule(self, profiles: Sequence[Profile], tell: Progress) -> list[Ruling]:
        """Decide for each profile; those who are alike to every question are decided for once."""
        kinds: dict[object, list[int]] = {}
        for place, profile in enumerate(profiles):
            kinds.setdefault(self._kind(profile), []).append(place)
        rulings = [NOTHING] * len(profiles)
        waiting, done = list(kinds.values()), 0
        for start in range(0, len(waiting), _TOGETHER):
            some = waiting[start : start + _TOGETHER]
            found = self._rule([profiles[places[0]] for places in some])
            for places, ruling in zip(some, found, strict=True):
                done += len(places)
                for place in places:
                    rulings[place] = ruling
            tell(done, len(profiles))
        return rulings

    def _kind(self, profile: Profile) -> object:
        """Give what the policies can tell of a profile: a person whom nothing names is anybody."""
        known = self._named is None or not profile.person or profile.person in self._named
        person = profile.person if known else "anybody"
        facts = replace(profile.at(self._now), person=person, delegations=frozenset())
        return facts, known

    @cached_property
    def _named(self) -> frozenset[object] | None:
        """Whom the audiences or the policies name; None where a policy looks at everybody."""
        atoms = self._conditions.atoms
        if any(atom.looks_at_persons for atom in atoms):
            return None
        return self._crowd.names(atoms)

    def _rule(self, profiles: Sequence[Profile]) -> list[Ruling]:
        facts = self._conditions.principal
        made = [self._policies.maker.asker(one, self._now) for one in profiles]
        fitting = iter(self._policies.maker.fitting([one for one in made if one]))
        askers = [
            Asker(entity, profile.person, dict(zip(facts, values_at(entity, facts), strict=True)))
            if entity is None or next(fitting)
            else None
            for entity, profile in zip(made, profiles, strict=True)
        ]
        self._put(askers, self._heads)
        self._put(askers, self._atoms)
        return [self._ruling(asker) if asker else NOTHING for asker in askers]

    def _heads(self, _asker: Asker) -> Iterable[Atom]:
        return self._conditions.heads

    def _atoms(self, asker: Asker) -> Iterable[Atom]:
        """Give every question of the policies whose head is for this asker."""
        policies = self._conditions.policies
        mine = [one for one in policies if self._holds(one.head, asker)[0]]
        return dict.fromkeys(atom for one in mine for atom in one.atoms)

    def _ruling(self, asker: Asker) -> Ruling:
        permits, forbids, wrong = dict[str, int](), dict[str, int](), 0
        for one in self._conditions.policies:
            holds, error = self._holds(one.head, asker)
            wrong |= error
            if holds and one.condition is not None:
                holds, error = one.condition.holds(holds, partial(self._holds, asker=asker))
                wrong |= error
            if holds:
                (permits if one.permits else forbids)[one.id] = holds
        forbidden = _union(forbids.values()) | wrong
        allowed = _union(permits.values()) & ~forbidden
        reasons = {id_: on & allowed for id_, on in permits.items()}
        reasons |= {id_: on & ~wrong for id_, on in forbids.items()}
        return Ruling(allowed, {id_: on for id_, on in reasons.items() if on})

    def _holds(self, atom: Atom, asker: Asker) -> Held:
        """Give the audiences for which a question that was put is answered yes, or is an error."""
        view = self._crowd.view(atom, asker)
        if view not in self._held:
            truths = self._known(atom)
            true = wrong = 0
            for theirs, bits in view.classes.items():
                truth = truths[self._key(view, theirs)]
                true |= bits if truth else 0
                wrong |= bits if truth is None else 0
            self._held[view] = true, wrong
        return self._held[view]

    def _put(
        self, askers: Sequence[Asker | None], atoms: Callable[[Asker], Iterable[Atom]]
    ) -> None:
        """Put to Cedar what it was not asked yet, one pair for each class; remember the answers."""
        open_ones: dict[Atom, dict[object, tuple[int, int]]] = {}
        chosen = 0
        there = [(number, asker) for number, asker in enumerate(askers) if asker]
        for number, asker in there:
            for atom in atoms(asker):
                view = self._crowd.view(atom, asker)
                if view in self._held:
                    continue
                known = self._known(atom)
                waiting = open_ones.setdefault(atom, {})
                for theirs, bits in view.classes.items():
                    key = self._key(view, theirs)
                    if key not in known and key not in waiting:
                        bit = _lowest(bits & chosen or bits)
                        chosen |= 1 << bit
                        waiting[key] = number, bit
        self._answer(askers, open_ones)

    def _answer(
        self,
        askers: Sequence[Asker | None],
        open_ones: Mapping[Atom, Mapping[object, tuple[int, int]]],
    ) -> None:
        pairs = {pair for waiting in open_ones.values() for pair in waiting.values()}
        if not pairs:
            return
        maker = self._policies.maker
        who = {one: asker.entity for one, _ in pairs if (asker := askers[one]) and asker.entity}
        what = {one: maker.asked_for(self._audiences[one], self._now) for _, one in pairs}
        entities = maker.together(
            [numbered(entity, one) for one, entity in (*who.items(), *what.items()) if entity]
        )
        principals = {
            one: {"type": "Person", "id": str(one)} if one in who else PUBLIC for one, _ in pairs
        }
        for atom, waiting in open_ones.items():
            asked = [
                request(principals[one], self._action, _thing(other), self._moment)
                for one, other in waiting.values()
            ]
            answers = ask(asked, atom.handle, entities, maker.schema)
            self._known(atom).update(zip(waiting, map(_truth, answers), strict=True))

    def _known(self, atom: Atom) -> dict[object, bool | None]:
        """Give what was answered: for longer than this crowd where time changes nothing of it."""
        if atom not in self._truths:
            lasting = not atom.of_moment and len(atom.truths) < _MOST
            self._truths[atom] = atom.truths if lasting else {}
        return self._truths[atom]

    def _key(self, view: View, theirs: Key) -> object:
        action = self._action if view.atom.of_action else ""
        return view.mine, theirs, action


def _rows(
    policies: PolicySet, audiences: Sequence[Audience], now: datetime
) -> list[tuple[Any, ...] | None]:
    """Give for each audience the facts that policies look at; None for one that is just denied."""
    known, looked_at = policies.conditions.rows, policies.conditions.resource
    keys = [_as_marked(one, now) for one in audiences]
    rows = [known.get(key, _UNSEEN) for key in keys]
    new = [place for place, row in enumerate(rows) if row is _UNSEEN]
    made = [policies.maker.asked_for(audiences[place], now) for place in new]
    fitting = iter(policies.maker.fitting([one for one in made if one]))
    for place, entity in zip(new, made, strict=True):
        rows[place] = values_at(entity, looked_at) if entity and next(fitting) else None
        if len(known) < _MOST:
            known[keys[place]] = rows[place]
    return rows


def _crowd(conditions: Conditions, rows: Sequence[Key | None]) -> Crowd:
    """Sort the audiences, or take them as they were sorted when they were last asked about."""
    last: Crowd | None = conditions.remembered.get("crowd")
    if last is not None and last.fits(rows):
        return last
    conditions.remembered["crowd"] = found = Crowd(conditions.resource, rows)
    return found


def _as_marked(audience: Audience, now: datetime) -> object:
    """Give all that an audience's facts depend on: time changes its markings only."""
    return (audience, audience.label.at(now)) if audience.label.changes else audience


def _thing(number: int) -> dict[str, str]:
    return {"type": "Audience", "id": str(number)}


def _truth(result: cedarpy.AuthzResult) -> bool | None:
    """Tell whether a question was answered yes; None for one that was not answered."""
    unanswered = result.decision is cedarpy.Decision.NoDecision
    if unanswered or result.diagnostics.errors:
        return None
    return bool(result.diagnostics.reasons)


def _union(some: Iterable[int]) -> int:
    return reduce(or_, some, 0)


def _places(bits: int) -> Iterator[int]:
    while bits:
        yield _lowest(bits)
        bits &= bits - 1


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1
