"""The bytes of a sealed stream, and the Opener's refusals one by one."""

import tracemalloc
from collections.abc import Iterator
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.vault import NotAuthentic
from app.vault.stream import (
    FIRST_PLAIN_BYTES,
    FULL_PLAIN_BYTES,
    HEADER_BYTES,
    SEGMENT_BYTES,
    TAG_BYTES,
    Opener,
    Sealer,
)
from tests.vault_world import BODY, KEY, Bytes, opened, sealed


def test_the_bytes_are_those_of_the_published_format() -> None:
    salt, prefix = b"\x07" * 32, b"\x07" * 7
    cipher = AESGCM(HKDF(SHA256(), 32, salt, b"ad").derive(KEY))
    plaintext = BODY[: FIRST_PLAIN_BYTES + 10]

    first = cipher.encrypt(prefix + b"\0\0\0\0\0", plaintext[:FIRST_PLAIN_BYTES], None)
    last = cipher.encrypt(prefix + b"\0\0\0\x01\x01", plaintext[FIRST_PLAIN_BYTES:], None)

    assert sealed(plaintext) == b"\x28" + salt + prefix + first + last


@pytest.mark.parametrize(
    ("plain_bytes", "segments"),
    [
        (0, 1),
        (1, 1),
        (FIRST_PLAIN_BYTES, 1),
        (FIRST_PLAIN_BYTES + 1, 2),
        (FIRST_PLAIN_BYTES + FULL_PLAIN_BYTES, 2),
        (FIRST_PLAIN_BYTES + FULL_PLAIN_BYTES + 1, 3),
    ],
)
def test_a_segment_is_begun_only_when_there_is_something_to_put_in(
    plain_bytes: int, segments: int
) -> None:
    stream = sealed(BODY[:plain_bytes])

    assert len(stream) == HEADER_BYTES + plain_bytes + TAG_BYTES * segments
    assert Opener(Bytes(stream), KEY, b"ad").plaintext_size == plain_bytes
    assert opened(stream) == BODY[:plain_bytes]


@pytest.mark.parametrize("size_bytes", [0, 1, HEADER_BYTES, HEADER_BYTES + TAG_BYTES - 1])
def test_what_is_too_short_to_be_a_stream_is_refused(size_bytes: int) -> None:
    with pytest.raises(NotAuthentic):
        opened(sealed(b"")[:size_bytes])


def test_an_empty_segment_after_a_full_one_is_refused_though_its_tag_is_right() -> None:
    prefix, salt = b"\x07" * 7, b"\x07" * 32
    cipher = AESGCM(HKDF(SHA256(), 32, salt, b"ad").derive(KEY))
    first = cipher.encrypt(prefix + b"\0\0\0\0\0", BODY[:FIRST_PLAIN_BYTES], None)
    empty = cipher.encrypt(prefix + b"\0\0\0\x01\x01", b"", None)

    with pytest.raises(NotAuthentic):
        opened(b"\x28" + salt + prefix + first + empty)


def test_a_header_of_another_length_is_refused() -> None:
    with pytest.raises(NotAuthentic):
        opened(b"\x18" + sealed(b"text")[1:])


@pytest.mark.parametrize("key", [b"", b"\0" * 16, b"\0" * 31, b"\0" * 33])
def test_a_key_of_another_length_is_a_mistake_of_the_caller(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sealed(b"text", key=key)


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 2), (0, 11), (11, 11)])
def test_a_range_outside_the_plaintext_is_a_mistake_of_the_caller(start: int, stop: int) -> None:
    opener = Opener(Bytes(sealed(BODY[:10])), KEY, b"ad")

    with pytest.raises(ValueError, match="not within"):
        opener.read_segments(start, stop)


def test_a_truncated_stream_is_refused_before_its_first_byte_is_let_out() -> None:
    stream = sealed(BODY)

    with pytest.raises(NotAuthentic):
        Opener(Bytes(stream[:SEGMENT_BYTES]), KEY, b"ad")


def test_a_source_that_gives_less_than_it_announced_is_refused() -> None:
    source = Bytes(sealed(BODY))
    opener = Opener(source, KEY, b"ad")
    source._data = source._data[: SEGMENT_BYTES + 5]
    pieces = opener.read_segments(0, opener.plaintext_size)

    assert bytes(next(pieces)) == BODY[:FIRST_PLAIN_BYTES]
    with pytest.raises(NotAuthentic):
        next(pieces)


def test_what_is_gone_from_the_source_is_not_given_from_memory() -> None:
    source = Bytes(sealed(BODY))
    opener = Opener(source, KEY, b"ad")
    assert bytes(next(opener.read_segments(0, 10))) == BODY[:10]
    source._data = b""

    with pytest.raises(NotAuthentic):
        next(opener.read_segments(0, 10))


def test_unauthentic_plaintext_is_wiped_where_the_decryption_left_it() -> None:
    stream = bytearray(sealed(b"text" * 100))
    stream[-1] ^= 1

    with pytest.raises(NotAuthentic) as caught:
        opened(bytes(stream))

    frame = caught.traceback[-1].frame
    assert frame.f_locals["plain"] == bytes(400)


def test_a_piece_stays_what_it_was_while_the_next_ones_are_read() -> None:
    opener = Opener(Bytes(sealed(BODY)), KEY, b"ad")

    assert b"".join(list(opener.read_segments(0, len(BODY)))) == BODY


class Endless(BytesIO):
    """A sink that only counts."""

    total_bytes = 0

    def write(self, data: object) -> int:
        size = len(memoryview(data))  # type: ignore[arg-type]
        self.total_bytes += size
        return size


class Patterned:
    """A sealed stream of 64 MiB that is made segment by segment as it is read."""

    size_bytes = 64 * SEGMENT_BYTES

    def __init__(self) -> None:
        self._prefix = b"\x07" * 7
        self._cipher = AESGCM(HKDF(SHA256(), 32, b"\x07" * 32, b"ad").derive(KEY))

    def read_into(self, offset_bytes: int, buffer: memoryview) -> int:
        index = offset_bytes // SEGMENT_BYTES
        if offset_bytes == 0:
            buffer[:] = b"\x28" + b"\x07" * 32 + self._prefix
            return len(buffer)
        nonce = self._prefix + index.to_bytes(4, "big") + bytes([index == 63])
        buffer[:] = self._cipher.encrypt(nonce, bytes(len(buffer) - TAG_BYTES), None)
        return len(buffer)


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_sealing_64_mib_holds_a_few_segments_in_memory(traced: None) -> None:
    sink = Endless()
    sealer = Sealer(sink, KEY, b"ad", bytes)
    chunk = bytes(1 << 16)
    for _ in range(1024):
        sealer.feed(chunk)
    sealer.finish()

    assert sink.total_bytes > 64 << 20
    assert tracemalloc.get_traced_memory()[1] < 4 << 20


def test_opening_64_mib_holds_a_few_segments_in_memory(traced: None) -> None:
    opener = Opener(Patterned(), KEY, b"ad")
    total = sum(len(piece) for piece in opener.read_segments(0, opener.plaintext_size))

    assert total == 64 * FULL_PLAIN_BYTES - HEADER_BYTES
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
