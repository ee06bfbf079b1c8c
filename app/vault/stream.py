"""Seals and opens one stream of bytes: Tink Streaming AEAD, AES256-GCM-HKDF-1MB, byte for byte.

    header     1 byte 0x28 | 32 bytes salt | 7 bytes nonce prefix
    segment 0  AES-256-GCM of up to 1,048,520 bytes, 16 bytes tag  (with the header: 1 MiB)
    segment k  AES-256-GCM of up to 1,048,560 bytes, 16 bytes tag  (1 MiB; the last: shorter)

Every segment is encrypted under HKDF-SHA256(key, salt, info=associated data), with the nonce
`prefix | k as 4 bytes, big-endian | 1 if this is the last segment, else 0` and no associated data
of its own. A swapped segment has the wrong number, a truncated stream lacks the last flag, another
stream's segment has another derived key.

Source: https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from typing_extensions import Buffer

from app.vault.errors import NotAuthentic

KEY_BYTES = 32
SEGMENT_BYTES = 1 << 20
TAG_BYTES = 16
SALT_BYTES = 32
PREFIX_BYTES = 7
HEADER_BYTES = 1 + SALT_BYTES + PREFIX_BYTES
FULL_PLAIN_BYTES = SEGMENT_BYTES - TAG_BYTES
FIRST_PLAIN_BYTES = FULL_PLAIN_BYTES - HEADER_BYTES
# The segment's number has 4 bytes in the nonce: 4 PiB, and never a nonce twice.
MOST_SEGMENTS = 1 << 32

RandomBytes = Callable[[int], bytes]


class Sink(Protocol):
    """Where sealed bytes go; a buffer is read before `write` returns and may be reused after."""

    def write(self, data: Buffer, /) -> object: ...


class ReadAt(Protocol):
    """Something of a known size that can be read from anywhere."""

    @property
    def size_bytes(self) -> int: ...

    def read_into(self, offset_bytes: int, buffer: memoryview, /) -> int:
        """Fill `buffer` from `offset_bytes` on and say how many bytes there were."""
        ...


# Hashing takes longer than sealing: both free the interpreter's lock, and run at once.
_HELPERS = ThreadPoolExecutor(thread_name_prefix="sealing")


class Sealer:
    """Seals what it is fed into a sink, holding at most two segments at a time.

    The header is written at once. Until `finish` has returned, what stands in the sink does not
    open: it lacks the last segment. `beside` is given each segment's plaintext in order, in a
    thread of its own while it is sealed and the next one is filled; it must not keep it.
    """

    def __init__(
        self,
        sink: Sink,
        key: bytes,
        associated_data: bytes,
        random_bytes: RandomBytes,
        beside: Callable[[memoryview], None] | None = None,
    ) -> None:
        salt = random_bytes(SALT_BYTES)
        self._prefix = random_bytes(PREFIX_BYTES)
        self._cipher = _derive(key, salt, associated_data)
        self._sink = sink
        self._beside = beside
        self._plain = memoryview(bytearray(FULL_PLAIN_BYTES))
        self._other = memoryview(bytearray(FULL_PLAIN_BYTES)) if beside else self._plain
        self._waiting: Future[None] | None = None
        self._sealed = memoryview(bytearray(SEGMENT_BYTES))
        self._capacity = FIRST_PLAIN_BYTES
        self._held = 0
        self._segment = 0
        self.written_bytes = 0  # of plaintext, in the segments that stand in the sink
        sink.write(bytes([HEADER_BYTES]) + salt + self._prefix)

    def feed(self, data: Buffer) -> None:
        """Take `data`, and write every segment that is certain not to be the last."""
        rest = memoryview(data).cast("B")
        while rest:
            if self._held == self._capacity:
                self._emit(last=False)
            taken = min(self._capacity - self._held, len(rest))
            self._plain[self._held : self._held + taken] = rest[:taken]
            self._held += taken
            rest = rest[taken:]

    def finish(self) -> None:
        """Write the last segment, which is what makes the stream complete."""
        self._emit(last=True)
        self._wait()

    def cut(self) -> None:
        """Write what is held and give the stream up: without a last segment it never opens.

        `read_cut` reads it. It is never gone on with: a segment once written may not have its
        nonce used for other bytes.
        """
        if self._held:
            self._emit(last=False)
        self._wait()

    def _emit(self, *, last: bool) -> None:
        if self._segment == MOST_SEGMENTS:
            raise ValueError("a stream has at most 2^32 segments")
        plain, out = self._plain[: self._held], self._sealed[: self._held + TAG_BYTES]
        nonce = _nonce(self._prefix, self._segment, last=last)
        self._wait()
        if self._beside:
            self._waiting = _HELPERS.submit(self._beside, plain)
        self._cipher.encrypt_into(nonce, plain, None, out)
        self._sink.write(out)
        self._plain, self._other = self._other, self._plain
        self._segment += 1
        self.written_bytes += self._held
        self._capacity = FULL_PLAIN_BYTES
        self._held = 0

    def _wait(self) -> None:
        """Wait for what is beside: it goes on while the next segment is being filled."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.result()


