"""AWS KMS: what its answers mean for us, and that destroyed keys are remembered for good."""

from pathlib import Path

import boto3
import pytest

from app.vault import KeyDestroyed, KeyUnavailable, NotAuthentic, OrgKey, WrongPassphrase
from app.vault import awskms_keys as module
from app.vault.awskms_keys import AwsKmsKeys
from tests.key_places import Place, make_place

DATA_KEY = bytes(range(32))
OTHERS = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this"
    " region, or you are not allowed to access."
)
NOT_ALLOWED = (
    "User: arn:aws:iam::111122223333:user/portal is not authorized to perform: kms:Decrypt"
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place("awskms", tmp_path)


@pytest.fixture
def keys(place: Place) -> AwsKmsKeys:
    made = place.open()
    assert isinstance(made, AwsKmsKeys)
    return made


@pytest.mark.parametrize(
    ("code", "message", "problem"),
    [
        ("InvalidCiphertextException", "", NotAuthentic),
        ("IncorrectKeyException", "", NotAuthentic),
        ("AccessDeniedException", OTHERS, NotAuthentic),
        ("AccessDeniedException", NOT_ALLOWED, KeyUnavailable),
        ("UnrecognizedClientException", "The security token is invalid.", KeyUnavailable),
        ("KMSInternalException", "", KeyUnavailable),
    ],
)
def test_what_kms_says_of_a_wrapping(
    place: Place, keys: AwsKmsKeys, code: str, message: str, problem: type[Exception]
) -> None:
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, b"a")
    said = f'{{"__type":"{code}","message":"{message}"}}'.encode()
    place.faults.passes, place.faults.always = 1, (400, said)

    with pytest.raises(problem) as caught:
        keys.unwrap(key.id, wrapped, b"a")

    assert type(caught.value) is problem
    assert "arn:" not in str(caught.value)


def test_a_key_that_was_disabled_elsewhere_is_not_used(keys: AwsKmsKeys) -> None:
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, b"a")
    keys._client.disable_key(KeyId=key.id)  # this server would go on decrypting with it

    with pytest.raises(KeyUnavailable, match="disabled"):
        keys.unwrap(key.id, wrapped, b"a")
    keys._client.enable_key(KeyId=key.id)
    assert keys.unwrap(key.id, wrapped, b"a") == DATA_KEY


def test_a_key_that_was_destroyed_elsewhere_is_destroyed(keys: AwsKmsKeys) -> None:
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, b"a")
    keys._client.schedule_key_deletion(KeyId=key.id, PendingWindowInDays=7)

    with pytest.raises(KeyDestroyed):
        keys.unwrap(key.id, wrapped, b"a")
    with pytest.raises(KeyDestroyed):
        keys.wrap(key.id, DATA_KEY, b"a")


def test_a_destroyed_key_is_due_to_be_deleted_as_soon_as_kms_allows(keys: AwsKmsKeys) -> None:
    key = keys.create_key("imda")
    keys.destroy(key.id)
    told = keys._client.describe_key(KeyId=key.id)["KeyMetadata"]

    assert told["KeyState"] == "PendingDeletion"
    assert (told["DeletionDate"] - told["CreationDate"]).days in (6, 7)
    assert keys._client.list_aliases(KeyId=key.id)["Aliases"] == []


def test_what_kms_has_forgotten_is_still_known_as_destroyed(place: Place, keys: AwsKmsKeys) -> None:
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, b"a")
    keys.destroy(key.id)
    missing = b'{"__type":"NotFoundException","message":"Key does not exist"}'
    place.faults.faults.append((400, missing))

    with pytest.raises(KeyDestroyed):
        keys.unwrap(key.id, wrapped, b"a")


def test_the_register_takes_another_key_when_one_is_full(
    place: Place, keys: AwsKmsKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALIASES_A_KEY", 3)
    made: list[OrgKey] = [keys.create_key("imda") for _ in range(3)]
    for key in made:
        keys.destroy(key.id)

    told = place.open().list_keys()
    assert [one.id for one in told] == [one.id for one in made]
    assert all(one.destroyed_at for one in told)
    aliases = [name for name, _ in keys._aliases() if f"{keys._names.prefix}-register/" in name]
    assert len(aliases) == 2


def test_without_credentials_keys_are_unavailable(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))

    with pytest.raises(KeyUnavailable, match="NoCredentialsError") as caught:
        place.open().check()
    assert not isinstance(caught.value, WrongPassphrase)
