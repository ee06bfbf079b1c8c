"""Pictures: what they tell beside their pixels is found, and a cleaned copy shows the same."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageOps, PngImagePlugin

from app.inspection.formats import images
from app.inspection.looking import Notes, look_at
from app.inspection.report import Finding

SECRET = "Hargreaves"
GPS = {1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 0.0)}


def picture(size: tuple[int, int] = (120, 80)) -> Image.Image:
    """Return a picture of which each side looks different."""
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (across, down, ImageChops.invert(across)))


def saved(form: str, image: Image.Image | None = None, **how: object) -> bytes:
    out = io.BytesIO()
    (image or picture()).save(out, form, **how)
    return out.getvalue()


def exif(*, place: bool = False, turned: int = 1, **tags: str) -> bytes:
    made = Image.Exif()
    if place:
        made.get_ifd(0x8825).update(GPS)
    if turned != 1:
        made[0x0112] = turned
    for name, value in tags.items():
        made[{"artist": 0x013B, "software": 0x0131, "description": 0x010E}[name]] = value
    return made.tobytes()


def with_serial() -> bytes:
    made = Image.Exif()
    made.get_ifd(0x8769)[0xA431] = SECRET
    return made.tobytes()


def with_texts(**texts: str) -> PngImagePlugin.PngInfo:
    made = PngImagePlugin.PngInfo()
    for key, value in texts.items():
        made.add_text(key, value)
    return made


def with_thumbnail(small: Image.Image) -> bytes:
    """Return a JPEG whose Exif holds a small picture, as cameras write it."""
    thumbnail = saved("JPEG", small)
    first, second = 8, 8 + 2 + 4
    entry = struct.Struct("<HHII").pack
    tiff = b"II*\0" + struct.pack("<I", first) + struct.pack("<HI", 0, second)
    start = second + 2 + 3 * 12 + 4
    tiff += struct.pack("<H", 3) + entry(0x0103, 3, 1, 6)
    tiff += entry(0x0201, 4, 1, start) + entry(0x0202, 4, 1, len(thumbnail)) + bytes(4)
    return saved("JPEG", exif=b"Exif\0\0" + tiff + thumbnail)


def xmp(words: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description><dc:creator>'
        f"{words}</dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


HIDING: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "place in a JPEG": (lambda: saved("JPEG", exif=exif(place=True)), "location", "48.20"),
    "place in a PNG": (lambda: saved("PNG", exif=exif(place=True)), "location", "48.20"),
    "place in a WebP": (lambda: saved("WEBP", exif=exif(place=True)), "location", "48.20"),
    "place in a TIFF": (lambda: saved("TIFF", exif=exif(place=True)), "location", "48.20"),
    "artist": (lambda: saved("JPEG", exif=exif(artist=SECRET)), "author-metadata", SECRET),
    "serial": (lambda: saved("JPEG", exif=with_serial()), "author-metadata", SECRET),
    "description": (lambda: saved("JPEG", exif=exif(description=SECRET)), "comments", SECRET),
    "comment": (lambda: saved("JPEG", comment=SECRET), "comments", SECRET),
    "XMP": (lambda: saved("JPEG", xmp=xmp(SECRET)), "author-metadata", SECRET),
    "text": (lambda: saved("PNG", pnginfo=with_texts(Author=SECRET)), "author-metadata", SECRET),
    "remark": (lambda: saved("PNG", pnginfo=with_texts(Comment=SECRET)), "comments", SECRET),
    "GIF comment": (lambda: saved("GIF", comment=SECRET.encode()), "comments", SECRET),
    "after a JPEG": (lambda: saved("JPEG") + SECRET.encode(), "trailing-data", SECRET),
    "after a PNG": (lambda: saved("PNG") + SECRET.encode(), "trailing-data", SECRET),
    "after a GIF": (lambda: saved("GIF") + SECRET.encode(), "trailing-data", SECRET),
    "after a WebP": (lambda: saved("WEBP") + SECRET.encode(), "trailing-data", SECRET),
    "after a BMP": (lambda: saved("BMP") + SECRET.encode(), "trailing-data", SECRET),
    "thumbnail": (lambda: with_thumbnail(picture().rotate(180)), "thumbnail", ""),
    "wider thumbnail": (lambda: with_thumbnail(picture((160, 60))), "thumbnail", ""),
}


def findings(content: bytes, name: str = "picture") -> tuple[Finding, ...]:
    notes = Notes()
    look_at(io.BytesIO(content), name, notes)
    return notes.findings()


def cleaned(content: bytes) -> bytes:
    out = io.BytesIO()
    assert images.clean(io.BytesIO(content), out)
    return out.getvalue()


@pytest.mark.parametrize("place", HIDING)
def test_what_a_picture_tells_is_found(place: str) -> None:
    make, kind, words = HIDING[place]

    (found,) = findings(make())

    assert (found.kind, words in found.excerpt) == (kind, True)


@pytest.mark.parametrize("place", HIDING)
def test_a_cleaned_picture_shows_the_same_and_tells_nothing(place: str) -> None:
    original = HIDING[place][0]()

    copy = cleaned(original)

    assert findings(copy) == ()
    assert SECRET.encode() not in copy
    assert _pixels(original) == _pixels(copy)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_cleaned_picture_stays_turned_as_it_was(form: str) -> None:
    original = saved(form, exif=exif(turned=6, artist=SECRET))

    copy = cleaned(original)

    assert SECRET.encode() not in copy
    assert _pixels(original) == _pixels(copy)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"])
def test_a_plain_picture_has_no_finding(form: str) -> None:
    assert findings(saved(form)) == ()


def test_a_thumbnail_of_the_picture_is_no_finding() -> None:
    assert findings(with_thumbnail(picture((60, 40)))) == ()


@pytest.mark.parametrize("form", ["GIF", "TIFF", "PNG", "WEBP"])
def test_further_pictures_are_found_and_kept(form: str) -> None:
    further = saved(form, save_all=True, append_images=[picture().rotate(180)])

    assert [one.kind for one in findings(further)] == ["further-pictures"]
    assert images.pages(io.BytesIO(cleaned(further))) == 2


def test_a_bomb_is_not_unpacked() -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    size = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + size + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")

    (found,) = findings(bomb)

    assert (found.kind, "60000" in found.place) == ("not-inspectable", True)
    assert not images.clean(io.BytesIO(bomb), io.BytesIO())


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"])
def test_a_broken_picture_is_reported(form: str) -> None:
    whole = saved(form, exif=exif(place=True)) if form in {"JPEG", "PNG"} else saved(form)
    for at in (30, len(whole) // 3, len(whole) - 9):
        kinds = {one.kind for one in findings(whole[:at])}
        assert form in {"WEBP", "TIFF", "BMP", "GIF"} or kinds >= {"not-inspectable"}


def _pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as opened:
        return ImageOps.exif_transpose(opened).convert("RGB").tobytes()
