"""What every format is converted to: a document of sections, made from Markdown by its headings."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from app.interop.writing import cut, literal

SUMMARY_CHARACTERS = 600
SECTION_CHARACTERS = 100_000
MOST_SECTIONS = 200
LINE_CHARACTERS = 300

_NO_TITLE = "\0"  # what no heading is called
_ALTERNATIVE = re.compile(r"<img\b[^>]*\balt=\"([^\"]*)\"", re.IGNORECASE)
_UNSHOWN = re.compile(r"<!--.*?-->|<(style|script)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_LABEL = re.compile(r"\[(\^?[^\[\]\n]+)\]")
_TITLE_IN_FRONT = re.compile(r"^title:[ \t]*(['\"]?)(.+?)\1[ \t]*$", re.MULTILINE)
_FENCE_LINE = re.compile(r" {0,3}(`{3,}|~{3,})")
_SAYS_SOMETHING = re.compile(r"\w.*\w.*\w", re.DOTALL)


@dataclass(frozen=True)
class Section:
    """A stretch under one heading. The heading is plain text; empty: it stands under the title."""

    heading: str
    markdown: str


@dataclass(frozen=True)
class Document:
    """A title and a summary in plain text, and the sections in order."""

    title: str
    summary: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class _Heading:
    """What a heading says, and the footnotes on it, which its plain text cannot carry."""

    text: str
    level: int = 0
    notes: str = ""


@dataclass(frozen=True)
class _Stretch:
    """The lines from `start` up to `stop` that stand under a heading."""

    heading: _Heading
    start: int
    stop: int


def document(markdown: str, *, title: str, fallback_title: str) -> Document:
    """Make a document of Markdown: sections begin at headings of level 1 and 2.

    The summary is the first paragraph that says something, and also stays where it was. Front
    matter gives its title and is left out. A link or footnote that is defined in one section and
    used in another is defined in both. A section too long is divided between paragraphs.
    """
    text = storable(markdown)
    lines = text.split("\n")
    environment: dict[str, Any] = {}
    tokens = _PARSER.parse(text, environment)
    first_line = tokens[0].map[1] if _has_front_matter(tokens) and tokens[0].map else 0

    name = title or _title_in_front(tokens) or _first_heading(tokens) or fallback_title
    name = cut(" ".join(storable(name).split()), LINE_CHARACTERS)
    begins = sorted(token.map[0] for token in tokens if token.level == 0 and token.map)
    definitions = _definitions(tokens, environment, lines)
    sections = [
        section
        for stretch in _by_heading(tokens, first_line, len(lines))
        for section in _sections(stretch, _pieces(stretch, begins, lines), definitions, name)
    ]
    return Document(name, _summary(tokens), tuple(sections))


def at_headings(markdown: str) -> tuple[Section, ...]:
    """Give the sections of a text, begun at the headings of the two highest levels that it has."""
    lines, tokens, definitions = _read(markdown)
    highest = min((said.level for _, said in _headings(tokens)), default=1)
    return _all(_by_heading(tokens, 0, len(lines), highest), tokens, lines, definitions)


def at_tables(markdown: str) -> tuple[Section, ...]:
    """Give a text in stretches without a heading, each of its tables a stretch of its own."""
    lines, tokens, definitions = _read(markdown)
    ends = [0]
    for token in tokens:
        if token.level == 0 and token.map and _is_table(token):
            ends += token.map
    bare = _Heading("")
    stretches = [_Stretch(bare, here, there) for here, there in pairwise([*ends, len(lines)])]
    return _all(stretches, tokens, lines, definitions)


def _is_table(token: Token) -> bool:
    of_html = token.type == "html_block" and token.content.lstrip().lower().startswith("<table")
    return token.type == "table_open" or of_html


def _read(markdown: str) -> tuple[list[str], list[Token], dict[str, tuple[int, str]]]:
    """Parse a text in which nothing is front matter, for that stands on the first line."""
    text = f"\n{storable(markdown)}"
    lines, environment = text.split("\n"), dict[str, Any]()
    tokens = _PARSER.parse(text, environment)
    return lines, tokens, _definitions(tokens, environment, lines)


def _all(
    stretches: Sequence[_Stretch],
    tokens: Sequence[Token],
    lines: Sequence[str],
    definitions: dict[str, tuple[int, str]],
) -> tuple[Section, ...]:
    begins = sorted(token.map[0] for token in tokens if token.level == 0 and token.map)
    return tuple(
        Section(section.heading, section.markdown.strip("\n"))
        for stretch in stretches
        for section in _sections(stretch, _pieces(stretch, begins, lines), definitions, _NO_TITLE)
    )


def storable(text: str) -> str:
    """Give the text with lines ended by newlines, and without what a database cannot hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def heading_line(level: int, text: str) -> str:
    """Give a Markdown heading that says exactly `text`."""
    return f"{'#' * level} {literal(' '.join(text.split()))}"


def _has_front_matter(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and tokens[0].type == "front_matter"


def _title_in_front(tokens: Sequence[Token]) -> str:
    found = _TITLE_IN_FRONT.search(tokens[0].content) if _has_front_matter(tokens) else None
    return found[2] if found else ""


def _first_heading(tokens: Sequence[Token]) -> str:
    return next((heading.text for _, heading in _headings(tokens) if heading.level == 1), "")


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[tuple[int, int], _Heading]]:
    """Give the lines of the headings that stand at the top of the document."""
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            start, stop = token.map
            notes = [
                f"[^{child.meta['label']}]"
                for child in inline.children or ()
                if child.type == "footnote_ref"
            ]
            said = _said(inline, with_images=True)
            yield (start, stop), _Heading(said, int(token.tag[1:]), " ".join(notes))


