"""Exports hold exactly what concerns the auditor's party, and each is on the log before it goes."""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app import audit
from app.audit import LogFilter, Published
from app.cli import app
from app.core.errors import Forbidden, Invalid, Unavailable
from app.core.ids import RecordId
from app.core.journal import Event
from app.core.work import Origin, Units
from app.log import recover, sequence, vkey
from app.tlog import (
    Checkpoint,
    InclusionProof,
    Note,
    VerifierKey,
    check_inclusion,
    leaf_hash,
    verify_note,
)
from app.verifier import Asked, Kept, verify_selection
from app.verifier.evidence import FolderFiles
from tests.ocsf_schema import released as ocsf
from tests.records_world import marking, read, released
from tests.world import World

Export = Callable[..., tuple[bytes, int]]


@pytest.fixture
def record_id(world: World) -> RecordId:
    """A record that people of both parties have read, in its places under a checkpoint."""
    made = released(world, marking=marking("TLP:GREEN", "community"))
    for name in ("uma", "bo", "uma"):
        read(world, name, made.record_id)
    with world.work() as work, pytest.raises(Forbidden):
        audit.log(work, world.gate, world.actor(work, "carl"), LogFilter())
    world.sequence()
    return made.record_id


def exported(world: World, verb: str, name: str = "abel", **asked: Any) -> tuple[bytes, int]:
    out = io.BytesIO()
    more = [Published(world.log, "https://entente.example")] if verb == "evidence" else []
    with world.work() as work:
        actor = world.actor(work, name)
        export: Export = getattr(audit, f"export_{verb}")
        count = export(work, world.gate, actor, LogFilter(**asked), out, *more)
    return out.getvalue(), count  # type: ignore[return-value]


def concerning(world: World, *slugs: str) -> list[dict[str, Any]]:
    return [
        entry
        for entry in world.entries()
        if not entry["organisations"] or set(entry["organisations"]) & set(slugs)
    ]


SINGAPORE = ("imda", "dtc", "biz-sg")


@pytest.mark.parametrize("verb", ["ocsf", "csv", "evidence"])
@pytest.mark.parametrize("name", ["ida", "uma", "olga", "sys", "iris"])
def test_only_auditors_export(world: World, record_id: RecordId, verb: str, name: str) -> None:
    with pytest.raises(Forbidden):
        exported(world, verb, name)
    assert world.events()[-1][0] == "review-log.refused"


@pytest.mark.parametrize("verb", ["ocsf", "csv", "evidence"])
def test_an_export_is_told_in_the_log_with_what_was_asked(
    world: World, record_id: RecordId, verb: str
) -> None:
    _, count = exported(world, verb, person="uma@uni-eu.example", decision="allow")
    told = world.told("log.exported")
    assert len(told) == 1
    assert told[0]["details"] == {
        "format": verb,
        "count": count,
        "at": told[0]["details"]["at"],
        "person": str(world.people["uma"]),
        "decision": "allow",
    }
    assert re.fullmatch(r"1\.\d+", told[0]["details"]["at"])


@pytest.mark.parametrize("verb", ["ocsf", "csv", "evidence"])
def test_nothing_is_exported_before_it_is_signed(world: World, verb: str) -> None:
    with pytest.raises(Unavailable):
        exported(world, verb)
    assert world.told("log.exported") == []


