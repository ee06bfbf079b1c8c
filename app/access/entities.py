"""The one place where facts become Cedar entities, always against the schema.

Entities made without the schema lose the action groups, and then no forbid on a group fires; so
nothing else in the portal makes any. What does not fit the schema is not asked about: it is denied.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import cedarpy

from app.access.facts import Agreement, Audience, Office, Profile
from app.labels import EntryKind, Label, Marking, Scheme, Schemes

# The asker and the asked for carry no identity of their own: a policy can only look at facts.
PERSON = {"type": "Person", "id": "asker"}
PUBLIC = {"type": "Public", "id": "anyone"}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SETS: Mapping[str, EntryKind] = {
    "to_parties": "party",
    "to_partners": "partners",
    "to_organisations": "org",
    "to_groups": "group",
    "to_persons": "person",
}


Entity = dict[str, Any]


@dataclass(frozen=True)
class World:
    """What Cedar is asked about: who asks, and each thing asked for, None for one to be denied."""

    entities: cedarpy.Entities
    principal: Mapping[str, str]
    resources: tuple[Mapping[str, str] | None, ...]


@dataclass(frozen=True)
class EntityMaker:
    """Makes the entities of a deployment: its schemes give the ranks, its schema the shape."""

    schemes: Schemes
    schema: cedarpy.Schema

    def world(self, profile: Profile, things: Sequence[Audience | Office], now: datetime) -> World:
        """Make entities of a profile and of the things it asks for, as they stand, in order."""
        asker = self._profile(profile.at(now))
        made = [self._thing(thing, number, now) for number, thing in enumerate(things)]
        whole = self._entities([*asker, *filter(None, made)])
        if whole is None:
            made = [thing if self._entities([*asker, thing]) else None for thing in made]
            whole = self._entities([*asker, *filter(None, made)]) or self._nothing()
        return World(
            entities=whole,
            principal=PERSON if profile.person else PUBLIC,
            resources=tuple(thing and thing["uid"] for thing in made),
        )

    def asker(self, profile: Profile, now: datetime) -> Entity | None:
        """Make the entity of who asks, as things stand; the public has none."""
        return next(iter(self._profile(profile.at(now))), None)

    def asked_for(self, thing: Audience, now: datetime) -> Entity | None:
        """Make the entity of what is asked for, as it stands; None for one to be denied."""
        return self._thing(thing, 0, now)

    def together(self, entities: Sequence[Entity]) -> cedarpy.Entities:
        """Put together entities that fit the schema and each carry an identity of their own."""
        return cedarpy.Entities.from_json_str(json.dumps(entities), self.schema, release_gil=True)

    def fitting(self, entities: Sequence[Entity]) -> list[bool]:
        """Tell of each entity whether it fits the schema.

        The schema judges each attribute by itself, and by its type: what has no trait that was not
        seen in one that fits, fits. Only those that bring new traits are put before Cedar.
        """
        traits = [_traits(one, self._by_value) for one in entities]
        seen, new = set(self._fit), list[Entity]()
        for entity, has in zip(entities, traits, strict=True):
            if not has <= seen:
                new.append(numbered(entity, len(new)))
                seen |= has
        if new and self._entities(new):
            self._fit.update(seen)
        return [
            has <= self._fit or self._fits_alone(entity, has)
            for entity, has in zip(entities, traits, strict=True)
        ]

    def _fits_alone(self, entity: Entity, traits: set[Any]) -> bool:
        if self._entities([entity]) is None:
            return False
        self._fit.update(traits)
        return True

    @cached_property
    def _fit(self) -> set[Any]:
        return set()

    @cached_property
    def _by_value(self) -> bool:
        """Whether a text may be of the wrong shape: the schema has types written as texts."""
        return re.search(r"\b(ipaddr|decimal|datetime|duration)\b", str(self.schema)) is not None

    def _entities(self, entities: Sequence[Any]) -> cedarpy.Entities | None:
        try:
            return cedarpy.Entities.from_json_str(
                json.dumps(entities), self.schema, release_gil=True
            )
        except ValueError:
            return None

    def _nothing(self) -> cedarpy.Entities:
        return cedarpy.Entities.from_json_str("[]", self.schema)

    def _profile(self, profile: Profile) -> list[dict[str, Any]]:
        if not profile.person:
            return []
        facts: dict[str, Any] = {
            "person": profile.person,
            "organisation": profile.organisation,
            "organisation_kind": _named("OrganisationKind", profile.organisation_kind),
            "party": profile.party,
            "roles": [_named("Role", role) for role in sorted(profile.roles)],
            "groups": sorted(profile.groups),
            "clearance": self._worth(profile.clearance),
            "assurance": _named("Assurance", profile.assurance),
            "active": profile.active,
        }
        if profile.agreement:
            facts["agreement"] = self._agreement(profile.agreement)
        if profile.accepted:
            facts["accepted"] = sorted(profile.accepted)
        return [_entity(PERSON, facts)]

    def _agreement(self, agreement: Agreement) -> dict[str, Any]:
        return {
            "valid_from": microseconds(agreement.valid_from),
            "valid_until": microseconds(agreement.valid_until),
            "areas": [_named("Area", area) for area in sorted(agreement.areas)],
            "ceiling": self._worth(agreement.ceiling),
        }

    def _worth(self, clearance: Marking | None) -> dict[str, Any]:
        """What a clearance is worth in each scheme that classifies; missing is worth nothing."""
        if clearance is None or not self._classifies(clearance):
            return {}
        worth = {}
        for scheme in self.schemes.by_id.values():
            if scheme.kind != "lattice":
                continue
            marking = self.schemes.translate_clearance(clearance, scheme.id)
            if marking is not None:
                worth[str(scheme.id)] = _ranks(scheme, marking)
        return worth

    def _classifies(self, clearance: Marking) -> bool:
        scheme = self.schemes.by_id.get(clearance.scheme)
        return scheme is not None and scheme.kind == "lattice" and clearance in scheme.markings

    def _thing(self, thing: Audience | Office, number: int, now: datetime) -> dict[str, Any] | None:
        if isinstance(thing, Office):
            return _entity({"type": "Office", "id": str(number)}, _office(thing))
        label = thing.label.at(now)
        if not all(map(self._known, label.markings)):
            return None
        entity = _entity({"type": "Audience", "id": str(number)}, self._audience(thing, label))
        tags = {one.person: microseconds(one.until) for one in sorted(thing.grants)}
        return {**entity, "tags": tags} if tags else entity

    def _known(self, marking: Marking) -> bool:
        scheme = self.schemes.by_id.get(marking.scheme)
        return scheme is not None and marking in scheme.markings

    def _audience(self, audience: Audience, label: Label) -> dict[str, Any]:
        released = _by_kind(label)
        facts: dict[str, Any] = {
            "state": _named("State", audience.state),
            "owner": audience.owner,
            "originator": audience.originator,
            "area": _named("Area", audience.area),
            "all_public": all(map(self.schemes.is_public, label.markings)),
            "step_up": any(map(self.schemes.needs_step_up, label.markings)),
            "eyes_only": label.eyes_only,
            "view_only": label.view_only,
            "to_public": "public" in released,
            "to_community": "community" in released,
        }
        facts |= {name: sorted(released.get(kind, ())) for name, kind in _SETS.items()}
        for marking in label.markings:
            facts[str(marking.scheme)] = self._mark(marking)
        if label.not_before is not None:
            facts["not_before"] = microseconds(label.not_before)
        if label.terms:
            facts["terms"] = sorted(label.terms)
        return facts

    def _mark(self, marking: Marking) -> dict[str, Any]:
        scheme = self.schemes.by_id[marking.scheme]
        if scheme.kind == "rules":
            return _named(str(scheme.id).capitalize(), self.schemes.text(marking))
        return _ranks(scheme, marking)


def numbered(entity: Entity, number: int) -> Entity:
    """Give an entity an identity of its own among others, which no policy can look at."""
    return {**entity, "uid": {"type": entity["uid"]["type"], "id": str(number)}}


def microseconds(moment: datetime) -> int:
    """Count the microseconds from 1970 to an aware time: exact, where Cedar's datetime is not."""
    return (moment - _EPOCH) // _MICROSECOND


