"""What a file's name claims, and whether it is made to mislead."""

import unicodedata
from collections.abc import Mapping
from pathlib import PurePath

from app.inspection.sniffing import EXECUTABLE, SCRIPT

# Endings that a computer runs when the file is opened.
_PROGRAMS = (
    ".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh", ".hta", ".sh",
    ".bash", ".zsh", ".csh", ".com", ".scr", ".pif", ".reg", ".scf", ".url", ".desktop", ".command",
    ".lnk", ".jar", ".msi", ".exe", ".dll", ".apk", ".cpl", ".msc", ".inf",
)  # fmt: skip
_TEXTS = ("text/", "application/json", "application/xml", "message/rfc822", "application/x-ipynb")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_CLAIMS: Mapping[str, tuple[str, ...]] = {
    ".pdf": ("application/pdf",),
    ".png": ("image/png",),
    ".jpg": ("image/jpeg",),
    ".jpeg": ("image/jpeg",),
    ".gif": ("image/gif",),
    ".tif": ("image/tiff",),
    ".tiff": ("image/tiff",),
    ".webp": ("image/webp",),
    ".bmp": ("image/bmp",),
    ".heic": ("image/heic",),
    ".svg": ("image/svg+xml",),
    ".docx": (f"{_OFFICE}wordprocessingml.document",),
    ".dotx": (f"{_OFFICE}wordprocessingml.template",),
    ".xlsx": (f"{_OFFICE}spreadsheetml.sheet",),
    ".xltx": (f"{_OFFICE}spreadsheetml.template",),
    ".pptx": (f"{_OFFICE}presentationml.presentation",),
    ".ppsx": (f"{_OFFICE}presentationml.slideshow",),
    ".potx": (f"{_OFFICE}presentationml.template",),
    ".docm": ("application/vnd.ms-word.",),
    ".dotm": ("application/vnd.ms-word.",),
    ".xlsm": ("application/vnd.ms-excel.sheet.macro",),
    ".xlsb": ("application/vnd.ms-excel.sheet.binary",),
    ".pptm": ("application/vnd.ms-powerpoint.presentation",),
    ".ppsm": ("application/vnd.ms-powerpoint.slideshow",),
    ".odt": (f"{_ODF}text",),
    ".ods": (f"{_ODF}spreadsheet",),
    ".odp": (f"{_ODF}presentation",),
    ".odg": (f"{_ODF}graphics",),
    ".doc": ("application/msword", "application/rtf"),
    ".xls": ("application/vnd.ms-excel",),
    ".ppt": ("application/vnd.ms-powerpoint",),
    ".msg": ("application/vnd.ms-outlook",),
    ".rtf": ("application/rtf",),
    ".eml": ("message/rfc822",),
    ".html": ("text/html", "application/xhtml+xml"),
    ".htm": ("text/html", "application/xhtml+xml"),
    ".xml": ("application/xml", "image/svg+xml", "text/html"),
    ".json": ("application/json",),
    ".ipynb": ("application/x-ipynb+json",),
    ".txt": _TEXTS,
    ".md": _TEXTS,
    ".csv": _TEXTS,
    ".tsv": _TEXTS,
    ".log": _TEXTS,
    ".zip": ("application/zip",),
    ".tar": ("application/x-tar",),
    ".gz": ("application/gzip",),
    ".tgz": ("application/gzip",),
    ".bz2": ("application/x-bzip2",),
    ".xz": ("application/x-xz",),
    ".7z": ("application/x-7z-compressed",),
    ".rar": ("application/vnd.rar",),
}
# Direction marks, joiners and blanks without width: a name or a text reads other than it is.
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_program(media_type: str, name: str) -> bool:
    """Tell whether opening the file would run it, by its content or by its name's ending."""
    return media_type in (EXECUTABLE, SCRIPT) or PurePath(name.lower()).suffix in _PROGRAMS


def claims_another_kind(name: str, media_type: str) -> bool:
    """Tell whether the name's ending promises another kind of file than the content is."""
    claimed = _CLAIMS.get(PurePath(name.lower()).suffix)
    return claimed is not None and not media_type.startswith(claimed)


def disguised(name: str) -> bool:
    """Tell whether a name holds characters that turn or hide a part of it."""
    return any(letter in _DIRECTIONS or unicodedata.category(letter) in "CcCf" for letter in name)
