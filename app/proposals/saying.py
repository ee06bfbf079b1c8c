"""What there is to say of changes: whose they are, by the names of now, and fact by fact."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app import parties
from app.core.ids import PersonId
from app.core.work import Work
from app.parties import PersonName
from app.proposals.views import ChangeView, FieldChange

Plain = Mapping[str, Any]
LISTED: Final = ("roles", "areas", "people", "organisations", "added", "removed", "changed")
# Told otherwise: by whose the change is, and by what is done.
UNTOLD: Final = ("name", "organisation", "active")
NOBODY: Final = PersonName("", "", "")


def say(work: Work, changes: Sequence[Plain]) -> tuple[ChangeView, ...]:
    """Say these changes, which are as they are kept."""
    people = parties.names(work.session, set(_people(changes)))
    slugs = {slug for change in changes for slug in _slugs(change)}
    houses = parties.organisation_names(work.session, slugs)
    return tuple(_say(change, people, houses) for change in changes)


def _say(
    change: Plain, people: Mapping[PersonId, PersonName], houses: Mapping[str, str]
) -> ChangeView:
    before, after = change["before"] or {}, change["after"] or {}
    kind, key = change["kind"], change["key"]
    name, organisation = after.get("name", ""), ""
    if kind == "person":
        organisation = houses.get(after["organisation"], after["organisation"])
        name = name or people.get(_person(key), NOBODY).name
    elif kind == "agreement":
        name = organisation = houses.get(key, key)
    elif kind == "policies":
        name = key
    untold = UNTOLD if kind == "person" else ()
    fields = tuple(
        _field(field, before.get(field), after.get(field), people, houses)
        for field in after
        if field not in untold and before.get(field) != after.get(field)
    )
    if kind == "person" and "@" in key:
        fields = (FieldChange("email", after=key), *fields)
    return ChangeView(kind, _act(change), name, organisation, fields)


def _act(change: Plain) -> Any:
    before, after = change["before"], change["after"]
    if before is None:
        return "added"
    if after is None:
        return "ended"
    return "resumed" if after.get("active") and not before.get("active") else "changed"


def _field(
    field: str,
    before: Any,
    after: Any,
    people: Mapping[PersonId, PersonName],
    houses: Mapping[str, str],
) -> FieldChange:
    if field not in LISTED:
        return FieldChange(field, before=str(before or ""), after=str(after or ""))

    def named(values: Iterable[str]) -> tuple[str, ...]:
        if field == "people":
            return tuple(sorted(people.get(PersonId(UUID(one)), NOBODY).name for one in values))
        return tuple(sorted(houses.get(one, one) for one in values))

    had, has = set(before or ()), set(after or ())
    return FieldChange(field, added=named(has - had), removed=named(had - has))


def _people(changes: Sequence[Plain]) -> Iterable[PersonId]:
    for change in changes:
        if change["kind"] == "person":
            yield _person(change["key"])
        elif change["kind"] == "group":
            for facts in (change["before"], change["after"]):
                yield from (PersonId(UUID(one)) for one in (facts or {}).get("people", ()))


def _slugs(change: Plain) -> Iterable[str]:
    if change["kind"] == "agreement":
        yield change["key"]
    for facts in (change["before"], change["after"]):
        if change["kind"] == "person" and facts:
            yield facts["organisation"]
        elif change["kind"] == "group" and facts:
            yield from facts["organisations"]


def _person(key: str) -> PersonId:
    """Give whose a change is; who is not admitted is known by an address, and nobody's id."""
    try:
        return PersonId(UUID(key))
    except ValueError:
        return PersonId(UUID(int=0))
