"""The doctor finds what is missing, altered or left over, and unseals only when asked."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text
from typer.testing import CliRunner

from app.cli import app
from app.core.database import Database
from app.core.work import Origin
from app.records import checking
from app.vault import BlobInfo, FolderBlobs, KeyProvider, OrgKeyId, blob_name, sealed_size
from tests.portal import Portal, assemble_portal
from tests.vault_world import BODY, sealed

CLI = Origin(door="cli")


@pytest.fixture
def portal(peopled_database: Database, tmp_path: Path) -> Iterator[Portal]:
    made = assemble_portal(peopled_database, tmp_path, "https://portal.example")
    yield made
    made.world.close()


@pytest.fixture
def stored(portal: Portal) -> list[Path]:
    """The two files of a draft as they lie in the store, largest first."""
    portal.draft("ida", files={"long.bin": BODY, "short.txt": b"text"})
    folder = portal.services.settings.data_dir / "blobs"
    return sorted(folder.glob("kept/*/*"), key=lambda path: -path.stat().st_size)


def check(portal: Portal) -> checking.StoreCheck:
    services = portal.services
    return checking.check_store(services.units, services.blobs, CLI, services.clock())


def open_all(portal: Portal, *, whole: bool = False) -> list[str]:
    services = portal.services
    opening = checking.Opening(
        services.gate, services.keys, services.blobs, services.settings.arrangement, whole
    )
    return [
        fault.what for fault in checking.open_files(services.units, opening, CLI, lambda _: None)
    ]


@pytest.mark.parametrize("size_bytes", [0, 1, (1 << 20) - 57, (1 << 20) - 56, (1 << 20) - 55])
def test_a_sealed_length_follows_from_the_plain_one(size_bytes: int) -> None:
    assert len(sealed(bytes(size_bytes))) == sealed_size(size_bytes)


def test_nothing_is_found_where_nothing_is_wrong_and_no_key_is_asked_for(
    portal: Portal, stored: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwrap(*_: object) -> bytes:
        raise AssertionError("a key was asked for")

    monkeypatch.setattr(type(portal.services.keys), "unwrap", unwrap)
    found = check(portal)

    assert (found.files_count, found.faults, found.orphans_count) == (2, (), 0)


def test_what_is_missing_or_cut_short_is_found_without_a_key(
    portal: Portal, stored: list[Path]
) -> None:
    long, short = stored
    long.write_bytes(long.read_bytes()[:-1])
    short.unlink()
    found = check(portal)

    assert sorted(fault.what for fault in found.faults) == [
        "has another length in the store",
        "is not in the store",
    ]
    assert all(fault.reference.startswith("ENT-") for fault in found.faults)


def test_what_belongs_to_nothing_is_counted_once_it_is_old(
    portal: Portal, stored: list[Path]
) -> None:
    blobs = FolderBlobs(portal.services.settings.data_dir / "blobs")
    writer = blobs.create()
    writer.write(b"left over")
    writer.close()
    services = portal.services
    (blob,) = [one for one in blobs.list() if one.name == writer.name]
    late = blob.modified_at + timedelta(hours=25)
    early = checking.check_store(services.units, blobs, CLI, blob.modified_at)
    found = checking.check_store(services.units, blobs, CLI, late)

    assert early.orphans_count == 0
    assert (found.orphans_count, found.orphans_bytes) == (1, len(b"left over"))


def test_a_file_altered_in_its_middle_shows_when_all_of_it_is_read(
    portal: Portal, stored: list[Path]
) -> None:
    whole = bytearray(stored[0].read_bytes())
    whole[2_000_000] ^= 1
    stored[0].write_bytes(whole)

    assert check(portal).faults == ()
    assert open_all(portal) == []
    assert open_all(portal, whole=True) == ["is not what was sealed"]
    assert len(portal.world.told("attachment.damaged")) == 1


def test_a_file_altered_at_its_end_shows_when_it_is_opened(
    portal: Portal, stored: list[Path]
) -> None:
    whole = bytearray(stored[0].read_bytes())
    whole[-1] ^= 1
    stored[0].write_bytes(whole)

    assert open_all(portal) == ["is not what was sealed"]


def test_each_unsealing_is_on_the_log_before_it_is_done(
    portal: Portal, stored: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    unwrap = type(portal.services.keys).unwrap
    told: list[int] = []

    def counted(keys: KeyProvider, key_id: OrgKeyId, wrapped: bytes, bound: bytes) -> bytes:
        told.append(len(portal.world.told("attachment.checked")))
        return unwrap(keys, key_id, wrapped, bound)

    monkeypatch.setattr(type(portal.services.keys), "unwrap", counted)
    assert open_all(portal) == []

    assert told == [1, 2]
    assert all(entry["details"]["key"] for entry in portal.world.told("attachment.checked"))


def test_what_was_taken_off_meanwhile_is_not_missing(portal: Portal, stored: list[Path]) -> None:
    """Between the look at the rows and the look at the store a draft was discarded."""
    services = portal.services
    gone = blob_name(stored[1].name)

    class Discarding(FolderBlobs):
        def list(self) -> Iterator[BlobInfo]:
            with portal.world.owner() as session:
                session.execute(text("DELETE FROM attachments WHERE blob = :gone"), {"gone": gone})
            self.delete(gone)
            return super().list()

    blobs = Discarding(services.settings.data_dir / "blobs")
    found = checking.check_store(services.units, blobs, CLI, services.clock())

    assert found.faults == ()


def test_the_command_says_what_is_wrong_and_ends_with_1(
    portal: Portal, stored: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.doctor.assemble", lambda _: portal.services)
    keys = portal.services.settings.data_dir / "keys"
    keys.chmod(0o755)
    loose = CliRunner().invoke(app, ["doctor"])
    keys.chmod(0o700)
    well = CliRunner().invoke(app, ["doctor", "--open"])
    stored[1].unlink()
    ill = CliRunner().invoke(app, ["doctor"])

    assert loose.exit_code == 1
    assert "chmod 700" in loose.output
    assert well.exit_code == 0, well.output
    assert "WRONG" not in well.output
    assert ill.exit_code == 1
    assert "is not in the store" in ill.output
    assert "text" not in ill.output.replace("texts", "")


def test_no_statement_reads_a_name(portal: Portal, stored: list[Path]) -> None:
    asked: list[str] = []
    event.listen(
        portal.world.engine,
        "before_cursor_execute",
        lambda _, __, statement, *___: asked.append(statement),
    )
    check(portal)

    assert not [one for one in asked if "name" in one.replace("blob_name", "")]
