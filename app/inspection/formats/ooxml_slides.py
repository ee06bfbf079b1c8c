"""PowerPoint: hidden slides, notes, comments, and what lies beside the slide."""

from collections.abc import Iterator

from lxml import etree

from app.inspection.formats.package import Package
from app.inspection.formats.trees import attribute, local
from app.inspection.report import Finding, Note, Passage

SHAPES = ("sp", "pic", "graphicFrame", "grpSp", "cxnSp")
_COMMENTS = ("comments", "comment")
_BANDS = {"hdr": "Header", "ftr": "Footer"}


def look(package: Package, note: Note) -> None:
    """Note what the presentation hides."""
    frame = size(package)
    for number, part in slides(package):
        for kind, said in _of_slide(package, part, frame):
            note(Finding(kind, f"Slide {number}", number, said))


def passages(package: Package) -> Iterator[Passage]:
    """Give the text of each slide, and of its notes."""
    for number, part in slides(package):
        root = package.xml(part)
        for shape in root.iter("{*}sp"):
            band = _BANDS.get(attribute(shape.find(".//{*}nvPr/{*}ph"), "type") or "")
            if band and (text := _text(shape)):
                yield Passage(f"{band} of slide {number}", number, text)
        yield Passage(f"Slide {number}", number, _text(root))
        for text in _notes(package, part):
            yield Passage(f"Notes of slide {number}", number, text)
    for master in package.targets(package.main, "slideMaster"):
        for shape in package.xml(master).iter("{*}sp"):
            if shape.find(".//{*}nvPr/{*}ph") is None and (text := _text(shape)):
                yield Passage("Header of every slide", None, text)


def _of_slide(package: Package, part: str, frame: tuple[int, int]) -> Iterator[tuple[str, str]]:
    root = package.xml(part)
    if hidden(root):
        yield "hidden-slide", _text(root)
    for shape in beside(root, *frame):
        yield "hidden-text", f"beside the slide: {_text(shape)}"
    for shape in unseen(root):
        yield "hidden-text", f"hidden: {_text(shape)}"
    for text in _notes(package, part):
        yield "speaker-notes", text
    for comments in package.targets(part, *_COMMENTS):
        for comment in package.xml(comments).iter("{*}cm"):
            yield "comments", _text(comment)


def _notes(package: Package, slide: str) -> Iterator[str]:
    """The notes of a slide, without the number and the date of the page."""
    for part in package.targets(slide, "notesSlide"):
        said = (
            _text(shape)
            for shape in package.xml(part).iter("{*}sp")
            if attribute(shape.find(".//{*}nvPr/{*}ph"), "type") not in ("sldNum", "sldImg", "dt")
        )
        if text := "\n".join(filter(None, said)):
            yield text


def slides(package: Package) -> Iterator[tuple[int, str]]:
    """Give the slides as they follow each other, from 1."""
    by_id = {rel.id: rel.target for rel in package.rels(package.main) if not rel.external}
    root = package.xml(package.main)
    for number, entry in enumerate(root.iter("{*}sldId"), 1):
        part = by_id.get(relation(entry) or "")
        if part and package.has(part):
            yield number, part


def relation(element: etree._Element) -> str | None:
    """The relationship that an element names; its own id has no namespace."""
    for key, value in element.attrib.items():
        if str(key).endswith("/relationships}id"):
            return str(value)
    return None


def hidden(root: etree._Element) -> bool:
    """Whether a slide is passed over when it is shown."""
    return (attribute(root, "show") or "1").lower() in ("0", "false")


def size(package: Package) -> tuple[int, int]:
    """The size of the slides."""
    for element in package.xml(package.main).iter("{*}sldSz"):
        return _number(element, "cx"), _number(element, "cy")
    return 0, 0


def beside(root: etree._Element, width: int, height: int) -> Iterator[etree._Element]:
    """Give the shapes that stand wholly outside of the slide."""
    for shape in shapes(root):
        place = shape.find("./{*}spPr/{*}xfrm")
        for path in ("./{*}xfrm", "./{*}grpSpPr/{*}xfrm"):
            place = shape.find(path) if place is None else place
        if place is None or not width:
            continue
        off, ext = place.find("./{*}off"), place.find("./{*}ext")
        if off is None or ext is None:
            continue
        x, y, wide, high = (
            _number(off, "x"),
            _number(off, "y"),
            _number(ext, "cx"),
            _number(ext, "cy"),
        )
        if x >= width or y >= height or x + wide <= 0 or y + high <= 0:
            yield shape


def unseen(root: etree._Element) -> Iterator[etree._Element]:
    """Give the shapes that were hidden."""
    for shape in shapes(root):
        for about in shape.iterchildren(
            "{*}nvSpPr", "{*}nvPicPr", "{*}nvGraphicFramePr", "{*}nvGrpSpPr"
        ):
            if (attribute(about.find("./{*}cNvPr"), "hidden") or "0") in ("1", "true"):
                yield shape


def shapes(root: etree._Element) -> list[etree._Element]:
    """The shapes of a slide, groups as one."""
    tree = root.find(".//{*}spTree")
    return [] if tree is None else [shape for shape in tree if local(shape) in SHAPES]


def _text(root: etree._Element) -> str:
    """The text of a shape or of a slide, a paragraph a line."""
    paragraphs = ("".join(piece.text or "" for piece in p.iter("{*}t")) for p in root.iter("{*}p"))
    text = "\n".join(line for line in paragraphs if line.strip())
    return text or " ".join(piece.text or "" for piece in root.iter("{*}text")).strip()


def _number(element: etree._Element, name: str) -> int:
    try:
        return int(attribute(element, name) or 0)
    except ValueError:
        return 0
