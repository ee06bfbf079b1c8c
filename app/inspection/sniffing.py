"""What kind of file it is, by its content; names and declared types are only claims.

Two kinds that share a container (a workbook and a zip) are told apart by what stands in it. What
is text is told apart by its beginning and, where the content cannot tell, by the name's ending.
"""

import json
import lzma
import re
import zipfile
import zlib
from contextlib import suppress
from pathlib import PurePath
from typing import IO

import olefile
from lxml import etree

UNKNOWN = "application/octet-stream"
EXECUTABLE = "application/x-executable"
SCRIPT = "text/x-script"
XML = ("application/xml", "application/xhtml+xml", "image/svg+xml")
HEAD_BYTES = 8192

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"\x7fELF", EXECUTABLE),
    (b"\xfe\xed\xfa", EXECUTABLE),
    (b"\xcf\xfa\xed\xfe", EXECUTABLE),
    (b"\xca\xfe\xba\xbe", EXECUTABLE),
    (b"\x00asm", EXECUTABLE),
    (b"dex\n", EXECUTABLE),
    (b"L\x00\x00\x00\x01\x14\x02\x00", EXECUTABLE),  # a Windows shortcut runs what it names
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"\x80\x04\x95", "application/x-python-pickle"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_HEIC = (b"heic", b"heix", b"mif1", b"avif")
_MAIN_PART = re.compile(
    r"(application/vnd\.(?:openxmlformats-officedocument|ms-)[\w.+-]+?)\.main\+xml"
)
_BINARY_BOOK = "application/vnd.ms-excel.sheet.binary.macroenabled.main"
# A package of parts that is none of the documents known here.
PACKAGE = "application/vnd.openxmlformats-package"
# What reading a damaged zip raises, besides RuntimeError for one that needs a password.
_DAMAGED = (
    zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError,
)  # fmt: skip
MOST_TYPES_BYTES = 4 << 20
_MAIL = re.compile(rb"\A(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}", re.ASCII)
_MAIL_HEADS = re.compile(
    rb"^(?:from|to|subject|date|received|message-id|mime-version|return-path):", re.I | re.M
)
_ROOT = re.compile(
    r"(?:<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*+(?:\[.*?\]\s*+)?>|\s++)*+"
    r"<([a-z_][\w.:-]*+)(?:\s[^<]*)?/?>",
    re.DOTALL,
)
_HTML = (
    "a", "b", "body", "br", "center", "details", "div", "em", "font", "form", "h1", "h2", "h3",
    "head", "i", "iframe", "img", "li", "link", "meta", "ol", "p", "picture", "pre", "script",
    "span", "strong", "style", "sub", "sup", "table", "title", "ul",
)  # fmt: skip
_BY_ENDING = {
    ".txt": "text/plain",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".csv": "text/csv",
    ".tsv": "text/csv",
}


def media_type_of(file: IO[bytes], name: str) -> str:
    """Tell the media type of what is in the file; `name` decides only between kinds of text."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    found = _binary(file, head)
    if found is None:
        found = _text(file, head, PurePath(name.lower()).suffix)
    file.seek(0)
    return found


def _binary(file: IO[bytes], head: bytes) -> str | None:
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _in_zip(file)
    if head.startswith(olefile.MAGIC):
        return _in_ole(file)
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return "image/heic" if head[8:12] in _HEIC else "video/mp4"
    starts = (kind for start, kind in _STARTS if head.startswith(start))
    return next(starts, None) or _by_place(head)


def _by_place(head: bytes) -> str | None:
    if head.startswith(b"MZ") and len(head) >= 64:
        return EXECUTABLE
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image/bmp"
    return "application/x-tar" if head[257:262] == b"ustar" else None


def _in_zip(file: IO[bytes]) -> str:
    """Tell a document from an archive by the parts that only a document has."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _by_parts(archive)
    except _DAMAGED:
        return "application/zip"


