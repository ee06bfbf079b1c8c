"""A witness with fixed keys over a folder, and the requests of a log to it."""

import json
from datetime import UTC, datetime
from pathlib import Path

from app import tlog
from app.witness import TrustedLogs, Witness, WitnessKeys, WitnessState
from tests.tlog_world import AT, LOG, LOG_PQ, SG, Tree, entries, signed

TREE = Tree(entries(120))
# The same first 40 entries, then others: what an operator would show to somebody else.
FORK = Tree([*entries(40), *entries(200)[120:]])
KEYS = {"name": SG, "ed25519": "11" * 32, "mldsa44": "22" * 32}


def make_witness(folder: Path, *, at: int = AT, logs: tuple[str, ...] | None = None) -> Witness:
    """A witness that knows the test's log, as of POSIX time `at`."""
    state = WitnessState.open(folder)
    if not (folder / "keys.json").exists():
        (folder / "keys.json").write_text(json.dumps(KEYS))
        (folder / "keys.json").chmod(0o600)
    keys = WitnessKeys.load_or_create(folder, SG)
    trusted = TrustedLogs.load(
        (LOG.vkey.text(), LOG_PQ.vkey.text()) if logs is None else logs, folder
    )
    return Witness(keys, trusted, state, lambda: datetime.fromtimestamp(at, UTC))


def request(old: int, size: int, tree: Tree = TREE) -> bytes:
    """The request of a log that believes `old` to have been cosigned last."""
    proof = tuple(tlog.consistency_proof(old, size, tree)) if old else ()
    return tlog.AddCheckpoint(old, proof, signed(tree, size, LOG).serialised()).serialised()


def cosigned(folder: Path) -> tlog.Checkpoint | None:
    """What the record in the folder says was cosigned last."""
    found = list(folder.glob("*.checkpoint"))
    assert len(found) <= 1
    return tlog.Checkpoint.parse(tlog.Note.parse(found[0].read_bytes()).text) if found else None
