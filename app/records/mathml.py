"""TeX mathematics becomes MathML, which browsers show and screen readers speak without a script."""

import re
from html import escape
from xml.etree.ElementTree import tostring

from latex2mathml import exceptions
from latex2mathml.converter import Converter

LONGEST_CHARACTERS = 4_000
"""Longer formulas are shown as their source: converting recurses, and its time is not bounded."""

# A definition can double itself at every use: forty short lines would fill the memory.
_DEFINES = re.compile(r"\\(?:[gex]?def|let|(?:re|provide)?newcommand|renewcommand|Declare\w+)\b")
_DOUBLY_ESCAPED = re.compile(r"&amp;(#x?[0-9A-Fa-f]{1,8};)")

_PROBLEMS: tuple[type[Exception], ...] = (
    *(each for each in vars(exceptions).values() if isinstance(each, type)),
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
)


def mathml(tex: str, *, display: bool) -> str:
    """Give the MathML of a formula, or its source in `<code>` where it cannot be converted.

    The result is well-formed but not yet safe: a formula can name any colour, link or width, so it
    still goes through the sanitiser like everything else.
    """
    source = f'<code class="tex">{escape(tex)}</code>'
    if len(tex) > LONGEST_CHARACTERS or _DEFINES.search(tex):
        return source
    try:
        tree = Converter(display="block" if display else "inline").convert_to_element(tex)
        # The converter writes characters as references and would undo *all* escaping to keep them;
        # `\text{<script>}` would then come out as a tag.
        return _DOUBLY_ESCAPED.sub(r"&\1", tostring(tree, encoding="unicode"))
    except _PROBLEMS:
        return source
