"""A cleaned presentation: hidden slides, notes, remarks and what lies beside slides are gone."""

from lxml import etree

from app.inspection.formats.ooxml_slides import (
    hidden,
    relation,
    size,
    slides,
)
from app.inspection.formats.package import Package
from app.inspection.formats.slide_shapes import SHAPES, bars, beside, covered, unseen
from app.inspection.formats.trees import attribute, local, remove, remove_with_frame
from app.inspection.formats.uncertain import Uncertain
from app.inspection.formats.word_styles import CUT_OUT


def clean(package: Package) -> None:
    """Change the parts of the presentation so that they no longer hide anything.

    Raises:
        Uncertain: a bar lies on a part of a text.
    """
    gone = {part for _, part in slides(package) if hidden(package.xml(part))}
    _entries(package, gone)
    package.cut(lambda rel: rel.target in gone or rel.kind == "notesSlide")
    width, height = size(package)
    for _, part in slides(package):
        root = package.xml(part)
        _slide(root, width, height)
        package.change(part, root)


def _slide(root: etree._Element, width: int, height: int) -> None:
    if any(True for _ in bars(root)):
        raise Uncertain
    for shape in covered(root):
        for text in shape.iter("{*}t"):
            text.text = CUT_OUT
    for frame in list(root.iter("{*}graphicFrame")):
        _picture_of_object(frame)
    removed = {*beside(root, width, height), *unseen(root)}
    ids = {_id(shape) for shape in removed}
    for shape in removed:
        remove(shape)
    for timing in list(root.iter("{*}timing")):
        if any(attribute(target, "spid") in ids for target in timing.iter("{*}spTgt")):
            remove(timing)


def _entries(package: Package, gone: set[str]) -> None:
    """Take slides out of the order of slides and out of the sections."""
    targets = {rel.id: rel.target for rel in package.rels(package.main)}
    root = package.xml(package.main)
    for listed in root.findall("./{*}sldIdLst/{*}sldId"):
        if targets.get(relation(listed) or "") in gone:
            number = listed.get("id")
            for entry in [one for one in root.iter("{*}sldId") if one.get("id") == number]:
                remove(entry)
    for shown in list(root.iterfind(".//{*}custShow//{*}sld")):
        if targets.get(relation(shown) or "") in gone:
            remove_with_frame(shown)
    package.change(package.main, root)


def _picture_of_object(frame: etree._Element) -> None:
    """Put the picture of an embedded object in the place of the object."""
    if frame.find(".//{*}oleObj") is None:
        return
    picture = frame.find(".//{*}oleObj//{*}pic")
    parent = frame.getparent()
    if parent is None:
        return
    if picture is None:
        remove(frame)
    else:
        parent.replace(frame, picture)


def _id(shape: etree._Element) -> str | None:
    return attribute(shape.find("./*/{*}cNvPr"), "id") if local(shape) in SHAPES else None
