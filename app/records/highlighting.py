"""Shows where a text says what was searched for: the stretch that says most of it, hits marked.

It works on the text as people read it, in every language, which the database's own headlines do
not: those would show Chinese, Japanese and Korean cut into pairs.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from unicodedata import combining, normalize

from app.records.languages import CJK

MOST_HITS = 2_000
WIDTH_CHARACTERS = 240

# Vowel signs of the scripts of India and of Thai belong to their words; Python's `\w` leaves
# them out.
_MARKS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e"
_LETTER = f"[\\w{_MARKS}]"
_WORD = re.compile(f"{_LETTER}+")
_RUN = re.compile(f"[{CJK}]+")
_LATIN_ENDING = re.compile(r"(?:ies|es|s|en|er|n|e|i|y)$")
_ENDING = re.compile(r"[\u0370-\u052f]{1,2}$")  # Greek and Cyrillic
_SHORTEST_STEM = 4
_ELLIPSIS = "…"


@dataclass(frozen=True)
class Fragment:
    """A stretch of a text, and whether it is what was searched for."""

    text: str
    is_hit: bool


def highlight(text: str, terms: Sequence[str], *, width: int = WIDTH_CHARACTERS) -> list[Fragment]:
    """Give the stretch of `text` that says most of `terms`, in fragments, white space collapsed.

    A term is a word or a phrase: what begins with it is a hit, whatever its case, its accents and
    its ending. Chinese, Japanese and Korean terms are hits wherever they stand. Without any hit the
    stretch is the beginning. What was left out before or after shows as an ellipsis.

    Args:
        width: of the stretch, about, in characters.
    """
    text = " ".join(normalize("NFC", text).split())
    hits = _hits(text, terms)
    start, stop = _window(text, hits, width)
    shown = [hit for hit in hits if start <= hit[0] and hit[1] <= stop]

    fragments = [Fragment(_ELLIPSIS, is_hit=False)] if start else []
    at = start
    for begin, end, _ in shown:
        fragments += [
            Fragment(text[at:begin], is_hit=False),
            Fragment(text[begin:end], is_hit=True),
        ]
        at = end
    fragments.append(
        Fragment(text[at:stop] + (_ELLIPSIS if stop < len(text) else ""), is_hit=False)
    )
    return [fragment for fragment in fragments if fragment.text]


def _hits(text: str, terms: Sequence[str]) -> list[tuple[int, int, str]]:
    """Find begin, end and which term, in order; none overlaps another."""
    folded = _folded(text)
    # Words are looked for where the runs are blanked out: a pattern that told them apart by
    # itself would take longer to make than the search takes.
    without_runs = _RUN.sub(lambda run: " " * len(run[0]), folded)
    wanted = [_folded(normalize("NFC", term)) for term in terms]
    words = {_words_pattern(part) for term in wanted for part in _RUN.split(term)}
    runs = {re.escape(run) for term in wanted for run in _RUN.findall(term)}
    return sorted([*_found(without_runs, words), *_found(folded, runs)])


def _found(text: str, patterns: set[str]) -> Iterator[tuple[int, int, str]]:
    # The longest first, so that a phrase wins over its own first word.
    ordered = sorted(filter(None, patterns), key=lambda each: (len(each), each), reverse=True)
    if ordered:
        search = re.compile("|".join(f"({pattern})" for pattern in ordered))
        for hit in islice(search.finditer(text), MOST_HITS):
            yield hit.start(), hit.end(), ordered[(hit.lastindex or 1) - 1]


def _words_pattern(phrase: str) -> str:
    words = [f"(?<!{_LETTER}){re.escape(_stem(word))}{_LETTER}*" for word in _WORD.findall(phrase)]
    return r"[\W_]{0,4}".join(words)


def _stem(word: str) -> str:
    """Leave off what often changes at a word's end; a hit too many only marks a word too many."""
    ending = _LATIN_ENDING if word.isascii() else _ENDING
    shorter = ending.sub("", word)
    return shorter if len(shorter) >= _SHORTEST_STEM else word


def _window(text: str, hits: Sequence[tuple[int, int, str]], width: int) -> tuple[int, int]:
    """Choose the stretch with the most different terms, then the most hits, then the first."""
    best, best_score, first, last = (0, 0), (0, 0), 0, 0
    for first, (begin, _, _) in enumerate(hits):
        last = max(last, first)
        # A phrase longer than the stretch is shown all the same.
        while last < len(hits) and (last == first or hits[last][1] - begin <= width):
            last += 1
        inside = hits[first:last]
        score = (len({term for _, _, term in inside}), len(inside))
        if inside and score > best_score:
            best, best_score = (begin, inside[-1][1]), score

    room = max(width - (best[1] - best[0]), 0)
    start = max(best[0] - room // 3, 0)
    stop = min(max(start + width, best[1]), len(text))
    start = max(min(start, stop - width), 0)
    return _to_word_begin(text, start, best[0]), _to_word_end(text, stop, best[1])


def _to_word_begin(text: str, start: int, limit: int) -> int:
    if start == 0 or text[start - 1] == " ":
        return start
    space = text.find(" ", start, limit)
    return space + 1 if space >= 0 else start


def _to_word_end(text: str, stop: int, limit: int) -> int:
    if stop == len(text) or text[stop] == " ":
        return stop
    space = text.rfind(" ", limit, stop)
    return space if space >= 0 else stop


def _folded(text: str) -> str:
    """Take off case and accents, a character for a character, so that places stay what they are.

    Matching with `re.IGNORECASE` instead would spend a third of a second on making the pattern.
    """
    return "".join(map(_bare, text))


@lru_cache(maxsize=4096)
def _bare(character: str) -> str:
    lower = character.lower() if len(character.lower()) == 1 else character
    if "\u00c0" <= lower < "\u2000":
        base, *marks = list(normalize("NFD", lower))
        if marks and all(map(combining, marks)):
            lower = base
    return "σ" if lower == "ς" else lower
