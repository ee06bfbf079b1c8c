"""Writes a feed as Atom 1.0 (RFC 4287)."""

import re
from typing import Final
from xml.etree import ElementTree

from app.notices import FeedView

ATOM: Final = "application/atom+xml"
NAMESPACE: Final = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot hold, section 2.2.
_UNFIT: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(view: FeedView, base_url: str) -> bytes:
    """Write a person's feed; the token that opens it is nowhere in it."""
    root = ElementTree.Element("feed", {"xmlns": NAMESPACE})
    address = f"{base_url}/notices"
    _text(root, "id", address)
    _text(root, "title", "Entente: your notices")
    _text(root, "updated", view.updated_at.isoformat())
    _text(ElementTree.SubElement(root, "author"), "name", "Entente")
    ElementTree.SubElement(root, "link", {"rel": "alternate", "href": address})
    ElementTree.SubElement(root, "link", {"rel": "self", "href": f"{base_url}/notices.atom"})
    for one in view.entries:
        entry = ElementTree.SubElement(root, "entry")
        _text(entry, "id", f"urn:uuid:{one.id}")
        _text(entry, "title", one.title)
        _text(entry, "updated", one.at.isoformat())
        ElementTree.SubElement(entry, "link", {"rel": "alternate", "href": base_url + one.path})
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _UNFIT.sub("", text)
