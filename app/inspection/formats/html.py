"""Web pages: scripts, what is hidden or fetched from elsewhere, remarks in the source."""

import re
from collections.abc import Iterator
from typing import IO

from lxml import etree

from app.inspection.formats import Unreadable
from app.inspection.formats.sections import sectioned
from app.inspection.formats.trees import remove
from app.inspection.report import Finding, Note, Passage
from app.inspection.sniffing import text_of

_FETCHING = {
    "img": "src", "link": "href", "iframe": "src", "frame": "src", "embed": "src", "object": "data",
    "audio": "src", "video": "src", "source": "src", "track": "src", "input": "src",
    "image": "href", "use": "href", "body": "background", "table": "background",
}  # fmt: skip
_FRAMES = ("iframe", "frame", "object", "embed", "applet")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])"
    r"|opacity\s*:\s*0(?![.\d]*[1-9])|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"^\s*(?:https?:)?//|^\s*(?:file|ftp):|^\\\\", re.IGNORECASE)
_SCRIPT = re.compile(r"^[\s\x00-\x20]*(?:javascript|vbscript|data:text/html)\b", re.IGNORECASE)
_URL = re.compile(r"(?:url\(|@import)\s*['\"]?\s*((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)
_PERSONAL = ("author", "generator", "owner", "originator", "creator", "lastauthor", "progid")
_BLOCK = re.compile(
    r"p|div|h[1-6]|[duo]l|li|d[dt]|tr|table|section|article|header|footer|main|nav|aside|pre"
    r"|blockquote|br|hr|title|figcaption"
)
_FETCHING_LINK = re.compile(
    r"\b(?:stylesheet|icon|preload|prefetch|preconnect|manifest|modulepreload)\b", re.IGNORECASE
)
_UNREAD = ("script", "style", "head", "title", "template")


def look(file: IO[bytes], note: Note) -> None:
    """Note what acts, what is fetched, what is hidden, and remarks."""
    content = file.read()
    if text_of(content) is None:
        note(Finding("trailing-data", excerpt="It holds bytes that are no text."))
    root = _parsed(content)
    for element in root.iter():
        line = f"Line {element.sourceline}" if element.sourceline else ""
        if isinstance(element, etree._Comment):
            if (element.text or "").strip():
                note(Finding("comments", line, None, element.text or ""))
        elif isinstance(element.tag, str):
            _acting(element, line, note)
            _fetching(element, line, note)
            _hidden(element, line, note)


def passages(file: IO[bytes]) -> Iterator[Passage]:
    """Give the text of the page, by heading; its headers and footers as such."""
    root = _parsed(file.read())
    for title in root.iter("title"):
        yield Passage("Property “title”", None, title.text or "")
    for meta in root.iter("meta"):
        if (meta.get("name") or "").lower() in ("keywords", "description", "classification"):
            yield Passage(f"Property “{meta.get('name')}”", None, meta.get("content") or "")
    for band in root.iter("header", "footer"):
        yield Passage(f"{_name(band).capitalize()} of the page", None, _text(band))
    yield from sectioned(_lines(root))


def clean(file: IO[bytes], out: IO[bytes]) -> bool:
    """Write the page without scripts, remarks, hidden elements and what it would fetch."""
    root = _parsed(file.read())
    for element in [one for one in root.iter() if one.getparent() is not None]:
        if _goes(element):
            remove(element)
        elif isinstance(element.tag, str):
            _strip(element)
    page = etree.tostring(root.getroottree(), method="html", encoding="utf-8")
    out.write(page)
    return True


def _parsed(content: bytes) -> etree._Element:
    parser = etree.HTMLParser(
        no_network=True, huge_tree=False, recover=True, encoding=_encoding(content)
    )
    root = etree.fromstring(content, parser)
    if root is None:
        raise Unreadable
    return root


def _name(element: etree._Element) -> str:
    return element.tag.lower() if isinstance(element.tag, str) else ""


def _encoding(content: bytes) -> str | None:
    """UTF-8 where it is that: without a declaration, the parser would take it for Latin."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _acting(element: etree._Element, line: str, note: Note) -> None:
    name = _name(element)
    if name == "script" and (element.get("type") or "").lower() not in ("application/ld+json",):
        said = element.get("src") or element.text or ""
        note(Finding("active-content", line, None, f"script: {said}"))
    if name in _FRAMES:
        said = element.get("src") or element.get("data") or element.get("srcdoc") or ""
        note(Finding("active-content", line, None, f"{name}: {said}"))
    if name == "form":
        note(Finding("form", line, None, element.get("action") or ""))
    if name == "meta" and (element.get("http-equiv") or "").lower() == "refresh":
        note(Finding("active-content", line, None, f"refresh: {element.get('content')}"))
    if name == "meta" and (element.get("name") or "").lower() in _PERSONAL:
        note(
            Finding(
                "author-metadata", line, None, f"{element.get('name')}: {element.get('content')}"
            )
        )
    for key, value in ((str(key), str(value)) for key, value in element.attrib.items()):
        if _acts(key, value):
            note(Finding("active-content", line, None, f"{key}: {value}"))


def _acts(key: str, value: str) -> bool:
    return key.lower().startswith("on") or bool(_SCRIPT.match(value))


def _fetching(element: etree._Element, line: str, note: Note) -> None:
    for address in _addresses(element):
        kind = "computer-path" if address.lower().startswith("file:") else "external-link"
        note(Finding(kind, line, None, f"{_name(element)}: {address}"))


def _addresses(element: etree._Element) -> Iterator[str]:
    name = _name(element)
    told = element.get(_FETCHING.get(name, "src")) or ""
    if name == "link" and not _FETCHING_LINK.search(element.get("rel") or ""):
        told = ""
    if _OUTSIDE.match(told):
        yield told
    for candidate in (element.get("srcset") or "").split(","):
        if _OUTSIDE.match(candidate):
            yield candidate.split()[0]
    styles = (element.get("style") or "") + (element.text or "" if name == "style" else "")
    yield from _URL.findall(styles)


def _hidden(element: etree._Element, line: str, note: Note) -> None:
    if _is_hidden(element) and (text := _all_text(element)):
        note(Finding("hidden-text", line, None, text))


def _is_hidden(element: etree._Element) -> bool:
    if _name(element) == "input":
        return (element.get("type") or "").lower() == "hidden"
    return element.get("hidden") is not None or bool(_HIDING.search(element.get("style") or ""))


def _all_text(element: etree._Element) -> str:
    if _name(element) == "input":
        return element.get("value") or ""
    return " ".join(" ".join(map(str, element.itertext())).split())


def _goes(element: etree._Element) -> bool:
    if not isinstance(element.tag, str):
        return True  # remarks and instructions
    name = _name(element)
    if name in ("script", "form", "base", *_FRAMES):
        return True
    if name == "meta":
        refresh = (element.get("http-equiv") or "").lower() == "refresh"
        return refresh or (element.get("name") or "").lower() in _PERSONAL
    return (name == "link" and any(True for _ in _addresses(element))) or _is_hidden(element)


def _strip(element: etree._Element) -> None:
    for key, value in list(element.attrib.items()):
        fetched = key == _FETCHING.get(_name(element)) and _OUTSIDE.match(str(value))
        if _acts(str(key), str(value)) or fetched or (key == "srcset" and "//" in str(value)):
            del element.attrib[key]
        elif key == "style":
            element.set("style", _URL.sub("none", str(value)))
    if element.tag == "style":
        element.text = _URL.sub("none", element.text or "")


def _text(element: etree._Element) -> str:
    return "\n".join(line for line, _ in _lines(element))


def _lines(root: etree._Element) -> Iterator[tuple[str, bool]]:
    """Give the lines of text under an element, and whether each is a heading."""
    said: list[str] = []
    heading = False
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        name = _name(element)
        if event in ("start", "end") and _BLOCK.fullmatch(name):
            if line := " ".join("".join(said).split()):
                yield line, heading
            said = []
            heading = event == "start" and name in ("h1", "h2", "h3", "h4", "h5", "h6")
        if event == "start" and name not in _UNREAD:
            said.append(element.text or "")
        if event != "start" and element is not root:
            said.append(element.tail or "")
        if event == "start" and name in ("td", "th"):
            said.insert(len(said) - 1, " \t")
    if line := " ".join("".join(said).split()):
        yield line, heading
