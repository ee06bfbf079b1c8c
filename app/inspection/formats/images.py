"""Pictures: what they tell beside their pixels, and a copy that shows the same and tells nothing.

Where the format lets it, the copy is made by leaving parts out, so that no pixel changes.
"""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from typing import IO

from PIL import Image, ImageChops, ImageFile, ImageOps, ImageSequence, ImageStat

from app.inspection.formats import Unreadable
from app.inspection.formats.image_metadata import (
    ORIENTATION,
    iptc_of,
    place_in_xmp,
    place_of,
    remarks_in,
    texts_of,
    thumbnail_in,
    told_by,
    xmp_of,
)
from app.inspection.formats.image_parts import REST, Part, parts
from app.inspection.formats.tiff_parts import stray_bytes
from app.inspection.report import Finding, Note, Passage

# Here, since nothing can be imported once the process is confined.
Image.init()
Image.MAX_IMAGE_PIXELS = None

MAX_PIXELS = 150_000_000
MAX_FRAMES = 2_000
STRAY_BYTES = 64
UNLIKE = 16.0
"""Mean difference of shades, of 255, above which a small picture shows something else."""
UNLIKE_SHAPE = 0.08
FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP")
_IN_PARTS = frozenset({"JPEG", "MPO", "PNG", "GIF", "WEBP"})
_JPEG_LEFT_OUT = frozenset({"COM", "APP1", *(f"APP{n}" for n in range(3, 14)), "APP15"})
_PNG_KEPT = frozenset(
    {
        "start",
        "IHDR",
        "PLTE",
        "IDAT",
        "IEND",
        "tRNS",
        "gAMA",
        "cHRM",
        "sRGB",
        "iCCP",
        "cICP",
        "mDCv",
        "cLLi",
        "sBIT",
        "bKGD",
        "pHYs",
        "acTL",
        "fcTL",
        "fdAT",
    }
)
_GIF_LOOPS = ("application NETSCAPE2.0", "application ANIMEXTS1.0")
_EXIF = b"Exif\0\0"


def look(file: IO[bytes], note: Note) -> None:
    """Note what the picture tells beside its pixels, and what else the file holds."""
    data = file.read()
    with _opened(data) as picture:
        frames = getattr(picture, "n_frames", 1)
        width, height = picture.size
        if width * height * min(frames, 100) > MAX_PIXELS or frames > MAX_FRAMES:
            note(Finding("not-inspectable", f"{width} × {height} pixels, {frames} pictures"))
            return
        picture.load()
        _look_at_metadata(picture, note)
        if frames > 1:
            note(Finding("further-pictures", f"{frames} pictures"))
        if picture.format in _IN_PARTS:
            _look_at_parts(data, picture, note)
        elif picture.format == "TIFF":
            if (stray := stray_bytes(data)) > STRAY_BYTES:
                note(Finding("trailing-data", f"{stray} bytes belong to no picture"))
        elif picture.format == "BMP":
            rest = data[struct.unpack_from("<I", data, 2)[0] :] if len(data) > 6 else b""
            _note_rest(rest, note)


def passages(_file: IO[bytes]) -> Iterator[Passage]:
    """Yield nothing: a picture's words are not read."""
    return iter(())


def pages(file: IO[bytes]) -> int:
    """Count the pictures in the file."""
    with _opened(file.read()) as picture:
        return int(getattr(picture, "n_frames", 1))


def clean(file: IO[bytes], out: IO[bytes]) -> bool:
    """Write a copy that shows the same, turned as it was, and tells nothing else."""
    data = file.read()
    with _opened(data) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS or getattr(picture, "n_frames", 1) > MAX_FRAMES:
            return False
        form, turned = str(picture.format), picture.getexif().get(ORIENTATION, 1)
        if form not in _IN_PARTS:
            return _saved_anew(picture, form, out)
    exif = _orientation_only(turned) if turned in range(2, 9) else b""
    without = {"PNG": _clean_png, "GIF": _clean_gif, "WEBP": _clean_webp}.get(form, _clean_jpeg)
    out.write(without(data, exif))
    return True


def places_in_jpeg(data: bytes) -> str:
    """Return the coordinates in a JPEG's Exif; nothing where there are none."""
    written = data[2:65_536].find(_EXIF)
    if written < 0:
        return ""
    try:
        exifs = [part.data[10:] for part in parts(data, "JPEG") if part.name == "APP1"]
    except Unreadable:
        exifs = [data[2 + written + len(_EXIF) :]]
    return next(filter(None, (place_of(_exif(each)) for each in exifs)), "")


def stripped_jpeg(data: bytes) -> bytes | None:
    """Return a JPEG without what it tells beside its pixels; nothing where it tells nothing."""
    try:
        found = list(parts(data, "JPEG"))
    except Unreadable:
        return None
    kept = [part for part in found if part.name not in _JPEG_LEFT_OUT]
    return None if len(kept) == len(found) else b"".join(part.data for part in kept)


def _opened(data: bytes) -> ImageFile.ImageFile:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(io.BytesIO(data), formats=FORMATS)
    except (OSError, ValueError, SyntaxError, TypeError, struct.error):
        raise Unreadable from None


def _exif(written: bytes) -> Image.Exif:
    exif = Image.Exif()
    try:
        exif.load(written)
    except (OSError, ValueError, SyntaxError, struct.error):
        return Image.Exif()
    return exif


