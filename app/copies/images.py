"""Marks pictures: a strip above and below, a faint line over all, and nothing but what is seen.

The copy has the format of the picture, PNG or JPEG. Metadata, thumbnails and what a frame hides do
not come along; colours are brought into sRGB, since the profile that explained them goes too.
"""

from contextlib import suppress
from io import BytesIO
from math import ceil
from typing import BinaryIO, Final

from PIL import Image, ImageCms, ImageDraw, ImageFont, ImageOps

from app.copies.errors import NotMarked
from app.copies.faces import Face, regular
from app.copies.layout import Run, Strip, lay_out
from app.copies.mark import Mark

MOST_PIXELS: Final = 64_000_000
NARROWEST: Final = 360
LEAST_SIZE: Final = 11.0
SLOPE_DEGREES: Final = 30
FAINTNESS: Final = 20  # of 255
QUALITY: Final = 92
WHITE: Final = (255, 255, 255)


def mark_image(file: BinaryIO, mark: Mark, out: BinaryIO) -> str:
    """Write the marked copy, and give its format.

    Raises:
        NotMarked: the picture is damaged, too large, or several in one file.
    """
    picture, format_ = opened(file)
    _dressed(picture, mark).save(out, format_, **_how(format_))
    return format_


def opened(file: BinaryIO) -> tuple[Image.Image, str]:
    """Give a picture as it is seen, upright and in sRGB, without transparency.

    Raises:
        NotMarked: it is damaged, too large, or several in one file.
    """
    try:
        source = Image.open(file, formats=("PNG", "JPEG"))
        if source.width * source.height > MOST_PIXELS:
            raise NotMarked("too-large")
        format_ = "PNG" if source.format == "PNG" else "JPEG"
        if format_ == "PNG" and getattr(source, "n_frames", 1) > 1:
            raise NotMarked("several-pictures")
        profile = source.info.get("icc_profile")
        source.load()
        return _plain(ImageOps.exif_transpose(source), profile), format_
    except NotMarked:
        raise
    except Image.DecompressionBombError:
        raise NotMarked("too-large") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise NotMarked("damaged") from None


def tile(picture: Image.Image, line: str, size: float) -> None:
    """Draw the faint line over a picture, dark and light beside each other: one shows anywhere."""
    written = _written(line, regular(), size)
    turned = written.rotate(SLOPE_DEGREES, expand=True, resample=Image.Resampling.BICUBIC)
    faint = turned.point(lambda value: value * FAINTNESS // 255)
    step_x, step_y = ceil(turned.width * 1.02), ceil(turned.height + 3 * size)
    edge = max(1, round(size / 14))
    for row, y in enumerate(range(-turned.height // 2, picture.height, step_y)):
        for x in range(-(turned.width // 2) * (row % 2), picture.width, step_x):
            picture.paste(WHITE, (x + edge, y + edge), faint)
            picture.paste((0, 0, 0), (x, y), faint)


def _plain(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Give it in RGB: white where it was transparent, colours as its profile means them."""
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            made = ImageCms.profileToProfile(picture, own, srgb, outputMode="RGB")
            picture = made or picture
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        shown = picture.convert("RGBA")
        ground = Image.new("RGB", shown.size, WHITE)
        ground.paste(shown, mask=shown.getchannel("A"))
        return ground
    plain = picture.convert("RGB") if picture.mode != "RGB" else picture.copy()
    plain.info.clear()
    return plain


def _dressed(picture: Image.Image, mark: Mark) -> Image.Image:
    width = max(picture.width, NARROWEST)
    sheet = lay_out(mark, width, max(picture.height, NARROWEST // 2), least=LEAST_SIZE)
    over, under = ceil(sheet.top.height), ceil(sheet.bottom.height)
    dressed = Image.new("RGB", (width, over + picture.height + under), WHITE)
    tile(picture, sheet.faint, sheet.size * 1.3)
    dressed.paste(picture, ((width - picture.width) // 2, over))
    _draw(dressed, sheet.top, 0)
    _draw(dressed, sheet.bottom, over + picture.height)
    return dressed


def _draw(dressed: Image.Image, strip: Strip, top: int) -> None:
    draw = ImageDraw.Draw(dressed)
    for run in strip.runs:
        if run.ground:
            left, above, width, height = run.plate
            draw.rectangle((left, top + above, left + width, top + above + height), run.ground)
        draw.text((run.x, top + run.y), run.text, run.ink, _font(run), anchor="ls")


def _font(run: Run) -> ImageFont.FreeTypeFont:
    return font(run.face, run.size)


def font(face: Face, size: float) -> ImageFont.FreeTypeFont:
    """Give a face at a size in pixels."""
    return ImageFont.truetype(BytesIO(face.data), size, layout_engine=ImageFont.Layout.BASIC)


def _written(line: str, face: Face, size: float) -> Image.Image:
    written = Image.new("L", (ceil(face.width(line, size)) + 4, ceil(size * 1.4)), 0)
    ImageDraw.Draw(written).text((2, size), line, 255, font(face, size), anchor="ls")
    return written


def _how(format_: str) -> dict[str, object]:
    return {"optimize": True} if format_ == "PNG" else {"quality": QUALITY, "subsampling": 0}
