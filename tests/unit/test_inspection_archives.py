"""Archives: bombs, names that lead out, links, locked members, and what is in them."""

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable

import pytest

from app.inspection import looking
from app.inspection.formats import archives
from app.inspection.looking import Notes, look_at, passages_of
from app.inspection.report import Finding


def findings(content: bytes, name: str) -> list[tuple[str, str]]:
    notes = Notes()
    look_at(io.BytesIO(content), name, notes)
    return [(one.kind, one.place) for one in notes.findings()]


def zipped(members: dict[str, bytes], *, mode: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return out.getvalue()


def tarred(*infos: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info, content in infos:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def linked(name: str, kind: bytes) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return tarred((info, b""))


BAD = "two \u202eeert".encode()
HONEST = b"one\ntwo\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", zipped({"note.txt": HONEST, "in/folder/note.md": HONEST, "in/": b""})),
        ("a.tar", tarred((tarfile.TarInfo("note.txt"), HONEST))),
        ("note.txt.gz", gzip.compress(HONEST, mtime=0)),
        ("note.txt.bz2", bz2.compress(HONEST)),
        ("note.txt.xz", lzma.compress(HONEST)),
        ("a.zip", zipped({"inner.zip": zipped({"note.txt": HONEST})})),
        ("empty.zip", zipped({})),
        ("long.log.gz", gzip.compress(b"the same line\n" * 200_000, mtime=0)),
    ],
)
def test_an_honest_archive_has_no_finding(name: str, content: bytes) -> None:
    assert findings(content, name) == []


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.zip", zipped({"b.txt": BAD}), "b.txt › Line 1"),
        ("a.tar", tarred((tarfile.TarInfo("b.txt"), BAD)), "b.txt › Line 1"),
        (
            "a.tgz",
            gzip.compress(tarred((tarfile.TarInfo("b.txt"), BAD)), mtime=0),
            "b.txt › Line 1",
        ),
        ("b.txt.gz", gzip.compress(BAD, mtime=0), "Line 1"),
        ("b.txt.bz2", bz2.compress(BAD), "Line 1"),
        ("b.txt.xz", lzma.compress(BAD), "Line 1"),
        ("a.zip", zipped({"c.zip": zipped({"b.txt": BAD})}), "c.zip › b.txt › Line 1"),
    ],
)
def test_a_member_is_looked_at_as_a_file_of_its_own(name: str, content: bytes, place: str) -> None:
    assert findings(content, name) == [("disguised-text", place)]


def test_the_text_of_members_comes_with_their_names() -> None:
    content = zipped({"c.zip": zipped({"b.txt": HONEST}), "locked": os.urandom(50)})
    [passage] = passages_of(io.BytesIO(content), "a.zip")
    assert (passage.place, passage.text) == ("c.zip › b.txt › Line 1", "one\ntwo")


@pytest.mark.parametrize(
    "name", ["../up.txt", "/etc/passwd", "in/../../up.txt", "C:\\up.txt", "..\\up.txt"]
)
def test_a_name_that_leads_out_blocks(name: str) -> None:
    assert ("unsafe-name", "") in findings(zipped({name: HONEST}), "a.zip")
    assert ("unsafe-name", "") in findings(tarred((tarfile.TarInfo(name), HONEST)), "a.tar")


def test_a_link_blocks() -> None:
    assert findings(zipped({"l": b"/etc"}, mode=stat.S_IFLNK | 0o777), "a.zip") == [("link", "l")]
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        assert findings(linked("l", kind), "a.tar") == [("link", "l")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.exe", HONEST),
        ("run", b"#!/bin/sh\necho\n"),
        ("picture.png", b"MZ" + bytes(200)),
        ("lib.bin", b"\x7fELF" + bytes(200)),
        ("doc.pdf.js", b"alert(1)"),
        ("app.zip", zipped({"META-INF/MANIFEST.MF": b"", "A.class": b""})),
    ],
)
def test_a_program_inside_blocks(name: str, content: bytes) -> None:
    assert findings(zipped({name: content}), "a.zip") == [("executable", name)]


def test_a_locked_member_blocks() -> None:
    content = bytearray(zipped({"secret.txt": HONEST}))
    content[6] |= 1  # the flag of encryption, in the member's own header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert findings(bytes(content), "a.zip") == [("encrypted", "secret.txt")]


@pytest.mark.parametrize(
    "content", [b"7z\xbc\xaf\x27\x1c" + bytes(50), b"Rar!\x1a\x07\x01" + bytes(50)]
)
def test_an_archive_of_another_kind_cannot_be_looked_into(content: bytes) -> None:
    assert findings(content, "a") == [("not-inspectable", "")]


