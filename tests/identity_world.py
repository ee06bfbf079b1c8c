"""The world of the tests, with keys, passwords that hash quickly, and a way to come in."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

import pyotp
import pytest

from app.core.work import Origin, Work
from app.identity import (
    Asking,
    Enrolment,
    EnrolSecondFactor,
    Identity,
    IdentityKeys,
    Passwords,
    SecondStep,
    SignedIn,
    SignIn,
    SigningKey,
    SignInRefused,
    confirm_second_factor,
    enrol_second_factor,
    session_actor,
    set_password,
    sign_in,
    take_second_step,
)
from tests.world import World

PASSWORD = "correct horse battery staple"
BASE_URL = "https://portal.example"


@cache
def quick_passwords() -> Passwords:
    """Hashing as in production, with less memory."""
    return Passwords(memory_kib=64, passes=1)


@cache
def keys() -> IdentityKeys:
    """The keys of this run."""
    return IdentityKeys(SigningKey.new(), secrets.token_bytes(32))


@dataclass
class Door:
    """Where people of the world come in."""

    world: World
    identity: Identity = field(
        default_factory=lambda: Identity(keys(), BASE_URL, passwords=quick_passwords())
    )

    @contextmanager
    def work(self, address: str = "192.0.2.1") -> Iterator[Work]:
        """One request from an address."""
        with self.world.units.begin(Origin(door="test", client_address=address)) as work:
            yield work

    def email(self, name: str) -> str:
        """The address of a person of the world."""
        organisations = {
            "ida": "imda", "ines": "imda", "olga": "imda", "dana": "dtc", "uma": "uni-eu",
        }  # fmt: skip
        return f"{name}@{organisations[name]}.example"

    def give(self, *names: str) -> None:
        """Let people have the password of the tests."""
        with self.work() as work:
            for name in names:
                set_password(work, self.identity, self.world.people[name], PASSWORD)

    def knock(
        self, name: str, password: str = PASSWORD, *, address: str = "192.0.2.1", email: str = ""
    ) -> SignedIn | SignInRefused:
        """Try to sign in."""
        command = SignIn(email=email or self.email(name), password=password)
        with self.work(address) as work:
            return sign_in(work, self.identity, command)

    def enter(self, name: str) -> SignedIn:
        """Sign in, which must work."""
        answer = self.knock(name)
        assert isinstance(answer, SignedIn)
        return answer

    def asking(self, secret: str) -> Asking:
        """Who asks under a secret."""
        with self.work() as work:
            return session_actor(work, self.world.schemes, secret)

    def enrol(self, name: str) -> tuple[pyotp.TOTP, SignedIn]:
        """Set up a second factor, and give the app that makes its codes, and the new session."""
        secret = self.enter(name).secret
        with self.work() as work:
            asking = session_actor(work, self.world.schemes, secret)
            offered = enrol_second_factor(
                work, self.identity, asking, EnrolSecondFactor(password=PASSWORD)
            )
        assert isinstance(offered, Enrolment)
        app = pyotp.parse_uri(offered.uri)
        assert isinstance(app, pyotp.TOTP)
        with self.work() as work:
            command = SecondStep(code=app.at(self.world.clock.now))
            signed_in = confirm_second_factor(work, self.identity, asking, command)
        assert isinstance(signed_in, SignedIn)
        return app, signed_in

    def second_step(self, secret: str, code: str) -> SignedIn | SignInRefused:
        """Give a code to a session that waits for it."""
        with self.work() as work:
            return take_second_step(work, self.identity, secret, SecondStep(code=code))


@pytest.fixture
def door(world: World) -> Door:
    """The door of the world; import it into a test module that uses it."""
    return Door(world)
