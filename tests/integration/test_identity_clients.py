"""API clients and their tokens: for their owner, as the owner stands now, until stopped."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.access import Assurance
from app.core.errors import NotFound, NotSignedIn, TooMany
from app.identity import (
    Asking,
    ClientCredentials,
    EnrolSecondFactor,
    Identity,
    NewApiClient,
    NewApiClientView,
    SignInRefused,
    TokenAnswer,
    api_clients_of,
    create_api_client,
    enrol_second_factor,
    issue_token,
    revoke_api_client,
    revoke_token,
    sweep,
    token_actor,
)
from app.identity.models import ApiClientRow, RevokedTokenRow
from app.identity.tokens import write_token
from app.parties.models import PersonRow
from tests.identity_world import PASSWORD, Door, door

__all__ = ["door"]


@pytest.fixture
def client(door: Door) -> NewApiClientView:
    """An API client of Ida's."""
    with door.work() as work:
        ida = door.world.actor(work, "ida")
        return create_api_client(work, door.identity, ida, NewApiClient(name="Nightly export"))


def _ask(door: Door, client_id: str, secret: str) -> TokenAnswer | SignInRefused:
    with door.work() as work:
        command = ClientCredentials(client_id=client_id, client_secret=secret)
        return issue_token(work, door.identity, command)


def _token(door: Door, client: NewApiClientView) -> str:
    answer = _ask(door, client.client_id, client.client_secret)
    assert isinstance(answer, TokenAnswer)
    return answer.access_token


def _asking(door: Door, token: str) -> Asking:
    with door.work() as work:
        return token_actor(work, door.identity, door.world.schemes, token)


def test_a_client_asks_as_its_owner_at_the_assurance_of_a_password(
    door: Door, client: NewApiClientView
) -> None:
    asking = _asking(door, _token(door, client))

    assert asking.person == door.world.people["ida"]
    assert asking.client_id == client.client_id and asking.session is None
    assert asking.actor.profile.assurance is Assurance.PASSWORD
    kinds = [kind for kind, _, _ in door.world.events()]
    assert kinds == ["api-client.created", "token.issued"]


def test_a_token_lasts_ten_minutes(door: Door, client: NewApiClientView) -> None:
    answer = _ask(door, client.client_id, client.client_secret)
    assert isinstance(answer, TokenAnswer) and answer.expires_in == 600
    door.world.clock.pass_time(timedelta(seconds=599))
    _asking(door, answer.access_token)
    door.world.clock.pass_time(timedelta(seconds=1))
    with pytest.raises(NotSignedIn):
        _asking(door, answer.access_token)


def test_the_wrong_secret_and_the_wrong_client_are_answered_alike(
    door: Door, client: NewApiClientView
) -> None:
    for client_id, secret in (
        (client.client_id, "not the secret"),
        (client.client_id, ""),
        ("client-of-nobody", client.client_secret),
        ("client-of-nobody", ""),
    ):
        answer = _ask(door, client_id, secret)
        assert isinstance(answer, SignInRefused)
        assert answer.problem.detail == "The client's id or secret is not right."
    assert door.world.events()[-1] == ("token.refused", "", "")


def test_guessing_at_a_client_is_slowed(door: Door, client: NewApiClientView) -> None:
    for _ in range(10):
        _ask(door, client.client_id, "not the secret")
    answer = _ask(door, client.client_id, client.client_secret)
    assert isinstance(answer, SignInRefused) and isinstance(answer.problem, TooMany)


def test_a_revoked_client_gets_no_tokens_and_those_it_has_are_over(
    door: Door, client: NewApiClientView
) -> None:
    token = _token(door, client)
    with door.work() as work:
        revoke_api_client(work, door.world.actor(work, "ida"), client.client_id)
    with door.work() as work:
        revoke_api_client(work, door.world.actor(work, "ida"), client.client_id)

    with pytest.raises(NotSignedIn):
        _asking(door, token)
    assert isinstance(_ask(door, client.client_id, client.client_secret), SignInRefused)
    assert [kind for kind, _, _ in door.world.events()].count("api-client.revoked") == 1


@pytest.mark.parametrize("name", ["ines", "olga", "public"])
def test_nobody_revokes_anothers_client(door: Door, client: NewApiClientView, name: str) -> None:
    with pytest.raises((NotFound, NotSignedIn)), door.work() as work:
        revoke_api_client(work, door.world.actor(work, name), client.client_id)
    _asking(door, _token(door, client))


def test_a_suspended_persons_clients_are_over_at_once(door: Door, client: NewApiClientView) -> None:
    token = _token(door, client)
    with door.work() as work:
        work.session.execute(
            update(PersonRow).where(PersonRow.email == "ida@imda.example").values(active=False)
        )
    with pytest.raises(NotSignedIn):
        _asking(door, token)
    assert isinstance(_ask(door, client.client_id, client.client_secret), SignInRefused)


def test_a_revoked_token_is_over_and_its_client_is_not(
    door: Door, client: NewApiClientView
) -> None:
    token, other = _token(door, client), _token(door, client)
    with door.work() as work:
        for each in (token, token, "no token"):
            revoke_token(work, door.identity, each)

    with pytest.raises(NotSignedIn):
        _asking(door, token)
    _asking(door, other)
    assert [kind for kind, _, _ in door.world.events()].count("token.revoked") == 1
    door.world.clock.pass_time(timedelta(minutes=10))
    with door.work() as work:
        assert sweep(work).tokens == 1


def test_a_token_names_a_client_of_its_person(door: Door, client: NewApiClientView) -> None:
    keys, parties = door.identity.keys, door.identity.tokens
    ines, now = door.world.people["ines"], door.world.clock.now
    borrowed, _ = write_token(keys, parties, ines, client.client_id, now)
    invented, _ = write_token(keys, parties, ines, "client-of-nobody", now)

    for token in (borrowed, invented):
        with pytest.raises(NotSignedIn):
            _asking(door, token)


def test_another_portal_with_the_same_keys_is_another_audience(
    door: Door, client: NewApiClientView
) -> None:
    elsewhere: Identity = replace(door.identity, base_url="https://other.example")
    token = _token(door, client)
    with pytest.raises(NotSignedIn), door.work() as work:
        token_actor(work, elsewhere, door.world.schemes, token)


def test_a_token_does_not_touch_how_its_person_signs_in(
    door: Door, client: NewApiClientView
) -> None:
    door.give("ida")
    asking = _asking(door, _token(door, client))
    with pytest.raises(NotSignedIn), door.work() as work:
        enrol_second_factor(work, door.identity, asking, EnrolSecondFactor(password=PASSWORD))


def test_the_secret_is_shown_once_and_kept_as_a_hash(door: Door, client: NewApiClientView) -> None:
    with door.work() as work:
        (listed,) = api_clients_of(work.session, door.world.people["ida"])
        assert api_clients_of(work.session, door.world.people["ines"]) == []
    with door.world.owner() as session:
        kept = session.scalars(select(ApiClientRow.secret_hash)).one()
        assert session.scalar(select(func.count()).select_from(RevokedTokenRow)) == 0

    assert (listed.client_id, listed.name) == (client.client_id, "Nightly export")
    assert client.client_secret.encode() not in kept and len(kept) == 32
    assert client.client_secret not in repr(client)


def test_the_public_has_no_clients(door: Door) -> None:
    with pytest.raises(NotSignedIn), door.work() as work:
        public = door.world.actor(work, "public")
        create_api_client(work, door.identity, public, NewApiClient(name="x"))
