"""The mark of a picture: strips added, nothing covered, nothing kept that is not seen."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from app.copies import NotMarked, NotShown
from app.copies import pages as showing
from app.copies.images import MOST_PIXELS, NARROWEST, mark_image, opened
from tests.copies_world import MARK, PDF, colours, most_difference, pdf, picture

SHOWN_THROUGH = 45


def marked(data: bytes) -> Image.Image:
    out = BytesIO()
    mark_image(BytesIO(data), MARK, out)
    return Image.open(out)


@settings(max_examples=15, deadline=None)
@given(
    width=st.integers(1, 900),
    height=st.integers(1, 900),
    format_=st.sampled_from(["PNG", "JPEG"]),
    mode=st.sampled_from(["RGB", "L"]),
)
def test_strips_are_added_and_the_picture_stays(
    width: int, height: int, format_: str, mode: str
) -> None:
    data = picture(format_, (width, height), mode)
    copy = marked(data)
    assert copy.format == format_
    assert copy.width == max(width, NARROWEST)
    assert copy.height > height + 30
    if format_ == "JPEG":
        return
    before = opened(BytesIO(data))[0]
    left = (copy.width - width) // 2
    for top in range(copy.height - height + 1):
        cut = copy.convert("RGB").crop((left, top, left + width, top + height))
        if most_difference(before, cut) <= SHOWN_THROUGH:
            return
    pytest.fail("the picture does not stand in its copy as it was")


def test_the_faint_line_shows_on_dark_and_on_light() -> None:
    for colour in ("#000000", "#ffffff", "#808080"):
        made = BytesIO()
        Image.new("RGB", (600, 600), colour).save(made, "PNG")
        copy = marked(made.getvalue()).convert("RGB").crop((0, 150, 600, 450))
        assert len(colours(copy)) > 1


def test_metadata_and_what_is_not_seen_do_not_come_along() -> None:
    made, told, exif = BytesIO(), PngImagePlugin.PngInfo(), Image.Exif()
    told.add_text("Author", "Ada")
    exif[0x010E] = "where it was"
    Image.new("RGB", (400, 400)).save(made, "PNG", pnginfo=told, exif=exif)
    made.write(b"a trailer")
    out = BytesIO()
    mark_image(made, MARK, out)
    for secret in (b"Ada", b"where it was", b"a trailer"):
        assert secret in made.getvalue() or secret == b"where it was"
        assert secret not in out.getvalue()
    turned = BytesIO()
    exif[0x0112] = 6
    Image.new("RGB", (400, 500)).save(turned, "JPEG", exif=exif)
    assert opened(turned)[0].size == (500, 400)
    assert b"where it was" not in marked_bytes(turned.getvalue())


def marked_bytes(data: bytes) -> bytes:
    out = BytesIO()
    mark_image(BytesIO(data), MARK, out)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_mode_can_be_marked(mode: str) -> None:
    made = BytesIO()
    Image.new(mode, (50, 50)).save(made, "JPEG" if mode == "CMYK" else "PNG")
    assert marked(made.getvalue()).mode == "RGB"


def test_what_cannot_be_marked_does_not_leave() -> None:
    moving, large = BytesIO(), BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(moving, "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(NotMarked, match="several pictures"):
        marked(moving.getvalue())
    Image.new("1", (MOST_PIXELS // 1000 + 1, 1000)).save(large, "PNG")
    with pytest.raises(NotMarked, match="too large"):
        marked(large.getvalue())
    for data in (b"", picture()[:200], b"GIF89a" + bytes(90), pdf("a")):
        with pytest.raises(NotMarked, match="damaged"):
            marked(data)


def test_a_page_is_drawn_at_the_width_asked_for_and_never_larger_than_may_be() -> None:
    for data, kind in ((pdf("a", "b"), PDF), (picture(size=(3000, 2000)), "image/png")):
        out = BytesIO()
        assert showing.picture(BytesIO(data), kind, 1, 640, MARK, out)[0] == 640
        assert Image.open(out).format == "PNG"
    tall, out = pdf("a", size=(3, 14000)), BytesIO()
    width, height = showing.picture(BytesIO(tall), PDF, 1, 1600, MARK, out)
    assert width * height <= showing.MOST_PIXELS * 1.01


def test_pages_that_are_not_there_are_not_shown() -> None:
    two = pdf("First", "Second")
    assert showing.count(BytesIO(two), PDF) == 2
    assert showing.words(BytesIO(two), PDF, 2) == "Second"
    assert showing.words(BytesIO(picture()), "image/png", 1) == ""
    for page in (0, 3):
        with pytest.raises(NotShown, match="no such page"):
            showing.words(BytesIO(two), PDF, page)
    with pytest.raises(NotShown, match="no such page"):
        showing.picture(BytesIO(picture()), "image/png", 2, 100, MARK, BytesIO())
    with pytest.raises(NotShown, match="damaged"):
        showing.count(BytesIO(b"%PDF"), PDF)
