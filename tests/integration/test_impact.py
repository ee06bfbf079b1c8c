"""Impact: exactly who gains or loses which records, as asking one by one says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import impact, parties
from app.access import Area, PolicySet, Profile, Role
from app.access.policy_set import assemble
from app.core.database import Database
from app.core.ids import PersonId, new_id
from app.impact import Impact, PersonImpact
from app.impact import worlds as impact_worlds
from app.impact.store import compare
from app.impact.worlds import Worlds
from app.parties import PersonName
from tests.impact_world import slow_counts, told_counts
from tests.records_world import HIGH, attach, begin, marking, release, released, section
from tests.vault_world import Vault
from tests.world import NOON, World, make_world

LATER = NOON + timedelta(days=30)


@pytest.fixture(scope="module")
def world(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(module_database, tmp_path_factory.mktemp("impact"))
    for _ in range(3):
        released(made)
    released(made, marking=marking("TLP:CLEAR", "public"))
    released(made, marking=marking("TLP:AMBER", "party:EU, org:imda"))
    released(made, area="trends", marking=marking("TLP:GREEN", "group:testers, org:imda"))
    released(
        made, sections=[section("Open"), section("Closed", own=marking("TLP:AMBER", "org:imda"))]
    )
    released(made, marking=marking("TLP:GREEN", "community", not_before=LATER))
    with_file = begin(made).version_id
    attach(
        made, Vault(made.folder / "vault"), with_file, own=marking("TLP:AMBER", "org:dg-connect")
    )
    release(made, with_file)
    begin(made, marking=marking("TLP:GREEN", "org:imda"))
    yield made
    made.close()


def people(world: World) -> dict[PersonId, Profile]:
    """Everybody, as surely signed in as they are."""
    with world.work() as work:
        found = parties.candidates(work.session, world.schemes)
    return {one.person: one.profile for one in found}


def without(policies: PolicySet, names: frozenset[str]) -> PolicySet:
    """The policies but for these; no case is asked."""
    kept = [one for id_, one in policies.policies.items() if id_ not in names]
    return assemble(kept, policies.schema, policies.schemes)


def in_force(world: World, everybody: dict[PersonId, Profile]) -> impact_worlds.World:
    """These people under the policies in force."""
    return impact_worlds.World(world.gate.keeper.current, everybody)


def of_people(world: World, after: dict[PersonId, Profile | None]) -> Impact:
    """Work it out."""
    with world.work() as work:
        return impact.of_people(work, world.gate, after)


def of_one(world: World, name: str, **facts: object) -> PersonImpact | None:
    """What becomes of one person whose facts become these."""
    person = world.people[name]
    found = of_people(world, {person: replace(people(world)[person], **facts)})  # type: ignore[arg-type]
    return found.people[0] if found.people else None


@st.composite
def other_facts(draw: st.DrawFn) -> dict[str, object]:
    """Some facts that become others."""
    every: dict[str, object] = {
        "roles": frozenset(draw(st.sets(st.sampled_from(list(Role)), max_size=2))),
        "clearance": draw(st.sampled_from([None, "RESTRICTED", HIGH])),
        "groups": draw(st.sampled_from([frozenset(), frozenset({"testers"})])),
        "agreement": draw(st.sampled_from([None, "trends"])),
        "organisation": "dtc",
        "active": draw(st.booleans()),
    }
    return {name: every[name] for name in draw(st.sets(st.sampled_from(sorted(every)), min_size=1))}


def become(world: World, profile: Profile, facts: dict[str, object]) -> Profile:
    """The profile with these facts."""
    made = dict(facts)
    if "clearance" in made:
        text = made["clearance"]
        made["clearance"] = None if text is None else world.schemes.parse(str(text))
    if made.get("agreement") and profile.agreement:
        made["agreement"] = replace(profile.agreement, areas=frozenset({Area.TRENDS}))
    return replace(profile, **made)  # type: ignore[arg-type]


@given(st.data())
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_people_gain_and_lose_what_asking_one_by_one_says(
    world: World, data: st.DataObject
) -> None:
    before, policies = people(world), world.gate.keeper.current
    chosen = data.draw(st.sets(st.sampled_from(sorted(world.people)), min_size=1, max_size=3))
    after = {
        person: become(world, before[person], data.draw(other_facts()))
        for person in (world.people[name] for name in chosen)
    }
    found = of_people(world, dict(after))
    asked = {person: facts for person, facts in after.items() if facts.active}
    slow = slow_counts(world, (policies, {one: before[one] for one in after}), (policies, asked))
    assert told_counts(found) == slow


@given(names=st.data())
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_policies_do_what_asking_one_by_one_says(world: World, names: st.DataObject) -> None:
    policies = world.gate.keeper.current
    gone = frozenset(names.draw(st.sets(st.sampled_from(sorted(policies.policies)), max_size=4)))
    new = without(policies, gone)
    with world.work() as work:
        found = impact.of_policies(work, world.gate, new)
    slow = dict(slow_counts(world, (policies, people(world)), (new, people(world))))
    public = slow.pop(None, {})
    assert told_counts(found) == slow
    gained, lost = public.get("gained", 0), public.get("lost", 0)
    assert found.public_gained_count == gained + public.get("more", 0)
    assert found.public_lost_count == lost + public.get("less", 0)


def test_a_part_more_of_a_record_is_told_apart_from_a_record(world: World) -> None:
    """Closed sections of a record that one reads anyway; examples show no title and no word."""
    found = of_one(world, "uma", organisation="imda")
    assert found is not None and found.more_count == 1 and found.gained_count
    assert {one.change for one in found.examples} == {"gained", "more"}
    assert all(one.reference.startswith("ENT-2026-") for one in found.examples)
    assert "On evaluations" not in str(found)


def test_what_is_gained_later_is_gained(world: World) -> None:
    """An embargo that ends, and a second factor not set up yet, hide nothing from the second."""
    nobody = PersonId(new_id())
    profile = replace(people(world)[world.people["eric"]], person=str(nobody))
    with world.work() as work:
        names = {nobody: PersonName("Nora", "EU AI Office", "eu-ai-office")}
        found = impact.of_people(work, world.gate, {nobody: profile}, names=names)
    (told,) = found.people
    assert told.name == "Nora" and told.later_count == 1 and told.gained_count > 0
    only_later = of_one(world, "ines", roles=frozenset({Role.READER}))
    assert only_later is None


def test_what_is_done_beside_reading_later_is_gained(world: World) -> None:
    """Drafts that ask for a second factor are open to whoever may set one up; so is writing."""
    begin(world, "dana", marking=marking(HIGH, "org:dtc"))
    found = of_one(world, "ines", organisation="dtc", roles=frozenset({Role.CONTRIBUTOR}))
    assert found is not None and not found.gained_count and not found.more_count
    assert {"amend", "read-unreleased"} <= set(found.acts_gained)


def test_what_is_not_released_is_read_once_the_agreement_covers_it(world: World) -> None:
    """Nobody has anything released by it: all that there is are drafts, and it begins later."""
    begin(world, "dana", marking=marking(HIGH, "org:dtc"))
    agreement = people(world)[world.people["dana"]].agreement
    assert agreement is not None
    past, later = replace(agreement, valid_until=NOON), replace(agreement, valid_from=LATER)
    person = PersonId(new_id())
    before = replace(people(world)[world.people["dana"]], agreement=past)
    worlds = Worlds(
        in_force(world, {person: before}),
        in_force(world, {person: replace(before, agreement=later)}),
        (person,),
        public=False,
        now=NOON + timedelta(days=1),
    )
    with world.work() as work:
        compared = compare(work.session, worlds)
    assert "read-unreleased" in compared.acts_gained[0] and not compared.now[0].gained


def test_acts_beside_reading_count(world: World) -> None:
    drafts = of_one(world, "eric", organisation="imda", roles=frozenset({Role.CONTRIBUTOR}))
    assert drafts is not None and {"amend", "read-unreleased"} <= set(drafts.acts_gained)
    office = of_one(world, "bo", roles=frozenset({Role.READER, Role.ORGANISATION_ADMINISTRATOR}))
    assert office is not None and "assign-roles" in office.acts_gained and office.gains
    assert not office.gained_count and not office.more_count


def test_what_no_record_shows_yet_is_found_by_the_cases(world: World) -> None:
    """Even where nobody gains a record, a forbid that is gone opens the case that it decided."""
    policies = world.gate.keeper.current
    kept = [one for id_, one in policies.policies.items() if id_ != "eyes-only"]
    new = assemble(kept, policies.schema, policies.schemes, policies.tests)
    with world.work() as work:
        found = impact.of_policies(work, world.gate, new)
    assert not found.gaining_count and found.opened and found.anybody_gains


def test_it_is_the_same_when_it_is_kept(world: World) -> None:
    after = {world.people["eric"]: None}
    found = of_people(world, dict(after))
    assert found.people[0].lost_count and not found.anybody_gains
    assert Impact.from_json(found.to_json()) == found