@pytest.mark.parametrize("cut", [30, 60, -10])
def test_a_damaged_archive_cannot_be_looked_into(cut: int) -> None:
    content = zipped({"note.txt": HONEST * 20})
    assert [kind for kind, _ in findings(content[:cut], "a.zip")] == ["not-inspectable"]


def test_a_damaged_member_cannot_be_looked_into() -> None:
    content = bytearray(zipped({"note.txt": os.urandom(200), "other.txt": BAD}))
    content[80] ^= 1
    assert findings(bytes(content), "a.zip") == [
        ("not-inspectable", "note.txt"),
        ("disguised-text", "other.txt › Line 1"),
    ]


BOMB = bytes(24 << 20)


@pytest.mark.parametrize(
    "pack",
    [lambda: zipped({"b.txt": BOMB}), lambda: gzip.compress(BOMB), lambda: bz2.compress(BOMB)],
    ids=["zip", "gzip", "bzip2"],
)
def test_what_grows_beyond_any_honest_file_is_a_bomb(pack: Callable[[], bytes]) -> None:
    assert [kind for kind, _ in findings(pack(), "a")] == ["archive-bomb"]


def test_a_bomb_within_is_found_where_it_is() -> None:
    content = zipped({"c.zip": zipped({"b.txt": BOMB})})
    assert findings(content, "a.zip") == [("archive-bomb", "c.zip › b.txt")]


def test_an_archive_in_itself_ends() -> None:
    content = zipped({"note.txt": HONEST})
    for _ in range(looking.MAX_DEPTH + 1):
        content = zipped({"a.zip": content})
    assert findings(content, "a.zip") == [("archive-bomb", "")]


def test_too_many_members_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MAX_MEMBERS", 40)
    few = {f"{number}.txt": HONEST for number in range(40)}
    assert findings(zipped(few), "a.zip") == []
    assert findings(zipped(few | {"more.txt": HONEST}), "a.zip") == [("archive-bomb", "")]


def test_members_that_are_too_large_together_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MAX_UNPACKED_BYTES", 1 << 20)
    content = zipped({f"{number}.txt": b"a line\n" * 50_000 for number in range(4)})
    assert findings(content, "a.zip") == [("archive-bomb", "")]


def overlapping(copies: int) -> bytes:
    """Make a zip whose directory names one packed member many times (Fifield, 2019)."""
    whole = zipped({"a.txt": b"x" * 1000})
    start = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    entry = whole[start:end]
    directory = b"".join(entry.replace(b"a.txt", b"%05d" % number) for number in range(copies))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), start, 0)
    return whole[:start] + directory + tail


def test_members_that_overlap_are_a_bomb() -> None:
    assert findings(overlapping(5000), "a.zip") == [("archive-bomb", "")]


def test_bytes_of_no_member_are_found() -> None:
    content = zipped({"note.txt": HONEST})
    hidden = b"hidden" * 100
    assert findings(hidden + content, "a.zip")[0][0] in {"trailing-data", "type-mismatch"}
    padded = content[: content.index(b"PK\x01\x02")]
    directory = content[len(padded) : content.index(b"PK\x05\x06")]
    tail = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(padded) + len(hidden), 0
    )
    assert findings(padded + hidden + directory + tail, "a.zip") == [("trailing-data", "")]


def test_a_sparse_member_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    info = tarfile.TarInfo("holes")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"00000000000\x00"
    header[483:495] = b"%011o\x00" % (8 << 30)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\x00 " % sum(header)
    began = time.monotonic()
    assert findings(bytes(header) + bytes(1024), "a.tar") == [("archive-bomb", "holes")]
    assert time.monotonic() - began < 10


def test_places_are_told_once_and_counted() -> None:
    notes = Notes()
    for number in range(looking.MAX_OF_A_KIND + 5):
        notes(Finding("link", str(number)))
        notes(Finding("link", str(number)))
    assert len(notes.findings()) == looking.MAX_OF_A_KIND + 1
    assert notes.findings()[-1] == Finding("link", "5 more places")


def test_no_member_is_larger_than_the_memory_of_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    assert archives.MAX_MEMBER_BYTES * 3 < 1 << 30
    monkeypatch.setattr(archives, "MAX_MEMBER_BYTES", 10_000)
    content = zipped({"b.txt": os.urandom(5_001).hex().encode()})
    assert findings(content, "a.zip") == [("archive-bomb", "b.txt")]


@pytest.mark.parametrize("error", [MemoryError, looking.OverBudget])
def test_only_the_limits_are_passed_on(error: type[Exception]) -> None:
    def over() -> None:
        raise error

    def damaged() -> None:
        raise ValueError("the words of the file")

    with pytest.raises(error):
        looking.guarded(over)
    assert looking.guarded(damaged) == "ValueError"
