"""The identity keys of a folder: made once, whole, for their owner's eyes, and checked."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.errors import Unavailable
from app.identity import (
    BadSignature,
    IdentityKeys,
    SigningKey,
    VerifyingKey,
    load_or_create_identity_keys,
    sign_statement,
    verify_statement,
)

STATEMENT = {"approved": True}

# RFC 7517, appendix A.1, the elliptic curve key; its thumbprint by RFC 7638, worked out by hand:
# SHA-256 of {"crv":"P-256","kty":"EC","x":"MKBC...","y":"4Etl..."}.
RFC7517_PEM = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMKBCTNIcKUSDii11ySs3526iDZ8A
iTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==
-----END PUBLIC KEY-----"""
RFC7517_KID = "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"


def test_keys_are_made_once_and_read_afterwards(tmp_path: Path) -> None:
    first = load_or_create_identity_keys(tmp_path / "secrets")
    second = load_or_create_identity_keys(tmp_path / "secrets")

    assert first == second
    assert first.signing.pem == second.signing.pem and first.sealing == second.sealing
    for path in (tmp_path / "secrets").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert len(list((tmp_path / "secrets").iterdir())) == 2


def test_two_deployments_have_two_sets_of_keys(tmp_path: Path) -> None:
    one, other = (load_or_create_identity_keys(tmp_path / name) for name in ("a", "b"))

    assert one.sealing != other.sealing
    assert one.signing.public.kid != other.signing.public.kid
    with pytest.raises(BadSignature):
        verify_statement(other, sign_statement(one, STATEMENT))


def test_processes_that_start_together_end_up_with_the_same_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: load_or_create_identity_keys(tmp_path), range(8)))

    assert len({keys.signing.pem for keys in made}) == 1
    assert len({keys.sealing for keys in made}) == 1


def test_a_retired_key_goes_on_verifying(tmp_path: Path) -> None:
    before = load_or_create_identity_keys(tmp_path)
    signed = sign_statement(before, STATEMENT)
    (tmp_path / "retired-2026.pem").write_text(before.signing.public.pem)
    (tmp_path / "token-signing.pem").unlink()
    after = load_or_create_identity_keys(tmp_path)

    assert after.signing.public.kid != before.signing.public.kid
    assert verify_statement(after, signed) == STATEMENT


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("token-signing.pem", "not a key"),
        ("token-signing.pem", ""),
        ("second-factor-sealing.key", "c2hvcnQ="),
        ("second-factor-sealing.key", "not base64!"),
        ("retired-1.pem", "not a key"),
    ],
)
def test_a_damaged_file_is_said_to_be_so_and_never_replaced(
    tmp_path: Path, name: str, content: str
) -> None:
    load_or_create_identity_keys(tmp_path)
    (tmp_path / name).write_text(content)

    with pytest.raises(Unavailable):
        load_or_create_identity_keys(tmp_path)
    assert (tmp_path / name).read_text() == content


def test_a_folder_that_cannot_be_used_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        load_or_create_identity_keys(tmp_path / "file")


def test_a_kid_is_the_thumbprint_of_its_key() -> None:
    assert VerifyingKey(RFC7517_PEM).kid == RFC7517_KID


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_sealing_key_has_256_bits(length: int) -> None:
    with pytest.raises(Unavailable):
        IdentityKeys(SigningKey.new(), bytes(length))
