"""Properties of documents: which tell of people and computers, and which say what the file is."""

import re
from collections.abc import Iterator

from lxml import etree

from app.inspection.formats.trees import attribute, local

# Nothing about anybody: how large the document is, and of which program's version.
_HARMLESS = re.compile(
    r"pages|words|characters|characterswithspaces|lines|paragraphs|slides|notes|hiddenslides"
    r"|mmclips|scalecrop|linksuptodate|shareddoc|hyperlinkschanged|docsecurity|appversion"
    r"|headingpairs|titlesofparts|presentationformat|language|version|contenttype|title|subject"
    r"|category|contentstatus|totaltime|identifier|description|keywords|created|modified"
    r"|document-statistic|date|creation-date|editing-cycles|editing-duration"
)
_TELLING = re.compile(r"title|subject|category|contentstatus|description|keywords?|comments")


class Properties:
    """Reads the properties of the families of documents."""

    @staticmethod
    def of_ooxml(root: etree._Element) -> Iterator[tuple[str, str]]:
        """Give names and values of a part of properties; custom ones with their own names."""
        for element in root:
            name = attribute(element, "name") or local(element)
            value = " ".join(" ".join(map(str, element.itertext())).split())
            if name and value:
                yield (f"custom: {name}" if attribute(element, "name") else name), value

    @staticmethod
    def of_opendocument(root: etree._Element) -> Iterator[tuple[str, str]]:
        """Give names and values of meta.xml."""
        for meta in root.iter("{*}meta"):
            for element in meta:
                value = " ".join(" ".join(map(str, element.itertext())).split())
                value = value or attribute(element, "href") or ""
                own = attribute(element, "name") if local(element) == "user-defined" else None
                if value:
                    yield (f"custom: {own}" if own else local(element)), value


def is_personal(name: str) -> bool:
    """Whether a property tells who made the document, for whom, or where."""
    return not _HARMLESS.fullmatch(name.lower())


def is_telling(name: str) -> bool:
    """Whether a property may say how the document is marked."""
    return name.startswith("custom: ") or bool(_TELLING.fullmatch(name.lower()))
