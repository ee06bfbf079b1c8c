"""Archives (zip, tar, gzip, bzip2, xz): what they do to who unpacks them, and the files in them.

Every member is looked at as a file of its own, out of one budget for the whole: an archive that
grows, nests or repeats without end is found by trying, since what its headers promise proves
nothing.
"""

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

from typing_extensions import Buffer

from app.inspection.formats import Unreadable
from app.inspection.formats.zip_beside import look_beside
from app.inspection.looking import OverBudget, budget, guarded, look_at_member, passages_of_member
from app.inspection.report import Finding, Note, Passage

MAX_MEMBER_BYTES = 256 << 20
HONEST_RATIO = 250  # text of a log may be packed so; only what grows large beside it is a bomb
SMALL_BYTES = 16 << 20
_CHUNK_BYTES = 1 << 20
_LEADS_OUT = re.compile(r"^(?:[/\\]|[A-Za-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)")


class Bomb(OverBudget):
    """A member unpacks to far more than it is packed in."""


@dataclass(frozen=True)
class Member:
    """A file in an archive; `problem` is the kind of finding that keeps it from being read."""

    name: str
    packed_bytes: int
    open: Callable[[], IO[bytes]]
    problem: str = ""


def look(file: IO[bytes], note: Note) -> None:
    """Note what is wrong with the archive and its members' names, and look at each member."""
    for member in _members(file, note):
        if _LEADS_OUT.search(member.name):
            note(Finding("unsafe-name", excerpt=member.name))
        if member.problem:
            note(Finding(member.problem, member.name))
            continue
        try:
            error = guarded(lambda member=member: _look_at(member, note))  # type: ignore[misc]
        except Bomb:
            note(Finding("archive-bomb", member.name))
            return
        if error:
            note(Finding("not-inspectable", member.name, excerpt=error))


def passages(file: IO[bytes]) -> Iterator[Passage]:
    """Yield the text of the members."""
    for member in _members(file, lambda _: None):
        if not member.problem:
            try:
                content = _unpacked(member)
            except (MemoryError, OverBudget):
                raise
            except Exception:  # noqa: S112 - that it cannot be unpacked, `look` has said
                continue
            yield from passages_of_member(content, member.name)


def clean(_file: IO[bytes], _out: IO[bytes]) -> bool:
    """Leave archives as they are: whoever packed one can leave a file out."""
    return False


def _look_at(member: Member, note: Note) -> None:
    look_at_member(_unpacked(member), member.name, note)


def _unpacked(member: Member) -> IO[bytes]:
    """Unpack a member in memory, within the budget.

    Raises:
        Bomb: it grows beyond any honest file.
        OverBudget: all members together do.
    """
    content = io.BytesIO()
    with member.open() as packed:
        while chunk := packed.read(_CHUNK_BYTES):
            budget().spend(len(chunk))
            content.write(chunk)
            size = content.tell()
            if size > MAX_MEMBER_BYTES:
                raise Bomb
            if size > SMALL_BYTES and size > HONEST_RATIO * member.packed_bytes:
                raise Bomb
    content.seek(0)
    return content


def _members(file: IO[bytes], note: Note) -> Iterable[Member]:
    file.seek(0)
    head = file.read(262)
    file.seek(0)
    if head.startswith(b"PK"):
        return _in_zip(file, note)
    if head[257:262] == b"ustar":
        return _in_tar(file, note)
    for start, opened in _STREAMS.items():
        if head.startswith(start):
            return _in_stream(file, opened)
    raise Unreadable


class _Streams(io.RawIOBase):
    """Reads packed streams to the file's end: what is none is damage, and not passed over."""

    def __init__(
        self, file: IO[bytes], new: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]
    ) -> None:
        self._file, self._new, self._stream = file, new, new()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer with the next unpacked bytes.

        Raises:
            OSError, EOFError, lzma.LZMAError: the file is damaged, or ends too early.
        """
        view = memoryview(buffer)
        while True:
            packed = b""
            if self._stream.eof:
                packed = self._stream.unused_data or self._file.read(_CHUNK_BYTES)
                if not packed.strip(b"\0"):  # a stream may be padded
                    return 0
                self._stream = self._new()
            elif self._stream.needs_input and not (packed := self._file.read(_CHUNK_BYTES)):
                raise EOFError
            unpacked = self._stream.decompress(packed, len(view))
            if unpacked:
                view[: len(unpacked)] = unpacked
                return len(unpacked)


_STREAMS: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file)),
    b"BZh": lambda file: cast("IO[bytes]", _Streams(file, bz2.BZ2Decompressor)),
    b"\xfd7zXZ\x00": lambda file: cast("IO[bytes]", _Streams(file, lzma.LZMADecompressor)),
}


def _in_stream(file: IO[bytes], opened: Callable[[IO[bytes]], IO[bytes]]) -> Iterator[Member]:
    """Give the one file that was packed: it has no name, so that its places need none."""
    packed_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    yield Member("", packed_bytes, lambda: opened(file))


def _in_zip(file: IO[bytes], note: Note) -> Iterator[Member]:
    archive = zipfile.ZipFile(file)
    if not look_beside(file, archive, note):
        return
    for info in archive.infolist():
        if info.is_dir() and not info.file_size:
            if _LEADS_OUT.search(info.filename):
                note(Finding("unsafe-name", excerpt=info.filename))
            continue
        problem = ""
        if info.flag_bits & 0x1:
            problem = "encrypted"
        elif stat.S_ISLNK(info.external_attr >> 16):
            problem = "link"
        yield Member(info.filename, info.compress_size, _opener(archive, info), problem)


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(info)


def _in_tar(file: IO[bytes], note: Note) -> Iterator[Member]:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for info in archive:
            if info.isdir():
                yield from _named_folder(info)
                continue
            problem = "" if info.isfile() else "link"
            # A sparse member claims holes that are packed in nothing: the archive is its measure.
            packed_bytes = size if info.issparse() else info.size
            yield Member(info.name, packed_bytes, _extractor(archive, info), problem)
        _after_tar(file, archive.offset, note)


def _after_tar(file: IO[bytes], at: int, note: Note) -> None:
    """Note what stands after the end of the archive, where some programs read on."""
    file.seek(at)
    stray = 0
    while chunk := file.read(_CHUNK_BYTES):
        stray += len(chunk) - chunk.count(0)
    if stray:
        note(Finding("trailing-data", excerpt=f"{stray} bytes stand after the archive's end."))


def _named_folder(info: tarfile.TarInfo) -> Iterator[Member]:
    if _LEADS_OUT.search(info.name):
        yield Member(info.name, 0, io.BytesIO)


def _extractor(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    def extract() -> IO[bytes]:
        opened = archive.extractfile(info)
        if opened is None:
            raise Unreadable
        return opened

    return extract
