"""Files for tests of pages and copies, made here, and what an inspection found them to be."""

from collections.abc import Sequence
from io import BytesIO
from uuid import UUID

import pikepdf
import pypdfium2
from PIL import Image, ImageChops
from sqlalchemy import text

from app.copies import Mark, Tag
from tests.world import NOON, World

PDF = "application/pdf"
MARK = Mark(
    tags=(
        Tag("RESTREINT UE/EU RESTRICTED", "#FFFFFF", "#1F3A93"),
        Tag("TLP:AMBER+STRICT", "#FFC000", "#000000", right=True),
    ),
    caveats="ORCON · REL TO Singapore, European Union",
    name="Łucja Șerban-Παπαδοπούλου",
    email="lucja@eu-ai-office.example",
    organisation="EU AI Office",
    slug="eu-ai-office",
    at=NOON,
    number="C-7K3M-9QXA",
)


def pdf(
    *texts: str,
    size: tuple[float, float] = (595, 842),
    rotate: int = 0,
    crop: Sequence[float] | None = None,
    content: bytes | None = None,
) -> bytes:
    """A PDF with a page for each text, which stands in its middle."""
    made = pikepdf.new()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    for said in texts:
        page = made.add_blank_page(page_size=size)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        x, y = size[0] / 3, size[1] / 2
        written = f"BT /F1 {min(size) / 20:.2f} Tf {x:.1f} {y:.1f} Td ({said}) Tj ET".encode()
        page.Contents = made.make_stream(written if content is None else content)
        page.rotate(rotate, relative=False)
        if crop is not None:
            page.CropBox = pikepdf.Array(list(crop))
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def picture(format_: str = "PNG", size: tuple[int, int] = (400, 300), mode: str = "RGB") -> bytes:
    """A picture, one half of it dark."""
    made = Image.new(mode, size, 230 if mode in ("L", "P") else "#dde6ee")
    made.paste(20 if mode in ("L", "P") else "#12222a", (0, 0, size[0] // 2, size[1]))
    out = BytesIO()
    made.save(out, format_)
    return out.getvalue()


def words_of(data: bytes) -> list[str]:
    """The text of each page of a PDF."""
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)]


def seen(data: bytes, page: int = 0, scale: float = 1.0) -> Image.Image:
    """A page of a PDF as it is seen."""
    drawn: Image.Image = pypdfium2.PdfDocument(data)[page].render(scale=scale).to_pil()
    return drawn.convert("RGB")


def colours(drawn: Image.Image) -> set[object]:
    """The colours that a picture has."""
    return {colour for _, colour in drawn.getcolors(1 << 24) or ()}


def most_difference(one: Image.Image, other: Image.Image) -> int:
    """By how much, of 255, two pictures of one size differ where they differ most."""
    apart = ImageChops.difference(one, other).convert("RGB").tobytes()
    return max(apart, default=0)


def found_to_be(world: World, attachment_id: UUID | str, media_type: str, pages: int = 1) -> None:
    """Let the inspection of a file have found what kind it is, and how many pages it has."""
    asked = text(
        "UPDATE inspections SET outline = jsonb_set(jsonb_set(outline, '{original,media_type}',"
        " to_jsonb(CAST(:media_type AS text))), '{original,pages}', to_jsonb(CAST(:pages AS int)))"
        " WHERE blob = (SELECT blob FROM attachments WHERE id = :id)"
    )
    with world.owner() as session:
        session.execute(asked, {"id": attachment_id, "media_type": media_type, "pages": pages})
