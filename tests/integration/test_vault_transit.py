"""The transit engine: who asks, with what name, and that a destroyed name does not come back."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from app.vault import KeyDestroyed, KeyUnavailable, NotAuthentic, open_keys
from app.vault.transit_keys import TransitKeys
from tests.faulty_proxy import FaultyProxy
from tests.key_places import PATIENT, SECRET, Place, Ticking, make_place
from tests.syslog_world import make_authority
from tests.transit_server import Answer, Transit, serve_transit

DATA_KEY = bytes(range(32))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place("transit", tmp_path)


@pytest.fixture
def transit(place: Place) -> Transit:
    assert place.transit is not None
    return place.transit


@pytest.fixture
def keys(place: Place) -> TransitKeys:
    made = place.open()
    assert isinstance(made, TransitKeys)
    return made


def secret_file(folder: Path, name: str, secret: str) -> Path:
    path = folder / name
    path.touch(mode=0o600)
    path.write_text(secret + "\n")
    return path


def test_keys_are_derived_and_stay_inside(keys: TransitKeys, transit: Transit) -> None:
    keys.create_key("imda")
    ((name, key),) = transit.keys.items()

    assert key.derived
    assert not key.exportable
    assert not key.deletion_allowed
    assert ".imda.organisation.20260301T" in name


def test_wrapping_with_a_destroyed_key_does_not_make_it_anew(
    place: Place, keys: TransitKeys, transit: Transit
) -> None:
    other = place.open()
    key = keys.create_key("imda")
    other.wrap(key.id, DATA_KEY, b"a")  # so that it remembers the name
    keys.destroy(key.id)
    left = set(transit.keys)

    for holder in (keys, other):
        with pytest.raises(KeyDestroyed):
            holder.wrap(key.id, DATA_KEY, b"a")
    assert set(transit.keys) == left
    assert all("-destroyed." in name for name in left)


def test_the_binding_holds_at_a_server_that_knows_no_associated_data(
    keys: TransitKeys, transit: Transit, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = transit.answer

    def older(method: str, path: str, headers: Any, asked: dict[str, Any]) -> Answer:
        asked.pop("associated_data", None)
        return answer(method, path, headers, asked)

    monkeypatch.setattr(transit, "answer", older)
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, b"a")

    assert keys.unwrap(key.id, wrapped, b"a") == DATA_KEY
    with pytest.raises(NotAuthentic):
        keys.unwrap(key.id, wrapped, b"b")


def test_associated_data_is_bound_beside_the_context(
    place: Place, keys: TransitKeys, transit: Transit
) -> None:
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, b"a")
    keys.unwrap(key.id, wrapped, b"a")
    (name,) = transit.keys
    asked = json.loads(place.faults.asked[-1])
    token = {"X-Vault-Token": SECRET}
    door = f"transit/decrypt/{name}"

    assert b64decode(asked["associated_data"]) == b"a"
    assert transit.answer("POST", door, token, asked)[0] == 200
    assert transit.answer("POST", door, token, asked | {"associated_data": "Yg=="})[0] == 400
    assert transit.answer("POST", door, token, asked | {"context": "Yg=="})[0] == 400


def test_a_redirect_does_not_carry_the_token_elsewhere(place: Place, keys: TransitKeys) -> None:
    elsewhere = FaultyProxy(place.faults.address)
    place.faults.always, place.faults.redirects_to = (307, b""), elsewhere.address

    with pytest.raises(KeyUnavailable):
        keys.check()
    assert elsewhere.asked == []


def test_a_version_of_a_key_is_found_again_until_it_is_disallowed(
    keys: TransitKeys, transit: Transit
) -> None:
    key = keys.create_key("imda")
    (name,) = transit.keys
    first = keys.wrap(key.id, DATA_KEY, b"a")
    transit.answer("POST", f"transit/keys/{name}/rotate", {"X-Vault-Token": SECRET}, {})
    second = keys.wrap(key.id, DATA_KEY, b"a")

    assert [keys.unwrap(key.id, one, b"a") for one in (first, second)] == [DATA_KEY] * 2
    transit.keys[name].min_decryption_version = 2
    with pytest.raises(KeyUnavailable, match="version 1"):
        keys.unwrap(key.id, first, b"a")
    assert keys.unwrap(key.id, second, b"a") == DATA_KEY


def test_a_token_file_is_read_again_when_its_token_has_ended(
    place: Place, transit: Transit, tmp_path: Path
) -> None:
    file = secret_file(tmp_path, "token", SECRET)
    keys = open_keys(
        f"{place.url}&token-file={file}",
        secret=None,
        now=Ticking(),
        environ={},
        patience=PATIENT,
    )
    key = keys.create_key("imda")
    transit.tokens = {"another"}
    with pytest.raises(KeyUnavailable, match="refuses the portal's token"):
        keys.list_keys()
    file.write_text("another")

    assert keys.list_keys() == [key]


def test_an_approle_logs_in_again_when_its_token_has_ended(
    place: Place, transit: Transit, tmp_path: Path
) -> None:
    role = secret_file(tmp_path, "role", "portal")
    secret_id = secret_file(tmp_path, "secret", "a secret id")
    transit.roles["portal"] = "a secret id"
    url = f"{place.url}&role-id-file={role}&secret-id-file={secret_id}"
    keys = open_keys(url, secret=None, now=Ticking(), environ={}, patience=PATIENT)
    key = keys.create_key("imda")
    transit.tokens.clear()
    assert keys.list_keys() == [key]

    transit.tokens.clear()
    transit.roles["portal"] = "another"
    with pytest.raises(KeyUnavailable) as caught:
        keys.list_keys()
    assert "a secret id" not in str(caught.value)


def test_a_namespace_is_one_of_its_own(place: Place, transit: Transit) -> None:
    transit.namespace = "entente/eu"
    with pytest.raises(KeyUnavailable):
        place.open().create_key("imda")
    place.url += "&namespace=entente/eu"
    place.open().check()


def test_a_certificate_is_verified(tmp_path: Path) -> None:
    authority, other = (make_authority(tmp_path, name) for name in ("ours", "theirs"))
    transit = Transit(tokens={SECRET})
    address = serve_transit(transit, authority.issue(tmp_path, "127.0.0.1"))

    def asked(options: str) -> None:
        open_keys(
            f"vault:{address}/transit{options}",
            secret=None,
            now=Ticking(),
            environ={"VAULT_TOKEN": SECRET},
            patience=PATIENT,
        ).check()

    asked(f"?ca-file={authority.file}")
    for options in ("", f"?ca-file={other.file}"):
        with pytest.raises(KeyUnavailable, match="certificate is not one to trust"):
            asked(options)
