"""Text pasted from Word or a web page becomes our Markdown, and what is left out is counted.

Comments, deletions that were tracked, hidden text and pictures do not come along, and never
silently: whoever pastes is told how many of each stayed behind.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from app.core.errors import Invalid, TooLarge
from app.inspection import word_to_html
from app.interop.convert import decoded
from app.interop.document import storable
from app.interop.html import html_to_markdown, refuse_too_deep
from app.interop.word_lists import put_lists

LARGEST_CHARACTERS: Final = 2 * 1024 * 1024
# What may be left out or changed on the way, in the order in which it is told.
LEFT_OUT: Final = ("comments", "deletions", "insertions", "hidden", "pictures", "links")

_STYLE_RULE: Final = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CLASS: Final = re.compile(r"\.([\w-]+)\s*$")
_HIDING: Final = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|mso-hide\s*:|visibility\s*:\s*hidden)"
)
_BOLD: Final = re.compile(r"(?:^|[;\s])font-weight\s*:\s*(?:bold|[6-9]00)")
_NOT_BOLD: Final = re.compile(r"(?:^|[;\s])font-weight\s*:\s*(?:normal|400)")
_ITALIC: Final = re.compile(r"font-style\s*:\s*italic")
_HEADING: Final = re.compile(r"(?:Mso)?Heading(\d)$", re.IGNORECASE)
_NOTE: Final = re.compile(r"mso-(?:foot|end)note-id\s*:\s*(\w+)")
_CLUTTER: Final = ("head", "style", "script", "xml", "meta", "link", "title", "template", "object")
_OPEN, _CLOSE = "\ue000", "\ue001"  # where a footnote is called, until Markdown is written


@dataclass(frozen=True)
class Pasted:
    """What came of a pasted text, and how many of what did not come along, by `LEFT_OUT`."""

    markdown: str
    left_out: Mapping[str, int]


def from_clipboard(html: str, *, beside: str = "") -> Pasted:
    """Give the Markdown of rich text from a clipboard.

    Args:
        beside: the text that it is put into; its footnotes keep their numbers.

    Raises:
        TooLarge: more than `LARGEST_CHARACTERS`.
        Invalid: elements stand in each other too deep.
    """
    if len(html) > LARGEST_CHARACTERS:
        raise TooLarge("This is too much to paste at once. Paste it in parts, or upload the file.")
    refuse_too_deep(html)
    soup = BeautifulSoup(_without_tokens(storable(html)), "html.parser")
    left: Counter[str] = Counter()
    hidden = _hiding_classes(soup)
    _take_out_comments(soup, left)
    for name in _CLUTTER:
        _drop(soup.find_all(name))
    for piece in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        piece.extract()
    _take_out(soup, hidden, left)
    notes = _notes(soup, beside)
    put_lists(soup)
    _plainly(soup, left)
    markdown = _with_calls(html_to_markdown(str(soup)))
    told = {name: left[name] for name in LEFT_OUT if left[name]}
    return Pasted("\n\n".join([markdown, *notes]).strip(), told)


def from_file(data: bytes, name: str, *, beside: str = "") -> Pasted:
    """Give the Markdown of a file: of Word (.docx), of a web page, or of text as it is.

    Raises:
        TooLarge, Invalid: it is none that can be taken over.
    """
    ending = PurePosixPath(name.lower()).suffix
    if ending == ".docx":
        return from_clipboard(word_to_html(data), beside=beside)
    if ending not in (".md", ".markdown", ".txt", ".html", ".htm"):
        raise Invalid("Choose a Word document (.docx), a web page (.html) or a text (.md, .txt).")
    if len(data) > LARGEST_CHARACTERS:
        raise TooLarge("This text is too long to be taken over at once. Divide it, or attach it.")
    text = decoded(data)
    if ending in (".html", ".htm"):
        return from_clipboard(text, beside=beside)
    return Pasted(storable(text).strip("\n"), {})


def _without_tokens(text: str) -> str:
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def _with_calls(markdown: str) -> str:
    return markdown.replace(_OPEN, "[^").replace(_CLOSE, "]")


def _drop(tags: list[Tag]) -> None:
    for tag in tags:
        tag.extract()


def _style(tag: Tag) -> str:
    return str(tag.get("style") or "").lower()


def _classes(tag: Tag) -> list[str]:
    return [str(name) for name in tag.get_attribute_list("class") if name]


def _hiding_classes(soup: BeautifulSoup) -> frozenset[str]:
    """Name the classes that a style sheet of the clipboard hides."""
    names = set()
    for sheet in soup.find_all("style"):
        for selectors, rules in _STYLE_RULE.findall(sheet.get_text()):
            if _HIDING.search(rules.lower()):
                found = (_CLASS.search(one.strip()) for one in selectors.split(","))
                names |= {one[1] for one in found if one}
    return frozenset(names)


def _take_out_comments(soup: BeautifulSoup, left: Counter[str]) -> None:
    """Take out Word's comments, and what refers to them; what was commented on stays."""
    count = 0
    for tag in soup.find_all(True):
        style = _style(tag)
        if "mso-element:comment-list" in style.replace(" ", ""):
            inner = tag.find_all(style=re.compile(r"mso-element:\s*comment(?:;|$)"))
            count = max(count, len(inner), 1)
            tag.extract()
    anchors, signs = (soup.find_all(class_=one) for one in ("msocomanchor", "MsoCommentReference"))
    left["comments"] = max(count, len(anchors) or len(signs))
    _drop([*anchors, *signs])


