"""Sessions: found by their secret, ended by time, by their owner, and by what happens to them."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select, update

from app.access import Assurance, Role
from app.core.errors import Forbidden, NotFound, NotSignedIn
from app.identity import (
    ABSOLUTE_LIMIT,
    IDLE_LIMIT,
    check_csrf,
    end_all_sessions,
    end_own_session,
    pseudonym,
    session_actor,
    sessions_of,
    sign_in_facts,
    sign_out,
    sweep,
)
from app.identity.models import SessionRow
from app.parties import suspend
from app.parties.models import PersonRow
from tests.identity_world import Door, door

__all__ = ["door"]

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def secret(door: Door) -> str:
    """The secret of a session of Ida's."""
    door.give("ida", "olga")
    return door.enter("ida").secret


def test_a_session_tells_who_asks_with_their_facts(door: Door, secret: str) -> None:
    asking = door.asking(secret)

    assert asking.person == asking.actor.person == door.world.people["ida"]
    assert asking.actor.profile.roles == frozenset({Role.CONTRIBUTOR})
    assert asking.actor.profile.assurance is Assurance.PASSWORD
    assert (asking.name.name, asking.name.slug) == ("Ida", "imda")
    assert asking.name.organisation == "Infocomm Media Development Authority"


def test_knowing_who_asks_takes_two_queries_and_the_look_up_of_the_profile(
    door: Door, secret: str
) -> None:
    door.asking(secret)
    statements: list[str] = []
    event.listen(
        door.world.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: statements.append(statement),
    )
    door.asking(secret)

    assert len(statements) == 3
    assert "profiles" in statements[-1]


def test_facts_are_those_of_this_request(door: Door, secret: str) -> None:
    with door.work() as work:
        work.session.execute(
            update(PersonRow).where(PersonRow.email == "ida@imda.example").values(roles=["reader"])
        )
    assert door.asking(secret).actor.profile.roles == frozenset({Role.READER})


@pytest.mark.parametrize("wrong", ["", "x", "A" * 43, "ä" * 43, "A" * 44, "\0" * 43])
def test_nothing_else_is_a_session(door: Door, secret: str, wrong: str) -> None:
    with pytest.raises(NotSignedIn):
        door.asking(wrong)


def test_a_session_idles_to_its_limit_and_no_longer(door: Door, secret: str) -> None:
    door.world.clock.pass_time(IDLE_LIMIT - MOMENT)
    door.asking(secret)
    door.world.clock.pass_time(IDLE_LIMIT)
    with pytest.raises(NotSignedIn):
        door.asking(secret)


def test_a_session_in_use_ends_at_its_absolute_limit(door: Door, secret: str) -> None:
    half_an_hour = timedelta(minutes=30)
    for _ in range(ABSOLUTE_LIMIT // half_an_hour - 1):
        door.world.clock.pass_time(half_an_hour)
        door.asking(secret)
    door.world.clock.pass_time(half_an_hour - MOMENT)
    door.asking(secret)
    door.world.clock.pass_time(MOMENT)
    with pytest.raises(NotSignedIn):
        door.asking(secret)


def test_a_request_that_lasts_does_not_hold_the_others_up(door: Door, secret: str) -> None:
    door.asking(secret)  # so that the profile is known
    door.world.clock.pass_time(timedelta(minutes=5))
    with door.work() as slow:
        session_actor(slow, door.world.schemes, secret)
        door.asking(secret)  # would wait for ever, were it to wait


def test_signing_out_ends_the_session_and_only_it(door: Door, secret: str) -> None:
    other = door.enter("ida").secret
    with door.work() as work:
        sign_out(work, secret)
        sign_out(work, secret)
        sign_out(work, "no secret at all")

    with pytest.raises(NotSignedIn):
        door.asking(secret)
    door.asking(other)
    assert [kind for kind, _, _ in door.world.events()].count("person.signed-out") == 1


def test_suspending_somebody_ends_what_they_can_do_at_once(door: Door, secret: str) -> None:
    with door.work() as work:
        olga = door.world.actor(work, "olga")
        suspend(work, door.world.gate, olga, door.world.people["ida"])
    with pytest.raises(NotSignedIn):
        door.asking(secret)


def test_a_person_ends_their_own_sessions_one_by_one(door: Door, secret: str) -> None:
    other = door.enter("ida").secret
    asking = door.asking(secret)
    with door.work() as work:
        listed = sessions_of(work.session, asking.person, work.now)
        elsewhere = next(each.id for each in listed if each.id != asking.session)
        end_own_session(work, asking, elsewhere)
        with pytest.raises(NotFound):
            end_own_session(work, asking, elsewhere)

    assert len(listed) == 2
    door.asking(secret)
    with pytest.raises(NotSignedIn):
        door.asking(other)


def test_nobody_ends_anothers_session(door: Door, secret: str) -> None:
    olgas = door.asking(door.enter("olga").secret)
    with door.work() as work, pytest.raises(NotFound):
        end_own_session(work, door.asking(secret), olgas.session or uuid4())


def test_an_administrator_ends_all_sessions_of_their_people_only(door: Door, secret: str) -> None:
    door.give("dana")
    danas = door.enter("dana").secret
    with door.work() as work:
        olga = door.world.actor(work, "olga")
        end_all_sessions(work, door.world.gate, olga, door.world.people["ida"])
    for name in ("dana", "olga"):
        with pytest.raises(Forbidden), door.work() as work:
            olga = door.world.actor(work, "olga")
            end_all_sessions(work, door.world.gate, olga, door.world.people[name])

    with pytest.raises(NotSignedIn):
        door.asking(secret)
    door.asking(danas)


def test_a_form_belongs_to_its_session(door: Door, secret: str) -> None:
    asking, other = door.asking(secret), door.asking(door.enter("ida").secret)

    check_csrf(asking, asking.csrf_token)
    for given in ("", "ü", other.csrf_token, asking.csrf_token[:-1], asking.csrf_token.upper()):
        with pytest.raises(Forbidden):
            check_csrf(asking, given)
    assert secret not in asking.csrf_token
    assert pseudonym(secret) not in asking.csrf_token


def test_sweeping_removes_sessions_that_ended(door: Door, secret: str) -> None:
    door.world.clock.pass_time(IDLE_LIMIT)
    fresh = door.enter("ida").secret
    with door.work() as work:
        assert sweep(work).sessions == 1
        assert sweep(work).sessions == 0
    door.asking(fresh)


def test_administrators_see_when_somebody_last_signed_in(door: Door, secret: str) -> None:
    ida, ines = door.world.people["ida"], door.world.people["ines"]
    with door.work() as work:
        facts = sign_in_facts(work.session, [ida, ines])

    assert facts[ida].last_signed_in_at == door.world.clock.now
    assert facts[ida].has_password and not facts[ida].has_second_factor
    assert not facts[ines].has_password and facts[ines].last_signed_in_at is None


def test_only_the_hash_of_a_secret_is_kept(door: Door, secret: str) -> None:
    with door.world.owner() as session:
        kept = session.scalars(select(SessionRow.secret_hash)).one()
    assert kept == hashlib.sha256(secret.encode()).digest()