def _by_parts(archive: zipfile.ZipFile) -> str:
    names = set(archive.namelist())
    if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
        told = archive.read("mimetype").decode("ascii", "replace").strip().lower()
        if told.startswith("application/vnd.oasis.opendocument.") or told == "application/epub+zip":
            return told
    for types in (name for name in names if name.lower() == "[content_types].xml"):
        with archive.open(types) as part:
            return _office(part.read(MOST_TYPES_BYTES))
    if {"content.xml", "META-INF/manifest.xml"} <= names:
        return "application/vnd.oasis.opendocument.text"  # its kind is told inside
    if "META-INF/MANIFEST.MF" in names or "AndroidManifest.xml" in names:
        return EXECUTABLE
    return "application/zip"


def _office(types: bytes) -> str:
    """Tell the kind of a package by what it declares, however that is written as XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(types, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return PACKAGE
    if root.getroottree().docinfo.internalDTD is not None:
        return PACKAGE
    entries = root.iterchildren(etree.Element)
    declared = {(entry.get("ContentType") or "").lower() for entry in entries}
    if any(kind.startswith(_BINARY_BOOK) for kind in declared):
        return "application/vnd.ms-excel.sheet.binary.macroenabled.12"
    found = [match[1] for kind in sorted(declared) if (match := _MAIN_PART.fullmatch(kind))]
    if not found:
        return PACKAGE
    return found[0] if ".ms-" not in found[0] else found[0].removesuffix(".12") + ".12"


def _in_ole(file: IO[bytes]) -> str:
    with suppress(Exception), olefile.OleFileIO(file) as ole:  # the library's own errors are many
        if ole.exists("__properties_version1.0"):
            return "application/vnd.ms-outlook"
        if ole.exists("WordDocument"):
            return "application/msword"
        if ole.exists("Workbook") or ole.exists("Book"):
            return "application/vnd.ms-excel"
        if ole.exists("PowerPoint Document"):
            return "application/vnd.ms-powerpoint"
        if ole.exists("EncryptedPackage"):
            return "application/x-ole-encrypted"
    return "application/x-ole-storage"


def _text(file: IO[bytes], head: bytes, ending: str) -> str:
    decoded = text_of(head)
    if decoded is None:
        return UNKNOWN
    start = decoded.lstrip("\ufeff \t\r\n").lower()
    if start.startswith("#!"):
        return SCRIPT
    if start.startswith("<") and (kind := _tagged(start, ending)) is not None:
        return kind
    if start.startswith(("{", "[")) and (kind := _json(file)) is not None:
        return kind
    plain = head.replace(b"\r\n", b"\n")
    if (mail := _MAIL.match(plain)) and len(_MAIL_HEADS.findall(mail[0])) >= 2:
        return "message/rfc822"
    return _BY_ENDING.get(ending, "text/plain")


def _tagged(start: str, ending: str) -> str | None:
    """Tell by the first element; pieces of HTML stand in honest Markdown."""
    root = _ROOT.match(start)
    name = root[1].rpartition(":")[2] if root else ""
    if name == "svg":
        return "image/svg+xml"
    if name == "html" or start.startswith("<!doctype html"):
        return "text/html"
    if start.startswith(("<?xml", "<!doctype")):
        return "application/xml"
    if name in _HTML:
        return _BY_ENDING.get(ending, "text/html")
    return _BY_ENDING.get(ending, "application/xml") if name else None


def _json(file: IO[bytes]) -> str | None:
    file.seek(0)
    with suppress(ValueError, RecursionError):
        found = json.loads(file.read().decode("utf-8-sig"))
        notebook = isinstance(found, dict) and "cells" in found and "nbformat" in found
        return "application/x-ipynb+json" if notebook else "application/json"
    return None


def text_of(content: bytes) -> str | None:
    """Decode what is text, whatever its encoding; None where it is none."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\x00" in content:
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(content) - 4:
            text = content.decode("latin-1")
        else:  # a character that the end of the piece cut through
            text = content.decode("utf-8", "ignore")
    odd = sum(1 for letter in text if letter < " " and letter not in "\t\n\r\f\x1b\b")
    high = sum(1 for letter in text if "\x7f" <= letter < "\xa0")
    return text if odd * 50 <= len(text) and high * 20 <= len(text) else None
