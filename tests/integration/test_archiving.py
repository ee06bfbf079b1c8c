"""An ended log goes to cold storage whole, once it is old enough, and the chain is still proved."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from app import audit
from app.audit import Archived, LogFilter, Published
from app.audit.exports import archiving
from app.audit.exports.tiles import Written, check_folder
from app.cli import app
from app.core.errors import Conflict, Forbidden, NotFound, Unavailable
from app.core.journal import Event, Typed
from app.core.work import Origin, Units
from app.log import DatabaseJournal, bundle, checkpoint, recover, sequence, tile
from app.log.turning import turn
from app.tlog import (
    Checkpoint,
    Note,
    Signer,
    Tile,
    TlogError,
    VerifierKey,
    decode_bundle,
    hash_bundle,
    verify_note,
)
from tests.world import NOON, World

OLD = datetime(2015, 5, 4, 12, tzinfo=UTC)
CLI = Origin(door="cli", client_address="192.0.2.9")
MANY = 300


@pytest.fixture
def world_of_two_logs(world: World) -> World:
    """A log of 2015 that has ended, and the current one of 2026."""
    world.clock.now = OLD
    for number in range(MANY):
        with world.units.begin(CLI) as work:
            event = Event("old.done", subject=f"record:{number}", details={"query": Typed("x")})
            work.record(event)
    world.sequence()
    world.clock.now = NOON
    with world.work() as work:
        assert turn(work, world.log) is not None
    with world.work() as work:
        work.record(Event("new.done", subject="record:1"))
    world.sequence()
    return world


def archived(world: World, folder: Path, log: int = 1, years: int = 10) -> Archived:
    engine = world.database.owner_engine()
    units = Units(engine, DatabaseJournal(bytes), world.clock)
    published = Published(world.log, "https://entente.example")
    try:
        with units.begin(Origin(door="cli")) as work:
            return audit.archive(work, log, folder, published, retention_years=years)
    finally:
        engine.dispose()


def counts(world: World) -> dict[str, int]:
    tables = ("journal", "log_entries", "journal_addresses", "journal_texts", "log_archives")
    with world.owner() as session:
        return {
            table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in tables
        }


def test_the_log_goes_whole_and_the_archive_verifies(
    world_of_two_logs: World, tmp_path: Path
) -> None:
    world = world_of_two_logs
    before = counts(world)
    with world.owner() as session:
        query = "SELECT entry FROM journal JOIN log_entries ON entry_id = id WHERE log = 1"
        entries = [bytes(entry) for entry in session.scalars(text(query))]
    done = archived(world, tmp_path / "archive")
    assert (done.log, done.size) == (1, len(entries))
    after = counts(world)
    assert after["journal"] == before["journal"] - len(entries) + 1  # the event that tells of it
    assert after["log_entries"] == before["log_entries"] - len(entries)
    assert (after["journal_addresses"], after["journal_texts"]) == (0, 0)
    assert after["log_archives"] == 1
    folder = tmp_path / "archive"
    checkpoint = Checkpoint.parse(Note.parse((folder / "checkpoint").read_bytes()).text)
    check_folder(Written(1, checkpoint, folder))
    manifest = (folder / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).digest() == done.manifest_hash
    assert json.loads(manifest)["size"] == len(entries)
    told = world.told("log.archived")[0]
    assert told["subject"] == "log:1"
    assert told["details"]["manifest_hash"] == done.manifest_hash.hex()


def test_a_log_that_ended_unsigned_goes_whole_too(world: World, tmp_path: Path) -> None:
    world.clock.now = OLD
    for count in (MANY, 7):
        for _ in range(count):
            with world.units.begin(CLI) as work:
                work.record(Event("old.done", subject="record:1"))
        if count == MANY:
            world.sequence()
    with world.units.begin(CLI) as work:
        assert sequence(work, world.log) == 7  # and nobody signed
    world.clock.now = NOON
    engine = world.database.owner_engine()
    with Units(engine, DatabaseJournal(bytes), world.clock).begin(CLI) as work:
        recover(work, world.log, reason="The disk broke.")
    engine.dispose()
    world.sequence()
    done = archived(world, tmp_path / "archive")
    assert done.size == 1 + MANY + 7
    manifest = json.loads((tmp_path / "archive" / "manifest.json").read_bytes())
    assert (manifest["size"], manifest["unsigned"]["entries"]) == (1 + MANY, 7)
    unsigned = (tmp_path / "archive" / "unsigned").read_bytes()
    assert len(decode_bundle(unsigned, 7)) == 7
    note = Note.parse((tmp_path / "archive" / "checkpoint").read_bytes())
    end = Checkpoint("x", done.size, bytes.fromhex(manifest["unsigned"]["root_hash"]))
    written = Written(1, Checkpoint.parse(note.text), tmp_path / "archive", end)
    check_folder(written)
    (tmp_path / "archive" / "unsigned").write_bytes(unsigned.replace(b"record:1", b"record:2", 1))
    with pytest.raises(TlogError):
        check_folder(written)


def test_the_archive_is_what_any_verifier_reads(world_of_two_logs: World, tmp_path: Path) -> None:
    from app.verifier.sources import FolderSource

    archived(world_of_two_logs, tmp_path / "archive")
    source = FolderSource(tmp_path / "archive")
    note = Note.parse(source.checkpoint() or b"")
    keys = (source.keys() or b"").decode().splitlines()
    assert verify_note(note, [VerifierKey.parse(line) for line in keys])


def test_what_remains_still_verifies_and_names_the_old_checkpoint(
    world_of_two_logs: World, tmp_path: Path
) -> None:
    world = world_of_two_logs
    archived(world, tmp_path / "archive")
    world.sequence()
    with world.work() as work:
        published = Published(world.log, "https://entente.example")
        actor = world.actor(work, "abel")
        whole = audit.export_tiles(work, world.gate, actor, None, tmp_path / "now", published)
    assert whole.log == 2
    check_folder(whole)
    begun = next(one for one in world.entries() if one["type"] == "log.begun")
    said = Checkpoint.parse(Note.parse(begun["details"]["previous_checkpoint"]).text)
    kept = Checkpoint.parse(Note.parse((tmp_path / "archive" / "checkpoint").read_bytes()).text)
    assert said == kept
    with world.owner() as session:
        nodes = session.execute(text("SELECT count(*) FROM log_nodes WHERE log = 1")).scalar_one()
        points = session.execute(text("SELECT count(*) FROM log_checkpoints WHERE log = 1"))
        assert (nodes, points.scalar_one()) == (1, 1)


def test_what_is_published_of_an_archived_log_is_its_upper_tree(
    world_of_two_logs: World, tmp_path: Path
) -> None:
    archived(world_of_two_logs, tmp_path / "archive")
    with world_of_two_logs.work() as work:
        assert len(tile(work.session, 1, Tile(1, 0, 1))) == 32
        assert checkpoint(work.session, 1, world_of_two_logs.log.policy())
        for give, asked in ((tile, Tile(0, 0)), (bundle, Tile(-1, 0))):
            with pytest.raises(NotFound):
                give(work.session, 1, asked)


def test_auditors_go_on_and_are_told_what_lies_in_the_archive(
    world_of_two_logs: World, tmp_path: Path
) -> None:
    world = world_of_two_logs
    archived(world, tmp_path / "archive")
    world.sequence()
    with world.work() as work:
        page = audit.log(work, world.gate, world.actor(work, "abel"), LogFilter()).page
        lying = audit.archived_logs(work.session)
    assert {entry.log for entry in page.items} == {2}
    assert [(one.log, one.origin, one.until) for one in lying] == [
        (1, "entente.example/log/2015", NOON)
    ]


@pytest.mark.parametrize(
    ("log", "years", "problem"), [(2, 10, Conflict), (1, 11, Conflict), (3, 10, NotFound)]
)
def test_what_is_current_or_young_stays(
    world_of_two_logs: World, tmp_path: Path, log: int, years: int, problem: type[Exception]
) -> None:
    before = counts(world_of_two_logs)
    with pytest.raises(problem):
        archived(world_of_two_logs, tmp_path / "archive", log, years)
    assert counts(world_of_two_logs) == before
    assert not (tmp_path / "archive").exists()


def test_a_log_goes_once(world_of_two_logs: World, tmp_path: Path) -> None:
    archived(world_of_two_logs, tmp_path / "archive")
    with pytest.raises(Conflict):
        archived(world_of_two_logs, tmp_path / "again")


def test_the_application_s_role_cannot(world_of_two_logs: World, tmp_path: Path) -> None:
    world = world_of_two_logs
    before = counts(world)
    published = Published(world.log, "https://entente.example")
    with pytest.raises(Forbidden), world.work() as work:
        audit.archive(work, 1, tmp_path / "archive", published, retention_years=10)
    assert counts(world) == before
    for statement in (
        "INSERT INTO log_archives VALUES (1, 1, sha256(''), now(), 'me')",
        "DELETE FROM log_entries",
        "DELETE FROM journal",
    ):
        with pytest.raises(DBAPIError, match="permission denied"), world.work() as work:
            work.session.execute(text(statement))
    assert counts(world) == before


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM log_entries",
        "DELETE FROM journal",
        "UPDATE journal SET entry = entry",
        "UPDATE log_entries SET type = type",
        "TRUNCATE journal CASCADE",
        "SELECT entente_archive_log(2, count(*), sha256(''), now(), now(), 'me')"
        " FROM log_entries WHERE log = 2",
        "SELECT entente_archive_log(1, 1, sha256(''), now(), now(), 'me')",
        "SELECT entente_archive_log(1, 301, sha256(''), '2015-01-01', now(), 'me')",
    ],
)
def test_the_database_lets_nothing_else_go_even_to_its_owner(
    world_of_two_logs: World, statement: str
) -> None:
    before = counts(world_of_two_logs)
    with pytest.raises(DBAPIError), world_of_two_logs.owner() as session:
        session.execute(text(statement))
    assert counts(world_of_two_logs) == before


def test_after_an_archive_only_the_archived_log_s_rows_could_go(
    world_of_two_logs: World, tmp_path: Path
) -> None:
    archived(world_of_two_logs, tmp_path / "archive")
    for statement in ("DELETE FROM log_entries", "DELETE FROM journal", "DELETE FROM log_archives"):
        with pytest.raises(DBAPIError), world_of_two_logs.owner() as session:
            session.execute(text(statement))


def test_nothing_is_removed_when_the_archive_is_not_whole(
    world_of_two_logs: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(written: Written) -> None:
        bundle = written.folder / "tile" / "entries" / "000"
        bundle.write_bytes(bundle.read_bytes().replace(b"old.done", b"old.gone", 1))
        check_folder(written)

    before = counts(world_of_two_logs)
    monkeypatch.setattr(archiving, "check_folder", damaged)
    with pytest.raises(Unavailable):
        archived(world_of_two_logs, tmp_path / "archive")
    assert counts(world_of_two_logs) == before


def test_nothing_is_overwritten(world_of_two_logs: World, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    with pytest.raises(Conflict):
        archived(world_of_two_logs, tmp_path / "archive")


def stranger() -> Signer:
    return Signer.ed25519("entente.example/log/2015", Ed25519PrivateKey.generate())


def damages() -> list[tuple[str, Any]]:
    return [
        ("tile/entries/000", lambda data: data[:-1]),
        ("tile/entries/001.p/45", lambda data: data.replace(b"old.done", b"old.gone", 1)),
        ("tile/0/000", lambda data: data[:-32]),
        ("tile/0/001.p/45", lambda data: bytes(len(data))),
        ("checkpoint", lambda data: data.replace(b"\n301\n", b"\n300\n")),
        ("keys", lambda _: b""),
        ("tile/1/000.p/1", lambda data: data[:-1]),
    ]


@pytest.mark.parametrize(("path", "damage"), damages())
def test_a_damaged_folder_is_seen(
    world_of_two_logs: World, tmp_path: Path, path: str, damage: Any
) -> None:
    world = world_of_two_logs
    with world.work() as work:
        published = Published(world.log, "https://entente.example")
        actor = world.actor(work, "abel")
        whole = audit.export_tiles(work, world.gate, actor, 1, tmp_path / "whole", published)
    file = whole.folder / path
    before = file.read_bytes()
    file.write_bytes(damage(before))
    assert file.read_bytes() != before
    with pytest.raises((TlogError, ValueError)):
        check_folder(whole)
    file.unlink()
    with pytest.raises((TlogError, OSError)):
        check_folder(whole)


def test_entries_that_were_exchanged_together_with_their_hashes_are_seen(
    world_of_two_logs: World, tmp_path: Path
) -> None:
    world = world_of_two_logs
    with world.work() as work:
        published = Published(world.log, "https://entente.example")
        actor = world.actor(work, "abel")
        whole = audit.export_tiles(work, world.gate, actor, 1, tmp_path / "whole", published)
    entries, hashes = (whole.folder / path for path in ("tile/entries/000", "tile/0/000"))
    entries.write_bytes(entries.read_bytes().replace(b"old.done", b"old.gone", 1))
    hashes.write_bytes(b"".join(hash_bundle(entries.read_bytes(), 256)))
    with pytest.raises(TlogError):
        check_folder(whole)


def test_an_archive_that_nobody_signed_is_seen(world_of_two_logs: World, tmp_path: Path) -> None:
    world = world_of_two_logs
    with world.work() as work:
        published = Published(world.log, "https://entente.example")
        actor = world.actor(work, "abel")
        whole = audit.export_tiles(work, world.gate, actor, 1, tmp_path / "whole", published)
    (whole.folder / "keys").write_text(stranger().vkey.text() + "\n")
    with pytest.raises(TlogError):
        check_folder(whole)


@pytest.mark.parametrize("name", ["uma", "ida", "olga", "sys"])
def test_only_auditors_of_an_authority_export_a_whole_log(
    world_of_two_logs: World, tmp_path: Path, name: str
) -> None:
    world = world_of_two_logs
    published = Published(world.log, "https://entente.example")
    with pytest.raises(Forbidden), world.work() as work:
        audit.export_tiles(
            work, world.gate, world.actor(work, name), None, tmp_path / "whole", published
        )
    assert not (tmp_path / "whole").exists()


def test_the_command_moves_a_log_and_says_so(
    world_of_two_logs: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of_two_logs
    monkeypatch.setenv("ENTENTE_DATABASE_URL", world.database.application_url)
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(world.folder))
    monkeypatch.setenv("ENTENTE_KEY_PASSPHRASE", "open")
    words = ["audit", "archive", "--log", "1", "--to", str(tmp_path / "archive")]
    monkeypatch.setenv("ENTENTE_RETENTION_YEARS", "90")
    assert CliRunner().invoke(app, words).exit_code == 1
    assert counts(world)["log_archives"] == 0
    monkeypatch.setenv("ENTENTE_RETENTION_YEARS", "10")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "entries of entente.example/log/2015" in done.output
    assert counts(world)["log_archives"] == 1
    assert world.events()[-1] == ("log.archived", "", "log:1")
