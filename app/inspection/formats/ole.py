"""The older formats: Word, Excel and PowerPoint of before 2007, Outlook messages, RTF.

They are not looked into to the end: what they are found to hide is told, and that there may be more
blocks, with what to do. Source: [MS-CFB], [MS-OVBA], the RTF specification 1.9.1.
"""

import io
import re
import struct
from collections.abc import Iterator
from typing import IO

import olefile

from app.inspection.looking import look_at_member
from app.inspection.report import Finding, Note, Passage

_OLDER = "An older format, which is not looked into to the end: save it as {}."
_CURRENT = {
    "WordDocument": ".docx", "Workbook": ".xlsx", "Book": ".xlsx", "PowerPoint Document": ".pptx",
    "__properties_version1.0": ".eml",
}  # fmt: skip
_PEOPLE = ("author", "last_saved_by", "company", "manager", "template")
_RTF_HIDING = (
    ("embedded-file", rb"\\(?:objdata|objemb|objautlink|objlink)\b", "an object"),
    ("tracked-changes", rb"\\(?:deleted|revised|revtbl)\b", "changes"),
    ("comments", rb"\\annotation\b", "a remark"),
    ("hidden-text", rb"\\v(?![0a-z])", "hidden text"),
    ("external-link", rb"\\(?:template|INCLUDEPICTURE|INCLUDETEXT)\b|INCLUDEPICTURE", "an address"),
    ("author-metadata", rb"\\(?:author|operator|company|manager)\b", "properties"),
)
_NATIVE = "\x01Ole10Native"


def look(file: IO[bytes], note: Note) -> None:
    """Note what can be found, and that there may be more."""
    if file.read(5) == b"{\\rtf":
        file.seek(0)
        _rich_text(file.read(), note)
        return
    file.seek(0)
    with olefile.OleFileIO(file) as ole:
        streams = ["/".join(path) for path in ole.listdir()]
        if any(name.endswith(("EncryptedPackage", "EncryptionInfo")) for name in streams):
            note(Finding("encrypted"))
            return
        _macros(streams, note)
        _people(ole, note)
        _inside(ole, streams, note)
        for stream, ending in _CURRENT.items():
            if ole.exists(stream):
                note(Finding("not-inspectable", excerpt=_OLDER.format(ending)))


def passages(_file: IO[bytes]) -> Iterator[Passage]:
    """Give no text: the older formats keep it in pieces, and half of it would mislead."""
    yield from ()


def clean(_file: IO[bytes], _out: IO[bytes]) -> bool:
    """Leave it as it is: what is not understood cannot be cleaned."""
    return False


def _macros(streams: list[str], note: Note) -> None:
    for name in streams:
        if re.search(r"(?:^|/)(?:_?VBA(?:_PROJECT(?:_CUR)?)?|Macros)/|(?:^|/)_VBA_PROJECT", name):
            note(Finding("macros", excerpt=name))
            return


def _people(ole: olefile.OleFileIO, note: Note) -> None:
    told = ole.get_metadata()
    values = ((name, getattr(told, name, None)) for name in _PEOPLE)
    said = [f"{name}: {_readable(value)}" for name, value in values if value]
    if said:
        note(Finding("author-metadata", "Properties", None, "; ".join(said)))


def _inside(ole: olefile.OleFileIO, streams: list[str], note: Note) -> None:
    for name in streams:
        base = name.rpartition("/")[2]
        if base == _NATIVE:
            own, content = _native(ole.openstream(name).read())
            note(Finding("embedded-file", excerpt=own))
            look_at_member(io.BytesIO(content), own.rpartition("\\")[2] or "object", note)
        elif base == "Package" or base.startswith("__substg1.0_37010102"):
            note(Finding("embedded-file", excerpt=name))
            look_at_member(io.BytesIO(ole.openstream(name).read()), base, note)


def _native(data: bytes) -> tuple[str, bytes]:
    """Read an object that another program put there: its name and the file itself.

    Source: [MS-OLEDS] 2.3.6, as programs write it: size, 2 bytes, name, path, 4 bytes, a length and
    the temporary path, a length and the content.
    """
    names, at = [], 6
    for _ in range(2):
        end = data.index(b"\0", at)
        names.append(data[at:end].decode("latin-1"))
        at = end + 1
    at += 4
    (length,) = struct.unpack_from("<I", data, at)
    at += 4 + length
    (size,) = struct.unpack_from("<I", data, at)
    return names[1] or names[0], data[at + 4 : at + 4 + size]


def _rich_text(content: bytes, note: Note) -> None:
    for kind, pattern, said in _RTF_HIDING:
        if re.search(pattern, content):
            note(Finding(kind, excerpt=said))
    if re.search(rb"DDEAUTO|\bDDE\b|\\objupdate\b|\\objclass\s+Equation", content):
        note(Finding("active-content", excerpt="an object that is fetched or run when opened"))
    note(Finding("not-inspectable", excerpt=_OLDER.format(".docx")))


def _readable(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