def _look_at_metadata(picture: ImageFile.ImageFile, note: Note) -> None:
    exif, xmp = picture.getexif(), xmp_of(picture)
    told, remarks = texts_of(picture)
    found = (
        ("location", "Exif", place_of(exif)),
        ("location", "XMP", place_in_xmp(xmp)),
        ("author-metadata", "Exif", told_by(exif)),
        ("author-metadata", "Text", told),
        ("author-metadata", "XMP", _without_tags(xmp)),
        ("author-metadata", "IPTC", iptc_of(picture)),
        ("comments", "Exif", remarks_in(exif)),
        ("comments", "Text", remarks),
    )
    for kind, place, words in found:
        if words:
            note(Finding(kind, place, None, words))


def _without_tags(xmp: str) -> str:
    """Return what XMP says, in elements and in attributes; the XML around it is no finding."""
    inside = xmp[: 1 << 20].partition("<rdf:Description")[2]
    said = [each.partition('"')[2] for each in inside.split('" ')] if inside else []
    text = " ".join(" ".join(each.split("<")[0] for each in inside.split(">")).split())
    quoted = "; ".join(each.rstrip('"') for each in said if each and "://" not in each)
    return text.strip() or quoted[:500]


def _look_at_parts(data: bytes, picture: Image.Image, note: Note) -> None:
    for part in parts(data, str(picture.format)):
        if part.name == REST:
            _note_rest(part.data, note)
        elif part.name == "APP1" and part.data[4:].startswith(_EXIF):
            _look_at_thumbnail(part.data[10:], picture, note)


def _note_rest(rest: bytes, note: Note) -> None:
    if rest.strip(b"\0\r\n "):
        words = "".join(chr(each) if 32 <= each < 127 else " " for each in rest[:600])
        note(Finding("trailing-data", f"After the picture’s end: {len(rest)} bytes", None, words))


def _look_at_thumbnail(written: bytes, picture: Image.Image, note: Note) -> None:
    small = thumbnail_in(_exif(written), written)
    if not small:
        return
    try:
        with Image.open(io.BytesIO(small), formats=("JPEG",)) as thumbnail:
            if unlike(thumbnail, picture):
                note(Finding("thumbnail", "It shows something else than the picture"))
    except (OSError, ValueError, SyntaxError):
        note(Finding("thumbnail", "It cannot be read"))


def unlike(small: Image.Image, picture: Image.Image) -> bool:
    """Tell whether a small picture shows something else: other shapes, or more around them."""
    shape, other = small.width / small.height, picture.width / picture.height
    if abs(shape - other) > UNLIKE_SHAPE * other:
        return True
    grey = small.convert("L")
    reduced = picture.convert("L").resize(grey.size, Image.Resampling.BOX)
    return ImageStat.Stat(ImageChops.difference(grey, reduced)).mean[0] > UNLIKE


def _orientation_only(turned: int) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = turned
    return exif.tobytes()


def _clean_jpeg(data: bytes, exif: bytes) -> bytes:
    kept = [
        part
        for part in parts(data, "JPEG")
        if part.name not in _JPEG_LEFT_OUT | {REST, "APP2"}
        or (part.name == "APP2" and part.data[4:].startswith(b"ICC_PROFILE"))
    ]
    turned = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif if exif else b""
    return kept[0].data + turned + b"".join(part.data for part in kept[1:])


def _clean_png(data: bytes, exif: bytes) -> bytes:
    kept = [part for part in parts(data, "PNG") if part.name in _PNG_KEPT]
    turned = _chunk(b"eXIf", exif.removeprefix(_EXIF)) if exif else b""
    return b"".join((kept[0].data, kept[1].data, turned, *(part.data for part in kept[2:])))


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def _clean_gif(data: bytes, _exif: bytes) -> bytes:
    return b"".join(part.data for part in parts(data, "GIF") if _is_gif_picture(part))


def _is_gif_picture(part: Part) -> bool:
    if part.name in {"comment", REST}:
        return False
    return not part.name.startswith("application ") or part.name in _GIF_LOOPS


def _clean_webp(data: bytes, exif: bytes) -> bytes:
    kept = [p.data for p in parts(data, "WEBP") if p.name not in {"start", "EXIF", "XMP ", REST}]
    exif_flag, xmp_flag = 0x08, 0x04
    for number, part in enumerate(kept):
        if part.startswith(b"VP8X"):
            flags = part[8] & ~(exif_flag | xmp_flag) | (exif_flag if exif else 0)
            kept[number] = part[:8] + bytes([flags]) + part[9:]
    body = b"WEBP" + b"".join(kept)
    if exif:
        content = exif.removeprefix(_EXIF)
        body += b"EXIF" + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _saved_anew(picture: Image.Image, form: str, out: IO[bytes]) -> bool:
    """Write the pixels of every picture in the file, turned upright, without loss."""
    frames = [_bare(frame) for frame in ImageSequence.Iterator(picture)]
    if form == "BMP":
        frames[0].save(out, "BMP")
    else:
        frames[0].save(
            out, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_deflate"
        )
    return True


def _bare(frame: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(frame)
    bare = Image.frombytes(upright.mode, upright.size, upright.tobytes())
    if upright.mode == "P" and (palette := upright.getpalette()):
        bare.putpalette(palette)
    return bare
