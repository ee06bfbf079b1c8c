"""Logs that follow each other, receipts, and evidence bundles, as an auditor verifies them."""

import base64
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.tlog import (
    Checkpoint,
    InclusionProof,
    Note,
    Signer,
    TileReader,
    inclusion_proof,
    leaf_hash,
)
from app.verifier import (
    Asked,
    Kept,
    Kind,
    Receipt,
    Selected,
    Trust,
    Wrong,
    open_files,
    open_folders,
    read_receipt_keys,
    sentence,
    verify,
    verify_selection,
)
from tests.published_log import LOG_SIGNER, ORIGIN, START, Published, entries, private

NEXT = "entente.example/log/2027"
RECEIPT_KEY = ec.generate_private_key(ec.SECP256R1())


def asked(folder: Path, **given: object) -> Asked:
    """What an auditor with a pinned key asks."""
    told: dict[str, object] = {
        "kept": Kept(folder / "state"),
        "trust": Trust.given([LOG_SIGNER.vkey]),
    }
    return Asked(**(told | given))  # type: ignore[arg-type]


def two_logs(folder: Path, change: Callable[[Note], str] = Note.serialised) -> list[Path]:
    """Publish a log and the one that follows it."""
    begun: dict[str, object] = {"type": "log.begun", "subject": "log:1"}
    ended = Published(folder / "first").publish(entries(400, first=begun))
    told = begun | {"subject": "log:2", "details": {"previous_checkpoint": change(ended)}}
    signer = Signer.ed25519(NEXT, private(1))
    Published(folder / "second", signer=signer, origin=NEXT).publish(
        entries(300, seed=2, first=told)
    )
    return [folder / "first", folder / "second"]


def test_logs_that_follow_each_other_are_proved_in_one_sentence(tmp_path: Path) -> None:
    proved = verify(open_folders(two_logs(tmp_path)), asked(tmp_path))
    assert sentence(proved).startswith("700 entries in 2 logs, complete and unaltered, ")
    assert f"signed by {ORIGIN} and {NEXT}" in sentence(proved)


def test_an_earlier_log_that_is_not_there_is_said_not_to_be_read(tmp_path: Path) -> None:
    proved = verify(open_folders(two_logs(tmp_path)[1:]), asked(tmp_path))
    assert f"following {ORIGIN}, which was not read" in sentence(proved)


@pytest.mark.parametrize("size", [300, 400])
def test_an_earlier_log_that_ended_otherwise_is_told(tmp_path: Path, size: int) -> None:
    folders = two_logs(tmp_path)
    Published(folders[0]).publish(entries(size, seed=size))
    begun: dict[str, object] = {"type": "log.begun", "subject": "log:1"}
    Published(folders[0]).publish(entries(size, seed=9, first=begun))
    with pytest.raises(Wrong) as caught:
        verify(open_folders(folders), asked(tmp_path))
    assert caught.value.kind is Kind.CHAIN
    assert "does not end as the next one says" in caught.value.detail


