"""What `ENTENTE_KEY_PROVIDER` may say, and what is said of it when it is wrong."""

from pathlib import Path

import boto3
import pytest
from pydantic import SecretStr

from app.core.errors import Unavailable
from app.core.settings import Settings
from app.main import _keys as keys_of
from app.vault import KeyProvider, KeyUnavailable, LocalKeys, WrongPassphrase, open_keys
from tests.vault_world import NOON

SECRET = "s3cret"


def opened(place: str, secret: str | None = SECRET, **environ: str) -> KeyProvider:
    return open_keys(place, secret=secret, now=lambda: NOON, environ=environ)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("", "must begin with"),
        ("keys.json", "must begin with"),
        ("gcpkms:x", "must begin with"),
        ("local:", "must name the file"),
        ("local:x?pin-file=y", "takes only passphrase-file"),
        ("local:x?passphrase-file", "must be name=value"),
        ("pkcs11:", "must name module and token"),
        ("pkcs11:/lib/x.so", "must name module and token"),
        ("pkcs11:/lib/x.so?token=", "must be given once, and not be empty"),
        ("pkcs11:/lib/x.so?token=a&token=b", "must be given once, and not be empty"),
        ("pkcs11:/lib/x.so?token=a&pin-value=1234", "takes only"),
        ("awskms:eu-west-1", "takes its address as"),
        ("awskms:?region=eu-west-1&endpoint=http://kms.example.org", "must be https"),
        ("awskms:?region=eu-west-1&endpoint=ftp://kms.example.org", "of the form https"),
        ("vault:", "of the form https"),
        ("vault:https://vault.example.org", "must name the transit engine"),
        ("vault:http://vault.example.org/transit", "must be https"),
        ("vault:https://u:s3cret@vault.example.org/transit", "no name or password"),
        ("vault:https://vault.example.org:port/transit", "not one of https"),
        ("vault:https://vault.example.org/transit", "give a token-file"),
        ("vault:https://vault.example.org/transit?token=s3cret", "takes only"),
        ("vault:https://vault.example.org/transit?role-id-file=x", "an AppRole needs"),
    ],
)
def test_a_setting_that_is_wrong_is_told_and_not_repeated(place: str, told: str) -> None:
    with pytest.raises(Unavailable, match=told) as caught:
        opened(place)

    assert str(caught.value).startswith("ENTENTE_KEY_PROVIDER")
    assert not any(secret in str(caught.value) for secret in (SECRET, "1234"))


@pytest.mark.parametrize("secret", [None, ""])
@pytest.mark.parametrize("place", ["local:{}/keys/k.json", "pkcs11:/lib/x.so?token=a"])
def test_an_empty_secret_opens_nothing(tmp_path: Path, place: str, secret: str | None) -> None:
    with pytest.raises(WrongPassphrase, match="empty or not set"):
        opened(place.format(tmp_path), secret)

    assert not (tmp_path / "keys").exists()


def test_a_file_opens_with_a_passphrase_of_its_own_file(tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(SECRET + "\n")
    place = f"local:{tmp_path}/keys/k%20y.json?passphrase-file={passphrase}"

    for mode in (0o644, 0o604, 0o660, 0o602):
        passphrase.chmod(mode)
        with pytest.raises(KeyUnavailable, match=f"chmod 600 {passphrase}"):
            opened(place, None)
    passphrase.chmod(0o640)
    key = opened(place, "another").create_key("imda")

    assert LocalKeys(tmp_path / "keys" / "k y.json", SECRET, now=lambda: NOON).list_keys() == [key]
    passphrase.write_text(" \n")
    with pytest.raises(KeyUnavailable, match=f"the secret in {passphrase} is empty"):
        opened(place)
    passphrase.unlink()
    with pytest.raises(KeyUnavailable, match="No such file"):
        opened(place)


def test_a_module_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable):
        opened(f"pkcs11:{tmp_path}/none.so?token=a")


def test_a_service_is_not_asked_before_it_is_needed() -> None:
    assert opened("vault:https://vault.example.org/transit", VAULT_TOKEN="t")
    assert opened("awskms:?region=eu-west-1")


def test_kms_needs_a_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    with pytest.raises(KeyUnavailable, match="NoRegionError"):
        opened("awskms:")


def test_a_trial_makes_a_passphrase_of_its_own_that_only_it_can_read(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, _env_file=None)
    key = keys_of(settings).create_key("imda")
    passphrase = tmp_path / "secrets" / "key-passphrase"

    assert passphrase.stat().st_mode & 0o777 == 0o600
    assert len(passphrase.read_text()) >= 40
    assert keys_of(settings).list_keys() == [key]
    passphrase.chmod(0o644)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        keys_of(settings)


def test_a_deployments_provider_is_the_one_that_is_set(tmp_path: Path) -> None:
    given = Settings(
        data_dir=tmp_path,
        key_provider=f"local:{tmp_path}/else.json",
        key_passphrase=SecretStr(SECRET),
        _env_file=None,
    )
    keys_of(given)

    assert (tmp_path / "else.json").exists()
    assert not (tmp_path / "keys").exists()
    assert not (tmp_path / "secrets").exists()
