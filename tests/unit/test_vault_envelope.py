"""What an envelope is bound to, and every way in which it must refuse."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.core.ids import AttachmentId
from app.vault import (
    Envelope,
    KeyDestroyed,
    KeyUnavailable,
    Label,
    NotAuthentic,
    NotCommitted,
    OrgKeyId,
    relabel,
)
from app.vault.envelope import commit
from tests.vault_world import BINDING, LABEL, Vault, other

ANOTHER = UUID("01930000-0000-7000-8000-0000000000ff")
SECRET = Label("SECRET", "singapore/1")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def test_an_envelope_survives_its_row(vault: Vault) -> None:
    envelope = vault.seal(b"text")

    assert Envelope.from_json(json.loads(json.dumps(envelope.as_json()))) == envelope


def test_the_bytes_that_are_bound_are_these() -> None:
    assert BINDING.associated_data() == (
        b'{"arrangement":"sg-eu-2024","attachment":"01930000-0000-7000-8000-0000000000a1",'
        b'"originator":"imda","record":"01930000-0000-7000-8000-000000000001",'
        b'"use":"entente/stream/v1","version":1}'
    )
    assert LABEL.associated_data(OrgKeyId("key_1")) == (
        b'{"key":"key_1","marking":"RESTRICTED // REL TO EU",'
        b'"scheme_version":"singapore/1","use":"entente/wrap/v1"}'
    )


def test_an_envelope_shows_neither_the_text_nor_its_raw_hash(vault: Vault) -> None:
    one, two = vault.seal(b"guessable"), vault.seal(b"guessable")

    assert one.content_hash != two.content_hash
    assert one.blob != two.blob
    assert vault.body(one.blob) != vault.body(two.blob)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "entente/envelope/v2"},
        {"format": None},
        {"size_bytes": "4"},
        {"size_bytes": True},
        {"blob": "../../etc/passwd"},
        {"wrapped_key": "%%%"},
        {"wrapped_key": 7},
        {"key_id": 7},
        {"extra": "field"},
    ],
)
def test_an_envelope_of_another_form_is_not_read(vault: Vault, change: dict[str, Any]) -> None:
    stored = {**vault.seal(b"text").as_json(), **change}

    with pytest.raises(NotAuthentic):
        Envelope.from_json(stored)


@pytest.mark.parametrize("missing", ["format", "blob", "wrapped_key", "commitment"])
def test_an_envelope_without_a_field_is_not_read(vault: Vault, missing: str) -> None:
    stored = vault.seal(b"text").as_json()
    del stored[missing]

    with pytest.raises(NotAuthentic):
        Envelope.from_json(stored)


@pytest.mark.parametrize(
    "changes",
    [
        {"arrangement": "sg-us-2025"},
        {"originator": "dg-connect"},
        {"record": ANOTHER},
        {"attachment": ANOTHER},
        {"version": 2},
    ],
)
def test_an_attachment_claimed_by_another_record_does_not_open(
    vault: Vault, changes: dict[str, object]
) -> None:
    envelope = vault.seal(b"text")

    with pytest.raises(NotCommitted):
        vault.read(envelope, other(**changes))


def test_a_body_from_another_envelope_of_the_same_attachment_does_not_open(vault: Vault) -> None:
    one, two = vault.seal(b"text"), vault.seal(b"TEXT")

    with pytest.raises(NotAuthentic):
        vault.read(replace(one, blob=two.blob))


def test_a_size_that_is_not_the_bodys_is_refused(vault: Vault) -> None:
    with pytest.raises(NotAuthentic):
        vault.read(replace(vault.seal(b"text"), size_bytes=5))


@pytest.mark.parametrize(
    "label", [SECRET, Label(LABEL.marking, "singapore/2"), Label("", LABEL.scheme_version)]
)
def test_the_wrapping_opens_only_under_its_own_marking(vault: Vault, label: Label) -> None:
    envelope = vault.seal(b"text")

    with pytest.raises(NotAuthentic):
        vault.read(envelope, label=label)


def test_relabelling_wraps_anew_and_leaves_the_body_alone(vault: Vault) -> None:
    envelope = vault.seal(b"text")
    body = vault.body(envelope.blob)

    relabelled = relabel(envelope, BINDING, LABEL, SECRET, vault.keys)

    assert vault.read(relabelled, label=SECRET) == b"text"
    assert vault.body(envelope.blob) == body
    with pytest.raises(NotAuthentic):
        vault.read(relabelled, label=LABEL)


def test_relabelling_needs_the_marking_that_the_wrapping_has(vault: Vault) -> None:
    envelope = vault.seal(b"text")

    with pytest.raises(NotAuthentic):
        relabel(envelope, BINDING, SECRET, LABEL, vault.keys)


def test_relabelling_moves_to_the_newest_key_of_the_organisation(vault: Vault) -> None:
    envelope = vault.seal(b"text")
    newer = vault.keys.create_key("imda")

    rotated = relabel(envelope, BINDING, LABEL, LABEL, vault.keys)
    vault.keys.destroy(vault.key.id)

    assert rotated.key_id == newer.id
    assert vault.read(rotated) == b"text"
    with pytest.raises(KeyDestroyed):
        vault.read(envelope)


def test_a_wrapping_does_not_open_under_another_organisations_key(vault: Vault) -> None:
    theirs = vault.keys.create_key("dg-connect")
    envelope = vault.seal(b"text")

    with pytest.raises(NotAuthentic):
        vault.read(replace(envelope, key_id=theirs.id))
    with pytest.raises(KeyUnavailable):
        vault.read(replace(envelope, key_id=OrgKeyId("key_unknown")))


def test_destroying_the_organisations_key_destroys_its_attachments(vault: Vault) -> None:
    envelope = vault.seal(b"text")

    vault.keys.destroy(vault.key.id)

    with pytest.raises(KeyDestroyed):
        vault.read(envelope)
    with pytest.raises(KeyUnavailable):
        vault.seal(b"text")


def test_a_wrapped_key_from_another_attachment_is_refused_by_the_commitment(vault: Vault) -> None:
    one = vault.seal(b"text")
    two = vault.seal(b"text", other(attachment=ANOTHER))

    with pytest.raises(NotCommitted):
        vault.read(replace(one, wrapped_key=two.wrapped_key))
    with pytest.raises(NotCommitted):
        relabel(replace(one, wrapped_key=two.wrapped_key), BINDING, LABEL, SECRET, vault.keys)


def test_the_commitment_depends_on_the_key_the_salt_and_the_attachment() -> None:
    salt, key = bytes(32), bytes(range(32))
    seen = {
        commit(key, salt, BINDING),
        commit(bytes(32), salt, BINDING),
        commit(key, b"\x01" * 32, BINDING),
        commit(key, salt, other(version=2)),
    }

    assert len(seen) == 4


def test_a_damaged_wrapping_is_refused(vault: Vault) -> None:
    envelope = vault.seal(b"text")

    for wrapped in (b"\0", envelope.wrapped_key[:-1], envelope.wrapped_key + b"\0"):
        with pytest.raises(NotAuthentic):
            vault.read(replace(envelope, wrapped_key=wrapped))


def test_a_forgotten_wrapping_is_that_of_a_destroyed_attachment(vault: Vault) -> None:
    envelope = vault.seal(b"text")

    with pytest.raises(KeyDestroyed):
        vault.read(replace(envelope, wrapped_key=b""))


def test_a_label_that_asks_for_it_is_wrapped_by_a_key_for_the_attachment_alone(
    vault: Vault,
) -> None:
    own = replace(LABEL, own_key=True)
    shared = vault.seal(b"text")
    alone = relabel(shared, BINDING, LABEL, own, vault.keys)

    (made,) = [key for key in vault.keys.list_keys() if key.purpose == str(BINDING.attachment)]
    assert (shared.key_id, alone.key_id) == (vault.key.id, made.id)
    assert vault.seal(b"again", label=own).key_id == made.id
    another = vault.seal(b"more", other(attachment=AttachmentId(ANOTHER)), own)
    assert another.key_id not in (made.id, vault.key.id)
    assert vault.read(alone) == b"text"
    assert relabel(alone, BINDING, own, LABEL, vault.keys).key_id == vault.key.id
    vault.keys.destroy(made.id)
    with pytest.raises(KeyDestroyed):
        vault.read(alone)
    assert vault.read(shared) == b"text"
