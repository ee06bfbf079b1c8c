"""Another implementation, in JavaScript and from the specifications alone, verifies the log."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import tlog
from tests.tlog_world import (
    LOG,
    LOG_PQ,
    ORIGIN,
    WITNESS_EU,
    WITNESS_EU_PQ,
    WITNESS_SG,
    WITNESS_SG_PQ,
    Tree,
    entries,
    signed,
)

VERIFIER = Path(__file__).parent / "verify.mjs"
NODE = Path(sys.executable).with_name("node")
SIGNERS = (LOG, LOG_PQ, WITNESS_SG, WITNESS_SG_PQ, WITNESS_EU, WITNESS_EU_PQ)
POLICY = (
    f"# both parties\nlog {LOG.vkey.text()}\nlog {LOG_PQ.vkey.text()}\n"
    + "".join(
        f"witness {label} {signer.vkey.text()}\n"
        for label, signer in zip(("sg", "sg-pq", "eu", "eu-pq"), SIGNERS[2:], strict=True)
    )
    + "group sg-any any sg sg-pq\ngroup both all sg-any eu eu-pq\nquorum both\n"
)
SIZE = 70_000
MEASURED = 1_000


def publish(folder: Path, size: int, *signers: tlog.Signer) -> Path:
    """A log of so many entries, as a folder in the layout of tlog-tiles."""
    logged, tree = entries(size), Tree(entries(size))
    for tile in tlog.tiles_of(size):
        start = tile.index * 256
        hashes = [tree(8 * tile.level, start + i) for i in range(tile.width)]
        write(folder, tile, tlog.encode_tile(hashes))
    for bundle in tlog.bundles_of(size):
        start = bundle.index * 256
        write(folder, bundle, tlog.encode_bundle(logged[start : start + bundle.width]))
    (folder / "checkpoint").write_text(signed(tree, size, *signers).serialised())
    (folder / "policy").write_text(POLICY)
    return folder


def write(folder: Path, tile: tlog.Tile, data: bytes) -> None:
    path = folder / tile.path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def verify(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [str(NODE), str(VERIFIER), str(folder), "--policy", str(folder / "policy")]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)


def told(folder: Path, *arguments: str) -> dict[str, Any]:
    verified = verify(folder, *arguments)
    assert verified.returncode == 0, verified.stderr
    answer: dict[str, Any] = json.loads(verified.stdout)
    return answer


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 1000])
def test_a_log_of_this_size_verifies(tmp_path: Path, size: int) -> None:
    publish(tmp_path, size, *SIGNERS)

    answer = told(tmp_path)

    assert (answer["origin"], answer["size"]) == (ORIGIN, size)
    assert answer["tiles"] == len(list(tlog.tiles_of(size)))
    assert [one["type"] for one in answer["signed"]] == [1, 6]
    assert [one["type"] for one in answer["witnessed"]] == [4, 6, 4, 6]


def test_a_log_of_three_levels_verifies(tmp_path: Path) -> None:
    assert told(publish(tmp_path, SIZE, *SIGNERS))["tiles"] == 277


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("log"), MEASURED, *SIGNERS)


@pytest.mark.parametrize("index", [0, 255, 256, 511, 767, 768, 998, 999])
def test_proof_files_verify(published: Path, tmp_path: Path, index: int) -> None:
    tree = Tree(entries(MEASURED))
    proof = tlog.InclusionProof(
        index,
        tuple(tlog.inclusion_proof(index, MEASURED, tree)),
        (published / "checkpoint").read_text(),
        b"extra" if index % 2 else None,
    )
    (tmp_path / "proof").write_text(proof.serialised())
    (tmp_path / "entry").write_bytes(entries(MEASURED)[index])
    (tmp_path / "other").write_bytes(b"other")
    files = ("--proof", str(tmp_path / "proof"), "--entry")

    assert told(published, *files, str(tmp_path / "entry"))["index"] == index
    assert verify(published, *files, str(tmp_path / "other")).returncode == 1


def change(path: str, at: int) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        data = bytearray((folder / path).read_bytes())
        data[at] ^= 1
        (folder / path).write_bytes(data)

    return do


def not_witnessed(folder: Path) -> None:
    note = signed(Tree(entries(MEASURED)), MEASURED, LOG, WITNESS_SG)
    (folder / "checkpoint").write_text(note.serialised())


FAULTS: dict[str, Callable[[Path], None]] = {
    "changed-entry": change("tile/entries/001", 100),
    "changed-leaf-hash": change("tile/0/002", 40),
    "changed-node": change("tile/1/000.p/3", 40),
    "changed-last-tile": change("tile/0/003.p/232", -1),
    "changed-size": change("checkpoint", len(ORIGIN) + 2),
    "changed-signature": change("checkpoint", -30),
    "not-witnessed": not_witnessed,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_would_notice(published: Path, tmp_path: Path, fault: str) -> None:
    folder = shutil.copytree(published, tmp_path / "log")
    FAULTS[fault](folder)

    found = verify(folder)

    assert found.returncode == 1
    assert found.stderr.startswith("wrong: ")