def _ranks(scheme: Scheme, marking: Marking) -> dict[str, Any]:
    level, sensitivity = scheme.ranks(marking)
    return (
        {"level": level, "sensitivity": sensitivity} if scheme.sensitivities else {"level": level}
    )


def _office(office: Office) -> dict[str, Any]:
    optional = {"organisation": office.organisation, "person": office.person}
    return {"party": office.party} | {name: value for name, value in optional.items() if value}


def _by_kind(label: Label) -> dict[EntryKind, list[str]]:
    found: dict[EntryKind, list[str]] = {}
    for entry in label.releasability:
        found.setdefault(entry.kind, []).append(entry.value)
    return found


def _named(kind: str, name: str) -> dict[str, Any]:
    return {"__entity": {"type": kind, "id": str(name)}}


def _traits(entity: Entity, by_value: bool) -> set[Any]:
    """Give all that the schema may judge: which attributes there are, and of what shape each."""
    kind, attributes = entity["uid"]["type"], entity["attrs"]
    found: set[Any] = {(kind, *attributes)}
    for name, value in attributes.items():
        if by_value or isinstance(value, list | dict):
            found.add((kind, name, _shape(value, by_value)))
        else:
            found.add((kind, name, type(value)))
    found.update((kind, None, _shape(value, by_value)) for value in entity.get("tags", {}).values())
    return found


def _shape(value: Any, by_value: bool) -> Any:
    if isinstance(value, list):
        return frozenset(_shape(one, by_value) for one in value) if value else ()
    if not isinstance(value, dict):
        return value if by_value else type(value)
    if "__entity" in value:
        return value["__entity"]["type"], value["__entity"]["id"]
    return tuple((name, _shape(one, by_value)) for name, one in value.items())


def _entity(uid: Mapping[str, str], facts: dict[str, Any]) -> dict[str, Any]:
    return {"uid": uid, "attrs": facts, "parents": []}