@pytest.mark.parametrize("asked", [{"at": "1.999999"}, {"at": "x"}, {"action": "dance"}])
def test_what_cannot_be_asked_is_refused(
    world: World, record_id: RecordId, asked: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        exported(world, "csv", **asked)


def test_names_that_an_auditor_typed_do_not_stand_in_an_entry(
    world: World, record_id: RecordId
) -> None:
    exported(world, "csv", organisation="Nora Nobody", record="Nora Nobody", marking="Nora Nobody")
    details = world.told("log.exported")[0]["details"]
    assert {"organisation_commitment", "record_commitment", "marking_commitment"} <= set(details)
    assert "Nora" not in json.dumps(world.entries())


def test_ocsf_holds_the_party_s_entries_in_order_and_every_line_is_valid(
    world: World, record_id: RecordId
) -> None:
    expected = concerning(world, *SINGAPORE)
    data, count = exported(world, "ocsf")
    lines = [json.loads(line) for line in data.splitlines()]
    assert {line["metadata"]["uid"] for line in lines} == {entry["id"] for entry in expected}
    places = [line["metadata"]["sequence"] for line in lines]
    assert places == sorted(set(places))
    assert count == len(lines)
    assert [fault for line in lines for fault in ocsf().faults(line)] == []
    reads = [line for line in lines if line["message"] == "record.read"]
    assert {line["actor"]["user"]["name"] for line in reads} == {"Uma", "Bo"}


def test_the_record_s_entries_are_found_by_its_identifier_and_its_number(
    world: World, record_id: RecordId
) -> None:
    with world.owner() as session:
        number = session.execute(text("SELECT reference FROM records")).scalar_one()
    by_id, count = exported(world, "ocsf", record=str(record_id))
    by_number, _ = exported(world, "ocsf", record=number)
    assert count >= 5
    assert by_id == by_number
    types = {json.loads(line)["message"] for line in by_id.splitlines()}
    assert {"record.drafted", "record.read"} <= types


def test_the_other_party_s_auditor_gets_the_other_party_s_entries(
    world: World, record_id: RecordId
) -> None:
    expected = concerning(world, "eu-ai-office", "dg-connect", "uni-eu")
    data, _ = exported(world, "ocsf", "aude")
    assert {json.loads(line)["metadata"]["uid"] for line in data.splitlines()} == {
        entry["id"] for entry in expected
    }


def test_csv_has_a_line_for_each_and_no_formula(world: World, record_id: RecordId) -> None:
    with world.work() as work:
        work.record(Event("test.done", subject='=HYPERLINK("https://evil.example")'))
    world.sequence()
    data, count = exported(world, "csv")
    lines = list(csv.DictReader(io.StringIO(data.decode())))
    assert len(lines) == count
    assert lines[0].keys() >= {"id", "at", "type", "actor_name", "log", "index", "leaf_hash_hex"}
    assert lines[-1]["subject"].startswith("'=HYPERLINK")
    cells = [cell for line in lines for cell in line.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def unpacked(data: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        bundle.extractall(folder)
    return folder


def test_evidence_proves_every_entry_byte_for_byte(
    world: World, record_id: RecordId, tmp_path: Path
) -> None:
    data, count = exported(world, "evidence", record=str(record_id))
    folder = unpacked(data, tmp_path / "evidence")
    note = Note.parse((folder / "checkpoint").read_bytes())
    keys = [VerifierKey.parse(line) for line in (folder / "keys").read_text().splitlines()]
    assert len(verify_note(note, keys)) == len(keys)
    checkpoint = Checkpoint.parse(note.text)
    entries = sorted((folder / "entries").iterdir())
    assert len(entries) == count
    kept = {json.dumps(entry, sort_keys=True) for entry in world.entries()}
    for file in entries:
        proof = InclusionProof.parse((folder / "proofs" / f"{file.stem}.tlog-proof").read_bytes())
        assert proof.index == int(file.stem)
        check_inclusion(
            leaf_hash(file.read_bytes()),
            index=proof.index,
            size=checkpoint.size,
            proof=proof.proof,
            root=checkpoint.root,
        )
        assert proof.checkpoint == note.serialised()
        assert json.dumps(json.loads(file.read_bytes()), sort_keys=True) in kept
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["entries"] == count
    assert manifest["selection"] == {"record": str(record_id)}
    assert manifest["asked_by"]["person"] == str(world.people["abel"])
    assert manifest["logs"] == [
        {
            "folder": "",
            "log": 1,
            "origin": checkpoint.origin,
            "checkpoint_size": checkpoint.size,
            "entries": count,
        }
    ]


def test_evidence_of_a_log_that_ended_unsigned_says_what_is_not_proved(
    world: World, record_id: RecordId, tmp_path: Path
) -> None:
    with world.work() as work:
        work.record(Event("test.done", subject="record:1", organisations=frozenset({"dtc"})))
    with world.work() as work:
        assert sequence(work, world.log)  # and nobody signs
    engine = world.database.owner_engine()
    with Units(engine, world.units.journal, world.clock).begin(Origin(door="test")) as work:
        recover(work, world.log, reason="The disk broke.")
    engine.dispose()
    world.sequence()
    data, count = exported(world, "evidence")
    folder = unpacked(data, tmp_path / "evidence")
    manifest = json.loads((folder / "manifest.json").read_text())
    (lost,) = manifest["unproved"]["entries"]
    assert json.loads((folder / "unproved" / f"{lost}.json").read_bytes())["type"] == "test.done"
    assert manifest["entries"] == count - 1
    proofs = verify_selection(FolderFiles(folder), Asked(kept=Kept(tmp_path / "state")))
    assert sum(part.count for part in proofs) == count - 1


def test_evidence_is_the_same_whenever_it_is_asked_for_at_the_same_place(
    world: World, record_id: RecordId
) -> None:
    first, _ = exported(world, "evidence")
    at = world.told("log.exported")[0]["details"]["at"]
    world.clock.pass_time(timedelta(hours=1))
    world.sequence()
    again, _ = exported(world, "evidence", at=at)
    later, _ = exported(world, "evidence")
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(again).hexdigest()
    assert later != first
    with zipfile.ZipFile(io.BytesIO(first)) as bundle:
        assert {info.date_time for info in bundle.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_evidence_holds_no_name_and_no_address(world: World, record_id: RecordId) -> None:
    data, _ = exported(world, "evidence")
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        told = b"".join(bundle.read(name) for name in bundle.namelist() if "entries/" in name)
    assert b"Uma" not in told
    assert b"uma@" not in told


def script() -> str:
    page = Path(__file__).parents[2] / "templates" / "audit" / "how-to-verify.html"
    found = re.search(r'<pre id="check">\n(.*?)</pre>', page.read_text(), re.DOTALL)
    assert found is not None
    return unescape(found[1])


def test_the_page_s_own_script_verifies_a_bundle_and_sees_what_was_changed(
    world: World, record_id: RecordId, tmp_path: Path
) -> None:
    data, count = exported(world, "evidence")
    folder = unpacked(data, tmp_path / "evidence")
    check = folder / "check.py"
    check.write_text(script())

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, check], cwd=folder, capture_output=True, text=True)

    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{count} entries stand unaltered in the log")
    entry = next((folder / "entries").iterdir())
    kept = entry.read_bytes()
    entry.write_bytes(kept.replace(b'"schema":1', b'"schema":2'))
    assert run().returncode == 1
    entry.write_bytes(kept)
    note = (folder / "checkpoint").read_text()
    (folder / "checkpoint").write_text(note.replace("entente.example", "another.example", 1))
    assert run().returncode == 1


@pytest.mark.parametrize("form", ["evidence", "tiles"])
def test_the_auditor_s_command_verifies_what_was_exported(
    world: World, record_id: RecordId, tmp_path: Path, form: str
) -> None:
    to = tmp_path / "exported"
    if form == "evidence":
        to.write_bytes(exported(world, "evidence")[0])
    else:
        published = Published(world.log, "https://entente.example")
        with world.work() as work:
            actor = world.actor(work, "aude")
            audit.export_tiles(work, world.gate, actor, None, to, published)
    key = tmp_path / "key"
    with world.work() as work:
        key.write_text(vkey(work.session, 1) + "\n")
    words = ["audit", "verify", "--export", str(to), "--key", str(key)]
    done = CliRunner().invoke(app, [*words, "--state", str(tmp_path / "state")])
    assert done.exit_code == 0, done.output
    assert "entente.example/log/2026" in done.output
