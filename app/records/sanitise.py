"""What may stand in the HTML of a portion: an allow-list, applied last, to everything.

Classes are listed one by one, because a document that could choose its classes could paint a
marking banner of its own. Ids are prefixed, so that none can stand for an element of the page.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import nh3
from pygments.token import STANDARD_TYPES

CODE_CLASS_PREFIX = "hl-"

_TEXT = """a abbr b blockquote br cite code dd del details dfn div dl dt em figcaption figure
    h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q s samp section small span strong sub summary
    sup table tbody td tfoot th thead tr u ul var"""
_MATHS = """math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow
    ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover"""
_MATHS_ATTRIBUTES = """accent accentunder columnalign columnlines columnspacing depth displaystyle
    display fence form height linebreak linethickness lspace mathvariant maxsize minsize notation
    rowlines rowspacing rspace scriptlevel separator stretchy symmetric voffset width"""

_ATTRIBUTES = {
    "*": {"id"},
    "a": {"href"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    **{tag: set(_MATHS_ATTRIBUTES.split()) for tag in _MATHS.split()},
}
_ALIGNMENTS = {"align-left", "align-center", "align-right"}
_CLASSES = {
    "code": {"tex"},
    "div": {"table-scroll"},
    "li": {"task"},
    "section": {"footnotes"},
    "span": {"math", *(CODE_CLASS_PREFIX + short for short in STANDARD_TYPES.values() if short)},
    "sup": {"footnote-ref"},
    "td": _ALIGNMENTS,
    "th": _ALIGNMENTS,
}
# Their content is not text for a reader; other unknown elements only lose their tags.
_DROPPED_WITH_CONTENT = {"script", "style", "template", "object", "svg"}

_DEEPEST = 200
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = "area br col embed hr img input link meta source track wbr"
_HEADING = re.compile(r"<(/?)h([1-6])(?=[ >])")
_PAGE_LEVEL = 2
_LOWEST_LEVEL = 6


def sanitise(html: str, *, prefix: str) -> str:
    """Give HTML in which nothing is left that runs, loads, styles, or poses as the page.

    Args:
        prefix: put before every id and every link to one; letters, digits and hyphens.
    """
    return _nest_headings(_cleaner(prefix).clean(html))


def is_too_deep(html: str) -> bool:
    """Tell whether elements stand so deep in each other that cleaning would take minutes."""
    depth = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in _VOID.split():
            depth = max(depth - 1, 0) if closing else depth + 1
        if depth > _DEEPEST:
            return True
    return False


@lru_cache(maxsize=64)
def _cleaner(prefix: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags={*_TEXT.split(), *_MATHS.split()},
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        # What scrolls sideways must be reachable by keyboard.
        tag_attribute_values={"div": {"tabindex": {"0"}}},
        set_tag_attribute_values={"pre": {"tabindex": "0"}},
        url_schemes={"http", "https", "mailto"},
        url_relative=_fragment_with(prefix),
        link_rel="noopener noreferrer nofollow",
        id_prefix=prefix,
    )


def _fragment_with(prefix: str) -> Callable[[str], str | None]:
    """Keep links within the text; drop those to neighbour files, which the portal does not have."""

    def rewrite(url: str) -> str | None:
        return f"#{prefix}{url[1:]}" if url.startswith("#") and len(url) > 1 else None

    return rewrite


def _nest_headings(html: str) -> str:
    """Number headings so that they nest below the page's, without leaving out a level.

    The input is the sanitiser's: well-formed, so that a digit in a tag can be replaced safely.
    """
    open_levels: list[int] = []

    def nested(match: re.Match[str]) -> str:
        closing, level = match[1], int(match[2])
        if not closing:
            while open_levels and open_levels[-1] >= level:
                open_levels.pop()
            open_levels.append(level)
        return f"<{closing}h{min(_PAGE_LEVEL + max(len(open_levels), 1), _LOWEST_LEVEL)}"

    return _HEADING.sub(nested, html)
