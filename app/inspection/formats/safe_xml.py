"""XML is read without what XML can do: no DTD, no entities, no network, nothing huge."""

from collections.abc import Iterator
from typing import IO

from lxml import etree

LARGEST_PART_BYTES = 32 << 20


class BadXml(Exception):
    """The part is not XML that is safe to read; the text says why."""


def parse(data: bytes) -> etree._Element:
    """Read a part; its root is given.

    Raises:
        BadXml: it is broken, huge, or has a document type.
    """
    if len(data) > LARGEST_PART_BYTES:
        raise BadXml("The part is too large to be read.")
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as broken:
        raise BadXml(f"It is not well-formed XML: {broken}"[:160]) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadXml("It has a document type definition.")
    return root


def events(file: IO[bytes], *tags: str) -> Iterator[etree._Element]:
    """Give each element of these tags at its end and forget it then: constant memory.

    Raises:
        BadXml: as `parse`.
    """
    try:
        for _, element in etree.iterparse(
            file,
            ("end",),
            tag=tags,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        ):
            if element.getroottree().docinfo.internalDTD is not None:
                raise BadXml("It has a document type definition.")
            yield element
            element.clear()
            while element.getprevious() is not None and element.getparent() is not None:
                del element.getparent()[0]
    except (etree.XMLSyntaxError, ValueError, LookupError) as broken:
        raise BadXml(f"It is not well-formed XML: {broken}"[:160]) from None


def serialise(root: etree._Element) -> bytes:
    """Write a part as packages carry it."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_blank_text=False,
    )
