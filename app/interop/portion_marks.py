"""Markings that a text carries in its own words: "(TLP:AMBER)" before a paragraph, "(R)".

They are told, not followed: whoever edits the text decides what its part is marked.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from markdown_it import MarkdownIt

from app.labels import Marking, Schemes, fold

# As written before portions in the classification guides of several administrations.
SHORT: Final = {"R": "RESTRICTED", "C": "CONFIDENTIAL", "S": "SECRET", "TS": "TOP SECRET"}
_MARK: Final = re.compile(
    r"\s*(?:\(((?:[^()\n]|\([^()\n]*\)){1,60})\)|\[([^\[\]\n]{1,60})\])(?=\s|$)"
)
_BETWEEN: Final = re.compile(r"\s*(?://|;|,)\s*")
_PARSER: Final = MarkdownIt("commonmark").enable("table")


def marked_in_words(schemes: Schemes, markdown: str) -> tuple[Marking, ...]:
    """Give the markings that stand at the beginning of paragraphs, items and headings, each once.

    Words count in capitals only: "(Secret) ballots" is no marking.
    """
    if "(" not in markdown and "[" not in markdown:
        return ()
    found: dict[Marking, None] = {}
    for text in _beginnings(markdown):
        for marking in _at_beginning(schemes, text):
            found[marking] = None
    return tuple(found)


def _beginnings(markdown: str) -> Iterator[str]:
    for token in _PARSER.parse(markdown):
        if token.type == "inline":
            yield "".join(child.content for child in token.children or () if child.content)


def _at_beginning(schemes: Schemes, text: str) -> Iterator[Marking]:
    match = _MARK.match(text)
    inner = (match[1] or match[2]).strip() if match else ""
    if not inner or inner != inner.upper():
        return
    known = _spelled(schemes)
    for piece in (inner, *_BETWEEN.split(inner)):
        marking = known.get(fold(piece))
        if marking is not None:
            yield marking


@lru_cache(maxsize=4)
def _spelled(schemes: Schemes) -> dict[str, Marking]:
    """Give the markings by their spellings and, where there is one, by their short forms."""
    known = dict(schemes.spelled)
    for short, word in SHORT.items():
        marking = known.get(fold(word))
        if marking is not None:
            known.setdefault(fold(short), marking)
    return known
