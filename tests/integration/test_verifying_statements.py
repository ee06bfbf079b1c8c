"""A statement is verified on another machine: its signature, its entries, their places."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app import log, verifier
from app.audit import statements
from app.audit.statements.service import _make
from app.cli import app
from app.core.canonical import canonical_bytes
from app.identity import IdentityKeys, SigningKey, sign_statement
from app.log import newest
from app.tlog import Tile, tiles_of
from app.verifier import Wrong
from app.verifier.statements import Statement
from tests.records_world import marking, read, released
from tests.release_world import KEYS
from tests.world import World

PEM = KEYS.signing.public.pem


@pytest.fixture
def told(world: World, tmp_path: Path) -> tuple[str, Path]:
    """A statement on three reads, and the log as it is published, grown since."""
    made = released(world, marking=marking("TLP:GREEN", "community"))
    for name in ("uma", "bo", "eric"):
        read(world, name, made.record_id)
    world.sequence()
    with world.work() as work:
        sign = partial(sign_statement, KEYS, typ=statements.JWS_TYPE)
        _make(work, sign, "imda", date(2026, 3, 1), newest(work.session))
    read(world, "uma", made.record_id)
    world.sequence()
    with world.work() as work:
        (line,) = statements.own_statements(work, world.gate, world.actor(work, "iris"))
        view = statements.statement(work, world.gate, world.actor(work, "iris"), line.id)
    return view.signed, published(world, tmp_path / "log")


def published(world: World, folder: Path) -> Path:
    """Write what anybody may have of the log: its checkpoint and its tiles of hashes."""
    with world.work() as work:
        at = newest(work.session)
        files = {"checkpoint": log.checkpoint_at(work.session, at).encode()}
        for tile in tiles_of(at.size):
            if tile.level >= 0:
                files[tile.path()] = log.tile(work.session, at.log, tile)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def verified(signed: str, folder: Path, pem: str = PEM, *log_keys: str) -> str:
    keys = verifier.read_receipt_keys([pem.encode()])
    source = verifier.open_folders([folder])
    statement = Statement.parse(signed, keys)
    return statement.verify(lambda _: source, verifier.read_keys(log_keys) if log_keys else [])


def changed(
    signed: str, change: Callable[[dict[str, Any]], None], typ: str = statements.JWS_TYPE
) -> str:
    """The same statement with a change, signed anew: by a portal that lies."""
    payload = signed.split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    change(said)
    return sign_statement(KEYS, said, typ=typ)


def flattened(signed: str) -> str:
    protected, payload, signature = signed.split(".")
    return json.dumps({"protected": protected, "payload": payload, "signature": signature})


def test_it_is_proved_by_hashes_alone(told: tuple[str, Path]) -> None:
    signed, folder = told
    sentence = verified(signed, folder)
    assert sentence.startswith("Proved: 3 accesses by others to records of imda in 2026-03")
    assert verified(flattened(signed), folder) == sentence


def test_its_checkpoint_is_held_to_the_keys_of_the_log(
    told: tuple[str, Path], world: World
) -> None:
    signed, folder = told
    with world.work() as work:
        ours = log.vkey(work.session, 1)
    assert verified(signed, folder, PEM, ours)
    strange = "log.example/log/2026+aaaaaaaa+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
    with pytest.raises(Exception):  # noqa: B017 - a key that is none, or none of this log's
        verified(signed, folder, PEM, strange)


def test_another_key_vouches_for_nothing(told: tuple[str, Path]) -> None:
    other = IdentityKeys(SigningKey.new(), bytes(32)).signing.public.pem
    with pytest.raises(Wrong, match="not signed"):
        verified(*told, other)


@pytest.mark.parametrize("text", ["", "a.b.c", "{}", '{"protected": 1}', "no"])
def test_what_is_no_statement_is_told(told: tuple[str, Path], text: str) -> None:
    with pytest.raises(Wrong, match="not a statement"):
        verified(text, told[1])


def test_an_approval_is_no_statement(told: tuple[str, Path]) -> None:
    signed, folder = told
    approval = changed(signed, lambda said: said.update(made_at=""), "entente-approval+jws")
    with pytest.raises(Wrong, match="not a statement"):
        verified(approval, folder)


def line(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda said: said["lines"][1].update(changes)


def entry(said: dict[str, Any]) -> None:
    """Tell of another person, with a hash that fits."""
    told = json.loads(said["lines"][1]["entry"]) | {"actor": "somebody"}
    data = canonical_bytes(told)
    from app.tlog import leaf_hash

    said["lines"][1].update(entry=data.decode(), leaf_hash=leaf_hash(data).hex())


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (line(leaf_hash="00" * 32), "Line 2: its hash"),
        (line(entry="{}"), "Line 2: its hash"),
        (line(index=0), "Line 2: the log does not hold it"),
        (line(index=10**9), "Line 2: the log does not hold it"),
        (entry, "Line 2: the log does not hold it"),
        (lambda said: said.update(checkpoint="none"), "does not hold"),
    ],
)
def test_a_portal_that_lies_is_caught(
    told: tuple[str, Path], change: Callable[[dict[str, Any]], None], match: str
) -> None:
    signed, folder = told
    with pytest.raises(Wrong, match=match):
        verified(changed(signed, change), folder)


def test_a_changed_hash_of_the_log_is_caught(told: tuple[str, Path]) -> None:
    signed, folder = told
    (path,) = folder.glob("tile/0/000.p/*")
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(Wrong, match="does not hold it"):
        verified(signed, folder)


def test_the_command_says_it_in_one_sentence(told: tuple[str, Path], tmp_path: Path) -> None:
    signed, folder = told
    files: Mapping[str, str] = {"statement.json": flattened(signed), "portal.pem": PEM}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    words = ["audit", "verify-statement", str(tmp_path / "statement.json")]
    words += ["--signing-key", str(tmp_path / "portal.pem")]
    result = CliRunner().invoke(app, [*words, "--export", str(folder)])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Proved: 3 accesses")
    assert CliRunner().invoke(app, words).exit_code == 2
    assert Tile(0, 0, 1).path()
