"""Writes text as Markdown that says exactly that text, whatever signs are in it."""

import re

_SIGNS = re.compile(r"([\\`*_\[\]<>#|~$&^!])")
_LINE_BEGIN = re.compile(r"^([ \t]*)([-+=:]|\d+(?=[.)](?:\s|$)))", re.MULTILINE)
_INDENTED = re.compile(r"^[ \t]+", re.MULTILINE)
_ADDRESS = re.compile(r"https?://[^\s<>\"`]+")
_BACKTICKS = re.compile(r"`+")


def literal(text: str) -> str:
    """Give Markdown that shows `text` as it is; what is an address and nothing else is a link."""
    if _ADDRESS.fullmatch(text):
        return f"<{text}>"
    escaped = _SIGNS.sub(r"\\\1", _INDENTED.sub("", text))
    return _LINE_BEGIN.sub(_guarded, escaped)


def _guarded(begin: re.Match[str]) -> str:
    # A number is guarded at the sign after it: `1\.` is no list item.
    return f"{begin[1]}{begin[2]}\\" if begin[2].isdigit() else f"{begin[1]}\\{begin[2]}"


def fenced(text: str, language: str = "") -> str:
    """Give a code block of `text`, its fence longer than any run of backticks within."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}"


def cut(text: str, most_characters: int) -> str:
    """Give `text`, or its beginning and an ellipsis, at most so long; at a word's end if it can."""
    if len(text) <= most_characters:
        return text
    head = text[: most_characters - 1]
    at = head.rfind(" ")
    return (head[:at] if at > most_characters // 2 else head).rstrip() + "…"
