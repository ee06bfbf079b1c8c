"""One contract for every blob store: a folder, and an S3 server."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from moto.server import ThreadedMotoServer

from app.vault import (
    BlobMissing,
    BlobName,
    BlobStore,
    FolderBlobs,
    S3Blobs,
    StoreUnavailable,
    begin_seal,
    blob_name,
    open_attachment,
    open_s3,
    sweep,
)
from tests.vault_world import BINDING, BODY, LABEL, Vault, permit

UNKNOWN = blob_name("00" * 16)
BIG = BODY * 8  # 25 MB: several parts of an upload.
FUTURE = timedelta(minutes=5)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def blobs(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> BlobStore:
    if request.param == "folder":
        return FolderBlobs(tmp_path / "blobs")
    return _bucket(request.getfixturevalue("endpoint"), monkeypatch)


def _bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> S3Blobs:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    httpx2.post(f"{endpoint}/moto-api/reset").raise_for_status()
    httpx2.put(f"{endpoint}/blobs").raise_for_status()
    return open_s3("s3://blobs/vault", endpoint=endpoint)


def put(blobs: BlobStore, data: bytes) -> BlobName:
    writer = blobs.create()
    writer.write(data)
    writer.close()
    return writer.name


def get(blobs: BlobStore, name: BlobName) -> bytes:
    reader = blobs.open(name)
    buffer = bytearray(reader.size_bytes)
    assert reader.read_into(0, memoryview(buffer)) == reader.size_bytes
    reader.close()
    return bytes(buffer)


def names(blobs: BlobStore) -> set[str]:
    return {found.name for found in blobs.list()}


def test_a_blob_is_what_was_written_before_and_after_it_is_promoted(blobs: BlobStore) -> None:
    name = put(blobs, BODY)

    assert get(blobs, name) == BODY
    blobs.promote(name)
    blobs.promote(name)
    assert get(blobs, name) == BODY
    assert [(found.name, found.promoted) for found in blobs.list()] == [(name, True)]


def test_a_writer_may_be_given_the_same_buffer_again(blobs: BlobStore) -> None:
    writer = blobs.create()
    buffer = memoryview(bytearray(1 << 20))
    for start in range(0, len(BIG), 1 << 20):
        piece = BIG[start : start + (1 << 20)]
        buffer[: len(piece)] = piece
        writer.write(buffer[: len(piece)])
    writer.close()

    assert get(blobs, writer.name) == BIG


def test_an_empty_blob_is_a_blob(blobs: BlobStore) -> None:
    assert get(blobs, put(blobs, b"")) == b""


@pytest.mark.parametrize(
    ("offset", "length"), [(0, 1), (0, 100), (99, 1), (99, 5), (100, 5), (200, 1), (7, 60)]
)
def test_any_range_is_read_and_its_end_is_told(blobs: BlobStore, offset: int, length: int) -> None:
    reader = blobs.open(put(blobs, BODY[:100]))
    buffer = memoryview(bytearray(length))

    read = reader.read_into(offset, buffer)

    assert bytes(buffer[:read]) == BODY[:100][offset : offset + length]
    reader.close()


def test_reading_back_and_forth_and_in_sequence_agree(blobs: BlobStore) -> None:
    reader = blobs.open(put(blobs, BIG))
    step = 1 << 20
    offsets = [len(BIG) - 10, 0, step, 2 * step, 3 * step, 9 * step, 10 * step, 5, 0]
    for offset in offsets:
        buffer = memoryview(bytearray(step))
        read = reader.read_into(offset, buffer)
        assert buffer[:read] == BIG[offset : offset + step]
    reader.close()


def test_an_aborted_blob_leaves_nothing(blobs: BlobStore) -> None:
    for size in (0, 10, len(BIG)):
        writer = blobs.create()
        writer.write(BIG[:size])
        writer.abort()

        assert names(blobs) == set()
        with pytest.raises(BlobMissing):
            blobs.open(writer.name)


def test_a_blob_that_was_closed_can_still_be_aborted(blobs: BlobStore) -> None:
    writer = blobs.create()
    writer.write(b"text")
    writer.close()
    writer.abort()

    assert names(blobs) == set()


def test_what_is_not_there_is_missing_and_may_be_deleted_again(blobs: BlobStore) -> None:
    name = put(blobs, b"text")
    blobs.delete(name)
    blobs.delete(name)

    for verb in (blobs.open, blobs.promote):
        with pytest.raises(BlobMissing):
            verb(name)
        with pytest.raises(BlobMissing):
            verb(UNKNOWN)


@pytest.mark.parametrize("text", ["", "../../etc/passwd", "AB" * 16, "ab" * 15, "ab" * 16 + "/x"])
def test_no_other_name_reaches_the_store(blobs: BlobStore, text: str) -> None:
    verbs: list[Callable[[BlobName], object]] = [blobs.open, blobs.promote, blobs.delete]
    for verb in verbs:
        with pytest.raises(ValueError, match="32 hexadecimal"):
            verb(BlobName(text))


def test_names_are_random(blobs: BlobStore) -> None:
    assert len({put(blobs, b"same") for _ in range(5)}) == 5


def test_the_sweeper_removes_old_orphans_and_nothing_else(blobs: BlobStore) -> None:
    orphan, row, late = put(blobs, b"orphan"), put(blobs, b"row"), put(blobs, b"late")
    blobs.promote(row)
    now = datetime.now(UTC)

    assert sweep(blobs, {row, late}, older_than=now - FUTURE) == []
    assert names(blobs) == {orphan, row, late}

    assert sweep(blobs, {row, late}, older_than=now + FUTURE) == [orphan]
    assert names(blobs) == {row, late}
    assert all(found.promoted for found in blobs.list())
    assert get(blobs, late) == b"late"


def test_an_attachment_goes_in_and_comes_out(blobs: BlobStore, tmp_path: Path) -> None:
    keys = Vault(tmp_path).keys
    with begin_seal(BINDING, LABEL, keys=keys, blobs=blobs) as sealing:
        for start in range(0, len(BIG), 1 << 18):
            sealing.write(BIG[start : start + (1 << 18)])
        finished = sealing.finish()
        assert sealing.blocks is isinstance(blobs, S3Blobs)
    blobs.promote(finished.blob)

    allowed = permit()
    with open_attachment(
        allowed, finished.envelope, BINDING, LABEL, keys=keys, blobs=blobs
    ) as attachment:
        assert b"".join(attachment.chunks()) == BIG
        assert b"".join(attachment.chunks(9_000_000, 9_000_010)) == BIG[9_000_000:9_000_010]
        assert attachment.blocks is isinstance(blobs, S3Blobs)


def test_a_broken_upload_leaves_nothing(blobs: BlobStore, tmp_path: Path) -> None:
    keys = Vault(tmp_path).keys
    with (
        pytest.raises(ConnectionResetError),
        begin_seal(BINDING, LABEL, keys=keys, blobs=blobs) as sealing,
    ):
        sealing.write(BIG)
        raise ConnectionResetError

    assert names(blobs) == set()


def test_a_blob_is_durable_when_closed_and_its_name_when_promoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", lambda handle: synced.append(os.fstat(handle).st_ino))

    name = put(blobs, b"text")
    written = tmp_path / "blobs" / "incoming" / name
    assert synced == [written.stat().st_ino, written.parent.stat().st_ino]
    synced.clear()
    blobs.promote(name)
    kept = tmp_path / "blobs" / "kept"
    assert synced == [kept.stat().st_ino, (kept / name[:2]).stat().st_ino]


def test_a_folder_keeps_others_out_and_ignores_what_is_not_its_own(tmp_path: Path) -> None:
    root = tmp_path / "blobs"
    blobs = FolderBlobs(root)
    name = put(blobs, b"text")
    blobs.promote(name)
    (root / "incoming" / "README").write_text("not a blob")
    waiting = put(blobs, b"text")

    assert {found.name: found.promoted for found in blobs.list()} == {name: True, waiting: False}
    for path in root.rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert path.name == "README" or path.stat().st_mode & 0o777 == wanted


def test_a_file_is_read_to_its_end_though_it_is_deleted_meanwhile(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    name = put(blobs, b"text")
    reader = blobs.open(name)
    blobs.delete(name)
    buffer = memoryview(bytearray(4))

    assert reader.read_into(0, buffer) == 4
    reader.close()
    with pytest.raises(ValueError, match="closed"):
        reader.read_into(0, buffer)


def test_an_interrupted_upload_to_a_folder_is_swept(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    writer = blobs.create()
    writer.write(b"half")

    assert sweep(blobs, set(), datetime.now(UTC) + FUTURE) == [writer.name]
    assert names(blobs) == set()
    writer.abort()


def test_a_full_disk_is_the_stores_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    writer = blobs.create()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        writer.close()
    writer.abort()

    assert names(blobs) == set()


def test_an_aborted_upload_to_s3_is_not_left_to_be_paid_for(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = _bucket(endpoint, monkeypatch)
    writer = blobs.create()
    writer.write(BIG)
    writer.abort()

    under_way = httpx2.get(f"{endpoint}/blobs?uploads").raise_for_status().text
    assert "ListMultipartUploadsResult" in under_way
    assert "<UploadId>" not in under_way


def test_objects_of_others_in_the_bucket_are_ignored(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = _bucket(endpoint, monkeypatch)
    theirs = b"vault/notes.txt"
    httpx2.put(f"{endpoint}/blobs/{theirs.decode()}", content=b"...").raise_for_status()

    assert sweep(blobs, set(), datetime.now(UTC) + FUTURE) == []
    assert theirs in httpx2.get(f"{endpoint}/blobs?list-type=2").content


def test_a_store_that_does_not_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    blobs = open_s3("s3://blobs/vault", endpoint="http://127.0.0.1:9")

    with pytest.raises(StoreUnavailable) as caught:
        blobs.open(UNKNOWN)
    assert "127.0.0.1" not in str(caught.value)
