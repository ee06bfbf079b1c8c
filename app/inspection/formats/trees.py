"""What is done with trees of XML whatever they mean: names without namespaces, taking out."""

import re

from lxml import etree

_FRAMES = re.compile(
    r"Choice|Fallback|AlternateContent|oleObjects|controls|externalReferences|pivotCaches|ext"
    r"|extLst|custDataLst|tableParts|custShow|custShowLst|sldLst|definedNames"
)


def remove(element: etree._Element) -> None:
    """Take an element out of its tree; the text that follows it stays."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def remove_with_frame(element: etree._Element) -> None:
    """Take an element out, and the lists and choices around it that hold nothing then."""
    parent = element.getparent()
    remove(element)
    while parent is not None and _FRAMES.fullmatch(local(parent)) and not len(parent):
        above = parent.getparent()
        remove(parent)
        parent = above


def unwrap(element: etree._Element) -> None:
    """Put the children of an element in its place."""
    parent = element.getparent()
    if parent is None:
        return
    at = parent.index(element)
    for offset, child in enumerate(list(element)):
        parent.insert(at + offset, child)
    remove(element)


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; "" for comments and instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def attribute(element: etree._Element | None, name: str) -> str | None:
    """The attribute of this name in whichever namespace: the strict form has others."""
    if element is None:
        return None
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None
