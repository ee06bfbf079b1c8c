"""An organisation administrator runs their own organisation, never themselves or another's."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import ValidationError

from app.access import Actor, Assurance, Gate, Role
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.ids import PersonId, new_id
from app.core.work import Work
from app.parties import (
    AdmitPerson,
    AssignRoles,
    SetClearance,
    organisation_page,
    profile_of,
    suspend,
)
from app.parties.models import PersonRow
from tests.changing import admit, assign_roles, resume, set_clearance
from tests.world import World

NEW = AdmitPerson(
    email="Nora@IMDA.example",
    name="Nora",
    roles=frozenset({Role.READER}),
    clearance="RESTRICTED",
)
Act = Callable[[Work, Gate, Actor, PersonId], object]

ACTS: dict[str, Act] = {
    "suspend": suspend,
    "resume": resume,
    "assign roles": lambda w, g, a, p: assign_roles(w, g, a, p, AssignRoles()),
    "set clearance": lambda w, g, a, p: set_clearance(w, g, a, p, SetClearance()),
}


def test_the_page_shows_the_organisation_and_its_people(world: World) -> None:
    with world.work() as work:
        page = organisation_page(work, world.gate, world.actor(work, "olga"))

    assert (page.slug, page.party.code, page.kind) == ("imda", "SG", "authority")
    assert page.agreement is not None and page.agreement.running
    assert {person.name for person in page.people} == {
        "Ida", "Ivan", "Iris", "Ines", "Abel", "Olga", "Sys",
    }  # fmt: skip
    assert world.events() == [("organisation.shown", "olga", "organisation:imda")]


@pytest.mark.parametrize("name", ["ida", "abel", "sys", "uma", "public"])
def test_nobody_else_sees_the_page_and_the_denial_is_remembered(world: World, name: str) -> None:
    with pytest.raises(Forbidden), world.work() as work:
        organisation_page(work, world.gate, world.actor(work, name))

    assert world.events()[0][0] == "admit.refused"


def test_admitting_makes_a_person_who_has_a_profile(world: World) -> None:
    with world.work() as work:
        view = admit(work, world.gate, world.actor(work, "olga"), NEW)
    with world.work() as work:
        profile = profile_of(work.session, world.schemes, view.id, Assurance.PASSWORD)

    assert view.email == "nora@imda.example"
    assert profile is not None and profile.active
    assert (profile.organisation, profile.roles) == ("imda", frozenset({Role.READER}))
    assert profile.clearance == world.schemes.parse("RESTRICTED")
    assert world.events() == [("person.admitted", "olga", f"person:{view.id}")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "ida@imda.example"}, "email"),
        ({"email": "UMA@uni-eu.example"}, "email"),
        ({"roles": {Role.READER, Role.AUDITOR}}, "roles"),
        ({"roles": {Role.SYSTEM_ADMINISTRATOR}}, "roles"),
        ({"clearance": "SECRET"}, "clearance"),
        ({"clearance": "TLP:RED"}, "clearance"),
        ({"clearance": "SENSITIVE"}, "clearance"),
        ({"clearance": "whatever"}, "clearance"),
    ],
)
def test_what_may_not_be_given_is_told_beside_its_field(
    world: World, changes: dict[str, object], field: str
) -> None:
    command = NEW.model_copy(update=changes)
    with pytest.raises(Invalid) as caught, world.work() as work:
        admit(work, world.gate, world.actor(work, "olga"), command)

    assert list(caught.value.fields) == [field]
    assert world.events() == []


def test_a_partner_has_no_auditors(world: World) -> None:
    with world.work() as work:
        work.session.get_one(PersonRow, world.people["uma"]).roles = ["organisation_administrator"]
    command = NEW.model_copy(update={"roles": {Role.AUDITOR}, "clearance": ""})
    with pytest.raises(Invalid, match="authority"), world.work() as work:
        admit(work, world.gate, world.actor(work, "uma"), command)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("whom", ["olga", "dana", "uma", "nobody"])
def test_neither_oneself_nor_strangers_nor_nobody_is_acted_upon(
    world: World, act: str, whom: str
) -> None:
    person = world.people.get(whom) or PersonId(new_id())
    with pytest.raises(Forbidden) as caught, world.work() as work:
        ACTS[act](work, world.gate, world.actor(work, "olga"), person)

    assert caught.value.detail == "Your roles do not include this."
    assert [event[1:] for event in world.events()] == [("olga", f"person:{person}")]
    assert world.events()[0][0].endswith(".refused")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["ida", "iris", "abel", "sys", "dana", "public"])
def test_nobody_but_the_administrator_acts(world: World, act: str, who: str) -> None:
    with pytest.raises(Forbidden), world.work() as work:
        ACTS[act](work, world.gate, world.actor(work, who), world.people["ines"])


def test_suspending_ends_and_resuming_restores(world: World) -> None:
    ines = world.people["ines"]
    for act in (suspend, resume):
        with world.work() as work:
            act(work, world.gate, world.actor(work, "olga"), ines)
        with world.work() as work:
            profile = profile_of(work.session, world.schemes, ines, Assurance.PASSWORD)
        assert profile is not None and profile.active == (act is resume)
        with pytest.raises(Conflict), world.work() as work:
            act(work, world.gate, world.actor(work, "olga"), ines)

    assert [event[0] for event in world.events()] == ["person.suspended", "person.resumed"]


def test_roles_and_clearance_are_set_exactly(world: World) -> None:
    ines = world.people["ines"]
    with world.work() as work:
        olga = world.actor(work, "olga")
        roles = AssignRoles(roles=frozenset({Role.CONTRIBUTOR}))
        assign_roles(work, world.gate, olga, ines, roles)
        view = set_clearance(
            work, world.gate, olga, ines, SetClearance(clearance="official (closed)")
        )

    assert view.roles == (Role.CONTRIBUTOR,)
    assert view.clearance == "OFFICIAL (CLOSED) \\ NON-SENSITIVE"
    with world.work() as work:
        taken = set_clearance(
            work, world.gate, world.actor(work, "olga"), ines, SetClearance(clearance="")
        )
    assert taken.clearance == ""


def test_a_system_administrator_may_stay_one_but_gets_no_content(world: World) -> None:
    sys = world.people["sys"]
    both = AssignRoles(roles=frozenset({Role.SYSTEM_ADMINISTRATOR, Role.READER}))
    with pytest.raises(Invalid), world.work() as work:
        assign_roles(work, world.gate, world.actor(work, "olga"), sys, both)
    kept = AssignRoles(
        roles=frozenset({Role.SYSTEM_ADMINISTRATOR, Role.ORGANISATION_ADMINISTRATOR})
    )
    with world.work() as work:
        view = assign_roles(work, world.gate, world.actor(work, "olga"), sys, kept)
    assert set(view.roles) == kept.roles


def test_an_administrator_without_a_running_agreement_runs_nothing(world: World) -> None:
    world.clock.pass_time(timedelta(days=400))
    with pytest.raises(Forbidden), world.work() as work:
        admit(work, world.gate, world.actor(work, "olga"), NEW)


@pytest.mark.parametrize("email", ["", "nora", "nora@imda", "a b@imda.example", "x" * 300 + "@a.b"])
def test_an_address_must_look_like_one(email: str) -> None:
    with pytest.raises(ValidationError):
        AdmitPerson(email=email, name="Nora")
