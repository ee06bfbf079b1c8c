"""Two people destroy a key for good: no crash, no restored backup, no old key file undoes it."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app import records
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import AttachmentId, new_id
from app.records import blobs_in_use, keys
from app.records.keys import queries
from app.vault import FolderBlobs, KeyDestroyed, KeyUnavailable, current_key, sweep
from tests import complete
from tests.conftest import clone
from tests.lifecycle_world import (
    asked,
    attached,
    bytes_of,
    destruction,
    for_attachment,
    half_attached,
    key_of,
    rotation,
    who,
)
from tests.records_world import ARRANGEMENT, BYTES, attach, begin, marking, read
from tests.vault_world import Vault
from tests.world import World


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault(tmp_path)
    made.blobs = FolderBlobs(tmp_path / "blobs")  # type: ignore[assignment]
    return made


def wrapped_key(world: World, file: UUID) -> str:
    with world.owner() as session:
        stored = text("SELECT envelope #>> '{sealed,wrapped_key}' FROM attachments WHERE id = :id")
        return str(session.scalar(stored, {"id": file}))


def used(world: World) -> frozenset[str]:
    with world.work() as work:
        return blobs_in_use(work)


def view(world: World, vault: Vault) -> keys.KeysView:
    with world.work() as work:
        return keys.status(work, world.gate, vault.keys)


def test_two_people_destroy_an_attachment_of_its_own_key_and_the_log_proves_it(
    world: World, vault: Vault
) -> None:
    made = begin(world)
    kept = attach(world, vault, made.version_id).id
    gone = attached(world, vault, high=True, out=True)
    request = asked(world, for_attachment(vault, gone))
    assert bytes_of(world, vault, gone) == BYTES

    done = destruction(world, vault).agree(request, who(world, "ivan"))

    assert done == keys.Destroyed(keys_count=1, attachments_count=1)
    with pytest.raises(KeyDestroyed, match="2 March 2026 at 12:00 UTC"):
        bytes_of(world, vault, gone)
    assert wrapped_key(world, gone) == ""
    assert len(list(vault.blobs.list())) == len(used(world)) == 1
    assert bytes_of(world, vault, kept) == BYTES
    asked_for, agreed = world.told("key.destruction-asked"), world.told("key.destruction-agreed")
    assert [entry["actor"] for entry in asked_for + agreed] == [
        str(world.people["sys"]),
        str(world.people["ivan"]),
    ]
    (proof,) = world.told("key.destroyed")
    assert proof["details"] == {
        "key": key_of(world, gone),
        "request": str(request),
        "attachments": 1,
        "attachment": str(gone),
        "asked_by": str(world.people["sys"]),
        "agreed_by": str(world.people["ivan"]),
        "again": False,
        "reason_commitment": proof["details"]["reason_commitment"],
    }
    assert proof["record"] and proof["organisations"] == ["imda"]
    assert not any(map(complete.faults, asked_for + agreed + [proof]))
    (imda,) = view(world, vault).organisations
    line = next(key for key in imda.keys if key.attachment == gone)
    assert (line.state, str(line.proof)) == ("destroyed", proof["id"])


def test_readers_are_told_that_it_was_destroyed_and_when(world: World, vault: Vault) -> None:
    file = attached(world, vault, high=True, out=True)
    destruction(world, vault).agree(asked(world, for_attachment(vault, file)), who(world, "ivan"))
    with world.owner() as session:
        record = session.scalar(text("SELECT record_id FROM attachments"))
    (shown,) = read(world, "ivan", record).attachments
    assert (shown.downloadable, shown.forms) == (False, ())
    assert shown.why_not.startswith("This attachment was destroyed on 2 March 2026 at 12:00 UTC")
    with world.work() as work:
        revised = records.revise(work, world.gate, world.actor(work, "ida"), record)
    (carried,) = revised.attachments
    assert carried.why_not == shown.why_not
    assert used(world) == frozenset()


@pytest.mark.parametrize("name", ["ida", "iris", "olga", "abel", "ella"])
def test_only_a_system_administrator_asks(world: World, vault: Vault, name: str) -> None:
    file = attached(world, vault, high=True)
    with pytest.raises(Forbidden):
        asked(world, for_attachment(vault, file), by=name)
    assert [entry["actor"] for entry in world.told("ask-destruction.refused")] == [
        str(world.people[name])
    ]


@pytest.mark.parametrize("name", ["sys", "ida", "dana", "emil", "olga", "abel"])
def test_only_a_release_authority_of_the_organisation_agrees(
    world: World, vault: Vault, name: str
) -> None:
    file = attached(world, vault, high=True)
    request = asked(world, for_attachment(vault, file))
    with pytest.raises(Forbidden):
        destruction(world, vault).agree(request, who(world, name))
    assert len(world.told("agree-destruction.refused")) == 1
    assert bytes_of(world, vault, file) == BYTES


def test_nobody_is_both_even_if_their_roles_change(world: World, vault: Vault) -> None:
    file = attached(world, vault, high=True)
    request = asked(world, for_attachment(vault, file))
    with world.owner() as session:
        session.execute(
            text("UPDATE people SET roles = '{release_authority}' WHERE id = :id"),
            {"id": world.people["sys"]},
        )
    with pytest.raises(Forbidden):
        destruction(world, vault).agree(request, who(world, "sys"))
    with pytest.raises(DBAPIError, match="two_people"), world.work() as work:
        work.session.execute(
            text("UPDATE key_destructions SET agreed_by = asked_by, agreed_at = asked_at")
        )
    assert bytes_of(world, vault, file) == BYTES


def test_a_request_expires_can_be_withdrawn_and_needs_a_reason(world: World, vault: Vault) -> None:
    file = attached(world, vault, high=True)
    first, second = (asked(world, for_attachment(vault, file)) for _ in range(2))
    with world.work() as work:
        keys.withdraw(work, world.gate, world.actor(work, "iris"), first)
    world.clock.pass_time(timedelta(days=7))
    agree = destruction(world, vault).agree
    for request, why in ((first, "withdrawn"), (second, "expired")):
        with pytest.raises(Conflict, match=why):
            agree(request, who(world, "ivan"))
    with pytest.raises(DBAPIError, match="in_time"), world.work() as work:
        late = {"by": world.people["ivan"], "at": world.clock(), "id": second}
        work.session.execute(
            text("UPDATE key_destructions SET agreed_by = :by, agreed_at = :at WHERE id = :id"),
            late,
        )
    assert view(world, vault).requests == ()
    with pytest.raises(NotFound):
        agree(new_id(), who(world, "ivan"))
    with world.work() as work, pytest.raises(Invalid):
        plan = for_attachment(vault, file)(work)
        keys.ask(work, world.gate, world.actor(work, "sys"), plan, " ")
    assert bytes_of(world, vault, file) == BYTES


def test_what_shares_its_organisations_key_is_destroyed_after_the_others_moved(
    world: World, vault: Vault
) -> None:
    gone, others = attached(world, vault, out=True), [attached(world, vault) for _ in range(3)]
    old = vault.key.id
    with pytest.raises(Conflict, match=r"--rotate-others.*3 attachments"):
        asked(world, for_attachment(vault, gone))
    request = asked(world, for_attachment(vault, gone, rotate_others=True))
    # A rotation meanwhile leaves what is to be destroyed where it is.
    assert rotation(world, vault.keys).run().rewrapped == 3
    late = attached(world, vault)

    done = destruction(world, vault).agree(request, who(world, "ivan"))

    assert (done.keys_count, done.attachments_count) == (1, 1)
    with pytest.raises(KeyDestroyed):
        bytes_of(world, vault, gone)
    assert {bytes_of(world, vault, one) for one in [*others, late]} == {BYTES}
    assert {key.id for key in vault.keys.list_keys() if key.destroyed_at} == {old}


def test_a_key_that_once_wrapped_it_keeps_an_attachment_from_being_destroyed_alone(
    world: World, vault: Vault
) -> None:
    """A backup from before holds the older wrapping: the newer key's end alone proves nothing."""
    file = attached(world, vault)
    rotation(world, vault.keys).run()
    with pytest.raises(Conflict, match="once was"):
        asked(world, for_attachment(vault, file))
    with world.work() as work:
        plan = for_attachment(vault, file, rotate_others=True)(work)
        alone = keys.plan_key(work, vault.keys, key_of(world, file))
    assert set(plan.keys) == {vault.key.id, key_of(world, file)}
    assert alone.elsewhere == (vault.key.id,)


