"""Takes out of a PDF's page what it does not show: hidden text and hidden layers, or everything.

Where an operator cannot be taken out surely, the page is replaced by its own picture.
"""

import io
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Operator
from PIL import ImageDraw

from app.inspection.formats.pdf_hidden import Hidden, Why
from app.inspection.formats.pdf_pages import Box, PaintedPage

PICTURE_SCALE = 200 / 72
LARGEST_PICTURE = 4_000
JPEG_QUALITY = 85
_SHOWING = frozenset({"Tj", "TJ", "'", '"'})
_STARTS = frozenset({"BDC", "BMC"})
_SPOKEN = ("/ActualText", "/Alt", "/E")
Instruction = tuple[Sequence[Any], Operator]


def hidden_texts(page: PaintedPage, found: Sequence[Hidden]) -> set[int] | None:
    """Return which text objects to take out, counted from 0 in the order of painting.

    Nothing is returned where taking whole objects out would not do: one that is seen in part, one
    in a form that other pages may share, a box over a picture, a mark for redaction.
    """
    if any(each.why in {Why.UNAPPLIED, Why.COVERED_PICTURE} for each in found):
        return None
    hidden = {at for each in found for at in each.addresses if each.why is not Why.RECOGNISED}
    letters = [each for each in page.letters() if each.address in hidden]
    texts = [each for each in page.texts if not each.nested]
    order = {each.address: number for number, each in enumerate(texts)}
    if not hidden <= order.keys():
        return None
    shown = sum(each.character.isalnum() for each in letters)
    runs = (each.text for each in found if each.why is not Why.RECOGNISED)
    if shown != sum(character.isalnum() for text in runs for character in text):
        return None
    return {order[each] for each in hidden}


def text_count(page: PaintedPage) -> int:
    return sum(not each.nested for each in page.texts)


def without_texts(
    page: pikepdf.Page, hidden: Collection[int], *, count: int
) -> list[Instruction] | None:
    """Return the page's instructions without these texts; nothing when they cannot be told apart.

    Args:
        hidden: which texts, counted from 0 in the order of painting.
        count: how many texts PDFium saw; both readers must count the same.
    """
    kept: list[Instruction] = []
    number = 0
    for operands, operator in _instructions(page):
        name = str(operator)
        if name in _SHOWING and _shows(operands[-1]):
            number += 1
            if number - 1 in hidden:
                kept.extend(_moves_only(name, operands))
                continue
        elif name in _STARTS and len(operands) > 1 and isinstance(operands[1], Dictionary):
            for key in _SPOKEN:
                if key in operands[1]:
                    del operands[1][key]
        kept.append((operands, operator))
    return kept if number == count else None


def without_layers(page: pikepdf.Page, off: Collection[int]) -> list[Instruction]:
    """Return the page's instructions without what stands in layers that are off."""
    resources = page.obj.get("/Resources", Dictionary())
    properties = resources.get("/Properties", Dictionary())
    forms = resources.get("/XObject", Dictionary())
    kept: list[Instruction] = []
    depth, hidden_from = 0, 0
    for operands, operator in _instructions(page):
        name = str(operator)
        if name in _STARTS:
            depth += 1
            is_layer = len(operands) > 1 and operands[0] == Name.OC
            if is_layer and not hidden_from and _is_off(properties.get(str(operands[1])), off):
                hidden_from = depth
        is_hidden_form = name == "Do" and _is_off(_layer_of(forms.get(str(operands[0]))), off)
        if not hidden_from and not is_hidden_form:
            kept.append((operands, operator))
        if name == "EMC":
            hidden_from = 0 if depth == hidden_from else hidden_from
            depth = max(0, depth - 1)
    return kept


def write_instructions(pdf: pikepdf.Pdf, page: pikepdf.Page, kept: Sequence[Instruction]) -> None:
    page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))


def paint_as_picture(pdf: pikepdf.Pdf, page: pikepdf.Page, seen: Any, black: Sequence[Box]) -> None:
    """Replace a page's content by its picture, with the regions that were to be redacted black.

    The page keeps its place, its rotation and its links.

    Args:
        seen: the same page, opened by PDFium.
        black: regions to blacken, in the page's space.
    """
    turned = seen.get_rotation()
    seen.set_rotation(0)
    width, height = seen.get_size()
    scale = min(PICTURE_SCALE, LARGEST_PICTURE / max(width, height, 1.0))
    picture = seen.render(scale=scale).to_pil().convert("RGB")
    seen.set_rotation(turned)
    crop = Box(*seen.get_bbox())
    brush = ImageDraw.Draw(picture)
    per_point = picture.width / max(crop.width, 1.0), picture.height / max(crop.height, 1.0)
    for box in black:
        left, right = sorted((side - crop.left) * per_point[0] for side in (box.left, box.right))
        top, bottom = sorted((crop.top - side) * per_point[1] for side in (box.bottom, box.top))
        brush.rectangle((left, top, right, bottom), fill="black")
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=JPEG_QUALITY)
    image = pdf.make_stream(encoded.getvalue())
    image.stream_dict = Dictionary(
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=picture.width,
        Height=picture.height,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    _replace(pdf, page, image, crop)


def _replace(pdf: pikepdf.Pdf, page: pikepdf.Page, image: Any, crop: Box) -> None:
    edges = [round(side, 4) for side in crop]
    for key in ("/Group", "/StructParents", "/BleedBox", "/TrimBox", "/ArtBox"):
        if key in page.obj:
            del page.obj[key]
    page.obj.MediaBox = Array(edges)
    page.obj.CropBox = Array(edges)
    page.obj.Resources = Dictionary(XObject=Dictionary(Picture=image))
    place = f"q {crop.width:.4f} 0 0 {crop.height:.4f} {crop.left:.4f} {crop.bottom:.4f} cm"
    page.obj.Contents = pdf.make_stream(f"{place} /Picture Do Q".encode())


def _instructions(page: pikepdf.Page) -> Iterator[Instruction]:
    for each in pikepdf.parse_content_stream(page):
        yield list(each.operands), each.operator


def _shows(operand: Any) -> bool:
    if isinstance(operand, Array):
        return any(isinstance(each, pikepdf.String) and bytes(each) for each in operand)
    return isinstance(operand, pikepdf.String) and bool(bytes(operand))


def _moves_only(name: str, operands: Sequence[Any]) -> Iterator[Instruction]:
    """Yield what an operator does beside showing text: it may begin a line, and set spaces."""
    if name == '"':
        yield [operands[0]], Operator("Tw")
        yield [operands[1]], Operator("Tc")
    if name in {"'", '"'}:
        yield [], Operator("T*")


def _layer_of(form: Any) -> Any:
    return form.get("/OC") if isinstance(form, pikepdf.Stream) else None


def _is_off(layer: Any, off: Collection[int]) -> bool:
    """Tell whether a layer, or a group of layers (by its default policy), is off."""
    if not isinstance(layer, Dictionary):
        return False
    if layer.get("/Type") != Name.OCMD:
        return layer.objgen[0] in off
    members = layer.get("/OCGs")
    each = list(members) if isinstance(members, Array) else [members]
    return bool(each) and all(_is_off(one, off) for one in each)
