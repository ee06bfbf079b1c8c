"""PowerPoint: hidden slides, notes, comments, and what lies beside the slide."""

from collections.abc import Iterator

from lxml import etree

from app.inspection.formats.package import Package
from app.inspection.formats.slide_shapes import bars, beside, covered, number_of, text_of, unseen
from app.inspection.formats.trees import attribute
from app.inspection.report import Finding, Note, Passage

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
            if band and (text := text_of(shape)):
                yield Passage(f"{band} of slide {number}", number, text)
        yield Passage(f"Slide {number}", number, text_of(root))
        for text in _notes(package, part):
            yield Passage(f"Notes of slide {number}", number, text)
    for master in package.targets(package.main, "slideMaster"):
        for shape in package.xml(master).iter("{*}sp"):
            if shape.find(".//{*}nvPr/{*}ph") is None and (text := text_of(shape)):
                yield Passage("Header of every slide", None, text)


def _of_slide(package: Package, part: str, frame: tuple[int, int]) -> Iterator[tuple[str, str]]:
    root = package.xml(part)
    if hidden(root):
        yield "hidden-slide", text_of(root)
    yield from _of_shapes(root, frame)
    for text in _notes(package, part):
        yield "speaker-notes", text
    for comments in package.targets(part, *_COMMENTS):
        for comment in package.xml(comments).iter("{*}cm"):
            yield "comments", text_of(comment)


def _of_shapes(root: etree._Element, frame: tuple[int, int]) -> Iterator[tuple[str, str]]:
    for shape in beside(root, *frame):
        yield "hidden-text", f"beside the slide: {text_of(shape)}"
    for shape in unseen(root):
        yield "hidden-text", f"hidden: {text_of(shape)}"
    for shape in covered(root):
        yield "covered-text", text_of(shape)
    if any(True for _ in bars(root)):
        yield "covered-text", "a black bar lies on text"


def _notes(package: Package, slide: str) -> Iterator[str]:
    """The notes of a slide, without the number and the date of the page."""
    for part in package.targets(slide, "notesSlide"):
        said = (
            text_of(shape)
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
        return number_of(element, "cx"), number_of(element, "cy")
    return 0, 0
