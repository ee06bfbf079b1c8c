"""Sealing and opening an attachment through the vault's verbs."""

from pathlib import Path
from uuid import UUID

import obstore
import pytest

from app.access import Action, Permit, Subject
from app.core.errors import Conflict, Forbidden, TooLarge, Unavailable
from app.vault import (
    BlobMissing,
    KeyDestroyed,
    KeyUnavailable,
    NotAuthentic,
    NotCommitted,
    WrongPassphrase,
    WrongPermit,
    begin_seal,
    open_attachment,
)
from app.vault.stream import Sealer
from tests.vault_world import BINDING, BODY, LABEL, Vault, permit, sealed


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def test_what_was_sealed_opens_whole_and_in_part(vault: Vault) -> None:
    with begin_seal(BINDING, LABEL, keys=vault.keys, blobs=vault.blobs) as sealing:
        for start in range(0, len(BODY), 65536):
            sealing.write(bytearray(BODY[start : start + 65536]))
        finished = sealing.finish()

    assert (finished.blob, finished.size_bytes) == (finished.envelope.blob, len(BODY))
    with vault.open(finished.envelope) as attachment:
        assert attachment.size_bytes == len(BODY)
        assert b"".join(attachment.chunks()) == BODY
        assert b"".join(attachment.chunks(1_000_000, 2_500_000)) == BODY[1_000_000:2_500_000]
        assert max(len(piece) for piece in attachment.chunks()) <= 1 << 20
        attachment.check_content()


@pytest.mark.parametrize(
    "wrong",
    [
        permit(action=Action.AMEND),
        permit(action=Action.APPROVE),
        permit(subject=Subject("attachment", UUID("01930000-0000-7000-8000-0000000000ff"))),
        permit(subject=Subject("record", BINDING.attachment)),
    ],
)
def test_only_a_permit_to_see_this_attachment_opens_it(vault: Vault, wrong: Permit) -> None:
    envelope = vault.seal(b"text")
    vault.blobs.delete(envelope.blob)  # The refusal comes before anything is looked at.

    with pytest.raises(WrongPermit):
        open_attachment(
            wrong,
            envelope,
            BINDING,
            LABEL,
            keys=vault.keys,
            blobs=vault.blobs,
        )


def test_a_file_too_large_is_refused_at_the_limit_and_leaves_nothing(vault: Vault) -> None:
    with (
        pytest.raises(TooLarge, match="2,000,000"),
        begin_seal(
            BINDING, LABEL, keys=vault.keys, blobs=vault.blobs, limit_bytes=2_000_000
        ) as sealing,
    ):
        sealing.write(bytes(2_000_000))
        sealing.write(b"!")

    assert list(vault.blobs.list()) == []


def test_without_a_key_nothing_is_begun(vault: Vault) -> None:
    vault.keys.destroy(vault.key.id)

    with pytest.raises(KeyUnavailable):
        begin_seal(BINDING, LABEL, keys=vault.keys, blobs=vault.blobs)

    assert list(vault.blobs.list()) == []


def test_a_missing_body_is_reported_as_missing(vault: Vault) -> None:
    envelope = vault.seal(b"text")
    vault.blobs.delete(envelope.blob)

    with pytest.raises(BlobMissing):
        vault.read(envelope)


def test_a_body_altered_in_the_store_is_refused(vault: Vault) -> None:
    envelope = vault.seal(b"text")
    body = bytearray(vault.body(envelope.blob))
    body[50] ^= 1
    vault.put(envelope.blob, bytes(body))

    with pytest.raises(NotAuthentic):
        vault.read(envelope)


def test_bodies_swapped_in_the_store_are_refused(vault: Vault) -> None:
    one, two = vault.seal(b"text"), vault.seal(b"TEXT")
    obstore.rename(vault.store, one.blob, two.blob)

    with pytest.raises(NotAuthentic):
        vault.read(two)


def test_a_body_written_anew_by_a_holder_of_the_data_key_shows_in_its_hash(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen: list[bytes] = []
    construct = Sealer.__init__

    def steal(self: Sealer, sink: object, key: bytes, *rest: object, **more: object) -> None:
        stolen.append(key)
        construct(self, sink, key, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Sealer, "__init__", steal)
    envelope = vault.seal(b"the threshold is 10")
    vault.put(envelope.blob, sealed(b"the threshold is 99", stolen[0], BINDING.associated_data()))

    with vault.open(envelope) as attachment, pytest.raises(NotAuthentic):
        attachment.check_content()


def test_every_refusal_is_a_problem_the_edge_can_answer() -> None:
    unavailable = (KeyUnavailable, WrongPassphrase, BlobMissing, NotAuthentic, NotCommitted)

    assert all(issubclass(kind, Unavailable) for kind in unavailable)
    assert issubclass(KeyDestroyed, Conflict)
    assert issubclass(WrongPermit, Forbidden)
