"""Signing in tells nothing, is slowed when guessed at, and leaves a trace either way."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import argon2
import pytest
from pydantic import ValidationError
from sqlalchemy import event, func, select, text, update

from app.core.errors import NotSignedIn, TooMany
from app.identity import (
    Passwords,
    SignedIn,
    SignIn,
    SignInRefused,
    set_password,
    sign_in,
    sweep,
)
from app.identity.models import AttemptRow, CredentialRow, SessionRow
from app.identity.passwords import NOBODYS
from app.parties.models import OrganisationRow, PersonRow
from tests.identity_world import PASSWORD, Door, door, quick_passwords
from tests.world import World

__all__ = ["door"]

Arrange = Callable[[Door], object]


def _suspend(door: Door) -> None:
    with door.work() as work:
        work.session.execute(
            update(PersonRow).where(PersonRow.email == "ida@imda.example").values(active=False)
        )


def _suspend_organisation(door: Door) -> None:
    with door.work() as work:
        work.session.execute(
            update(OrganisationRow).where(OrganisationRow.slug == "imda").values(active=False)
        )


# what is arranged, the address, the password
REFUSALS: dict[str, tuple[Arrange, str, str]] = {
    "wrong password": (lambda _: None, "ida@imda.example", "not the password"),
    "empty password": (lambda _: None, "ida@imda.example", ""),
    "password in capitals": (lambda _: None, "ida@imda.example", PASSWORD.upper()),
    "password with a space": (lambda _: None, "ida@imda.example", f"{PASSWORD} "),
    "unknown address": (lambda _: None, "nobody@imda.example", PASSWORD),
    "no password yet": (lambda _: None, "ines@imda.example", PASSWORD),
    "suspended person": (_suspend, "ida@imda.example", PASSWORD),
    "suspended organisation": (_suspend_organisation, "ida@imda.example", PASSWORD),
}


class Effort:
    """Counts what an attempt costs: statements by kind, and passwords hashed by parameters."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements: list[str] = []
        self.hashed: list[argon2.Parameters] = []
        event.listen(world.engine, "before_cursor_execute", self._statement)
        verify = argon2.PasswordHasher.verify

        def counting(hasher: argon2.PasswordHasher, known: str, password: str) -> bool:
            self.hashed.append(argon2.extract_parameters(known))
            return verify(hasher, known, password)

        monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)

    def _statement(self, _: object, __: object, statement: str, *___: object) -> None:
        self.statements.append(statement)


