"""Tells what two worlds differ in: by person, in numbers, and with examples that show no title."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import islice
from operator import or_

from app.core.ids import PersonId
from app.impact.shaping import Differences, ones
from app.impact.store import Compared
from app.impact.views import ActImpact, Change, Example, Impact, PersonImpact
from app.impact.worlds import Worlds
from app.parties import PersonName

EXAMPLES = 2  # of each kind of change, for each person

_UNKNOWN = PersonName("", "", "")


def tell(worlds: Worlds, found: Compared, names: Mapping[PersonId, PersonName]) -> Impact:
    """Put together what is told of the differences."""
    everybody = [
        _person(worlds, found, place, person, names.get(person, _UNKNOWN))
        for place, person in enumerate(worlds.compared)
    ]
    people = [one for one in everybody if one.gains or one.loses]
    shaped, public = found.shaped, len(worlds.compared)
    nobody = Differences()
    anyone = found.now[public] if worlds.public else nobody
    every = found.now[:public]
    return Impact(
        as_of=worlds.now,
        policy_set=worlds.after.policies.version,
        people=tuple(sorted(people, key=lambda one: (one.name, str(one.person)))),
        acts=tuple(_acts(found)),
        gaining_count=sum(one.gains for one in people),
        losing_count=sum(one.loses for one in people),
        records_gained_count=shaped.count(_all(one.gained | one.more for one in every)),
        records_lost_count=shaped.count(_all(one.lost | one.less for one in every)),
        public_gained_count=shaped.count(anyone.gained | anyone.more),
        public_lost_count=shaped.count(anyone.lost | anyone.less),
        public_later_count=shaped.count(found.later[public]) if worlds.public else 0,
        public_examples=tuple(_examples(worlds, found, anyone)),
    )


def _person(
    worlds: Worlds, found: Compared, place: int, person: PersonId, name: PersonName
) -> PersonImpact:
    shaped, now = found.shaped, found.now[place]
    return PersonImpact(
        person=person,
        name=name.name,
        organisation=name.organisation,
        gained_count=shaped.count(now.gained),
        lost_count=shaped.count(now.lost),
        more_count=shaped.count(now.more),
        less_count=shaped.count(now.less),
        later_count=shaped.count(found.later[place]),
        acts_gained=found.acts_gained[place],
        acts_lost=found.acts_lost[place],
        examples=tuple(_examples(worlds, found, now)),
    )


def _acts(found: Compared) -> Iterator[ActImpact]:
    gaining = Counter(act for acts in found.acts_gained for act in acts)
    losing = Counter(act for acts in found.acts_lost for act in acts)
    for act in sorted(gaining | losing):
        yield ActImpact(act, gaining[act], losing[act])


def _examples(worlds: Worlds, found: Compared, now: Differences) -> Iterator[Example]:
    kinds: Mapping[Change, int] = {
        "gained": now.gained,
        "more": now.more,
        "lost": now.lost,
        "less": now.less,
    }
    for change, shapes in kinds.items():
        told = (
            _example(worlds, found, change, shape, number)
            for shape in ones(shapes)
            for number in range(len(found.shaped.shapes[shape].examples))
        )
        yield from islice(told, EXAMPLES)


def _example(worlds: Worlds, found: Compared, change: Change, place: int, number: int) -> Example:
    """Tell of a record by its banner: the highest marking of any of its parts."""
    shape, schemes = found.shaped.shapes[place], worlds.before.policies.schemes
    reference, kind = shape.examples[number]
    labels = (found.audiences[part].label.at(worlds.now) for part in (shape.title, *shape.parts))
    markings = schemes.high_water(marking for label in labels for marking in label.markings)
    return Example(
        change=change,
        reference=reference,
        kind=kind,
        originator=found.audiences[shape.title].originator,
        marking=" · ".join(map(schemes.text, markings)),
    )


def _all(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)
