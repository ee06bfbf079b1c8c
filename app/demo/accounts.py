"""Accounts of the demonstration: a password and an API client each, a few second factors."""

import base64
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyotp

from app import identity, parties
from app.access import Actor, Assurance, Role
from app.core.errors import Unavailable
from app.core.work import Origin, Work
from app.edge import Services
from app.identity import Enrolment, EnrolSecondFactor, NewApiClient, SecondStep, SignedIn, SignIn
from app.parties import PersonView

PASSWORD_BYTES: Final = 10  # 80 bits: 16 letters and digits
CLIENT_NAME: Final = "Demonstration"
WITH_SECOND_FACTOR: Final = (
    "second.release.authority@imda.example",
    "second.release.authority@eu-ai-office.example",
    "reader@dg-connect.example",
)


@dataclass(frozen=True)
class Account:
    """How somebody of the demonstration comes in; `totp_secret` is empty without second factor."""

    email: str
    password: str
    organisation: str
    roles: tuple[str, ...]
    api_client_id: str
    api_client_secret: str
    totp_secret: str

    def to_json(self) -> dict[str, Any]:
        """Give the form in which the file keeps it."""
        plain = {**self.__dict__, "roles": list(self.roles)}
        return {name: value for name, value in plain.items() if value != ""}


def are_ready(services: Services, file: Path, origin: Origin) -> bool:
    """Tell whether the file was written by a loading that came to its end, on this database."""
    if not file.exists():
        return False
    told = json.loads(file.read_text())
    with services.units.begin(origin) as work:
        return bool(told) and all(
            account["api_client_id"] in _client_ids(work, account["email"]) for account in told
        )


def make_accounts(
    services: Services, origin: Origin, done: Callable[[], None]
) -> Iterator[Account]:
    """Give everybody a new password and API client; what they had before ends."""
    with services.units.begin(origin) as work:
        people = {
            organisation.slug: parties.people_of(work.session, organisation.slug)
            for organisation in parties.organisations(work.session)
        }
    for slug, members in people.items():
        administrator = next(
            (one for one in members if Role.ORGANISATION_ADMINISTRATOR in one.roles), None
        )
        for person in members:
            yield _account(services, origin, slug, person, administrator)
            done()


def write_accounts(accounts: Iterable[Account], file: Path) -> None:
    """Write the file whole or not at all, for its owner only to read."""
    draft = file.with_suffix(".part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        json.dump([account.to_json() for account in accounts], opened, indent=2)
        opened.write("\n")
    draft.replace(file)


def acting(services: Services, work: Work, email: str) -> Actor:
    """Make somebody of the demonstration who acts at this machine.

    Raises:
        Unavailable: they are not in this database.
    """
    person = parties.person_by_email(work.session, email)
    if person is None:
        raise Unavailable(f"The demonstration needs {email}, who is not in this database.")
    schemes = services.gate.keeper.current.schemes
    return parties.actor_for(work, schemes, person, Assurance.MULTI_FACTOR)


def _account(
    services: Services,
    origin: Origin,
    slug: str,
    person: PersonView,
    administrator: PersonView | None,
) -> Account:
    password = _password(services)
    with services.units.begin(origin) as work:
        actor = acting(services, work, person.email)
        for client_id in _client_ids(work, person.email):
            identity.revoke_api_client(work, actor, client_id)
        identity.set_password(work, services.identity, person.id, password)
        client = identity.create_api_client(
            work, services.identity, actor, NewApiClient(name=CLIENT_NAME)
        )
        if person.id in identity.enrolled_assurances(work.session) and administrator is not None:
            by = acting(services, work, administrator.email)
            identity.reset_second_factor(work, services.gate, by, person.id)
    wanted = person.email in WITH_SECOND_FACTOR
    return Account(
        email=person.email,
        password=password,
        organisation=slug,
        roles=tuple(map(str, person.roles)),
        api_client_id=client.client_id,
        api_client_secret=client.client_secret,
        totp_secret=_second_factor(services, origin, person.email, password) if wanted else "",
    )


def _second_factor(services: Services, origin: Origin, email: str, password: str) -> str:
    """Set up a second factor as its owner would, and give its secret in base32."""
    schemes = services.gate.keeper.current.schemes
    with services.units.begin(origin) as work:
        entered = identity.sign_in(work, services.identity, SignIn(email=email, password=password))
        if not isinstance(entered, SignedIn):
            raise entered.problem
        asking = identity.session_actor(work, schemes, entered.secret)
        offered = identity.enrol_second_factor(
            work, services.identity, asking, EnrolSecondFactor(password=password)
        )
        if not isinstance(offered, Enrolment):
            raise offered.problem
        secret = offered.secret.replace(" ", "")
        code = SecondStep(code=pyotp.TOTP(secret).at(work.now))
        confirmed = identity.confirm_second_factor(work, services.identity, asking, code)
        if not isinstance(confirmed, SignedIn):
            raise confirmed.problem
        identity.sign_out(work, confirmed.secret)
    return secret


def _client_ids(work: Work, email: str) -> set[str]:
    person = parties.person_by_email(work.session, email)
    if person is None:
        return set()
    clients = identity.api_clients_of(work.session, person)
    return {client.client_id for client in clients if client.revoked_at is None}


def _password(services: Services) -> str:
    drawn = base64.b32encode(services.identity.random_bytes(PASSWORD_BYTES)).decode().lower()
    return "-".join(drawn[start : start + 4] for start in range(0, len(drawn), 4))
