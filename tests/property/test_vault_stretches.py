"""An upload in stretches gives exactly the file, whatever broke on the way, or does not open."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.vault import (
    AnotherFile,
    FolderBlobs,
    NotAuthentic,
    OverLimit,
    Sealed,
    Stretch,
    Upload,
    begin_upload,
    join,
    seal_stretch,
)
from app.vault.stream import FIRST_PLAIN_BYTES, SEGMENT_BYTES
from tests.vault_world import BINDING, LABEL, Vault, other

FILE = hashlib.shake_256(b"a file").digest(3 * SEGMENT_BYTES)
# How much arrives before a break; and whether it is a crash, which keeps what was made durable.
BREAKS = st.lists(
    st.tuples(
        st.one_of(
            st.integers(0, 2 * SEGMENT_BYTES),
            st.sampled_from([0, 1, FIRST_PLAIN_BYTES, FIRST_PLAIN_BYTES + 1, SEGMENT_BYTES]),
        ),
        st.booleans(),
    ),
    max_size=4,
)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault(tmp_path)
    made.blobs = FolderBlobs(tmp_path / "blobs")  # type: ignore[assignment]
    return made


def arrive(vault: Vault, upload: Upload, start: int, data: bytes, *, crash: bool) -> Stretch | None:
    """Seal what arrives before the connection breaks, or before the server is killed."""
    sealing = seal_stretch(upload, start, keys=vault.keys, blobs=vault.blobs)
    sealing.write(data)
    if crash:
        return sealing.sync()
    return sealing.cut()


def sent(vault: Vault, upload: Upload, *sizes: int) -> list[Stretch]:
    """Stretches of the file of these sizes."""
    stretches, start = [], 0
    for size in sizes:
        kept = arrive(vault, upload, start, FILE[start : start + size], crash=False)
        assert kept is not None
        stretches.append(kept)
        start += size
    return stretches


def opened(vault: Vault, sealed: Sealed) -> bytes:
    with vault.open(sealed.envelope) as attachment:
        attachment.check_content()
        return b"".join(attachment.chunks())


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(breaks=BREAKS, size=st.integers(0, len(FILE)))
def test_any_breaks_and_crashes_give_exactly_the_file(
    vault: Vault, breaks: list[tuple[int, bool]], size: int
) -> None:
    upload = begin_upload(BINDING, LABEL, keys=vault.keys)
    stretches: list[Stretch] = []
    offset = 0
    for length, crash in [*breaks, (size, False)]:
        arrived = FILE[offset : min(offset + length, size)]
        kept = arrive(vault, upload, offset, arrived, crash=crash)
        if kept is not None and kept.size_bytes:
            assert kept.start == offset
            stretches.append(kept)
            offset += kept.size_bytes
    assert offset == size

    sealed = join(upload, stretches, keys=vault.keys, blobs=vault.blobs)

    assert opened(vault, sealed) == FILE[:size]
    assert sealed.sha256 == hashlib.sha256(FILE[:size]).digest()
    assert sealed.sha256 not in repr(sealed).encode() + bytes(str(sealed.envelope.as_json()), "utf")


def test_an_upload_in_one_stretch_is_the_attachment(vault: Vault) -> None:
    upload = begin_upload(BINDING, LABEL, keys=vault.keys)
    with seal_stretch(upload, 0, keys=vault.keys, blobs=vault.blobs) as sealing:
        sealing.write(FILE)
        sealed = sealing.finish(hashlib.sha256(FILE).digest())

    assert opened(vault, sealed) == FILE
    assert [blob.name for blob in vault.blobs.list()] == [sealed.blob]


def test_a_stretch_never_opens_as_an_attachment(vault: Vault) -> None:
    upload = begin_upload(BINDING, LABEL, keys=vault.keys)
    (stretch,) = sent(vault, upload, 2 * SEGMENT_BYTES)
    envelope = join(upload, [stretch], keys=vault.keys, blobs=vault.blobs).envelope

    with pytest.raises(NotAuthentic):
        vault.read(replace(envelope, blob=stretch.blob))
    with seal_stretch(upload, 5, keys=vault.keys, blobs=vault.blobs) as later:
        later.write(b"x")
        with pytest.raises(ValueError, match="no attachment of its own"):
            later.finish()


def damaged(vault: Vault, stretches: list[Stretch], how: str) -> list[Stretch]:
    first, second = stretches
    path = vault.blobs._incoming / second.blob  # type: ignore[attr-defined]
    match how:
        case "swapped":
            return [replace(first, blob=second.blob), replace(second, blob=first.blob)]
        case "reordered":
            return [second, first]
        case "twice":
            return [first, replace(first, start=first.size_bytes), second]
        case "too long":
            return [first, replace(second, size_bytes=second.size_bytes + 1)]
        case "a gap":
            return [first, replace(second, start=second.start + 1)]
        case "cut":
            path.write_bytes(path.read_bytes()[:-1])
        case "flipped":
            data = bytearray(path.read_bytes())
            data[-20] ^= 1
            path.write_bytes(data)
    return stretches


@pytest.mark.parametrize(
    "how", ["swapped", "reordered", "twice", "too long", "a gap", "cut", "flipped"]
)
def test_stretches_that_were_meddled_with_are_not_joined(vault: Vault, how: str) -> None:
    upload = begin_upload(BINDING, LABEL, keys=vault.keys)
    stretches = damaged(vault, sent(vault, upload, 1000, 1000), how)
    before = len(list(vault.blobs.list()))

    with pytest.raises(NotAuthentic):
        join(upload, stretches, keys=vault.keys, blobs=vault.blobs)
    assert len(list(vault.blobs.list())) == before


def test_stretches_of_another_attachment_are_not_joined(vault: Vault) -> None:
    upload = begin_upload(BINDING, LABEL, keys=vault.keys)
    stretches = sent(vault, upload, 1000)
    with pytest.raises(NotAuthentic):
        claimed = replace(upload, binding=other(version=2))
        join(claimed, stretches, keys=vault.keys, blobs=vault.blobs)


def test_another_file_and_too_long_a_one_leave_nothing(vault: Vault) -> None:
    upload = begin_upload(BINDING, LABEL, keys=vault.keys)
    for end in ("cut", "finish"):
        with (
            pytest.raises(AnotherFile),
            seal_stretch(upload, 0, keys=vault.keys, blobs=vault.blobs) as sealing,
        ):
            sealing.write(b"this")
            getattr(sealing, end)(hashlib.sha256(b"that").digest())
    with (
        pytest.raises(OverLimit),
        seal_stretch(upload, 0, keys=vault.keys, blobs=vault.blobs, limit_bytes=3) as sealing,
    ):
        sealing.write(b"this")
    assert list(vault.blobs.list()) == []
