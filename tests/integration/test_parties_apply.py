"""Applying a file of parties: idempotent, told in plain words, on the journal, all or nothing."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.access import Assurance
from app.core.errors import Invalid
from app.parties import (
    apply_file,
    candidates,
    names,
    organisation_names,
    organisations,
    parties_of,
    people_of,
    person_by_email,
    plan_file,
    profile_of,
)
from app.parties.models import GroupRow, OrganisationRow, PersonRow
from tests.world import World

DEMO = Path(__file__).parents[2] / "app" / "demo" / "parties.toml"
ALL = DEMO.read_bytes()


def _lines(world: World, source: bytes, *, prune: bool = False) -> list[str]:
    with world.work() as work:
        return [c.text for c in apply_file(work, world.schemes, source, prune=prune)]


@pytest.fixture
def demo(world: World) -> World:
    """The world, with the demonstration applied and all else pruned."""
    with world.work() as work:
        apply_file(work, world.schemes, DEMO, prune=True)
    return world


def test_applying_twice_changes_nothing_the_second_time(world: World) -> None:
    first = _lines(world, ALL, prune=True)
    events = len(world.events())
    second = _lines(world, ALL, prune=True)

    assert any(
        line.startswith("added organisation mddi: name Ministry of Digital") for line in first
    )
    assert any(line.startswith("changed organisation dtc: name Digital Trust") for line in first)
    assert "ended person ida@imda.example: not in the file, so suspended" in first
    assert "ended group testers: not in the file, so dissolved" in first
    assert second == []
    assert len(world.events()) == events


def test_a_plan_changes_nothing(world: World) -> None:
    with world.work() as work:
        planned = [c.text for c in plan_file(work.session, world.schemes, ALL)]
        again = [c.text for c in plan_file(work.session, world.schemes, ALL)]

    assert planned == again != []
    assert world.events() == []


def test_what_is_not_in_the_file_is_told_and_stays_without_prune(world: World) -> None:
    lines = _lines(world, ALL)

    assert "missing person ida@imda.example: not in the file; suspended only with --prune" in lines
    with world.work() as work:
        assert work.session.get_one(PersonRow, world.people["ida"]).active
        assert work.session.get(GroupRow, "testers") is not None


def test_pruning_suspends_and_never_removes(world: World) -> None:
    _lines(world, ALL, prune=True)

    with world.work() as work:
        assert not work.session.get_one(PersonRow, world.people["ida"]).active
        assert not work.session.get_one(OrganisationRow, "uni-eu").active
        assert work.session.get(GroupRow, "testers") is None
        active = {c.person for c in candidates(work.session, world.schemes)}
    assert not active & set(world.people.values())


def test_each_change_is_an_event_that_names_nobody(world: World) -> None:
    _lines(world, ALL)

    told = world.entries()
    types = {entry["type"] for entry in told}
    assert {"organisation.admitted", "organisation.changed", "agreement.concluded"} <= types
    assert {"person.admitted", "group.formed"} <= types
    for entry in told:
        assert ".example" not in entry["subject"]
        assert "Contributor, IMDA" not in json.dumps(entry)


def test_people_keep_their_id_by_address(demo: World) -> None:
    with demo.work() as work:
        before = person_by_email(work.session, "Contributor@IMDA.example")
    renamed = ALL.replace(b'name = "Contributor, IMDA"', b'name = "Contributor at IMDA"')
    lines = _lines(demo, renamed)

    assert lines == [
        "changed person contributor@imda.example: "
        "name Contributor, IMDA becomes Contributor at IMDA"
    ]
    with demo.work() as work:
        after = person_by_email(work.session, "contributor@imda.example")
        assert before and after == before
        assert names(work.session, [before])[before].name == "Contributor at IMDA"
    assert demo.events()[-1] == ("person.changed", "", f"person:{before}")


def test_a_changed_agreement_changes_profiles_at_once(demo: World) -> None:
    lines = _lines(demo, ALL.replace(b"until = 2029-11-20", b"until = 2026-01-01", 1))

    assert lines == [
        "changed agreement mddi: valid until 2029-11-20 00:00:00+00:00 "
        "becomes 2026-01-01 00:00:00+00:00"
    ]
    with demo.work() as work:
        reader = person_by_email(work.session, "reader@mddi.example")
        assert reader
        profile = profile_of(work.session, demo.schemes, reader, Assurance.PASSWORD)
    assert profile and profile.agreement and profile.agreement.valid_until.year == 2026
    assert demo.events()[-1][0] == "agreement.changed"


def test_applying_again_does_not_let_the_suspended_in(demo: World) -> None:
    with demo.work() as work:
        work.session.execute(
            update(PersonRow).where(PersonRow.email == "reader@dtc.example").values(active=False)
        )

    assert _lines(demo, ALL, prune=True) == []
    said = ALL.replace(b'name = "Reader, DTC"', b'name = "Reader, DTC"\nactive = true')
    assert _lines(demo, said) == ["changed person reader@dtc.example: active no becomes yes"]
    assert demo.events()[-1][0] == "person.resumed"


def test_group_members_follow_the_file(demo: World) -> None:
    fewer = ALL.replace(b'organisations = ["dtc", "eu-ai-office"]', b'organisations = ["imda"]')
    lines = _lines(demo, fewer)

    assert lines == [
        "changed group joint-testing-network: organisations dtc + eu-ai-office becomes imda"
    ]
    with demo.work() as work:
        dtc = person_by_email(work.session, "reader@dtc.example")
        imda = person_by_email(work.session, "reader@imda.example")
        assert dtc and imda
        groups = [
            profile.groups
            for person in (dtc, imda)
            if (profile := profile_of(work.session, demo.schemes, person, Assurance.PASSWORD))
        ]
    assert groups == [frozenset(), frozenset({"joint-testing-network"})]


def test_a_file_with_a_fault_changes_nothing(world: World) -> None:
    faulty = ALL.replace(b'party = "EU"', b'party = "XX"', 1)
    with pytest.raises(Invalid):
        _lines(world, faulty)

    with world.work() as work:
        assert work.session.get(OrganisationRow, "mddi") is None
    assert world.events() == []


def test_lists_for_people_and_pickers(demo: World) -> None:
    with demo.work() as work:
        listed = organisations(work.session)
        slugs = [each.slug for each in listed if each.active]
        assert organisation_names(work.session, ["dtc", "none"]) == {
            "dtc": "Digital Trust Centre, Nanyang Technological University"
        }
        assert parties_of(work.session, ["university-eu", "imda"]) == {
            "university-eu": "EU",
            "imda": "SG",
        }
        people = people_of(work.session, "dtc")
        everybody = work.session.scalars(
            select(PersonRow.id).where(PersonRow.organisation == "dtc")
        )
        assert len(people) == len(everybody.all())
    assert len(slugs) == 10
    assert [each.name for each in listed] == sorted(each.name for each in listed)
    assert [person.active for person in people] == sorted(
        (person.active for person in people), reverse=True
    )
