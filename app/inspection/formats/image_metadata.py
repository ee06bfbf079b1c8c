"""What a picture tells beside its pixels: where, when, by whom and with what it was taken.

Source: CIPA DC-008 (Exif 3.0).
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin

_TOLD = {
    0x013B: "Artist",
    0x8298: "Copyright",
    0x9C9D: "Author",
    0xA430: "Owner",
    0xA431: "Camera’s serial number",
    0xA435: "Lens’s serial number",
    0xC62F: "Camera’s serial number",
    0x010F: "Camera",
    0x0110: "Model",
    0x0131: "Software",
    0x013C: "Computer",
    0x9003: "Taken",
    0x0132: "Changed",
}
_REMARKS = {0x010E: "Description", 0x9286: "Comment", 0x9C9C: "Comment", 0x9C9B: "Title"}
_BY_PROGRAMS = frozenset({"Comment: Screenshot"})
_PNG_REMARKS = frozenset({"comment", "description", "title", "warning", "disclaimer"})
_XMP_PLACE = re.compile(r"exif:GPSL(?:at|ong)itude[=>]\"?([^\"<]{1,40})")
ORIENTATION = 0x0112


def place_of(exif: Image.Exif) -> str:
    """Return the coordinates that a picture holds, as decimal degrees; nothing if it holds none."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    degrees = [_degrees(gps.get(value), gps.get(side)) for value, side in ((2, 1), (4, 3))]
    if all(degrees):
        return ", ".join(filter(None, degrees))
    named = (str(gps.get(key, "")) for key in (0x1C, 0x1B, 0x1D))
    return " ".join(filter(None, named)).strip()


def place_in_xmp(xmp: str) -> str:
    return ", ".join(_XMP_PLACE.findall(xmp))


def told_by(exif: Image.Exif) -> str:
    """Return who, with what and when, of those that the picture tells."""
    return _listed(exif, _TOLD)


def remarks_in(exif: Image.Exif) -> str:
    """Return the remarks that people or programs wrote into the picture."""
    said = _listed(exif, _REMARKS)
    return "" if said in _BY_PROGRAMS else said


def texts_of(picture: Image.Image) -> tuple[str, str]:
    """Return what the text parts of a picture tell: about its making, and as remarks."""
    told: list[str] = []
    remarks: list[str] = []
    texts: Mapping[Any, Any] = getattr(picture, "text", None) or {}
    for key, value in texts.items():
        if "xmp" in str(key).casefold() or str(key).casefold().startswith("raw profile"):
            continue
        into = remarks if str(key).casefold() in _PNG_REMARKS else told
        into.append(f"{key}: {_plain(value)}")
    comment = picture.info.get("comment")
    if comment and "comment" not in {str(key).casefold() for key in texts}:
        remarks.append(_plain(comment))
    return "; ".join(told), "; ".join(remarks)


def xmp_of(picture: Image.Image) -> str:
    """Return a picture's XMP as it is written."""
    found = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or ""
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)


def iptc_of(picture: ImageFile.ImageFile) -> str:
    """Return the texts of a picture's IPTC record."""
    with suppress(Exception):  # the parser raises anything at all over a broken record
        found = IptcImagePlugin.getiptcinfo(picture) or {}
        values = [each for each in found.values() if isinstance(each, bytes)]
        return "; ".join(filter(None, (_plain(each) for each in values)))
    return ""


def thumbnail_in(exif: Image.Exif, written: bytes) -> bytes:
    """Return the small picture in a JPEG's Exif, as a JPEG; nothing if it holds none.

    Args:
        written: the Exif part, from its byte order on.
    """
    small = exif.get_ifd(ExifTags.IFD.IFD1)
    start, length = small.get(0x0201), small.get(0x0202)
    if not isinstance(start, int) or not isinstance(length, int):
        return b""
    return written[start : start + length]


def _degrees(value: Any, side: Any) -> str:
    with suppress(TypeError, ValueError, ZeroDivisionError):
        degrees, minutes, seconds = (float(each) for each in value)
        return f"{degrees + minutes / 60 + seconds / 3600:.5f}° {_plain(side)}".strip()
    return ""


def _listed(exif: Image.Exif, names: Mapping[int, str]) -> str:
    all_tags = dict(exif) | dict(exif.get_ifd(ExifTags.IFD.Exif))
    said = ((name, _plain(all_tags.get(tag))) for tag, name in names.items())
    return "; ".join(f"{name}: {value}" for name, value in said if value)


def _plain(value: Any) -> str:
    """Return a value as text: Windows writes UTF-16, Exif comments begin with their encoding."""
    if value is None:
        return ""
    if isinstance(value, tuple) and all(isinstance(each, int) for each in value):
        with suppress(ValueError):
            value = bytes(value)
    if isinstance(value, bytes):
        value = value.removeprefix(b"ASCII\0\0\0").removeprefix(b"UNICODE\0")
        is_wide = value[1::2].count(0) * 3 > len(value)
        value = value.decode("utf-16-le" if is_wide else "utf-8", "replace")
    return " ".join(str(value).replace("\0", " ").split())
