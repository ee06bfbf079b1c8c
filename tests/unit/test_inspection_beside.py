"""What stands beside the parts of a file, where a program that opens it passes over it."""

import base64
import bz2
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable

import pikepdf
import pytest
from PIL import Image

from app.core.settings import Settings
from app.inspection import looking, tasks
from app.inspection.looking import Notes, look_at
from app.labels import Schemes, load_schemes, schemes_json
from tests.crafted_office import paragraph, word

SECRET = b"The hidden words stand here, and nobody looks at them. " * 4


def kinds(content: bytes, name: str) -> list[str]:
    notes = Notes()
    look_at(io.BytesIO(content), name, notes)
    return [one.kind for one in notes.findings()]


def zipped(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(20):
            archive.writestr(f"{number}.txt", "honest")
        change(archive)
    return out.getvalue()


def remarked(archive: zipfile.ZipFile) -> None:
    archive.comment = SECRET


def remarked_member(archive: zipfile.ZipFile) -> None:
    archive.filelist[3].comment = SECRET


def extra(archive: zipfile.ZipFile) -> None:
    archive.filelist[3].extra = b"\x99\x99" + len(SECRET).to_bytes(2, "little") + SECRET


def behind_descriptors(archive: zipfile.ZipFile) -> None:
    for info in archive.filelist:
        info.flag_bits |= 0x8
    assert archive.fp is not None
    archive.fp.seek(archive.start_dir)
    archive.fp.write(SECRET)
    archive.start_dir = archive.fp.tell()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (remarked, "comments"),
        (remarked_member, "comments"),
        (extra, "trailing-data"),
        (behind_descriptors, "trailing-data"),
    ],
)
def test_what_a_zip_says_beside_its_members_is_found(
    change: Callable[[zipfile.ZipFile], None], kind: str
) -> None:
    assert kinds(zipped(change), "a.zip") == [kind]


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("empty.txt"))
    return out.getvalue()


def tiff() -> bytes:
    out = io.BytesIO()
    pages = [Image.new("RGB", (30, 20), colour) for colour in ("red", "green", "blue")]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], description="x" * 99)
    return out.getvalue()


def test_an_honest_tiff_has_no_stray_bytes() -> None:
    assert "trailing-data" not in kinds(tiff(), "a.tif")


def test_bytes_in_a_tiff_that_belong_to_no_picture_are_found() -> None:
    assert "trailing-data" in kinds(tiff() + SECRET, "a.tif")
    begin = int.from_bytes(tiff()[4:8], "little")
    moved = tiff()[:4] + len(tiff()).to_bytes(4, "little") + tiff()[8:] + tiff()[begin:]
    assert begin < len(moved)
    assert "trailing-data" in kinds(moved, "a.tif")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (zipped(lambda _: None) + SECRET, "a.zip"),
        (tarred() + SECRET, "a.tar"),
        (b"<html><body>" + b"words " * 2000 + b"</body></html>" + bytes(4) + SECRET, "a.html"),
        (word(paragraph("Words")).bytes() + SECRET, "a.docx"),
    ],
)
def test_what_stands_after_the_end_is_found(content: bytes, name: str) -> None:
    assert kinds(content, name) == ["trailing-data"]


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_what_stands_after_a_packed_stream_is_not_passed_over(
    pack: Callable[[bytes], bytes],
) -> None:
    assert kinds(pack(b"one\n") + pack(b"two\n") + bytes(8), "a.bin") == []
    assert kinds(pack(b"one\n") + SECRET, "a.bin") == ["not-inspectable"]


HEAD = b"From: a@example.org\nTo: b@example.org\nSubject: s\nMIME-Version: 1.0\n"
PROGRAM = HEAD + b"Content-Type: application/x; name=run.exe\n\nrun"


def message(kind: str, body: bytes, *, coded: str = "7bit", before: bytes = b"") -> bytes:
    return b"".join(
        (
            HEAD + b"Content-Type: multipart/mixed; boundary=B\n\n" + before,
            b"\n--B\nContent-Type: text/plain\n\nhello\n--B\n",
            f"Content-Type: {kind}\nContent-Transfer-Encoding: {coded}\n\n".encode(),
            body + b"\n--B--\n",
        )
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (message("text/rtf", b"{\\rtf1 \\v words}"), "hidden-text"),
        (message("text/calendar", b"words"), "embedded-file"),
        (message("message/global", PROGRAM), "executable"),
        (message("message/rfc822", base64.encodebytes(PROGRAM), coded="base64"), "executable"),
        (message("text/plain", b"words", before=SECRET), "hidden-text"),
        (HEAD + b"\nhello\nbegin 644 run.exe\n#0V%T\n`\nend\n", "not-inspectable"),
    ],
)
def test_every_part_of_a_message_is_looked_at(content: bytes, kind: str) -> None:
    assert kind in kinds(content, "mail.eml")


@pytest.fixture(scope="module")
def schemes() -> Schemes:
    return load_schemes(Settings().policies_dir)


def told(content: bytes, name: str, schemes: Schemes) -> set[str]:
    arguments = {"name": name, "schemes": schemes_json(schemes)}
    answer = tasks.inspect(io.BytesIO(content), arguments, [])
    return {finding["kind"] for finding in answer["findings"]}


def test_text_that_is_not_read_to_its_end_blocks(
    schemes: Schemes, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"words\n" * 400
    assert told(content, "a.txt", schemes) == set()
    for module in (looking, tasks):
        monkeypatch.setattr(module, "MAX_READ_BYTES", 1000)
    assert told(content, "a.txt", schemes) == {"not-inspectable"}


def test_text_that_breaks_its_reader_blocks(
    schemes: Schemes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ValueError

    monkeypatch.setattr("app.inspection.formats.plain.passages", broken)
    assert told(b"words\n", "a.txt", schemes) == {"not-inspectable"}


def test_a_marking_in_an_attached_file_is_the_files_own(schemes: Schemes) -> None:
    inner = word(paragraph("TLP:RED")).bytes()
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.attachments["inner.docx"] = pikepdf.AttachedFileSpec(made, inner)
        made.save(out)
    arguments = {"name": "a.pdf", "schemes": schemes_json(schemes)}
    answer = tasks.inspect(out, arguments, [])
    assert {one["marking"] for one in answer["markings"]} == {"tlp:red"}
    assert answer["markings"][0]["place"].startswith("inner.docx › ")
