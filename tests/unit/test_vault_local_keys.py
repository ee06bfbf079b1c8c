"""The key file: its passphrase, its permissions, its durability, and what is destroyed in it."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.vault import (
    KeyDestroyed,
    KeyUnavailable,
    LocalKeys,
    NotAuthentic,
    OrgKeyId,
    WrongPassphrase,
    current_key,
    ensure_key,
)
from tests.vault_world import CHEAP, NOON

PASSPHRASE = "correct horse"
DATA_KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keys.json"


def open_keys(path: Path, passphrase: str = PASSPHRASE) -> LocalKeys:
    return LocalKeys(path, passphrase, now=lambda: NOON, cost=CHEAP)


def test_a_key_survives_a_restart(path: Path) -> None:
    keys = open_keys(path)
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, b"aad")

    again = open_keys(path)

    assert again.list_keys() == [key]
    assert again.unwrap(key.id, wrapped, b"aad") == DATA_KEY


def test_a_wrapping_is_never_the_same_twice_and_is_bound_to_its_data(path: Path) -> None:
    keys = open_keys(path)
    key, theirs = keys.create_key("imda"), keys.create_key("dg-connect")
    wrapped = keys.wrap(key.id, DATA_KEY, b"aad")

    assert keys.wrap(key.id, DATA_KEY, b"aad") != wrapped
    with pytest.raises(NotAuthentic):
        keys.unwrap(key.id, wrapped, b"AAD")
    with pytest.raises(NotAuthentic):
        keys.unwrap(theirs.id, wrapped, b"aad")


def test_another_passphrase_does_not_open_the_file(path: Path) -> None:
    open_keys(path).create_key("imda")

    with pytest.raises(WrongPassphrase):
        open_keys(path, "correct house")


def test_only_the_owner_may_read_the_file_and_its_folder(path: Path) -> None:
    keys = open_keys(path)
    path.parent.chmod(0o755)
    open_keys(path)
    keys.create_key("imda")

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_can_use_is_refused_and_told_how_to_mend(path: Path, mode: int) -> None:
    keys = open_keys(path)
    key = keys.create_key("imda")
    path.chmod(mode)

    with pytest.raises(KeyUnavailable, match=f"chmod 600 {path}"):
        open_keys(path)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        keys.wrap(key.id, DATA_KEY, b"aad")
    path.chmod(0o600)
    assert open_keys(path).list_keys() == [key]


def test_a_folder_that_is_not_the_key_files_own_is_left_alone(path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    (path.parent / "hosts").touch()
    path.parent.chmod(0o755)

    with pytest.raises(KeyUnavailable, match="a folder of its own"):
        open_keys(path)

    assert path.parent.stat().st_mode & 0o777 == 0o755
    assert not path.exists()
    path.parent.chmod(0o700)
    assert open_keys(path).list_keys() == []


def test_an_empty_passphrase_makes_no_file(path: Path) -> None:
    with pytest.raises(WrongPassphrase, match="empty"):
        open_keys(path, "")

    assert not path.exists()


def test_neither_key_nor_passphrase_stands_in_the_file(path: Path) -> None:
    keys = open_keys(path)
    key = keys.create_key("imda")
    stored = json.loads(path.read_text())

    assert PASSPHRASE not in path.read_text()
    assert stored["kdf"]["name"] == "argon2id"
    assert set(stored["keys"][0]) == {
        "id",
        "organisation",
        "created_at",
        "destroyed_at",
        "wrapped",
    }
    assert stored["keys"][0]["id"] == key.id


def test_the_shipped_cost_is_one_that_owasp_names(path: Path) -> None:
    LocalKeys(path, PASSPHRASE, now=lambda: NOON)
    kdf = json.loads(path.read_text())["kdf"]

    assert (kdf["memory_kib"], kdf["passes"], kdf["lanes"]) == (47104, 1, 1)


def test_a_destroyed_key_opens_nothing_and_is_gone_from_the_file(path: Path) -> None:
    keys = open_keys(path)
    key = keys.create_key("imda")
    wrapped = keys.wrap(key.id, DATA_KEY, b"aad")

    keys.destroy(key.id)

    assert json.loads(path.read_text())["keys"][0]["wrapped"] is None
    assert [found.destroyed_at for found in keys.list_keys()] == [NOON]
    for holder in (keys, open_keys(path)):
        with pytest.raises(KeyDestroyed):
            holder.unwrap(key.id, wrapped, b"aad")
        with pytest.raises(KeyDestroyed):
            holder.wrap(key.id, DATA_KEY, b"aad")
        with pytest.raises(KeyDestroyed):
            holder.destroy(key.id)


def test_what_another_process_creates_and_destroys_is_seen_at_once(path: Path) -> None:
    server, command = open_keys(path), open_keys(path)
    key = command.create_key("imda")
    wrapped = server.wrap(key.id, DATA_KEY, b"aad")
    other = server.create_key("dg-connect")

    command.destroy(key.id)

    assert [found.id for found in server.list_keys()] == [key.id, other.id]
    with pytest.raises(KeyDestroyed):
        server.unwrap(key.id, wrapped, b"aad")


def test_two_processes_that_create_keys_at_once_lose_none(path: Path) -> None:
    open_keys(path)

    def create_some() -> list[OrgKeyId]:
        keys = open_keys(path)
        return [keys.create_key("imda").id for _ in range(20)]

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(create_some) for _ in range(2)]
        created = {key for task in both for key in task.result()}

    assert {key.id for key in open_keys(path).list_keys()} == created
    assert len(created) == 40


def test_an_unknown_key_is_not_available(path: Path) -> None:
    with pytest.raises(KeyUnavailable):
        open_keys(path).wrap(OrgKeyId("key_unknown"), DATA_KEY, b"")


def _raise_version(stored: dict[str, Any]) -> None:
    stored["format"] = "entente/keys/v2"


def _hand_to_another(stored: dict[str, Any]) -> None:
    stored["keys"][0]["organisation"] = "dg-connect"


def _destroy_silently(stored: dict[str, Any]) -> None:
    stored["keys"].pop()


def _rededicate(stored: dict[str, Any]) -> None:
    stored["keys"][0]["purpose"] = "attachment-2"


def _add_member(stored: dict[str, Any]) -> None:
    stored["note"] = ""


def _forge_mac(stored: dict[str, Any]) -> None:
    stored["mac"] = "00" * 32


@pytest.mark.parametrize(
    "alter",
    [_raise_version, _hand_to_another, _rededicate, _destroy_silently, _add_member, _forge_mac],
)
def test_an_altered_file_is_refused(path: Path, alter: Any) -> None:
    keys = open_keys(path)
    keys.create_key("imda")
    stored = json.loads(path.read_text())
    alter(stored)
    path.write_text(json.dumps(stored))

    with pytest.raises(NotAuthentic):
        open_keys(path)
    with pytest.raises(NotAuthentic):
        keys.list_keys()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": "entente/keys/v1"}'])
def test_a_file_that_is_none_of_ours_is_refused(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(NotAuthentic):
        open_keys(path)


@pytest.mark.parametrize("kdf", [None, {}, {"salt": "zz"}, {"salt": "00" * 16, "passes": 0}])
def test_a_file_without_a_usable_key_derivation_is_refused(path: Path, kdf: object) -> None:
    open_keys(path)
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({**stored, "kdf": kdf}))

    with pytest.raises(NotAuthentic):
        open_keys(path)


def test_a_crash_while_writing_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = open_keys(path)
    key = keys.create_key("imda")

    def no_power(self: Path, target: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", no_power)
    with pytest.raises(KeyUnavailable, match="Input/output error"):
        keys.create_key("dg-connect")
    monkeypatch.undo()

    assert open_keys(path).list_keys() == [key]
    assert open_keys(path).create_key("dg-connect").organisation == "dg-connect"


def test_a_change_is_durable_when_it_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = open_keys(path)
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", lambda handle: synced.append(os.fstat(handle).st_ino))

    keys.create_key("imda")

    assert synced == [path.stat().st_ino, path.parent.stat().st_ino]


def test_a_lost_file_makes_keys_unavailable(path: Path) -> None:
    keys = open_keys(path)
    path.unlink()

    with pytest.raises(KeyUnavailable):
        keys.list_keys()


def test_the_current_key_is_the_newest_that_was_not_destroyed(path: Path) -> None:
    keys = open_keys(path)
    first = ensure_key(keys, "imda")
    second = keys.create_key("imda").id

    assert ensure_key(keys, "imda") == second
    keys.destroy(second)
    assert current_key(keys, "imda") == first
    keys.destroy(first)
    with pytest.raises(KeyUnavailable):
        ensure_key(keys, "imda")
    with pytest.raises(KeyUnavailable):
        current_key(keys, "dg-connect")


def test_a_key_made_for_one_attachment_is_nobodys_current_key(path: Path) -> None:
    keys = open_keys(path)
    alone = keys.create_key("imda", purpose="attachment-1")
    own = ensure_key(keys, "imda")
    keys.create_key("imda", purpose="attachment-2")

    assert own != alone.id
    assert current_key(keys, "imda") == own
    assert [key.purpose for key in open_keys(path).list_keys()] == [
        "attachment-1",
        "organisation",
        "attachment-2",
    ]
    assert keys.unwrap(alone.id, keys.wrap(alone.id, DATA_KEY, b"aad"), b"aad") == DATA_KEY
