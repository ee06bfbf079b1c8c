"""The facts of a person, as they stand in the database, are what the policies are given."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, event, select, update

from app.access import Agreement, Area, Assurance, Profile, Role
from app.core.errors import NotSignedIn
from app.core.ids import PersonId, new_id
from app.parties import actor_for, candidates, profile_of, public_actor
from app.parties.models import AgreementRow, OrganisationRow, PersonRow
from tests.world import NOON, World


class Statements:
    """Counts the statements that an engine sends."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "before_cursor_execute", self._one_more)

    def _one_more(self, *_: object) -> None:
        self.count += 1


def test_a_profile_holds_every_fact_that_access_depends_on(world: World) -> None:
    uma = world.people["uma"]
    with world.work() as work:
        statements = Statements(world.engine)
        profile = profile_of(work.session, world.schemes, uma, Assurance.MULTI_FACTOR)

    sensitive = world.schemes.parse("SENSITIVE")
    assert statements.count == 1
    assert profile == Profile(
        person=str(uma),
        organisation="uni-eu",
        organisation_kind="partner",
        party="EU",
        roles=frozenset({Role.READER}),
        clearance=sensitive,
        groups=frozenset({"testers"}),
        agreement=Agreement(
            NOON - timedelta(days=400), NOON + timedelta(days=400), sensitive, frozenset(Area)
        ),
        assurance=Assurance.MULTI_FACTOR,
        active=True,
    )


def test_people_are_in_the_groups_of_their_organisation(world: World) -> None:
    with world.work() as work:
        dana = profile_of(work.session, world.schemes, world.people["dana"], Assurance.PASSWORD)
        ida = profile_of(work.session, world.schemes, world.people["ida"], Assurance.PASSWORD)

    assert dana and dana.groups == {"testers"}
    assert ida and ida.groups == frozenset()


def test_nobody_is_made_of_an_unknown_person(world: World) -> None:
    nobody = PersonId(new_id())
    with world.work() as work:
        assert profile_of(work.session, world.schemes, nobody, Assurance.PASSWORD) is None
        with pytest.raises(NotSignedIn):
            actor_for(work, world.schemes, nobody, Assurance.PASSWORD)


@pytest.mark.parametrize(
    "suspension",
    [
        update(PersonRow).where(PersonRow.email == "uma@uni-eu.example").values(active=False),
        update(OrganisationRow).where(OrganisationRow.slug == "uni-eu").values(active=False),
    ],
)
def test_suspending_a_person_or_their_organisation_makes_the_profile_inactive(
    world: World, suspension: object
) -> None:
    with world.work() as work:
        before = actor_for(work, world.schemes, world.people["uma"], Assurance.PASSWORD)
        work.session.execute(suspension)  # type: ignore[call-overload]
        after = actor_for(work, world.schemes, world.people["uma"], Assurance.PASSWORD)

    assert before.profile.active
    assert not after.profile.active
    assert before.profile_id != after.profile_id


def test_what_the_schemes_no_longer_know_opens_nothing(world: World) -> None:
    with world.work() as work:
        work.session.execute(update(PersonRow).values(clearance="AN OLD LEVEL"))
        work.session.execute(update(AgreementRow).values(ceiling="AN OLD LEVEL"))
        profile = profile_of(
            work.session, world.schemes, world.people["ida"], Assurance.MULTI_FACTOR
        )

    assert profile is not None
    assert profile.clearance is None
    assert profile.agreement is None


def test_an_organisation_without_agreement_gives_none(world: World) -> None:
    with world.work() as work:
        work.session.execute(delete(AgreementRow).where(AgreementRow.organisation == "uni-eu"))
        profile = profile_of(work.session, world.schemes, world.people["uma"], Assurance.PASSWORD)

    assert profile is not None and profile.agreement is None


def test_candidates_are_the_active_people_with_the_assurance_they_enrolled(world: World) -> None:
    ida, ines = world.people["ida"], world.people["ines"]
    with world.work() as work:
        work.session.execute(update(PersonRow).where(PersonRow.id == ines).values(active=False))
        work.session.execute(
            update(OrganisationRow).where(OrganisationRow.slug == "uni-eu").values(active=False)
        )
        statements = Statements(world.engine)
        found = candidates(work.session, world.schemes, {ida: Assurance.HARDWARE})
        count = statements.count
        one_by_one = {
            person: profile_of(
                work.session,
                world.schemes,
                person,
                Assurance.HARDWARE if person == ida else Assurance.PASSWORD,
            )
            for person in map(PersonId, work.session.scalars(select(PersonRow.id)))
        }

    assert count == 1
    assert {c.person: c.profile for c in found} == {
        person: profile for person, profile in one_by_one.items() if profile and profile.active
    }
    assert ines not in {c.person for c in found}
    assert world.people["uma"] not in {c.person for c in found}


def test_the_public_is_one_actor(world: World) -> None:
    with world.work() as work:
        first, second = public_actor(work), public_actor(work)

    assert first == second
    assert first.person is None
