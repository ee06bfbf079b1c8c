"""The second factor and the passwords: each step under a new secret, each reset by another."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.access import Assurance
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn, TooMany
from app.core.ids import PersonId, new_id
from app.identity import (
    ChangePassword,
    ChoosePassword,
    EnrolSecondFactor,
    GivenPassword,
    SecondStep,
    SignedIn,
    SignInRefused,
    change_password,
    choose_password,
    confirm_second_factor,
    enrol_second_factor,
    enrolled_assurances,
    give_password,
    reset_second_factor,
    set_password,
    sign_in_facts,
)
from app.identity.models import CredentialRow
from app.parties import suspend
from tests.identity_world import PASSWORD, Door, door

__all__ = ["door"]

NEW = "a wholly different sentence"


def _next_step(door: Door) -> None:
    door.world.clock.pass_time(timedelta(seconds=30))


def _given(door: Door, name: str = "ines") -> GivenPassword:
    with door.work() as work:
        olga = door.world.actor(work, "olga")
        return give_password(work, door.identity, door.world.gate, olga, door.world.people[name])


def test_with_a_second_factor_the_password_alone_opens_nothing(door: Door) -> None:
    door.give("ida")
    app, _ = door.enrol("ida")
    _next_step(door)

    waiting = door.enter("ida")
    assert waiting.waits_for == "second-factor"
    with pytest.raises(NotSignedIn):
        door.asking(waiting.secret)

    signed_in = door.second_step(waiting.secret, app.at(door.world.clock.now))
    assert isinstance(signed_in, SignedIn) and signed_in.waits_for is None
    assert door.asking(signed_in.secret).actor.profile.assurance is Assurance.MULTI_FACTOR
    assert signed_in.secret != waiting.secret
    with pytest.raises(NotSignedIn):
        door.second_step(waiting.secret, app.at(door.world.clock.now))


def test_confirming_a_second_factor_steps_the_session_up_and_ends_the_others(door: Door) -> None:
    door.give("ida")
    before = door.enter("ida").secret
    _, signed_in = door.enrol("ida")

    assert door.asking(signed_in.secret).actor.profile.assurance is Assurance.MULTI_FACTOR
    with pytest.raises(NotSignedIn):
        door.asking(before)
    ida = door.world.people["ida"]
    with door.work() as work:
        assert enrolled_assurances(work.session) == {ida: Assurance.MULTI_FACTOR}
        assert sign_in_facts(work.session, [ida])[ida].has_second_factor


def test_a_second_factor_without_its_first_code_does_not_count(door: Door) -> None:
    door.give("ida")
    asking = door.asking(door.enter("ida").secret)
    with door.work() as work:
        enrol_second_factor(work, door.identity, asking, EnrolSecondFactor(password=PASSWORD))
    with door.work() as work:
        answer = confirm_second_factor(work, door.identity, asking, SecondStep(code="000000"))

    assert isinstance(answer, SignInRefused)
    assert door.enter("ida").waits_for is None
    with door.work() as work:
        assert enrolled_assurances(work.session) == {}


def test_setting_up_asks_for_the_password_and_only_once(door: Door) -> None:
    door.give("ida")
    asking = door.asking(door.enter("ida").secret)
    with door.work() as work:
        wrong = EnrolSecondFactor(password="not the password")
        assert isinstance(enrol_second_factor(work, door.identity, asking, wrong), SignInRefused)
    _, signed_in = door.enrol("ida")
    asking = door.asking(signed_in.secret)
    with pytest.raises(Conflict), door.work() as work:
        enrol_second_factor(work, door.identity, asking, EnrolSecondFactor(password=PASSWORD))


def test_a_code_works_once(door: Door) -> None:
    door.give("ida")
    app, _ = door.enrol("ida")
    used = app.at(door.world.clock.now)

    answer = door.second_step(door.enter("ida").secret, used)
    assert isinstance(answer, SignInRefused)
    _next_step(door)
    assert isinstance(door.second_step(door.enter("ida").secret, used), SignInRefused)


def test_codes_may_be_typed_in_groups(door: Door) -> None:
    door.give("ida")
    app, _ = door.enrol("ida")
    _next_step(door)
    code = app.at(door.world.clock.now)
    answer = door.second_step(door.enter("ida").secret, f" {code[:3]} {code[3:]} ")
    assert isinstance(answer, SignedIn)


def test_guessing_at_codes_is_slowed(door: Door) -> None:
    door.give("ida")
    app, _ = door.enrol("ida")
    secret = door.enter("ida").secret
    for _ in range(10):
        answer = door.second_step(secret, "no code")
        assert isinstance(answer, SignInRefused)
    _next_step(door)

    answer = door.second_step(secret, app.at(door.world.clock.now))
    assert isinstance(answer, SignInRefused) and isinstance(answer.problem, TooMany)
    answer = door.second_step(door.enter("ida").secret, app.at(door.world.clock.now))
    assert isinstance(answer, SignInRefused) and isinstance(answer.problem, TooMany)


def test_a_session_that_waits_ends_after_ten_minutes(door: Door) -> None:
    door.give("ida")
    app, _ = door.enrol("ida")
    in_time, late = door.enter("ida").secret, door.enter("ida").secret
    door.world.clock.pass_time(timedelta(minutes=10) - timedelta(microseconds=1))
    assert isinstance(door.second_step(in_time, app.at(door.world.clock.now)), SignedIn)
    door.world.clock.pass_time(timedelta(microseconds=1))
    _next_step(door)
    with pytest.raises(NotSignedIn):
        door.second_step(late, app.at(door.world.clock.now))


def test_a_session_that_waits_ends_with_a_suspension(door: Door) -> None:
    door.give("ida", "olga")
    app, _ = door.enrol("ida")
    _next_step(door)
    secret = door.enter("ida").secret
    with door.work() as work:
        olga = door.world.actor(work, "olga")
        suspend(work, door.world.gate, olga, door.world.people["ida"])
    with pytest.raises(NotSignedIn):
        door.second_step(secret, app.at(door.world.clock.now))


def test_the_secret_is_kept_sealed(door: Door) -> None:
    door.give("ida")
    app, _ = door.enrol("ida")
    with door.world.owner() as session:
        kept = session.scalars(select(CredentialRow.totp_secret)).one()
    assert kept is not None and app.byte_secret() not in kept


def test_an_administrator_resets_it_for_others_of_their_own_organisation(door: Door) -> None:
    door.give("ida", "dana", "olga")
    _, session = door.enrol("ida")
    door.enrol("olga")
    with door.work() as work:
        olga = door.world.actor(work, "olga")
        reset_second_factor(work, door.world.gate, olga, door.world.people["ida"])
    for whom in ("dana", "olga"):
        with pytest.raises(Forbidden), door.work() as work:
            olga = door.world.actor(work, "olga")
            reset_second_factor(work, door.world.gate, olga, door.world.people[whom])

    assert door.enter("ida").waits_for is None
    assert door.enter("olga").waits_for == "second-factor"
    with pytest.raises(NotSignedIn):
        door.asking(session.secret)


def test_a_given_password_opens_only_the_choice_of_ones_own(door: Door) -> None:
    given = _given(door)
    waiting = door.knock("ines", given.password)
    assert isinstance(waiting, SignedIn) and waiting.waits_for == "new-password"
    with pytest.raises(NotSignedIn):
        door.asking(waiting.secret)
    with pytest.raises(NotSignedIn):
        door.second_step(waiting.secret, "123456")

    with pytest.raises(Invalid), door.work() as work:
        same = ChoosePassword(password=given.password)
        choose_password(work, door.identity, waiting.secret, same)
    with door.work() as work:
        chosen = choose_password(work, door.identity, waiting.secret, ChoosePassword(password=NEW))

    assert chosen.waits_for is None
    assert door.asking(chosen.secret).person == door.world.people["ines"]
    assert isinstance(door.knock("ines", given.password), SignInRefused)
    assert isinstance(door.knock("ines", NEW), SignedIn)


def test_a_given_password_ends_by_itself_and_what_was_before(door: Door) -> None:
    door.give("ines")
    before = door.enter("ines").secret
    given = _given(door)

    with pytest.raises(NotSignedIn):
        door.asking(before)
    assert isinstance(door.knock("ines"), SignInRefused)
    door.world.clock.pass_time(timedelta(hours=72))
    assert given.expires_at == door.world.clock.now
    assert isinstance(door.knock("ines", given.password), SignInRefused)


def test_a_given_password_does_not_go_round_the_second_factor(door: Door) -> None:
    door.give("ida")
    app, _ = door.enrol("ida")
    given = _given(door, "ida")
    waiting = door.knock("ida", given.password)
    assert isinstance(waiting, SignedIn)
    with door.work() as work:
        chosen = choose_password(work, door.identity, waiting.secret, ChoosePassword(password=NEW))

    assert chosen.waits_for == "second-factor"
    _next_step(door)
    assert isinstance(door.second_step(chosen.secret, app.at(door.world.clock.now)), SignedIn)


@pytest.mark.parametrize("name", ["olga", "dana", "uma"])
def test_passwords_are_given_to_others_of_ones_own_organisation_only(door: Door, name: str) -> None:
    with pytest.raises(Forbidden):
        _given(door, name)


def test_given_passwords_are_drawn_anew_and_not_written_down(door: Door) -> None:
    first, second = _given(door), _given(door)

    assert first.password != second.password and len(first.password) == 29
    assert first.password not in repr(first)
    with door.world.owner() as session:
        journal = session.execute(text("SELECT convert_from(entry, 'UTF8') FROM journal"))
        assert not any(first.password in entry for entry in journal.scalars())


def test_changing_ones_password_leaves_one_new_session(door: Door) -> None:
    door.give("ida")
    elsewhere = door.enter("ida").secret
    secret = door.enter("ida").secret
    with door.work() as work:
        command = ChangePassword(current=PASSWORD, password=NEW)
        changed = change_password(work, door.identity, door.asking(secret), command)

    assert isinstance(changed, SignedIn)
    door.asking(changed.secret)
    for ended in (elsewhere, secret):
        with pytest.raises(NotSignedIn):
            door.asking(ended)
    assert isinstance(door.knock("ida", PASSWORD), SignInRefused)
    assert isinstance(door.knock("ida", NEW), SignedIn)


def test_changing_ones_password_takes_the_current_one_and_is_slowed(door: Door) -> None:
    door.give("ida")
    asking = door.asking(door.enter("ida").secret)
    for _ in range(10):
        with door.work() as work:
            wrong = ChangePassword(current="not the password", password=NEW)
            answer = change_password(work, door.identity, asking, wrong)
        assert isinstance(answer, SignInRefused) and isinstance(answer.problem, NotSignedIn)
    with door.work() as work:
        right = ChangePassword(current=PASSWORD, password=NEW)
        answer = change_password(work, door.identity, asking, right)

    assert isinstance(answer, SignInRefused) and isinstance(answer.problem, TooMany)
    assert isinstance(door.knock("ida", PASSWORD), SignedIn)


@pytest.mark.parametrize(
    "password",
    ["fourteen chars", "aaaaaaaaaaaaaaaaaaaa", "ines-by-the-sea-side", "my Entente password"],
)
def test_a_poor_password_is_refused_with_what_to_do(door: Door, password: str) -> None:
    with pytest.raises(Invalid) as caught, door.work() as work:
        set_password(work, door.identity, door.world.people["ines"], password)
    assert "password" in caught.value.fields


@pytest.mark.parametrize(
    "password", ["fifteen chars ok", "密码要很长才好用而且不容易猜到", "x " * 60 + "end!"]
)
def test_long_passwords_of_any_letters_are_taken(door: Door, password: str) -> None:
    with door.work() as work:
        set_password(work, door.identity, door.world.people["ines"], password)
    assert isinstance(door.knock("ines", password), SignedIn)
    assert isinstance(door.knock("ines", password[:-1]), SignInRefused)


def test_nobody_has_no_password(door: Door) -> None:
    with pytest.raises(NotFound), door.work() as work:
        set_password(work, door.identity, PersonId(new_id()), PASSWORD)
