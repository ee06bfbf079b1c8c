"""What changed between two texts, and which sections of two versions belong together.

Texts are aligned first by the lines, then by the words, that occur once in each (as in "patience
diff"), and only what lies between is compared piece by piece. That shows changes as people made
them, and bounds the time: comparing everything with everything is given up when it would take long.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal, Protocol, TypeVar

from app.records.languages import CJK

Kind = Literal["same", "added", "removed"]

_MOST_COMPARISONS = 2_000_000
_MOST_AT_ONCE = 100_000
_LIKELY_RENAMED = 0.6
# A Chinese, Japanese or Korean character counts as a word: there are no spaces to go by.
_WORD = re.compile(f"[{CJK}]|\\s+|(?:(?![{CJK}])\\w)+|.", re.DOTALL)


@dataclass(frozen=True)
class Change:
    """A stretch of text that stayed, came or went."""

    kind: Kind
    text: str


class Headed(Protocol):
    """A section that people know by its heading."""

    @property
    def heading(self) -> str: ...


Section = TypeVar("Section", bound=Headed)
Aligned = tuple[int, int, int]
"""Where an equal stretch begins in the old and in the new sequence, and its length."""


def difference(old: str, new: str) -> list[Change]:
    """Give the changes from `old` to `new`, in reading order, word by word within changed lines.

    What stayed and went makes up `old`, what stayed and came makes up `new`, to the character.
    """
    budget = [_MOST_COMPARISONS]
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    pieces: list[Change] = []
    for same, removed, added in _stretches(old_lines, new_lines, budget):
        if same:
            pieces.append(Change("same", "".join(same)))
            continue
        old_words = _WORD.findall("".join(removed))
        new_words = _WORD.findall("".join(added))
        for kept, gone, come in _stretches(old_words, new_words, budget):
            pieces.append(Change("same", "".join(kept)))
            pieces.append(Change("removed", "".join(gone)))
            pieces.append(Change("added", "".join(come)))
    return list(_merged(pieces))


def pair_sections(
    old: Sequence[Section], new: Sequence[Section]
) -> list[tuple[Section | None, Section | None]]:
    """Pair the sections of two versions by heading, in the order of the new version.

    The second section of a name pairs with the second. What is left over pairs when it stands in
    the same place under a similar heading; a removed section follows what it followed before.
    """
    by_key = {key: index for index, key in enumerate(_keys(old))}
    partners = [by_key.get(key) for key in _keys(new)]
    _pair_renamed(old, new, partners)

    paired = set(partners)
    removed_after: dict[int, list[int]] = {}
    anchor = -1
    for index in range(len(old)):
        if index in paired:
            anchor = index
        else:
            removed_after.setdefault(anchor, []).append(index)

    pairs: list[tuple[Section | None, Section | None]]
    pairs = [(old[index], None) for index in removed_after.get(-1, [])]
    for section, partner in zip(new, partners, strict=True):
        pairs.append((None if partner is None else old[partner], section))
        if partner is not None:
            pairs += [(old[index], None) for index in removed_after.get(partner, [])]
    return pairs


def _keys(sections: Sequence[Headed]) -> Iterator[tuple[str, int]]:
    seen: Counter[str] = Counter()
    for section in sections:
        name = " ".join(section.heading.casefold().split())
        seen[name] += 1
        yield name, seen[name]


def _pair_renamed(old: Sequence[Headed], new: Sequence[Headed], partners: list[int | None]) -> None:
    """Fill `partners` where one section follows the same partner in both, its heading reworded."""
    taken = {index for index in partners if index is not None}
    for place, partner in enumerate(partners):
        before = partners[place - 1] if place else -1
        if partner is not None or before is None:
            continue
        candidate = before + 1
        if candidate < len(old) and candidate not in taken:
            alike = SequenceMatcher(None, old[candidate].heading, new[place].heading).ratio()
            if alike >= _LIKELY_RENAMED:
                partners[place] = candidate
                taken.add(candidate)


def _stretches(
    old: Sequence[str], new: Sequence[str], budget: list[int]
) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str]]]:
    """Give in order what stayed, or what went and came in its place."""
    at_old = at_new = 0
    for begin_old, begin_new, length in [*_aligned(old, new, budget), (len(old), len(new), 0)]:
        if at_old < begin_old or at_new < begin_new:
            yield (), old[at_old:begin_old], new[at_new:begin_new]
        at_old, at_new = begin_old + length, begin_new + length
        if length:
            yield old[begin_old:at_old], (), ()


def _aligned(old: Sequence[str], new: Sequence[str], budget: list[int]) -> Iterator[Aligned]:
    ends = [(-1, -1), *_unique_in_both(old, new), (len(old), len(new))]
    for (left_old, left_new), (right_old, right_new) in pairwise(ends):
        yield from _between((left_old + 1, right_old), (left_new + 1, right_new), old, new, budget)
        if right_old < len(old):
            yield right_old, right_new, 1


def _between(
    old_range: tuple[int, int],
    new_range: tuple[int, int],
    old: Sequence[str],
    new: Sequence[str],
    budget: list[int],
) -> Iterator[Aligned]:
    """Align what lies between two anchors: its equal ends first, then piece by piece."""
    (a, a_end), (b, b_end) = old_range, new_range
    head = _equal_count(zip(old[a:a_end], new[b:b_end], strict=False))
    if head:
        yield a, b, head
    a, b = a + head, b + head
    tail = _equal_count(zip(old[a:a_end][::-1], new[b:b_end][::-1], strict=False))
    a_end, b_end = a_end - tail, b_end - tail

    cost = (a_end - a) * (b_end - b)
    if 0 < cost <= min(_MOST_AT_ONCE, budget[0]):
        budget[0] -= cost
        matcher = SequenceMatcher(None, old[a:a_end], new[b:b_end], autojunk=False)
        for block in matcher.get_matching_blocks():
            if block.size:
                yield a + block.a, b + block.b, block.size
    if tail:
        yield a_end, b_end, tail


def _equal_count(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for left, right in pairs:
        if left != right:
            break
        count += 1
    return count


def _unique_in_both(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Give the places of what occurs once in each and in the same order: the anchors."""
    old_counts, new_counts = Counter(old), Counter(new)
    place_in_new = {item: place for place, item in enumerate(new) if new_counts[item] == 1}
    shared = [
        (place, place_in_new[item])
        for place, item in enumerate(old)
        if old_counts[item] == 1 and item in place_in_new and not item.isspace()
    ]
    return _longest_rising(shared)


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give the longest subsequence that rises in its second members. Source: patience sorting."""
    tops: list[int] = []
    top_index: list[int] = []
    before: list[int] = []
    for index, (_, value) in enumerate(pairs):
        pile = bisect_left(tops, value)
        before.append(top_index[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [value]
        top_index[pile : pile + 1] = [index]
    rising = []
    index = top_index[-1] if top_index else -1
    while index >= 0:
        rising.append(pairs[index])
        index = before[index]
    return rising[::-1]


def _merged(pieces: Iterable[Change]) -> Iterator[Change]:
    """Join neighbours of a kind; white space between two changes is taken as changed with them.

    Otherwise a rewritten sentence would come out as single words, each crossed out by itself.
    """
    same = removed = added = ""
    for piece in pieces:
        if piece.kind == "same":
            same += piece.text
            continue
        if not piece.text:
            continue
        if same.isspace() and (removed or added):
            removed, added, same = removed + same, added + same, ""
        elif same:
            yield from _written(removed, added, same)
            removed = added = same = ""
        if piece.kind == "removed":
            removed += piece.text
        else:
            added += piece.text
    yield from _written(removed, added, same)


def _written(removed: str, added: str, same: str) -> Iterator[Change]:
    if removed:
        yield Change("removed", removed)
    if added:
        yield Change("added", added)
    if same:
        yield Change("same", same)
