"""XML that grows when it is read, or that fetches other files: found before anything reads it.

Source: XML 1.0, section 4.2 (entity declarations); CWE-776 and CWE-611.
"""

import re
from collections import Counter
from collections.abc import Iterator

MAX_GROWN_CHARACTERS = 8 << 20
_DOCTYPE = re.compile(r"<!DOCTYPE\s+[^\s\[>]+\s*((?:SYSTEM|PUBLIC)\b[^\[>]*)?(\[)?", re.IGNORECASE)
_ENTITY = re.compile(
    r"""<!ENTITY\s+(%\s+)?([^\s"'>]+)\s+(?:(SYSTEM|PUBLIC)\b|"([^"]*)"|'([^']*)')""", re.IGNORECASE
)
_USED = re.compile(r"&([^#\s;&]{1,200});")
# A reference within a value, written out or as a character that becomes one.
_NESTED = re.compile(r"&[^#\s;&]+;|&#(?:0*38|x0*26);|%[^\s;%]+;|&#(?:0*37|x0*25);", re.IGNORECASE)
# The DTDs of XHTML, SVG and MathML: named in honest files, and fetched by nobody.
_HONEST = re.compile(r"""["']https?://www\.w3\.org/[\w./-]*["']\s*$""", re.IGNORECASE)


def hazards_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield the kind of finding and an excerpt for what is dangerous in the XML's document type."""
    doctype = _DOCTYPE.search(text)
    if doctype is None:
        return
    if doctype[1] and not _HONEST.search(doctype[1].strip()):
        yield "external-entity", doctype[0]
    used: Counter[str] | None = None
    grown = 0
    for entity in _ENTITY.finditer(text, doctype.start()):
        parameter, name, external = entity[1], entity[2], entity[3]
        value = entity[4] or entity[5] or ""
        if external:
            yield "external-entity", entity[0]
            return
        if parameter or _NESTED.search(value):
            yield "xml-bomb", entity[0]
            return
        if used is None:  # counted once, however many there are
            used = Counter(_USED.findall(text))
        grown += len(value) * used[name]
    if grown > MAX_GROWN_CHARACTERS:
        yield "xml-bomb", "One entity is used very often."
