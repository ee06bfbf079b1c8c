"""A portion's Markdown becomes safe HTML for reading, and plain text for searching.

CommonMark with tables, strikethrough, footnotes, task lists and mathematics between dollar signs.
Nothing is fetched when a portion is read: an image elsewhere would tell its host who reads what, so
images become links.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from html import escape, unescape
from html.parser import HTMLParser
from typing import NewType

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from app.core.errors import TooLarge
from app.records.mathml import mathml
from app.records.sanitise import CODE_CLASS_PREFIX, is_too_deep, sanitise

Html = NewType("Html", str)
"""HTML that came out of the sanitiser and nowhere else."""

LARGEST_BYTES = 1024 * 1024

# What readers open again is not worked out again: texts of usual length, some MiB in all.
_LONGEST_KEPT = 16 * 1024
_MOST_KEPT = 1_000

_LONGEST_COLOURED = 50_000
_COLOURED = """bash c console cpp css diff docker dockerfile go html http ini java javascript js
    json julia powershell python py r rust sh shell sql toml ts typescript xml yaml yml"""
_TASK = re.compile(r"\[([ xX])\]\s")
_RAW_TAG = re.compile(r"<(/?a|img)\b[^>]*>", re.IGNORECASE)
_SETS_APART = re.compile(
    r"</?(?:blockquote|br|caption|d[dlt]|details|div|fig\w+|h[1-6r]|li|[ou]l|p|pre|section|summary"
    r"|t[dhr]|table)\b",
    re.IGNORECASE,
)
_FETCHABLE = ("http://", "https://")
_LINKABLE = (*_FETCHABLE, "mailto:", "#")
_INLINE_MATHS = re.compile(
    r"\$\$(?P<display>(?:[^$\\]|\\.|\$(?!\$))+?)\$\$"
    r"|\$(?![\s$])(?P<inline>(?:[^$\\]|\\.)+?)(?<!\s)\$(?!\d)",
    re.DOTALL,
)
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
_BLANK_LINES = re.compile(r"\n\s*\n+")


def render(markdown: str, *, prefix: str = "text-") -> Html:
    """Give the HTML of a portion, with nothing in it that runs, loads, styles or poses as the page.

    Headings start at level 3, below the portion's own. Code is coloured by classes that begin with
    `hl-`; tables stand in `div.table-scroll`, cells align by `align-left`, `-center`, `-right`.

    Args:
        prefix: distinguishes this portion's ids from those of others on the same page.

    Raises:
        TooLarge: the text has more than `LARGEST_BYTES` in UTF-8.
    """
    if len(markdown) <= _LONGEST_KEPT:
        return _render_once(markdown, prefix)
    return _render(markdown, prefix)


def plain(markdown: str) -> str:
    """Give the text that a reader of the portion sees, one block a line, without any markup.

    Formulas stay as TeX, images as their alternative text.

    Raises:
        TooLarge: the text has more than `LARGEST_BYTES` in UTF-8.
    """
    return _plain_once(markdown) if len(markdown) <= _LONGEST_KEPT else _plain(markdown)


def _render(markdown: str, prefix: str) -> Html:
    tokens = _parse(markdown)
    _Links().settle(tokens)
    taken: Counter[str] = Counter()
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _slug(tokens[index + 1], taken))
        _settle_block(tokens, index, token)
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return Html(sanitise(html, prefix=prefix))


def _plain(markdown: str) -> str:
    blocks = "\n".join(_texts(_parse(markdown)))
    return _BLANK_LINES.sub("\n", blocks).strip()


_render_once = lru_cache(_MOST_KEPT)(_render)
_plain_once = lru_cache(_MOST_KEPT)(_plain)


def _parse(markdown: str) -> list[Token]:
    if len(markdown.encode("utf-8", "replace")) > LARGEST_BYTES:
        raise TooLarge("A section holds at most 1 MiB of text. Split it, or attach it as a file.")
    parser = _PARSER_WITHOUT_HTML if is_too_deep(markdown) else _PARSER
    return parser.parse(markdown)


def _texts(tokens: Sequence[Token]) -> Iterator[str]:
    row: list[str] = []
    for token in tokens:
        if token.type == "inline":
            text = "".join(_inline_text(child) for child in token.children or ())
            row.append(text.replace("\n", " ").strip())
        elif token.type in {"fence", "code_block", "math_block"}:
            yield token.content.strip()
        elif token.type == "html_block":
            yield _visible(token.content)
        if row and token.type not in {"inline", "th_close", "td_close", "th_open", "td_open"}:
            yield "\t".join(row)
            row = []
    yield "\t".join(row)


def _inline_text(token: Token) -> str:
    match token.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "image":
            return _alternative(token)
        case "html_inline":
            return _visible(token.content)
        case _:
            return token.content


def _visible(html: str) -> str:
    apart = _SETS_APART.sub(r"\n\g<0>", _RAW_TAG.sub(_alternative_of_raw, html))
    return unescape(_TAGLESS.clean(apart))


def _alternative(image: Token) -> str:
    alt = RendererHTML().renderInlineAsText(image.children, _PARSER.options, {})
    return alt.strip() or "image"


def _alternative_of_raw(tag: re.Match[str]) -> str:
    return escape(_attributes(tag[0]).get("alt", "")) if tag[1].lower() == "img" else tag[0]


def _attributes(tag: str) -> dict[str, str]:
    """Read the attributes of a raw tag as a browser would."""
    found: dict[str, str] = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.update((name, value or "") for name, value in attrs)

    Reader().feed(tag)
    return found


class _Links:
    """Turns images into links, and links that lead nowhere in the portal into their text.

    Links cannot stand in each other, so it counts those that are open, in Markdown and in raw HTML.
    """

    def __init__(self) -> None:
        self._open_count = 0
        self._dead: list[bool] = []

    def settle(self, tokens: list[Token]) -> None:
        for token in tokens:
            if token.type == "inline":
                token.children = [new for old in token.children or () for new in self._inline(old)]
            elif token.type == "html_block":
                token.content = _RAW_TAG.sub(self._raw, token.content)

    def _inline(self, token: Token) -> list[Token]:
        match token.type:
            case "link_open":
                self._dead.append(not str(token.attrs.get("href", "")).startswith(_LINKABLE))
                self._open_count += 1
                return [] if self._dead[-1] else [token]
            case "link_close":
                self._open_count -= 1
                return [] if self._dead.pop() else [token]
            case "image":
                return [_html(self._image(str(token.attrs.get("src", "")), _alternative(token)))]
            case "html_inline":
                token.content = _RAW_TAG.sub(self._raw, token.content)
        return [token]

    def _raw(self, tag: re.Match[str]) -> str:
        match tag[1].lower():
            case "a":
                self._open_count += 1
            case "/a":
                self._open_count = max(self._open_count - 1, 0)
            case _:
                attributes = _attributes(tag[0])
                return self._image(attributes.get("src", ""), attributes.get("alt", "") or "image")
        return tag[0]

    def _image(self, source: str, alternative: str) -> str:
        if self._open_count or not source.lower().startswith(_FETCHABLE):
            return escape(alternative)
        return f'<a href="{escape(source)}">{escape(alternative)}</a>'


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)


def _slug(heading: Token, taken: Counter[str]) -> str:
    """Name a heading as code forges do, so that the tables of contents people write lead to it."""
    text = "".join(_inline_text(child) for child in heading.children or ()).strip().lower()
    slug = _NOT_IN_SLUG.sub("", text).replace(" ", "-")
    taken[slug] += 1
    return slug if taken[slug] == 1 else f"{slug}-{taken[slug] - 1}"


def _settle_block(tokens: Sequence[Token], index: int, token: Token) -> None:
    match token.type:
        case "th_open" | "td_open":
            alignment = str(token.attrs.pop("style", "")).removeprefix("text-align:")
            if alignment:
                token.attrSet("class", f"align-{alignment}")
            if not tokens[index + 1].content:  # a header cell without text is none
                token.tag = tokens[index + 2].tag = "td"
        case "inline" if index >= 2 and tokens[index - 2].type == "list_item_open":
            _settle_task(tokens[index - 2], token)


def _settle_task(item: Token, inline: Token) -> None:
    box = _TASK.match(inline.content)
    first = inline.children[0] if inline.children else None
    if box and first and first.type == "text":
        item.attrSet("class", "task")
        first.content = ("☐ " if box[1] == " " else "☑ ") + first.content[len(box[0]) :]


def _coloured(code: str, language: str, _: str) -> str:
    if language.lower() not in _COLOURED.split() or len(code) > _LONGEST_COLOURED:
        return ""
    return str(highlight(code, get_lexer_by_name(language.lower()), _FORMATTER))


def _as_is(html: str) -> Callable[..., str]:
    return lambda *_: html


def _inline_maths(state: StateInline, silent: bool) -> bool:
    """Read `$x$`, but not `$5 or $10`: no space within the dollars, no digit on their outside.

    The plugin's own rule takes the last character of a line for the one before its first.
    """
    found = _INLINE_MATHS.match(state.src, state.pos)
    if not found or (state.pos and state.src[state.pos - 1].isdigit()):
        return False
    if not silent:
        token = state.push("math_inline" if found["inline"] else "math_inline_double", "math", 0)
        token.content = found["inline"] or found["display"]
    state.pos = found.end()
    return True


def _maths(*, display: bool) -> Callable[..., str]:
    def rendered(_: object, tokens: Sequence[Token], index: int, *__: object) -> str:
        return f'<span class="math">{mathml(tokens[index].content.strip(), display=display)}</span>'

    return rendered


def _parser(*, html: bool) -> MarkdownIt:
    options = {"html": html, "highlight": _coloured}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.use(footnote_plugin, inline=False)
    parser.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_blank_lines=False,
    )
    parser.inline.ruler.at("math_inline", _inline_maths)
    for kind, written in (
        ("table_open", '<div class="table-scroll" tabindex="0"><table>\n'),
        ("table_close", "</table></div>\n"),
        ("footnote_block_open", '<section class="footnotes">\n<ol>\n'),
    ):
        parser.add_render_rule(kind, _as_is(written))
    parser.add_render_rule("math_inline", _maths(display=False))
    parser.add_render_rule("math_inline_double", _maths(display=True))
    parser.add_render_rule("math_block", _maths(display=True))
    return parser


_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True, classprefix=CODE_CLASS_PREFIX)
_TAGLESS = nh3.Cleaner(tags=set(), clean_content_tags={"script", "style", "template", "svg"})
_PARSER = _parser(html=True)
_PARSER_WITHOUT_HTML = _parser(html=False)
