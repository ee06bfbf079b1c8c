"""What a question can tell apart: the values that it looks at, and no more of them than it can see.

Where a question only compares values for being the same, one that the other side does not hold is a
stranger, and all strangers are alike. That makes people alike whom nothing names, and lists of
readers alike that hold the same of the asker's names. Which answer they get, Cedar says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.access.conditions import PERSON, Atom
from app.access.entities import PUBLIC, Entity
from app.access.policy_facts import GRANTS, Path

Key = tuple[Any, ...]
Classes = Mapping[Key, int]
"""Which audiences, as bits, are alike to a question, by what it sees of them."""

MISSING = None
MOST_VIEWS = 20_000
STRANGER = object()


@dataclass(frozen=True)
class Asker:
    """Who asks, as the policies see it; `values` are the facts that they look at, by path."""

    entity: Entity | None
    person: str
    values: Mapping[Path, Any]

    @property
    def kind(self) -> str:
        """Give of what kind they are to the policies."""
        return str((self.entity["uid"] if self.entity else PUBLIC)["type"])


@dataclass(frozen=True, eq=False)
class View:
    """What a question sees: of who asks, and in which classes the audiences fall."""

    atom: Atom
    mine: Key
    classes: Classes


def values_at(entity: Entity | None, looked_at: Sequence[Path]) -> Key:
    """Give the facts of an entity at these paths, each as a value that can be compared."""
    if entity is None:
        return (MISSING,) * len(looked_at)
    facts = {**entity["attrs"], GRANTS[1]: entity.get("tags", {})}
    return tuple([_comparable(_within(facts, one)) for one in looked_at])


def _within(facts: Any, looked_at: Path) -> Any:
    for name in looked_at[1:]:
        if not isinstance(facts, dict) or name not in facts:
            return MISSING
        facts = facts[name]
    return facts


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return frozenset(map(_comparable, value))
    if not isinstance(value, dict):
        return value
    if "__entity" in value:
        return value["__entity"]["type"], value["__entity"]["id"]
    return tuple(sorted((name, _comparable(one)) for name, one in value.items()))


class Crowd:
    """The audiences that are asked about, sorted into classes as each question sees them.

    `rows` holds for each its values at `looked_at`, or None for one that is denied unasked.
    """

    def __init__(self, looked_at: Sequence[Path], rows: Sequence[Key | None]) -> None:
        self.rows = rows
        self._places = {one: place for place, one in enumerate(looked_at)}
        self._there = [(1 << place, row) for place, row in enumerate(rows) if row is not None]
        self._by_paths: dict[tuple[Path, ...], Classes] = {}
        self._held: dict[tuple[Path, ...], frozenset[Any]] = {}
        self._views: dict[tuple[Atom, Key, str], View] = {}

    def fits(self, rows: Sequence[Key | None]) -> bool:
        """Tell whether these are the same audiences, and no more is remembered than it should."""
        return self.rows == rows and len(self._views) < MOST_VIEWS

    @cached_property
    def granted(self) -> frozenset[str]:
        """Give whom any of the audiences was granted to."""
        if GRANTS not in self._places:
            return frozenset()
        return frozenset(one for (tags,) in self._classes((GRANTS,)) for one, _ in tags)

    def names(self, atoms: Iterable[Atom]) -> frozenset[Any]:
        """Give whoever is named by what these questions see of the audiences, or was granted it."""
        looking = [atom for atom in atoms if PERSON in atom.principal]
        return self.granted.union(*(self._others(atom) for atom in looking))

    def view(self, atom: Atom, asker: Asker) -> "View":
        """Give what a question sees of the asker, and the classes that it sees the audiences in."""
        mine = (asker.kind, *(asker.values[one] for one in atom.principal))
        granted = GRANTS in atom.resource and asker.person in self.granted
        person = asker.person if granted else ""
        known = (atom, mine, person)
        if known not in self._views:
            self._views[known] = self._view(atom, mine, person)
        return self._views[known]

    def _view(self, atom: Atom, mine: Key, person: str) -> "View":
        classes = self._classes(atom.resource)
        if GRANTS in atom.resource:
            place = atom.resource.index(GRANTS)
            of_person = (_with_grant(key, place, person) for key in classes)
            return View(atom, mine, _merged(classes, of_person))
        if not atom.sameness:
            return View(atom, mine, classes)
        others = self._others(atom)
        mine = (mine[0], *(_beside(value, others) for value in mine[1:]))
        known = (atom, mine, "")
        if known not in self._views:
            own = _held(mine[1:]) | atom.literals
            beside = (tuple(_beside(value, own) for value in key) for key in classes)
            self._views[known] = View(atom, mine, _merged(classes, beside))
        return self._views[known]

    def _others(self, atom: Atom) -> frozenset[Any]:
        """Give every value that a question may find beside the asker's."""
        if atom.resource not in self._held:
            classes = self._classes(atom.resource)
            self._held[atom.resource] = frozenset().union(*map(_held, classes))
        return self._held[atom.resource] | atom.literals

    def _classes(self, looked_at: tuple[Path, ...]) -> Classes:
        if looked_at not in self._by_paths:
            places = [self._places[one] for one in looked_at]
            found: dict[Key, int] = {}
            for bit, row in self._there:
                key = tuple([row[place] for place in places])
                found[key] = found.get(key, 0) | bit
            self._by_paths[looked_at] = found
        return self._by_paths[looked_at]


def _merged(classes: Classes, seen: Iterable[Key]) -> Classes:
    found: dict[Key, int] = {}
    for key, bits in zip(seen, classes.values(), strict=True):
        found[key] = found.get(key, 0) | bits
    return found


def _with_grant(key: Key, place: int, person: str) -> Key:
    """Give a key with only this person's grant of it: until when, or that there is none."""
    return (*key[:place], dict(key[place]).get(person), *key[place + 1 :])


def _held(key: Key) -> frozenset[Any]:
    """Give the single values in a key: those of each set, and whatever is no set."""
    sets = [one for one in key if isinstance(one, frozenset)]
    single = [one for one in key if one is not MISSING and not isinstance(one, frozenset)]
    return frozenset(single).union(*sets)


def _beside(value: Any, others: frozenset[Any]) -> Any:
    """Give a value with whatever the other side does not hold made a stranger."""
    if isinstance(value, frozenset):
        return value if value <= others else (value & others) | {STRANGER}
    return value if value is MISSING or value in others else STRANGER
