"""The file that declares who takes part: its form, and everything that must hold in it.

A whole file is read before anything is changed; each fault names its place in the file.
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from app.access import Area, Role
from app.core.errors import Invalid
from app.labels import SchemeId, Schemes
from app.parties.commands import Email, MarkingText, Name
from app.parties.rules import check_roles, read_marking

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", max_length=16)]


def _moment(value: object) -> object:
    """A date means its first moment in UTC; a time must say its zone."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("Say the zone of this time, like 2024-11-20T00:00:00Z.")
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise ValueError("Write a date, like 2024-11-20.")


Moment = Annotated[datetime, BeforeValidator(_moment)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeclaredParty(_Declared):
    """A signatory side."""

    name: Name
    scheme: str


class DeclaredAgreement(_Declared):
    """From inclusive, until exclusive; without areas it covers all six."""

    title: Name
    valid_from: Moment = Field(alias="from")
    valid_until: Moment = Field(alias="until")
    ceiling: MarkingText
    areas: frozenset[Area] = frozenset(Area)

    @model_validator(mode="after")
    def _in_order(self) -> "DeclaredAgreement":
        if self.valid_from >= self.valid_until:
            raise ValueError("The agreement ends before it begins.")
        return self


class DeclaredOrganisation(_Declared):
    """An authority of a party, or a partner that the party sponsors."""

    name: Name
    kind: Literal["authority", "partner"]
    party: Code
    agreement: DeclaredAgreement
    active: bool | None = None


class DeclaredPerson(_Declared):
    """Somebody who works for one organisation; known by e-mail address.

    Without `active` the file leaves it as it is, so that applying it again does not let in
    somebody who was suspended meanwhile.
    """

    email: Email
    name: Name
    organisation: Slug
    roles: frozenset[Role] = frozenset()
    clearance: MarkingText = ""
    active: bool | None = None


class DeclaredGroup(_Declared):
    """A named set of people (by e-mail address) and organisations."""

    name: Name
    people: frozenset[Email] = frozenset()
    organisations: frozenset[Slug] = frozenset()


class Declaration(_Declared):
    """Everybody who takes part."""

    parties: dict[Code, DeclaredParty] = {}
    organisations: dict[Slug, DeclaredOrganisation] = {}
    people: tuple[DeclaredPerson, ...] = ()
    groups: dict[Slug, DeclaredGroup] = {}

    def scheme_of(self, organisation: str) -> SchemeId:
        """Give the scheme that the people of an organisation think in."""
        return SchemeId(self.parties[self.organisations[organisation].party].scheme)


def read_declaration(schemes: Schemes, source: bytes) -> Declaration:
    """Read a file of parties, checked in itself and against the marking schemes.

    Raises:
        Invalid: `fields` tells, for each place in the file, what is wrong there.
    """
    try:
        declaration = Declaration.model_validate(tomllib.loads(source.decode()))
    except ValidationError as error:
        raise _invalid(dict(_faults_of_form(error))) from error
    except ValueError as error:  # not UTF-8, or not TOML; the message tells the line
        raise Invalid(f"This is not a TOML file: {error}") from error
    faults = dict(_faults(declaration, schemes))
    if faults:
        raise _invalid(faults)
    return declaration


def _invalid(faults: dict[str, str]) -> Invalid:
    lines = "\n".join(f"{place}: {message}" for place, message in faults.items())
    return Invalid(f"Nothing was changed, since the file has faults.\n{lines}", fields=faults)


def _faults_of_form(error: ValidationError) -> Iterator[tuple[str, str]]:
    for fault in error.errors():
        place = ""
        for step in fault["loc"]:
            if isinstance(step, int):
                place += f"[{step + 1}]"
            elif step != "[key]":
                place += f".{step}" if place else str(step)
        yield place, fault["msg"].removeprefix("Value error, ")


def _faults(declaration: Declaration, schemes: Schemes) -> Iterator[tuple[str, str]]:
    lattices = {str(id_) for id_, scheme in schemes.by_id.items() if scheme.kind == "lattice"}
    unknown = {c: p.scheme for c, p in declaration.parties.items() if p.scheme not in lattices}
    for code, name in unknown.items():
        yield f"parties.{code}.scheme", f"No scheme that classifies is called “{name}”."
    if unknown:
        return  # without it, neither clearances nor ceilings can be read
    yield from _faults_of_organisations(declaration, schemes)
    yield from _faults_of_people(declaration, schemes)
    known = {person.email for person in declaration.people}
    for slug, group in declaration.groups.items():
        for email in sorted(group.people - known):
            yield f"groups.{slug}.people", f"Nobody in the file has the address {email}."
        for member in sorted(group.organisations - declaration.organisations.keys()):
            yield f"groups.{slug}.organisations", _no_organisation(member)


def _faults_of_organisations(
    declaration: Declaration, schemes: Schemes
) -> Iterator[tuple[str, str]]:
    for slug, organisation in declaration.organisations.items():
        place = f"organisations.{slug}"
        if organisation.party not in declaration.parties:
            yield f"{place}.party", f"There is no party “{organisation.party}” in the file."
            continue
        yield from _fault_of_marking(
            schemes,
            organisation.agreement.ceiling,
            declaration.scheme_of(slug),
            f"{place}.agreement.ceiling",
        )


def _faults_of_people(declaration: Declaration, schemes: Schemes) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for number, person in enumerate(declaration.people, 1):
        place = f"people[{number}] ({person.email})"
        if person.email in seen:
            yield f"{place}.email", f"people[{seen[person.email]}] has this address too."
        seen.setdefault(person.email, number)
        organisation = declaration.organisations.get(person.organisation)
        if organisation is None:
            yield f"{place}.organisation", _no_organisation(person.organisation)
            continue
        try:
            check_roles(person.roles, organisation.kind)
        except Invalid as error:
            yield f"{place}.roles", error.detail
        if person.clearance and organisation.party in declaration.parties:
            scheme = declaration.scheme_of(person.organisation)
            yield from _fault_of_marking(schemes, person.clearance, scheme, f"{place}.clearance")


def _fault_of_marking(
    schemes: Schemes, text: str, scheme: SchemeId, place: str
) -> Iterator[tuple[str, str]]:
    try:
        read_marking(schemes, text, scheme, place)
    except Invalid as error:
        yield place, error.detail


def _no_organisation(slug: str) -> str:
    return f"There is no organisation “{slug}” in the file."