@pytest.mark.parametrize("case", REFUSALS)
def test_every_refusal_is_the_same_answer_after_the_same_work(
    door: Door, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.give("ida")
    arrange, email, password = REFUSALS[case]
    arrange(door)
    effort = Effort(door.world, monkeypatch)
    wrong = door.knock("ida", "some other wrong password")
    first = (list(effort.statements), list(effort.hashed))
    effort.statements.clear()
    effort.hashed.clear()

    answer = door.knock("ida", password, email=email)

    assert isinstance(answer, SignInRefused) and isinstance(wrong, SignInRefused)
    assert type(answer.problem) is type(wrong.problem) is NotSignedIn
    assert answer.problem.detail == wrong.problem.detail
    assert (effort.statements, effort.hashed) == first
    assert len(effort.hashed) == 1


def test_nobody_is_not_known_by_the_password_of_nobody() -> None:
    passwords = quick_passwords()

    assert passwords.matches(passwords.hash(NOBODYS), NOBODYS)
    assert passwords.matches(passwords.nobodys, NOBODYS)
    assert not passwords.matches(None, NOBODYS)


def test_a_refusal_leaves_its_attempt_and_its_event_although_nobody_came_in(door: Door) -> None:
    door.give("ida")
    door.knock("ida", "not the password")
    door.knock("ida", email="nobody@imda.example")

    with door.world.owner() as session:
        assert session.scalar(select(func.count()).select_from(AttemptRow)) == 4
    told = door.world.entries()
    for entry in told[1:]:
        assert (entry["type"], entry["actor"], entry["decision"]) == ("sign-in.refused", "", "deny")
    assert len(told) == 3
    assert f"person:{door.world.people['ida']}" in json.dumps(told[1])
    assert "imda.example" not in json.dumps(told)
    assert "not the password" not in json.dumps(told)


def test_signing_in_is_an_event_of_the_person_without_the_secret(door: Door) -> None:
    door.give("ida")
    signed_in = door.enter("ida")

    ida = f"person:{door.world.people['ida']}"
    assert door.world.events()[-1] == ("person.signed-in", "ida", ida)
    with door.world.owner() as session:
        kept = session.execute(
            text("SELECT convert_from(entry, 'UTF8') FROM journal ORDER BY position DESC LIMIT 1")
        ).scalar_one()
        assert session.scalars(select(SessionRow.secret_hash)).one() != signed_in.secret.encode()
    assert signed_in.secret not in kept
    assert signed_in.secret not in repr(signed_in)


def test_an_address_is_taken_in_any_capitals_and_a_password_only_as_it_is(door: Door) -> None:
    door.give("ida")
    assert isinstance(door.knock("ida", email=" IDA@Imda.Example "), SignedIn)


def test_guessing_at_one_address_is_slowed_and_the_right_password_waits_too(door: Door) -> None:
    door.give("ida", "ines")
    for number in range(10):
        answer = door.knock("ida", f"guess {number}", address=f"192.0.2.{number}")
        assert isinstance(answer, SignInRefused) and isinstance(answer.problem, NotSignedIn)

    answer = door.knock("ida")
    assert isinstance(answer, SignInRefused)
    assert isinstance(answer.problem, TooMany)
    assert answer.problem.retry_after == timedelta(minutes=15)
    assert "15 minutes" in answer.problem.detail
    assert isinstance(door.knock("ines"), SignedIn)

    door.world.clock.pass_time(timedelta(minutes=15))
    assert isinstance(door.knock("ida"), SignedIn)


def test_waiting_does_not_grow_while_waiting(door: Door) -> None:
    door.give("ida")
    for _ in range(10):
        door.knock("ida", "a wrong guess")
    door.world.clock.pass_time(timedelta(minutes=14))
    for _ in range(20):
        answer = door.knock("ida", "a wrong guess")

    assert isinstance(answer, SignInRefused) and isinstance(answer.problem, TooMany)
    assert answer.problem.retry_after == timedelta(minutes=1)


def test_unknown_addresses_are_slowed_like_known_ones(door: Door) -> None:
    for _ in range(10):
        door.knock("ida", email="nobody@imda.example")
    answer = door.knock("ida", email="nobody@imda.example")

    assert isinstance(answer, SignInRefused) and isinstance(answer.problem, TooMany)


@pytest.mark.parametrize(
    ("addresses", "elsewhere"),
    [
        (["198.51.100.7"] * 50, "198.51.100.8"),
        ([f"2001:db8::{number:x}" for number in range(50)], "2001:db8:0:1::1"),
        (["198.51.100.7", "::ffff:198.51.100.7"] * 25, "198.51.100.8"),
    ],
)
def test_guessing_from_one_place_is_slowed(
    door: Door, addresses: list[str], elsewhere: str
) -> None:
    door.give("ida")
    for number, address in enumerate(addresses):
        door.knock("ida", email=f"person{number}@imda.example", address=address)

    answer = door.knock("ida", address=addresses[0])
    assert isinstance(answer, SignInRefused) and isinstance(answer.problem, TooMany)
    assert isinstance(door.knock("ida", address=elsewhere), SignedIn)


def test_many_guesses_at_once_are_counted_one_by_one(door: Door) -> None:
    door.give("ida")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: door.knock("ida", f"guess {n}"), range(24)))

    refused = [answer.problem for answer in answers if isinstance(answer, SignInRefused)]
    assert sum(isinstance(problem, NotSignedIn) for problem in refused) == 10
    assert sum(isinstance(problem, TooMany) for problem in refused) == 14


def test_a_hash_of_older_parameters_is_renewed_when_its_password_is_next_seen(door: Door) -> None:
    older = Passwords(memory_kib=32, passes=1)
    with door.work() as work:
        identity = type(door.identity)(door.identity.keys, "", passwords=older)
        set_password(work, identity, door.world.people["ida"], PASSWORD)
    door.knock("ida", "not the password")
    with door.world.owner() as session:
        assert "m=32," in session.scalars(select(CredentialRow.password_hash)).one()

    door.enter("ida")
    with door.world.owner() as session:
        assert "m=64," in session.scalars(select(CredentialRow.password_hash)).one()
    door.enter("ida")


def test_the_parameters_are_owasps_and_the_hash_is_argon2id() -> None:
    kept = Passwords().hash(PASSWORD)

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert Passwords().hash(PASSWORD) != kept


def test_sweeping_removes_attempts_that_no_longer_count(door: Door) -> None:
    door.give("ida")
    door.knock("ida", "not the password")
    door.world.clock.pass_time(timedelta(minutes=14))
    with door.work() as work:
        assert sweep(work).attempts == 0
    door.world.clock.pass_time(timedelta(minutes=1))
    with door.work() as work:
        assert sweep(work).attempts == 2


@pytest.mark.parametrize(
    "form",
    [
        {"email": "ida@imda.example"},
        {"email": "ida", "password": PASSWORD},
        {"email": "ida@imda.example\0", "password": PASSWORD},
        {"email": "ida@imda.example", "password": "x" * 257},
        {"email": "ida@imda.example", "password": PASSWORD, "roles": "all"},
    ],
)
def test_what_is_no_form_of_signing_in_is_not_taken(form: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SignIn.model_validate(form)


def test_signing_in_again_ends_the_session_it_replaces(door: Door) -> None:
    door.give("ida")
    first = door.enter("ida")
    with door.work() as work:
        command = SignIn(email=door.email("ida"), password=PASSWORD)
        second = sign_in(work, door.identity, command, replacing=first.secret)

    assert isinstance(second, SignedIn) and second.secret != first.secret
    door.asking(second.secret)
    with pytest.raises(NotSignedIn):
        door.asking(first.secret)