def receipt(leaves: list[bytes], *, iss: str = "entente.example/log", **header: str) -> str:
    """A receipt as the portal signs it."""

    def part(told: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()

    head = part({"alg": "ES256", "typ": "entente-receipt+jwt", "kid": "k"} | header)
    named = [{"id": f"e{at}", "leaf": leaf.hex()} for at, leaf in enumerate(leaves)]
    body = part({"iss": iss, "iat": int(START.timestamp()), "entries": named})
    der = RECEIPT_KEY.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    raw = b"".join(number.to_bytes(32) for number in decode_dss_signature(der))
    return f"{head}.{body}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def receipt_keys(key: ec.EllipticCurvePrivateKey = RECEIPT_KEY) -> list[ec.EllipticCurvePublicKey]:
    """The public key as an auditor has it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return read_receipt_keys([key.public_key().public_bytes(serialization.Encoding.PEM, form)])


def test_a_receipt_is_kept_or_broken(tmp_path: Path) -> None:
    made = entries(400)
    Published(tmp_path / "log").publish(made)
    kept = Receipt.parse(receipt([leaf_hash(made[7]), leaf_hash(made[399])]), receipt_keys())
    proved = verify(open_folders([tmp_path / "log"]), asked(tmp_path, receipts=(kept,)))
    assert "with all that 1 receipt promised" in sentence(proved)
    broken = Receipt.parse(receipt([leaf_hash(made[7]), leaf_hash(b"lost")]), receipt_keys())
    with pytest.raises(Wrong) as caught:
        verify(open_folders([tmp_path / "log"]), asked(tmp_path, receipts=(broken,)))
    assert caught.value.kind is Kind.RECEIPT
    assert "promises entry e1: the log lacks it" in caught.value.detail


@pytest.mark.parametrize(
    "forged",
    [
        receipt([b"\0" * 32], typ="JWT"),
        receipt([b"\0" * 32], alg="none"),
        receipt([b"\0" * 32], crit="typ"),
        receipt([b"\0" * 32])[:-2],
        "not.a.receipt",
        "",
    ],
)
def test_what_is_no_receipt_is_not_taken(forged: str) -> None:
    with pytest.raises(Wrong):
        Receipt.parse(forged, receipt_keys())


def test_a_receipt_of_another_key_is_not_taken() -> None:
    other = receipt_keys(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(Wrong, match="not signed by the key"):
        Receipt.parse(receipt([b"\0" * 32]), other)


def test_a_receipt_of_a_log_that_was_not_read_is_not_passed_over(tmp_path: Path) -> None:
    Published(tmp_path / "log").publish(entries(3))
    other = Receipt.parse(receipt([b"\0" * 32], iss="other.example/log"))
    with pytest.raises(Wrong) as caught:
        verify(open_folders([tmp_path / "log"]), asked(tmp_path, receipts=(other,)))
    assert caught.value.kind is Kind.NOT_READ


def selection(folder: Path, chosen: list[int]) -> Path:
    """Make an evidence bundle of chosen entries."""
    made = entries(400)
    log = Published(folder / "log")
    note = log.publish(made)
    size = Checkpoint.parse(note.text).size
    read = TileReader(size, lambda tile: (log.folder / tile.path()).read_bytes())
    bundle = Published(folder / "bundle")
    for name in ("checkpoint", "keys", "policy"):
        bundle.write(name, (log.folder / name).read_bytes())
    for index in chosen:
        proof = InclusionProof(index, tuple(inclusion_proof(index, size, read)), note.serialised())
        bundle.write(f"entries/{index}.json", made[index])
        bundle.write(f"proofs/{index}.tlog-proof", proof.serialised().encode())
    bundle.write("manifest.json", json.dumps({"entries": len(chosen)}).encode())
    return bundle.folder


def select(path: Path) -> list[Selected]:
    """Verify a bundle."""
    files = open_files(path)
    assert files is not None
    return verify_selection(files, asked(path.parent))


def test_a_selection_is_proved_packed_or_not(tmp_path: Path) -> None:
    folder = selection(tmp_path, [0, 7, 399])
    packed = tmp_path / "bundle.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder).as_posix())
    for path in (folder, packed):
        (part,) = select(path)
        assert (part.count, part.size, part.origin) == (3, 400, ORIGIN)


@pytest.mark.parametrize(
    ("path", "first"),
    [("entries/7.json", 7), ("proofs/399.tlog-proof", 399)],
)
@pytest.mark.parametrize("removed", [True, False])
def test_a_selection_that_was_altered_is_told(
    tmp_path: Path, path: str, first: int, removed: bool
) -> None:
    folder = selection(tmp_path, [0, 7, 399])
    if removed:
        (folder / path).unlink()
    else:
        (folder / path).write_bytes((folder / path).read_bytes().replace(b"0", b"1", 1))
    with pytest.raises(Wrong) as caught:
        select(folder)
    assert (caught.value.kind, caught.value.first) == (Kind.SELECTION, first)


def test_a_selection_smaller_than_its_manifest_says_is_told(tmp_path: Path) -> None:
    folder = selection(tmp_path, [0, 7, 399])
    (folder / "entries/7.json").unlink()
    (folder / "proofs/7.tlog-proof").unlink()
    with pytest.raises(Wrong, match="names 3 entries, 2 are there"):
        select(folder)


def test_a_proof_of_another_entry_proves_nothing(tmp_path: Path) -> None:
    folder = selection(tmp_path, [0, 7, 399])
    (folder / "proofs/7.tlog-proof").write_bytes((folder / "proofs/0.tlog-proof").read_bytes())
    with pytest.raises(Wrong) as caught:
        select(folder)
    assert (caught.value.kind, caught.value.first) == (Kind.SELECTION, 7)