class Opener:
    """A sealed stream whose header and last segment were authentic: its length is beyond doubt.

    The last segment is opened by the constructor, so that a truncated stream shows before a single
    byte of it is let out. At most three segments are in memory at any time.

    Raises:
        NotAuthentic: from the constructor and from reading: the bytes, their order, their
            number, the key or the associated data are not those of the sealing.
    """

    def __init__(self, source: ReadAt, key: bytes, associated_data: bytes) -> None:
        self._source = source
        self._sealed = memoryview(bytearray(min(SEGMENT_BYTES, source.size_bytes)))
        self._count = _segment_count(source.size_bytes)
        self.plaintext_size = source.size_bytes - HEADER_BYTES - TAG_BYTES * self._count
        header = self._read(0, HEADER_BYTES)
        if header[0] != HEADER_BYTES:
            raise NotAuthentic
        self._prefix = bytes(header[1 + SALT_BYTES :])
        self._cipher = _derive(key, bytes(header[1 : 1 + SALT_BYTES]), associated_data)
        self._last = self._open_segment(self._count - 1)

    def read_segments(self, start: int, stop: int) -> Iterator[memoryview]:
        """Yield the plaintext from byte `start` up to, not including, byte `stop`.

        Each piece is authentic before it is yielded and lies within one segment. It owns its
        memory, so that a server may still be sending it while the next one is asked for.

        Raises:
            ValueError: the range does not lie within the plaintext.
            NotAuthentic: a segment was altered; the pieces before it were authentic.
        """
        if not 0 <= start <= stop <= self.plaintext_size:
            raise ValueError(f"{start}-{stop} is not within 0-{self.plaintext_size}")
        return self._pieces(start, stop)

    def _pieces(self, start: int, stop: int) -> Iterator[memoryview]:
        while start < stop:
            index = (start + HEADER_BYTES) // FULL_PLAIN_BYTES
            first = max(0, index * FULL_PLAIN_BYTES - HEADER_BYTES)
            plain = self._last if index == self._count - 1 else self._open_segment(index)
            piece = plain[start - first : stop - first]
            yield piece
            start += len(piece)

    def _open_segment(self, index: int) -> memoryview:
        begin = max(HEADER_BYTES, index * SEGMENT_BYTES)
        end = min((index + 1) * SEGMENT_BYTES, self._source.size_bytes)
        sealed = self._read(begin, end - begin)
        plain = bytearray(len(sealed) - TAG_BYTES)
        nonce = _nonce(self._prefix, index, last=index == self._count - 1)
        try:
            self._cipher.decrypt_into(nonce, sealed, None, plain)
        except InvalidTag:
            # What decrypt_into leaves behind on failure is plaintext chosen by the attacker.
            plain[:] = bytes(len(plain))
            raise NotAuthentic from None
        return memoryview(plain).toreadonly()

    def _read(self, offset_bytes: int, length_bytes: int) -> memoryview:
        return _read_exactly(self._source, offset_bytes, self._sealed[:length_bytes])


def read_cut(
    source: ReadAt, key: bytes, associated_data: bytes, size_bytes: int
) -> Iterator[memoryview]:
    """Yield the first `size_bytes` of the plaintext of a stream that was given up.

    They end where a segment does. What stands after them is not looked at: a crash may have come
    after they were counted. Each piece is valid until the next one is asked for.

    Raises:
        NotAuthentic: the bytes, their order, the key or the associated data are not those of the
            sealing, or there are fewer.
    """
    buffer, plain = memoryview(bytearray(SEGMENT_BYTES)), memoryview(bytearray(FULL_PLAIN_BYTES))
    header = _read_exactly(source, 0, buffer[:HEADER_BYTES])
    prefix, salt = bytes(header[1 + SALT_BYTES :]), bytes(header[1 : 1 + SALT_BYTES])
    cipher = _derive(key, salt, associated_data)
    offset, capacity, index = HEADER_BYTES, FIRST_PLAIN_BYTES, 0
    while size_bytes:
        length = min(capacity, size_bytes)
        sealed = _read_exactly(source, offset, buffer[: length + TAG_BYTES])
        try:
            cipher.decrypt_into(_nonce(prefix, index, last=False), sealed, None, plain[:length])
        except InvalidTag:
            plain[:] = bytes(len(plain))
            raise NotAuthentic from None
        yield plain[:length].toreadonly()
        offset, capacity, index = offset + len(sealed), FULL_PLAIN_BYTES, index + 1
        size_bytes -= length


def _read_exactly(source: ReadAt, offset_bytes: int, buffer: memoryview) -> memoryview:
    if source.read_into(offset_bytes, buffer) != len(buffer):
        raise NotAuthentic
    return buffer


def sealed_size(plaintext_bytes: int) -> int:
    """Say how many bytes a sealed stream of so many bytes of plaintext has."""
    segments = max(1, -(-(plaintext_bytes + HEADER_BYTES) // FULL_PLAIN_BYTES))
    return plaintext_bytes + HEADER_BYTES + TAG_BYTES * segments


def _segment_count(size_bytes: int) -> int:
    """Say how many segments a sealed stream has; its length alone decides.

    Raises:
        NotAuthentic: no sealed stream has this length: it is too short, or ends with an empty
            segment after a full one (which Tink never writes and one cut could leave).
    """
    count = -(-size_bytes // SEGMENT_BYTES)
    last_bytes = size_bytes - (count - 1) * SEGMENT_BYTES
    least_bytes = HEADER_BYTES + TAG_BYTES if count == 1 else TAG_BYTES + 1
    if count < 1 or count > MOST_SEGMENTS or last_bytes < least_bytes:
        raise NotAuthentic
    return count


def _derive(key: bytes, salt: bytes, associated_data: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise ValueError("the key of a stream has 32 bytes")
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, associated_data).derive(key))


def _nonce(prefix: bytes, segment: int, *, last: bool) -> bytes:
    return prefix + segment.to_bytes(4, "big") + bytes([last])
