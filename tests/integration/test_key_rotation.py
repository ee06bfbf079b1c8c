"""Keys are rotated without reading a body, wherever it broke off, and whoever else is writing."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import records
from app.core.errors import NotFound
from app.core.ids import AttachmentId
from app.labels import Schemes
from app.records import DraftView
from app.records.keys import rotating
from app.vault import OrgKeyId, current_key
from tests.lifecycle_world import NoBodies, attached, bytes_of, key_of, rotation
from tests.records_world import ARRANGEMENT, BYTES, HIGH, attach, begin, marking, release, submit
from tests.vault_world import Vault
from tests.world import World


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def own_keys(vault: Vault) -> list[str]:
    """The attachments for which alone there is a key."""
    return [key.purpose for key in vault.keys.list_keys() if key.purpose != "organisation"]


def test_everything_of_an_organisation_moves_to_its_new_key(world: World, vault: Vault) -> None:
    draft, out = attached(world, vault), attached(world, vault, out=True)
    version = begin(world)
    submitted = attach(world, vault, version.version_id).id
    submit(world, version.version_id)
    seen: list[tuple[int, int]] = []

    rotated = rotation(world, vault.keys).run(lambda done, count: seen.append((done, count)))

    new = current_key(vault.keys, "imda")
    assert (rotated.key_id, rotated.made, rotated.rewrapped) == (new, True, 3)
    assert new != vault.key.id and not rotated.damaged
    assert {key_of(world, one) for one in (draft, out, submitted)} == {new}
    assert seen[-1] == (3, 3)
    assert [bytes_of(world, vault, one) for one in (draft, out, submitted)] == [BYTES] * 3
    told = world.told("attachment.rewrapped")
    assert {entry["subject"].removeprefix("attachment:") for entry in told} == {
        str(one) for one in (draft, out, submitted)
    }
    details = {"key": vault.key.id, "new_key": new, "form": "original", "done": True}
    assert all(entry["details"] == details and entry["record"] for entry in told)
    (begun,) = world.told("key.rotated")
    assert begun["details"] == {"key": new, "made": True, "waiting": 3}
    assert begun["organisations"] == ["imda"]


def test_rotation_goes_on_where_it_broke_off(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "AT_ONCE", 2)
    files = [attached(world, vault) for _ in range(5)]

    class Broken(Exception):
        pass

    def breaks(done: int, count: int) -> None:
        if done >= 2:
            raise Broken

    with pytest.raises(Broken):
        rotation(world, vault.keys).run(breaks)
    new = current_key(vault.keys, "imda")
    assert sorted(key_of(world, one) == new for one in files) == [False] * 3 + [True] * 2

    again = rotation(world, vault.keys).run()

    assert (again.key_id, again.made, again.rewrapped) == (new, False, 3)
    assert {key_of(world, one) for one in files} == {new}
    assert len(world.told("attachment.rewrapped")) == 5
    once_more = rotation(world, vault.keys).run()
    assert once_more.made and once_more.rewrapped == 5


def killed_while_rotating(world: World, vault: Vault) -> None:
    """Rotate in a process that is killed while it wraps the third key, or writes after it."""
    world.engine.dispose(close=False)
    wrap, left = vault.keys.wrap, [3]

    def dying(*asked: Any) -> bytes:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return wrap(*asked)

    vault.keys.wrap = dying  # type: ignore[method-assign, assignment]
    rotation(world, vault.keys).run()


def test_a_process_that_is_killed_leaves_nothing_half_done(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "AT_ONCE", 2)
    files = [attached(world, vault) for _ in range(4)]
    child = os.fork()
    if not child:
        try:
            killed_while_rotating(world, vault)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

    new = current_key(vault.keys, "imda")
    assert sorted(key_of(world, one) == new for one in files) == [False, False, True, True]
    assert [bytes_of(world, vault, one) for one in files] == [BYTES] * 4
    assert len(world.told("attachment.rewrapped")) == 2
    assert rotation(world, vault.keys).run().rewrapped == 2
    assert [bytes_of(world, vault, one) for one in files] == [BYTES] * 4


def test_whoever_changes_a_wrapping_meanwhile_wins_and_the_next_pass_finds_it(
    world: World, vault: Vault
) -> None:
    made = begin(world)
    file = attach(world, vault, made.version_id).id
    wrap = vault.keys.wrap
    meddled: list[bool] = []

    def meddling(key_id: OrgKeyId, data_key: bytes, associated_data: bytes) -> bytes:
        if key_id != vault.key.id and not meddled:
            meddled.append(True)
            vault.keys.wrap = wrap  # type: ignore[method-assign]
            relabelled(world, vault, file, "TLP:AMBER")
        return wrap(key_id, data_key, associated_data)

    vault.keys.wrap = meddling  # type: ignore[method-assign]
    rotated = rotation(world, vault.keys).run()

    assert meddled and rotated.rewrapped == 0
    assert key_of(world, file) == rotated.key_id
    assert [told["details"]["done"] for told in world.told("attachment.rewrapped")] == [False]
    assert bytes_of(world, vault, file) == BYTES


def test_two_rotations_at_once_make_one_new_key_and_do_everything(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "AT_ONCE", 1)
    files = [attached(world, vault) for _ in range(6)]
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: rotation(world, vault.keys).run(), range(2)))

    shared = [key for key in vault.keys.list_keys() if key.purpose == "organisation"]
    assert len(shared) == 2 and sorted(one.made for one in both) == [False, True]
    assert {key_of(world, one) for one in files} == {shared[-1].id}
    assert sum(one.rewrapped for one in both) == 6
    assert [bytes_of(world, vault, one) for one in files] == [BYTES] * 6


def test_a_revision_made_meanwhile_is_found_too(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "AT_ONCE", 1)
    made = begin(world)
    attach(world, vault, made.version_id)
    release(world, made.version_id)
    revised: list[DraftView] = []

    def revise(done: int, count: int) -> None:
        if not revised:
            with world.work() as work:
                actor = world.actor(work, "ida")
                revised.append(records.revise(work, world.gate, actor, made.record_id))

    rotated = rotation(world, vault.keys).run(revise)
    (copy,) = revised[0].attachments
    assert key_of(world, copy.id) == rotated.key_id
    assert bytes_of(world, vault, copy.id) == BYTES


def test_a_damaged_wrapping_stays_and_holds_nobody_up(world: World, vault: Vault) -> None:
    sound, damaged = attached(world, vault), attached(world, vault)
    with world.owner() as session:
        session.execute(text("SET session_replication_role = replica"))
        session.execute(
            text(
                "UPDATE attachments SET envelope ="
                " jsonb_set(envelope, '{sealed,wrapped_key}', '\"AAAA\"') WHERE id = :id"
            ),
            {"id": damaged},
        )
    rotated = rotation(world, vault.keys).run()

    assert [one.attachment for one in rotated.damaged] == [damaged]
    assert rotated.damaged[0].reference.startswith("ENT-")
    assert (key_of(world, sound), key_of(world, damaged)) == (rotated.key_id, vault.key.id)
    assert rotation(world, vault.keys).run().made is False
    anew = rotation(world, vault.keys).run(anew=True)
    assert anew.made and key_of(world, sound) == anew.key_id


def test_no_body_is_read_and_no_organisation_made_up(world: World, vault: Vault) -> None:
    attached(world, vault)
    vault.blobs = NoBodies()  # type: ignore[assignment]
    assert rotation(world, vault.keys).run().rewrapped == 1
    with pytest.raises(NotFound):
        rotation(world, vault.keys, "nobody").run()


def test_a_level_with_own_keys_has_one_for_each_attachment(world: World, vault: Vault) -> None:
    low, high = attached(world, vault), attached(world, vault, high=True)
    assert own_keys(vault) == [str(high)]
    assert (key_of(world, low), key_of(world, high) != vault.key.id) == (vault.key.id, True)

    relabelled(world, vault, low, HIGH, "party:SG")
    assert own_keys(vault) == [str(high), str(low)]
    own = key_of(world, low)
    relabelled(world, vault, low, "TLP:GREEN")
    assert key_of(world, low) == vault.key.id
    # Its own key stays until two people destroy it: a backup may hold what it wrapped.
    relabelled(world, vault, low, HIGH, "party:SG")
    assert key_of(world, low) == own
    rotated = rotation(world, vault.keys).run()
    assert rotated.rewrapped == 0 and key_of(world, low) == own
    assert [bytes_of(world, vault, one) for one in (low, high)] == [BYTES] * 2


def test_what_was_there_before_the_level_asked_for_it_gets_its_own_key(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(Schemes, "needs_own_key", lambda *_: False)
        high, low = attached(world, vault, high=True, out=True), attached(world, vault)
    assert own_keys(vault) == []
    vault.keys.wrap(vault.key.id, bytes(32), b"")  # an older one is not needed for it
    rotated = rotation(world, vault.keys).run()

    assert rotated.made is False and own_keys(vault) == [str(high)]
    assert key_of(world, low) == vault.key.id != key_of(world, high)
    assert bytes_of(world, vault, high) == BYTES


@pytest.mark.parametrize("out", [False, True], ids=["draft", "released"])
@pytest.mark.parametrize(
    "change",
    [
        "jsonb_set(envelope, '{sealed,commitment}', '\"AAAA\"')",
        "jsonb_set(envelope, '{sealed,blob}', '\"00000000000000000000000000000000\"')",
        "jsonb_set(envelope, '{sealed,size_bytes}', '1')",
        "jsonb_set(envelope, '{attachment}', to_jsonb(gen_random_uuid()))",
        "envelope || '{\"more\": 1}'",
    ],
)
def test_nothing_but_the_wrapping_of_a_key_can_be_changed(
    world: World, vault: Vault, out: bool, change: str
) -> None:
    file = attached(world, vault, out=out)
    ways = [
        f"UPDATE attachments SET envelope = {change} WHERE id = :id",
        f"SELECT entente_rewrap(id, envelope, {change}, cleaned, cleaned) FROM attachments",
    ]
    for way in ways:
        with pytest.raises(DBAPIError, match="only the wrapping"), world.work() as work:
            world.gate.scope(work, world.actor(work, "ida"))
            work.session.execute(text(way), {"id": file} if ":id" in way else {})
    scheme = "jsonb_set(envelope, '{scheme_version}', '\"x\"')"
    if out:
        with pytest.raises(DBAPIError, match="only the wrapping"), world.work() as work:
            world.gate.scope(work, world.actor(work, "ida"))
            work.session.execute(text(f"UPDATE attachments SET envelope = {scheme}"))


def relabelled(
    world: World, vault: Vault, file: UUID, markings: str, release_to: str = "community"
) -> None:
    """Give an attachment of a draft another marking."""
    with world.work() as work:
        records.relabel(
            work,
            world.gate,
            world.actor(work, "ida"),
            AttachmentId(file),
            marking(markings, release_to),
            arrangement=ARRANGEMENT,
            keys=vault.keys,
        )
