"""HTML and reStructuredText become Markdown. HTML is sanitised before anything else reads it."""

import re
from io import StringIO
from typing import Any

import nh3
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from docutils.core import publish_doctree, publish_from_doctree
from markdownify import ATX, MarkdownConverter

from app.core.errors import Invalid
from app.interop.writing import fenced

_KEPT = nh3.ALLOWED_TAGS | {"section", "figure", "figcaption", "main", "caption", "s"}
_DROPPED_WITH_CONTENT = {"script", "style", "template", "title", "svg", "object"}
_CLEANER = nh3.Cleaner(
    tags=_KEPT,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes={
        "*": {"class"},
        "a": {"href"},
        "img": {"alt", "src"},
        "ol": {"start"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan"},
    },
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
)
_DEEPEST = 200
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_UNCLOSED = "area br col embed hr img input link meta source track wbr p li td th tr dt dd option"
_BLOCKS = ["p", "ul", "ol", "pre", "table", "blockquote", "div", "h1", "h2", "h3", "dl"]
_TABLE_BLANK_LINE = re.compile(r"\n[ \t]*(?=\n)")
_LANGUAGE = re.compile(r"(?:language-|lang-|highlight-source-)([\w+#-]+)")
_KEEPS_ITS_TEXT = ("Unknown directive type", '"include" directive', '"raw" directive')

_RST_SETTINGS: dict[str, Any] = {
    # What the text asks to read from disk or to pass through unread is not done.
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "_disable_config": True,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "halt_level": 5,
    "initial_header_level": 1,
    "report_level": 2,
    "syntax_highlight": "none",
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "output_encoding": "unicode",
    "line_length_limit": 1_000_000,
}


def html_title(html: str) -> str:
    """Give what a page calls itself, empty if nothing."""
    found = re.search(r"<title[^>]*>(.*?)</title>", html, re.IGNORECASE | re.DOTALL)
    return BeautifulSoup(found[1], "html.parser").get_text().strip() if found else ""


def html_to_markdown(html: str) -> str:
    """Give Markdown of a page or fragment; irregular tables stay tables of HTML.

    Raises:
        Invalid: elements stand in each other more than 200 deep.
    """
    refuse_too_deep(html)
    return str(_Converter().convert(_CLEANER.clean(html))).strip()


def refuse_too_deep(html: str) -> None:
    """Check that elements do not stand in each other too deep to be read.

    Raises:
        Invalid: they do, more than 200 deep.
    """
    if _depth(html) > _DEEPEST:
        raise Invalid("The HTML is nested too deeply to be read. Attach it as a file instead.")


def rst_to_markdown(text: str) -> str:
    """Give Markdown of reStructuredText; directives that are not known stay as their source."""
    settings = {**_RST_SETTINGS, "warning_stream": StringIO()}
    tree = publish_doctree(text, settings_overrides=settings)
    _settle(tree)
    page = publish_from_doctree(tree, writer="html5", settings_overrides=settings)
    body = BeautifulSoup(page, "html.parser").body
    return html_to_markdown(body.decode_contents() if body else "")


def _depth(html: str) -> int:
    """Count how deep elements stand in each other; those that may stay unclosed do not count."""
    depth = deepest = 0
    uncounted = frozenset(_UNCLOSED.split())
    for closing, name in _TAG.findall(html):
        if name.lower() not in uncounted:
            depth = max(depth - 1, 0) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _settle(tree: nodes.document) -> None:
    """Put the source in the place of what was not understood, and mark mathematics."""
    for message in list(tree.findall(nodes.system_message)):
        source = message.next_node(nodes.literal_block)
        keep = source is not None and message.astext().partition("\n")[0].strip()
        kept = any(known in str(keep) for known in _KEEPS_ITS_TEXT)
        message.parent.replace(message, [source] if source is not None and kept else [])
    for problem in list(tree.findall(nodes.problematic)):
        problem.parent.replace(problem, nodes.Text(_without_role(problem.astext())))
    for formula in list(tree.findall(nodes.math)):
        formula.parent.replace(formula, nodes.inline("", formula.astext(), classes=["tex"]))
    for block in list(tree.findall(nodes.math_block)):
        inner = nodes.inline("", block.astext())
        block.parent.replace(block, nodes.container("", inner, classes=["tex-block"]))


def _without_role(source: str) -> str:
    """Give what `:doc:`the guide <guide>`` shows a reader."""
    role = re.fullmatch(r":[\w:.+-]+:`(.*)`", source, re.DOTALL)
    return role[1] if role else source


class _Converter(MarkdownConverter):
    """Markdown as our renderer reads it: no pipe in a cell, no definition lists, longer fences."""

    def __init__(self) -> None:
        super().__init__(
            heading_style=ATX,
            bullets="-",
            escape_misc=True,
            sub_symbol="<sub>",
            sup_symbol="<sup>",
            table_infer_header=True,
        )

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return str(super().escape(text, parent_tags)).replace("$", r"\$").replace("^", r"\^")  # type: ignore[misc]

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        href = str(el.get("href") or "")
        for sign, code in ((" ", "%20"), ("(", "%28"), (")", "%29"), ("<", "%3C"), ("\n", "")):
            href = href.replace(sign, code)
        el["href"] = href
        return str(super().convert_a(el, text, parent_tags))  # type: ignore[misc]

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{fenced(el.get_text(), _language(el))}\n\n" if text else ""

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_div(el, text, parent_tags)

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_div(el, text, parent_tags)

    def convert_span(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        classes = el.get_attribute_list("class")
        if "tex" in classes:
            return f"${el.get_text().strip()}$"
        if "literal" in classes:  # as docutils writes inline code
            return str(self.convert_code(el, el.get_text(), parent_tags))  # type: ignore[attr-defined]
        return text

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "tex-block" in el.get_attribute_list("class"):
            return f"\n\n$$\n{el.get_text().strip()}\n$$\n\n"
        return str(super().convert_div(el, text, parent_tags))  # type: ignore[misc]

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if _is_plain_table(el):
            return str(super().convert_table(el, text, parent_tags))  # type: ignore[misc]
        # A blank line would end the block of HTML.
        return f"\n\n{_TABLE_BLANK_LINE.sub(chr(10) + '&#10;', str(el))}\n\n"


def _is_plain_table(table: Tag) -> bool:
    """Tell whether Markdown can write it: every row as long, in each cell a line of text."""
    rows = [row.find_all(["td", "th"], recursive=False) for row in table.find_all("tr")]
    cells = [cell for row in rows for cell in row]
    return (
        len({len(row) for row in rows}) == 1
        and table.find_parent("table") is None
        and not any(cell.has_attr("colspan") or cell.has_attr("rowspan") for cell in cells)
        and not any(_has_blocks(cell) for cell in cells)
        and table.caption is None
    )


def _has_blocks(cell: Tag) -> bool:
    blocks = cell.find_all(_BLOCKS)
    lone_paragraph = len(blocks) == 1 and blocks[0].name == "p"
    in_code = any("|" in code.get_text() for code in cell.find_all("code"))
    return in_code or (bool(blocks) and not lone_paragraph)


def _language(pre: Tag) -> str:
    classes = [
        str(name)
        for tag in (pre, *pre.find_all("code"))
        for name in tag.get_attribute_list("class")
    ]
    for name in classes:
        if found := _LANGUAGE.fullmatch(name):
            return found[1]
    if "code" in classes:  # as docutils writes it: "code python literal-block"
        return next((name for name in classes if name not in {"code", "literal-block"}), "")
    return ""