def _take_out(soup: BeautifulSoup, hidden: frozenset[str], left: Counter[str]) -> None:
    """Take out what was deleted and what is hidden, and count what was inserted."""
    for tag in soup.find_all(True):
        if tag.parent is None:
            continue
        classes = set(_classes(tag))
        said = bool(tag.get_text(strip=True))
        if tag.name == "del" or "msoDel" in classes:
            left["deletions"] += said
            tag.extract()
        elif _HIDING.search(_style(tag)) or tag.has_attr("hidden") or classes & hidden:
            left["hidden"] += said
            tag.extract()
        elif tag.name == "ins" or "msoIns" in classes:
            left["insertions"] += said
            tag.unwrap()


def _notes(soup: BeautifulSoup, beside: str) -> list[str]:
    """Take the footnotes out of their places, and give them as Markdown defines them."""
    numbers = (n for n in range(1, 10_000) if f"[^{n}]" not in beside)
    bodies = {str(tag["id"]): tag for tag in soup.find_all("div", id=re.compile(r"^(ftn|edn)\d+$"))}
    labels: dict[str, str] = {}
    for call in soup.find_all("a"):
        found = _NOTE.search(_style(call))
        body = call.find_parent("div", id=re.compile(r"^(ftn|edn)\d+$"))
        if body is not None and (
            found or str(call.get("href")).startswith(("#_ftnref", "#_ednref"))
        ):
            call.extract()
        elif found and found[1] in bodies:
            label = labels.setdefault(found[1], str(next(numbers)))
            call.replace_with(f"{_OPEN}{label}{_CLOSE}")
    written = []
    for key, label in labels.items():
        text = html_to_markdown(bodies[key].decode_contents())
        indented = "\n".join(f"    {line}" if line else "" for line in text.split("\n")).strip()
        written.append(f"[^{label}]: {_with_calls(indented)}")
    for list_ in soup.find_all(style=re.compile(r"mso-element:\s*(foot|end)note-list")):
        list_.extract()
    _drop(list(bodies.values()))
    return written


def _plainly(soup: BeautifulSoup, left: Counter[str]) -> None:
    """Turn what is only told by styles into elements, and drop what Markdown cannot hold."""
    for tag in soup.find_all(True):
        if tag.parent is None:
            continue
        if tag.name in ("img", "v:imagedata", "picture", "video", "audio"):
            left["pictures"] += tag.name != "v:imagedata" or tag.find_parent("v:shape") is not None
            tag.extract()
        elif ":" in tag.name:
            tag.unwrap()
        elif tag.name == "a":
            _link(tag, left)
        else:
            _as_styled(tag)


def _link(tag: Tag, left: Counter[str]) -> None:
    href = str(tag.get("href") or "").strip()
    if href.lower().startswith(("http://", "https://", "mailto:")):
        return
    left["links"] += bool(href) and not href.startswith("#") and bool(tag.get_text(strip=True))
    tag.unwrap()


def _as_styled(tag: Tag) -> None:
    style = _style(tag)
    if tag.name in ("b", "strong") and _NOT_BOLD.search(style):
        tag.unwrap()
        return
    if tag.name == "p":
        level = next(_levels(tag), 0)
        if level:
            tag.name = f"h{level}"
            return
    if tag.name == "span" and tag.get_text(strip=True):
        names = [n for n, found in (("strong", _BOLD), ("em", _ITALIC)) if found.search(style)]
        for name in names:
            tag.wrap(BeautifulSoup("", "html.parser").new_tag(name))


def _levels(tag: Tag) -> Iterator[int]:
    """Tell of which level a paragraph is a heading by its class, as Word names them."""
    for name in _classes(tag):
        if name == "MsoTitle":
            yield 1
        elif name == "MsoSubtitle":
            yield 2
        elif found := _HEADING.match(name):
            yield min(max(int(found[1]), 1), 6)
