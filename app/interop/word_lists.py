"""Word's lists on the clipboard are paragraphs with a style; here they become lists."""

import re
from itertools import groupby
from typing import Final

from bs4 import BeautifulSoup, Tag

_LIST: Final = re.compile(r"mso-list\s*:\s*l\d+\s+level(\d+)")
_IGNORED: Final = re.compile(r"mso-list\s*:\s*ignore", re.IGNORECASE)
_NUMBER: Final = re.compile(r"^[(]?(?:\d+|[a-zA-Z]|[ivxlcIVXLC]+)[.)]")
_DEEPEST: Final = 9


def put_lists(soup: BeautifulSoup) -> None:
    """Put lists in the place of each run of paragraphs that Word shows as one."""
    for parent in {id(one.parent): one.parent for one in soup.find_all("p", style=_LIST)}.values():
        if parent is None:
            continue
        elements = [child for child in parent.children if isinstance(child, Tag)]
        for listed, run in groupby(elements, key=lambda one: level_of(one) > 0):
            if listed:
                _put(soup, list(run))


def level_of(tag: Tag) -> int:
    """Tell at which level of a list a paragraph stands; 0 if it stands in none."""
    found = _LIST.search(str(tag.get("style") or "")) if tag.name == "p" else None
    return min(int(found[1]), _DEEPEST) if found else 0


def _put(soup: BeautifulSoup, items: list[Tag]) -> None:
    """Build nested lists of the items, each under the last one of the level above."""
    open_lists: list[tuple[int, Tag]] = []
    for item in items:
        level, kind = level_of(item), _kind(item)
        while open_lists and open_lists[-1][0] > level:
            open_lists.pop()
        if not open_lists or open_lists[-1][0] < level or open_lists[-1][1].name != kind:
            if open_lists and open_lists[-1][0] == level:
                open_lists.pop()
            new = soup.new_tag(kind)
            if open_lists:
                above = open_lists[-1][1].find_all("li", recursive=False)[-1]
                above.append(new)
            else:
                item.insert_before(new)
            open_lists.append((level, new))
        item.extract()
        item.name = "li"
        del item["style"]
        open_lists[-1][1].append(item)


def _kind(item: Tag) -> str:
    """Tell a numbered item by the number that Word writes before it, and take that away."""
    sign = ""
    for span in item.find_all("span", style=_IGNORED):
        sign = sign or span.get_text().strip()
        span.extract()
    return "ol" if _NUMBER.match(sign) else "ul"
