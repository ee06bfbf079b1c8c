"""What somebody gains by waits for a second person; what nobody gains by is saved at once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import identity, parties, proposals
from app.access import Role
from app.core.database import Database
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from app.core.ids import ProposalId, new_id
from app.parties import (
    AdmitPerson,
    AssignRoles,
    ChangeAgreement,
    ChangeGroup,
    FormGroup,
    SetClearance,
)
from app.proposals import Confirm, Going, Outcome, Step
from app.proposals.working_out import hash_of
from tests.proposals_world import (
    LOOK,
    PROPOSE,
    SAVE,
    add_administrators,
    add_person,
    clear,
    confirm,
    decline,
    proposed,
    show,
    take_back,
)
from tests.records_world import marking, read, released
from tests.world import SG_CEILING, World, make_world

LOW = "OFFICIAL (CLOSED) \\ NON-SENSITIVE"
HIGHER = "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"


@pytest.fixture(scope="module")
def shared(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(module_database, Path(tmp_path_factory.mktemp("world")))
    add_administrators(made)
    for name in ("rita", "rolf", "rosa"):
        add_person(made, name, "imda", "reader", clearance=LOW)
    released(made, marking=marking(HIGHER, "party:SG"))
    yield made
    made.close()


def clearance_of(world: World, name: str) -> str:
    with world.work() as work:
        account = parties.account_of(work.session, world.people[name])
        assert account is not None
        people = parties.people_of(work.session, account.organisation)
    return next(one.clearance for one in people if one.id == world.people[name])


def roles(world: World, whom: str, *held: Role, by: str = "olga") -> Outcome:
    with world.work() as work:
        actor, command = world.actor(work, by), AssignRoles(roles=frozenset(held))
        person = world.people[whom]
        return proposals.assign_roles(work, world.gate, actor, person, command, PROPOSE)


def test_a_raised_clearance_waits_until_another_person_confirms_it(shared: World) -> None:
    record = released(shared, marking=marking(HIGHER, "party:SG")).record_id
    looked = clear(shared, "rita", HIGHER, LOOK)
    assert (looked.state, looked.worked_out.needs_second_person) == ("shown", True)
    assert {one.name for one in looked.confirmers} == {"Otto", "Dora"}
    saved = clear(shared, "rita", HIGHER, SAVE)
    assert (saved.state, clearance_of(shared, "rita")) == ("shown", LOW)

    waits = proposed(clear(shared, "rita", HIGHER))
    assert clearance_of(shared, "rita") == LOW
    with pytest.raises(NotFound):
        read(shared, "rita", record)
    with pytest.raises(Conflict):
        clear(shared, "rita", HIGHER)
    with pytest.raises(Forbidden, match="You proposed this"):
        confirm(shared, waits, "olga")
    shown = show(shared, waits, "dora")
    (person,) = shown.worked_out.impact.people
    assert (person.name, person.gained_count) == ("Rita", 2)
    assert shown.may_confirm and not shown.may_take_back

    confirm(shared, waits, "dora")
    assert clearance_of(shared, "rita") == HIGHER
    assert read(shared, "rita", record).id == record
    told = [
        one for one in shared.events() if one[0] in ("person.clearance-set", "change.confirmed")
    ]
    assert [one[:2] for one in told[-2:]] == [
        ("person.clearance-set", "dora"),
        ("change.confirmed", "dora"),
    ]
    with pytest.raises(Conflict):
        confirm(shared, waits, "otto")
    after = show(shared, waits, "olga")
    assert (after.state, after.decided_by and after.decided_by.name) == ("confirmed", "Dora")


def test_what_was_shown_of_one_person_is_not_confirmed_of_another_of_the_same_name(
    shared: World,
) -> None:
    worked = clear(shared, "rolf", HIGHER, LOOK).worked_out
    (one,) = worked.impact.people
    name = worked.names[one.person]
    other = replace(one, person=shared.people["rosa"])
    swapped = replace(
        worked,
        impact=replace(worked.impact, people=(other,)),
        names={one.person: name, other.person: name},
    )
    assert hash_of(worked) == hash_of(clear(shared, "rolf", HIGHER, LOOK).worked_out)
    assert hash_of(worked) != hash_of(swapped)


def test_what_nobody_gains_by_is_saved_at_once_having_been_shown(shared: World) -> None:
    add_person(shared, "lea", "imda", "reader", clearance=SG_CEILING)
    assert clear(shared, "lea", SG_CEILING, LOOK).state == "saved"  # it changes nothing
    looked = clear(shared, "lea", LOW, LOOK)
    assert (looked.state, looked.worked_out.needs_second_person) == ("shown", False)
    assert looked.worked_out.impact.losing_count == 1
    assert clear(shared, "lea", LOW, SAVE).state == "saved"
    assert clearance_of(shared, "lea") == LOW


def test_a_role_that_decides_on_others_waits_although_nothing_is_read_by_it(shared: World) -> None:
    add_person(shared, "nils", "imda")
    outcome = roles(shared, "nils", Role.ORGANISATION_ADMINISTRATOR)
    assert outcome.worked_out.impact.records_gained_count == 0
    confirm(shared, proposed(outcome), "otto")
    with shared.work() as work:
        assert parties.organisation_page(work, shared.gate, shared.actor(work, "nils"))


def test_whoever_gains_confirms_nothing_and_a_stranger_knows_of_nothing(shared: World) -> None:
    waits = proposed(roles(shared, "otto", Role.ORGANISATION_ADMINISTRATOR, Role.READER))
    assert "gain by this yourself" in show(shared, waits, "otto").why_not
    with pytest.raises(Forbidden, match="gain by this yourself"):
        confirm(shared, waits, "otto")
    for stranger in ("berta", "elke", "rita", "sys", "abel"):
        with pytest.raises(Refused) as known:
            show(shared, waits, stranger)
        with pytest.raises(Refused) as unknown:
            show(shared, ProposalId(new_id()), stranger)
        assert str(known.value) == str(unknown.value)
    assert shared.events()[-1][0] == "confirm-change.refused"
    take_back(shared, waits, "olga")


def test_the_second_person_is_told_how_much_waits_and_each_who_gains_counts_once(
    shared: World,
) -> None:
    def told(name: str) -> int:
        with shared.work() as work:
            return proposals.waiting_count(work, shared.actor(work, name))

    before = {name: told(name) for name in ("dora", "olga", "rita")}
    waits = proposed(roles(shared, "otto", Role.ORGANISATION_ADMINISTRATOR, Role.RELEASE_AUTHORITY))
    assert len(show(shared, waits, "dora").worked_out.gaining) == 1
    with shared.work() as work:
        listed = proposals.proposals_page(work, shared.gate, shared.actor(work, "dora")).waiting
    (line,) = [one for one in listed if one.id == waits]
    assert (line.gaining_count, len(listed)) == (1, told("dora"))
    assert (told("dora"), told("olga"), told("rita")) == (
        before["dora"] + 1,
        before["olga"],  # it is her own
        0,
    )
    take_back(shared, waits, "olga")


def test_who_had_a_sign_in_in_their_hands_is_no_second_person(shared: World) -> None:
    """Olga could sign in as Nora, and as Nora give a password to Noel, and sign in as him."""
    for name in ("nora", "noel"):
        add_person(shared, name, "imda", "organisation_administrator")
    with shared.work() as work:
        for by, whom in (("olga", "nora"), ("nora", "noel")):
            actor = shared.actor(work, by)
            identity.reset_second_factor(work, shared.gate, actor, shared.people[whom])
    waits = proposed(clear(shared, "rolf", HIGHER))
    for name in ("nora", "noel"):
        with pytest.raises(Forbidden, match="second person"):
            confirm(shared, waits, name)
    assert {one.name for one in show(shared, waits, "olga").confirmers} & {"Nora", "Noel"} == set()
    of_noel = proposed(clear(shared, "rosa", HIGHER, by="noel"))
    with pytest.raises(Forbidden, match="second person"):
        confirm(shared, of_noel, "nora")
    confirm(shared, of_noel, "dora")
    take_back(shared, waits, "olga")
    shared.clock.pass_time(timedelta(days=31))
    later = proposed(clear(shared, "rolf", HIGHER))
    confirm(shared, later, "noel")


def test_what_no_longer_fits_or_is_no_more_what_was_shown_is_not_confirmed(shared: World) -> None:
    add_person(shared, "fay", "imda", "reader", clearance=LOW)
    waits = proposed(clear(shared, "fay", HIGHER))
    seen = show(shared, waits, "dora").seen_hash_hex
    released(shared, marking=marking(HIGHER, "party:SG"))
    with pytest.raises(Conflict, match="not what you were shown"), shared.work() as work:
        dora = shared.actor(work, "dora")
        proposals.confirm(work, shared.gate, dora, waits, Confirm(seen_hash_hex=seen))
    clear(shared, "fay", "", SAVE)
    shown = show(shared, waits, "dora")
    assert shown.outdated and not shown.may_confirm
    with pytest.raises(Conflict, match="changed since"):
        confirm(shared, waits, "dora")
    decline(shared, waits, "dora")
    assert show(shared, waits, "olga").reason == "Not now."


def test_it_lapses_and_who_was_not_admitted_is_forgotten(shared: World) -> None:
    command = AdmitPerson(
        email="quentin@imda.example", name="Quentin Q", roles=frozenset({Role.READER}),
        clearance=HIGHER,
    )  # fmt: skip
    with shared.work() as work:
        olga = shared.actor(work, "olga")
        outcome = proposals.admit(work, shared.gate, olga, command, PROPOSE)
    waits = proposed(outcome)
    (change,) = show(shared, waits, "dora").worked_out.changes
    assert (change.act, change.name) == ("added", "Quentin Q")
    with pytest.raises(Forbidden):
        decline(shared, waits, "olga")
    with pytest.raises(Forbidden):
        take_back(shared, waits, "dora")
    shared.clock.pass_time(timedelta(days=15))
    assert show(shared, waits, "dora").state == "lapsed"
    for decide in (confirm, decline):
        with pytest.raises(Conflict):
            decide(shared, waits, "dora")
    with shared.work() as work:
        waits = proposed(proposals.admit(work, shared.gate, olga, command, PROPOSE))
    with shared.owner() as session:
        kept = session.scalars(
            text("SELECT changes::text FROM proposals WHERE decision = 'lapsed'")
        )
        assert "uentin" not in "".join(kept)
    confirm(shared, waits, "otto")
    with shared.owner() as session:
        assert "uentin" not in "".join(session.scalars(text("SELECT p::text FROM proposals p")))
    (told,) = shared.told("person.admitted")[-1:]
    with shared.work() as work:
        person = parties.person_by_email(work.session, command.email)
    assert told["subject"] == f"person:{person}"
    (gained,) = show(shared, waits, "olga").worked_out.impact.people
    assert (gained.person, gained.name) == (person, "Quentin Q")


def test_agreements_and_groups_are_the_authorities_of_their_party_to_change(shared: World) -> None:
    with shared.work() as work:
        found = parties.agreements_page(work, shared.gate, shared.actor(work, "dora"))
    kept = next(one.agreement for one in found if one.organisation.slug == "biz-sg")
    assert kept is not None
    command = ChangeAgreement(
        title=kept.title, first_day=kept.first_day, last_day=kept.last_day + timedelta(days=100),
        ceiling=kept.ceiling, areas=frozenset(kept.areas),
    )  # fmt: skip
    shorter = command.model_copy(update={"last_day": kept.last_day - timedelta(days=30)})
    for stranger in ("berta", "elke", "sys"):
        with pytest.raises(Forbidden), shared.work() as work:
            actor = shared.actor(work, stranger)
            proposals.change_agreement(work, shared.gate, actor, "biz-sg", command, PROPOSE)
    with shared.work() as work:
        actor = shared.actor(work, "dora")
        longer = proposals.change_agreement(work, shared.gate, actor, "biz-sg", command, PROPOSE)
    # Nobody gains today: Berta's office, and what Bo reads, would last longer.
    assert longer.worked_out.offices == {
        shared.people["berta"]: frozenset({Role.ORGANISATION_ADMINISTRATOR})
    }
    with pytest.raises(Forbidden, match="gain"):
        confirm(shared, proposed(longer), "berta")
    confirm(shared, proposed(longer), "olga")
    with shared.work() as work:
        actor = shared.actor(work, "dora")
        saved = proposals.change_agreement(work, shared.gate, actor, "biz-sg", shorter, SAVE)
    assert saved.state == "saved"

    group = FormGroup(slug="drill", name="Drill", people=frozenset({"bo@biz-sg.example"}))
    with shared.work() as work:
        actor = shared.actor(work, "dora")
        formed = proposals.change_group(work, shared.gate, actor, "drill", group, SAVE)
    assert (formed.state, formed.subject) == ("saved", "group:drill")
    released(shared, marking=marking("TLP:AMBER", "group:drill"))
    wider = ChangeGroup(name="Drill", people=frozenset({"bo@biz-sg.example", "ines@imda.example"}))
    with shared.work() as work:
        actor = shared.actor(work, "dora")
        more = proposals.change_group(work, shared.gate, actor, "drill", wider, PROPOSE)
    (field,) = show(shared, proposed(more), "otto").worked_out.changes[0].fields
    assert (field.added, field.removed) == (("Ines",), ())
    confirm(shared, proposed(more), "otto")
    foreign = wider.model_copy(update={"people": frozenset({"uma@uni-eu.example"})})
    with pytest.raises(Invalid), shared.work() as work:
        actor = shared.actor(work, "dora")
        proposals.change_group(work, shared.gate, actor, "drill", foreign, PROPOSE)
    renamed = ChangeGroup(name="Other", organisations=frozenset({"dtc"}))
    with pytest.raises(Invalid), shared.work() as work:
        actor = shared.actor(work, "dora")
        proposals.change_group(work, shared.gate, actor, "testers", renamed, PROPOSE)


def test_each_is_told_and_the_database_keeps_what_was_decided(shared: World) -> None:
    add_person(shared, "gus", "imda", "reader", clearance=LOW)
    waits = proposed(clear(shared, "gus", HIGHER))
    told = text(
        "SELECT p.name FROM notices n JOIN people p ON p.id = n.person_id"
        " WHERE n.path = :path AND n.kind = :kind ORDER BY p.name"
    )
    asked = {"path": f"/proposals/{waits}", "kind": "change-waits"}
    with shared.owner() as session:
        assert {"Otto", "Dora"} <= set(session.scalars(told, asked))
    decline(shared, waits, "otto")
    with shared.owner() as session:
        answered = session.scalars(told, asked | {"kind": "change-decided"}).all()
        assert answered == ["Olga"]
    again = proposed(clear(shared, "gus", HIGHER))
    for statement in (
        "UPDATE proposals SET decision = 'confirmed', decided_at = now(), decided_by = proposed_by"
        f" WHERE id = '{again}'",
        f"UPDATE proposals SET reason = '' WHERE id = '{waits}'",
        "UPDATE proposals SET why = ''",
        "DELETE FROM proposals",
        "DELETE FROM handed_sign_ins",
    ):
        with pytest.raises(DBAPIError), shared.work() as work:
            work.session.execute(text(statement))
    with shared.work() as work:
        listed = proposals.proposals_page(work, shared.gate, shared.actor(work, "olga"))
        assert [one.id for one in listed.own] == [again]
        assert waits in [one.id for one in listed.decided]
        assert not proposals.confirmed(work.session, "policies", "0" * 64)
        assert proposals.confirmed(work.session, "agreement", "biz-sg")
        assert not proposals.confirmed(work.session, "person", str(shared.people["gus"]))


def test_showing_alone_never_saves(shared: World) -> None:
    add_person(shared, "hugo", "imda", clearance=LOW)
    with shared.work() as work:
        olga, command = shared.actor(work, "olga"), SetClearance(clearance="")
        going = Going(step=Step.SHOW)
        person = shared.people["hugo"]
        shown = proposals.set_clearance(work, shared.gate, olga, person, command, going)
    assert (shown.state, clearance_of(shared, "hugo")) == ("shown", LOW)