def test_what_moved_since_it_was_asked_for_is_asked_for_again(world: World, vault: Vault) -> None:
    file = attached(world, vault, out=True)
    request = asked(world, for_attachment(vault, file, rotate_others=True))
    rotation(world, vault.keys).run(stay=())
    with pytest.raises(Conflict, match="another key"):
        destruction(world, vault).agree(request, who(world, "ivan"))
    assert bytes_of(world, vault, file) == BYTES


def test_an_upload_under_way_is_refused_when_its_key_was_destroyed(
    world: World, vault: Vault
) -> None:
    gone = attached(world, vault)
    finish = half_attached(world, vault)
    request = asked(world, for_attachment(vault, gone, rotate_others=True))
    destruction(world, vault).agree(request, who(world, "ivan"))
    with pytest.raises(Conflict, match="Send it again"):
        finish()
    with pytest.raises(DBAPIError, match="being destroyed"), pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.records.attachments.check_usable", lambda *_: None)
        finish()


def test_what_keeps_arriving_under_the_old_key_is_moved_before_anybody_agrees(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = attached(world, vault)
    finish = [half_attached(world, vault)]
    request = asked(world, for_attachment(vault, gone, rotate_others=True))
    move = keys.Destruction._move_others

    def move_and_attach(*asked_for: Any) -> None:
        move(*asked_for)
        if finish:
            finish.pop()()

    monkeypatch.setattr(keys.Destruction, "_move_others", move_and_attach)
    done = destruction(world, vault).agree(request, who(world, "ivan"))

    assert done.attachments_count == 1
    with world.owner() as session:
        late = session.scalar(text("SELECT id FROM attachments WHERE name = 'late.csv'"))
    assert bytes_of(world, vault, late) == b"late"
    with pytest.raises(KeyDestroyed):
        bytes_of(world, vault, gone)


def test_a_key_that_is_still_there_is_not_called_destroyed(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = attached(world, vault, high=True)
    request = asked(world, for_attachment(vault, file))
    with monkeypatch.context() as patch:
        patch.setattr(vault.keys, "destroy", lambda _: None)
        with pytest.raises(Conflict, match="still has"):
            destruction(world, vault).agree(request, who(world, "ivan"))
    assert world.told("key.destroyed") == []
    destruction(world, vault).agree(request, who(world, "ivan"))
    assert len(world.told("key.destroyed")) == 1


def test_a_whole_organisation_is_destroyed_with_the_keys_made_since(
    world: World, vault: Vault
) -> None:
    files = [attached(world, vault), attached(world, vault, high=True, out=True)]
    theirs = vault.keys.create_key("dtc").id
    request = asked(world, lambda work: keys.plan_organisation(work, vault.keys, "imda"))
    files.append(attached(world, vault, high=True))

    done = destruction(world, vault).agree(request, who(world, "iris"))

    assert (done.keys_count, done.attachments_count) == (3, 3)
    assert len(world.told("key.destroyed")) == 3
    for file in files:
        with pytest.raises(KeyDestroyed):
            bytes_of(world, vault, file)
    assert [key.id for key in vault.keys.list_keys() if not key.destroyed_at] == [theirs]
    with pytest.raises(KeyUnavailable):
        current_key(vault.keys, "imda")
    assert rotation(world, vault.keys).run().made
    assert bytes_of(world, vault, attached(world, vault)) == BYTES


@pytest.mark.parametrize("step", ["destroy", "forget_wrappings", "insert_destroyed", "delete"])
def test_a_destruction_that_broke_off_is_finished_by_agreeing_again(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    file = attached(world, vault, high=True, out=True)
    request = asked(world, for_attachment(vault, file))

    class Crash(Exception):
        pass

    def crash(*_: Any, **__: Any) -> None:
        raise Crash

    owner = {"destroy": vault.keys, "delete": vault.blobs}.get(step, queries)
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, crash)
        with pytest.raises(Crash):
            destruction(world, vault).agree(request, who(world, "ivan"))
    if step == "destroy":
        (line,) = view(world, vault).requests
        assert line.agreed
    # Whatever is left of it, nothing new is wrapped by it and it is finished once.
    world.clock.pass_time(timedelta(days=30))
    done = destruction(world, vault).agree(request, who(world, "iris"))
    assert done.attachments_count == 1
    with pytest.raises(KeyDestroyed):
        bytes_of(world, vault, file)
    assert len(world.told("key.destroyed")) == 1
    assert len(world.told("key.destruction-agreed")) == 1
    sweep(vault.blobs, used(world), world.clock() + timedelta(days=4000))
    assert list(vault.blobs.list()) == []


def test_a_restored_backup_does_not_bring_it_back(
    world: World, vault: Vault, server: Engine, tmp_path: Path
) -> None:
    file = attached(world, vault, high=True, out=True)
    shutil.copytree(tmp_path / "blobs", tmp_path / "backup")
    world.engine.dispose()
    name = world.database.application_url.rsplit("/", 1)[1].partition("?")[0]
    with clone(server, name) as backup:
        destruction(world, vault).agree(
            asked(world, for_attachment(vault, file)), who(world, "ivan")
        )
        engine = backup.application_engine(pool_size=2)
        restored = replace(
            world, database=backup, engine=engine, units=replace(world.units, engine=engine)
        )
        vault.blobs = FolderBlobs(tmp_path / "backup")  # type: ignore[assignment]
        assert wrapped_key(restored, file) != ""
        with pytest.raises(KeyDestroyed):
            bytes_of(restored, vault, file)
        engine.dispose()


def test_an_old_key_file_beside_a_newer_database_opens_nothing_and_is_shouted_about(
    world: World, vault: Vault, tmp_path: Path
) -> None:
    gone = attached(world, vault, high=True, out=True)
    shared = attached(world, vault)
    shutil.copytree(tmp_path / "keys", tmp_path / "old-keys")
    shutil.copytree(tmp_path / "blobs", tmp_path / "old-blobs")
    request = asked(world, lambda work: keys.plan_organisation(work, vault.keys, "imda"))
    destruction(world, vault).agree(request, who(world, "ivan"))
    shutil.copytree(tmp_path / "old-keys", tmp_path / "keys", dirs_exist_ok=True)
    shutil.copytree(tmp_path / "old-blobs", tmp_path / "blobs", dirs_exist_ok=True)

    assert not any(key.destroyed_at for key in vault.keys.list_keys())
    for file in (gone, shared):
        with pytest.raises(KeyDestroyed):
            bytes_of(world, vault, file)
    assert {key.id for key in view(world, vault).came_back} == {
        key.id for key in vault.keys.list_keys()
    }
    with pytest.raises(Conflict, match="Send it again"):
        attached(world, vault)
    again = destruction(world, vault).agree(request, who(world, "ivan"))
    assert again.attachments_count == 2 and view(world, vault).came_back == []
    assert all(key.destroyed_at for key in vault.keys.list_keys())
    assert [told["details"]["again"] for told in world.told("key.destroyed")] == [False] * 2 + [
        True
    ] * 2


def test_another_provider_is_not_taken_for_one_that_destroyed(
    world: World, vault: Vault, tmp_path: Path
) -> None:
    file = attached(world, vault, high=True, out=True)
    request = asked(world, for_attachment(vault, file))
    right, vault.keys = vault.keys, Vault(tmp_path / "another").keys
    with pytest.raises(KeyUnavailable, match="the right one"):
        destruction(world, vault).agree(request, who(world, "ivan"))
    with pytest.raises(KeyUnavailable, match="the right one"):
        asked(world, for_attachment(vault, file))
    assert world.told("key.destroyed") == []
    vault.keys = right
    assert bytes_of(world, vault, file) == BYTES
    assert destruction(world, vault).agree(request, who(world, "ivan")).attachments_count == 1


def test_what_was_destroyed_or_agreed_cannot_be_undone_in_the_database(
    world: World, vault: Vault
) -> None:
    file = attached(world, vault, high=True)
    with world.owner() as session:
        before = session.scalar(text("SELECT envelope::text FROM attachments"))
    request = asked(world, for_attachment(vault, file))
    with pytest.raises(DBAPIError, match="nobody agreed"), world.work() as work:
        work.session.execute(text("SELECT entente_forget_wrappings(:id, 9)"), {"id": request})
    destruction(world, vault).agree(request, who(world, "ivan"))
    tries = {
        "UPDATE attachments SET envelope = CAST(:before AS jsonb)": "stays destroyed",
        "UPDATE key_destructions SET agreed_by = NULL, agreed_at = NULL": "never changed",
        "UPDATE key_destructions SET keys = '{other}'": "never changed",
        "DELETE FROM key_destructions": "permission denied",
        "DELETE FROM destroyed_keys": "permission denied",
        "UPDATE destroyed_keys SET key_id = 'x'": "permission denied",
        "SELECT * FROM attachment_keys": "permission denied",
    }
    for statement, why in tries.items():
        with pytest.raises(DBAPIError, match=why), world.work() as work:
            world.gate.scope(work, world.actor(work, "ida"))
            work.session.execute(
                text(statement), {"before": before} if ":before" in statement else {}
            )


def relabelled(world: World, vault: Vault, file: UUID) -> None:
    with world.work() as work:
        records.relabel(
            work,
            world.gate,
            world.actor(work, "ida"),
            AttachmentId(file),
            marking("TLP:AMBER", "party:SG"),
            arrangement=ARRANGEMENT,
            keys=vault.keys,
        )


def test_what_two_agreed_to_destroy_is_not_saved_by_marking_it_anew(
    world: World, vault: Vault
) -> None:
    file = attached(world, vault, high=True)
    request = asked(world, for_attachment(vault, file))
    procedure = destruction(world, vault)
    assert procedure._commit(request, who(world, "ivan"))  # and then the provider is down
    with pytest.raises(Conflict):
        relabelled(world, vault, file)
    procedure.agree(request, who(world, "ivan"))

    with pytest.raises(KeyDestroyed):
        bytes_of(world, vault, file)


def test_what_is_marked_anew_while_two_agree_is_asked_for_again(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = attached(world, vault, high=True)
    request = asked(world, for_attachment(vault, file))
    hold_still = queries.hold_still

    def late(*given: Any) -> None:
        monkeypatch.setattr(queries, "hold_still", hold_still)
        relabelled(world, vault, file)
        hold_still(*given)

    monkeypatch.setattr(queries, "hold_still", late)
    with pytest.raises(Conflict, match="another key"):
        destruction(world, vault).agree(request, who(world, "ivan"))

    assert bytes_of(world, vault, file) == BYTES


def test_a_wrapping_by_a_doomed_key_is_not_exchanged_whoever_writes(
    world: World, vault: Vault
) -> None:
    file = attached(world, vault, high=True)
    request = asked(world, for_attachment(vault, file))
    assert destruction(world, vault)._commit(request, who(world, "ivan"))
    other = "jsonb_set(envelope, '{sealed,key_id}', '\"key_other\"')"
    with pytest.raises(DBAPIError, match="being destroyed"), world.owner() as session:
        session.execute(text(f"UPDATE attachments SET envelope = {other}"))