def _by_heading(
    tokens: Sequence[Token], first_line: int, end: int, highest: int = 1
) -> list[_Stretch]:
    """Split at the highest level and the next; at one or at none, were that too many sections."""
    for level in range(highest + 1, highest - 2, -1):
        places = [(lines, said) for lines, said in _headings(tokens) if said.level <= level]
        if len(places) < MOST_SECTIONS:
            break
    starts = [(first_line, _Heading(""))] + [(stop, said) for (_, stop), said in places]
    stops = [start for (start, _), _ in places] + [end]
    return [
        _Stretch(heading, start, stop) for (start, heading), stop in zip(starts, stops, strict=True)
    ]


def _definitions(
    tokens: Sequence[Token], environment: dict[str, Any], lines: Sequence[str]
) -> dict[str, tuple[int, str]]:
    """Give line and text of the definitions of links and footnotes, by label."""
    places = {
        str(label): (reference["map"][0], reference["map"][1])
        for label, reference in environment.get("references", {}).items()
    }
    for token in tokens:
        if token.type == "footnote_reference_open" and token.map:
            label = normalizeReference(f"^{token.meta['label']}")
            places.setdefault(label, (token.map[0], token.map[1]))
    return {
        label: (start, "\n".join(lines[start:stop]).strip("\n"))
        for label, (start, stop) in places.items()
    }


def _pieces(stretch: _Stretch, begins: Sequence[int], lines: Sequence[str]) -> Iterator[str]:
    """Divide what stands under a heading, if it is long, where its paragraphs, lists... begin."""
    taken, length = [stretch.heading.notes], 0
    inside = [line for line in begins if stretch.start <= line < stretch.stop]
    for here, following in pairwise([stretch.start, *inside, stretch.stop]):
        block = "\n".join(lines[here:following])
        if length and length + len(block) > SECTION_CHARACTERS:
            yield from _forced_apart("\n".join(taken).strip("\n"))
            taken, length = [], 0
        taken += [block] if here < following else []
        length += len(block)
    yield from _forced_apart("\n".join(taken).strip("\n"))


def _forced_apart(text: str) -> Iterator[str]:
    """Cut what is too long even so: at a line's end or else anywhere, a code block into two."""
    while len(text) > SECTION_CHARACTERS:
        at = text.rfind("\n", SECTION_CHARACTERS // 2, SECTION_CHARACTERS)
        at = at if at > 0 else SECTION_CHARACTERS
        head, text = text[:at], text[at:].removeprefix("\n")
        opened = _FENCE_LINE.match(head)
        if opened and text.rstrip().endswith(opened[1]):
            head, text = f"{head}\n{opened[1]}", f"{head.partition(chr(10))[0]}\n{text}"
        yield head
    yield text


def _sections(
    stretch: _Stretch,
    pieces: Iterator[str],
    definitions: dict[str, tuple[int, str]],
    title: str,
) -> Iterator[Section]:
    said = stretch.heading.text
    is_title = stretch.heading.level == 1 and said.casefold() == title.casefold()
    heading = "" if is_title else cut(said, LINE_CHARACTERS - 10)
    for part, piece in enumerate(pieces, start=1):
        text = f"{literal(said)}\n\n{piece}" if part == 1 and heading.endswith("…") else piece
        if heading or _UNSHOWN.sub("", text).strip():
            numbered = heading if part == 1 else f"{heading} ({part})".strip()
            borrowed = _borrowed(text, stretch, definitions)
            yield Section(numbered, "\n\n".join([text, *borrowed]))


def _borrowed(
    text: str, stretch: _Stretch, definitions: dict[str, tuple[int, str]]
) -> Iterator[str]:
    """Give the definitions that the text uses and that stand elsewhere in the document."""
    room = SECTION_CHARACTERS
    for label in dict.fromkeys(normalizeReference(used) for used in _LABEL.findall(text)):
        line, definition = definitions.get(label, (stretch.start, ""))
        room -= len(definition)
        if not stretch.start <= line < stretch.stop and room >= 0:
            yield definition


def _summary(tokens: Sequence[Token]) -> str:
    for token, inline in pairwise(tokens):
        if token.type == "paragraph_open" and token.level == 0:
            said = _said(inline, with_images=False)
            if _SAYS_SOMETHING.search(said):
                return cut(said, SUMMARY_CHARACTERS)
    return ""


def _said(inline: Token, *, with_images: bool) -> str:
    return " ".join("".join(_text(child, with_images) for child in inline.children or ()).split())


def _text(child: Token, with_images: bool) -> str:
    match child.type:
        case "softbreak" | "hardbreak":
            return " "
        case "html_inline":
            alternative = _ALTERNATIVE.match(child.content) if with_images else None
            return unescape(alternative[1]) if alternative else ""
        case "image":
            return child.content if with_images else ""
        case _:
            return child.content


_PARSER = (
    MarkdownIt("commonmark")
    .enable(["table", "strikethrough"])
    .use(front_matter_plugin)
    .use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
)
