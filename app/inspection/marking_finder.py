"""Markings that stand in a file: in headers, footers, watermarks, properties, names, and in text.

An English word is a marking only where markings stand: in a header or footer, as a line of its own,
before a portion in brackets. What names its scheme (`TLP:RED`) is one wherever it stands. A text
about markings tells of several: what is only found in its body then counts as a mention.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from app.inspection.report import Marked, Passage
from app.labels import Marking, Schemes, fold

# Places that are written for banners: whatever stands there as a whole is a marking.
_BANNERS = ("Header", "Footer", "Watermark", "Property", "Subject", "Name of the file")
_ABOUT_MARKINGS = 3  # so many levels of a scheme in a body, and it tells about the scheme
_FRONT_LINES = 5
_EDGE_LINES = 3
_LONGEST_LINE = 160
_LONGEST_MARKING = 80
_KEPT_OF_EACH = 3
_EXCERPT = 160

_LETTERS = re.compile(r"[^\W\d_]+")
_CAPITALS_BEFORE = re.compile(r"\b[A-Z]{2,}[ _-]$|_[A-Z]{2,}[ _-]$")
_CAPITALS_AFTER = re.compile(r"[ _-][A-Z]{2,}(?![a-z])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_SPACED = re.compile(r"(?:\S ){3,}\S(?:  +(?:\S ){2,}\S)*")
_BETWEEN = re.compile(
    r"(\t|\s{2,}|\s*\|\s*|\s*//\s*|\s+[-\u2013\u2014]+\s+|\s*[;,\u2022\u00b7]\s*)"
)
_TITLE = re.compile(
    r"^\W*(?:(?:security|protective|document|information|data)\s+)?"
    r"(?:classification|marking|handling|sensitivity|distribution|label)(?:\s+level)?\s*[:=]\s*",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"^(?:page|p\.)?\s*\d+(?:\s*(?:of|/)\s*\d+)?\s+|\s+(?:page|p\.)?\s*\d+(?:\s*(?:of|/)\s*\d+)?$",
    re.I,
)
_BULLET = re.compile(r"^\s*(?:[-*+\u2022\u2013]|\d+[.)])\s+(?=\S)")
_PORTION = re.compile(r"^\s*(?:\(((?:[^()]|\([^()]*\)){2,60})\)|\[([^\[\]]{2,60})\])\s+\S")
_BESIDE_MARKINGS = re.compile(
    r"[\W\d]*|ORCON|EYES ONLY|VIEW ONLY|NOFORN"
    r"|(?:REL(?:EASABLE)? TO|NOT BEFORE|HANDLING ?:|PAGE|REF|COPY)\b.*",
    re.IGNORECASE,
)
_WRAPPING = "*_#=~<>|- \u2013\u2014."


@dataclass(frozen=True)
class _Found:
    marked: Marked
    scheme: str
    firm: bool  # stands where it cannot be a text about markings
    edge: bool  # stands at the head or foot of a page


def find_markings(name: str, passages: Iterable[Passage], schemes: Schemes) -> tuple[Marked, ...]:
    """Give the markings that a file carries in its name and its passages, where each stands.

    `mention` is set on those that only a text about markings tells of. Of each marking the first
    few places are given.
    """
    words = _words(schemes)
    found = [*_in_name(name, words)]
    seen_lines = 0
    for passage in passages:
        text = _readable(passage.text)
        if words.may_stand_in(text):
            found += _in_passage(replace(passage, text=text), seen_lines, words)
        if not passage.place.startswith(_BANNERS):
            seen_lines += text.count("\n") + 1
    return _kept(_weighed(found))


@dataclass(frozen=True)
class _Words:
    """The spellings of the schemes, made ready for a search."""

    schemes: Schemes

    def may_stand_in(self, text: str) -> bool:
        """Whether a text could hold a marking: most could not, and are not read further."""
        upper = text.upper()
        return any(n in upper for n in self._long) or any(n in text for n in self._short)

    @cached_property
    def _long(self) -> frozenset[str]:
        return frozenset(word for word in self._tokens if len(word) > 3 or word in self._schemes)

    @cached_property
    def _short(self) -> frozenset[str]:
        """Of abbreviations, which only count in capitals."""
        return self._tokens - self._long

    @cached_property
    def _tokens(self) -> frozenset[str]:
        """A word of each spelling, without which it cannot stand there; also as s p a c e d."""
        found = set()
        for spelled in self.schemes.spelled:
            words = _LETTERS.findall(spelled)
            word = words[0] if words[0] in self._schemes else max(words, key=len, default=spelled)
            found |= {word, " ".join(word)} if len(word) > 3 else {word}
        return frozenset(found)

    @cached_property
    def _schemes(self) -> frozenset[str]:
        return frozenset(fold(scheme.name) for scheme in self.schemes.by_id.values())

    @cached_property
    def named(self) -> tuple[tuple[re.Pattern[str], Marking], ...]:
        """Patterns of the spellings that name their scheme (`TLP:RED`), the longest first."""
        patterns = []
        for spelled, marking in self.schemes.spelled.items():
            scheme, colon, level = spelled.partition(":")
            if colon and scheme == fold(self.schemes.scheme(marking.scheme).name):
                words = r"[\s_+-]*".join(map(re.escape, re.split(r"\W+", level)))
                pattern = (
                    rf"(?<![^\W_]){re.escape(scheme)}([\s_]*[:\u2013-]?[\s_]*)({words})(?![^\W_])"
                )
                patterns.append((len(level), re.compile(pattern, re.IGNORECASE), marking))
        return tuple(
            (pattern, marking) for _, pattern, marking in sorted(patterns, key=_first)[::-1]
        )

    @cached_property
    def double(self) -> Mapping[str, Marking]:
        """Spellings that are no ordinary words: `SECRET UE/EU SECRET`, `OFFICIAL (CLOSED)`."""
        return {text: m for text, m in self.schemes.spelled.items() if re.search(r"[/(\\:]", text)}

    @cached_property
    def sequences(self) -> tuple[tuple[tuple[str, ...], Marking], ...]:
        """The words of each spelling, the longest first."""
        by_words = ((tuple(_LETTERS.findall(t)), m) for t, m in self.schemes.spelled.items())
        return tuple(sorted(by_words, key=lambda pair: len(pair[0]), reverse=True))

    def exactly(self, text: str) -> Marking | None:
        """The marking that a text is, whatever stands around it as decoration."""
        if len(text) > _LONGEST_MARKING:
            return None
        for tried in (text, text.strip(_WRAPPING), text.strip(_WRAPPING + "()[]{}")):
            if (marking := self.schemes.spelled.get(fold(tried))) is not None:
                return marking
        return None


@lru_cache(maxsize=4)
def _words(schemes: Schemes) -> _Words:
    return _Words(schemes)


def _capital(text: str) -> bool:
    """Whether all letters are capitals, in scripts that have them."""
    return text == text.upper() and bool(text)


def _first(entry: tuple[int, object, object]) -> int:
    return entry[0]


def _readable(text: str) -> str:
    if text.isascii():
        return text
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)))


def _in_name(name: str, words: _Words) -> Iterator[_Found]:
    """Find markings in a file's name: `report_TLP-RED.pdf`, `Minutes (RESTRICTED).docx`.

    A name cannot have all signs of a marking: its words count, in capitals, and not as a part of
    a longer run of capitals (`SECRET KEY.txt`).
    """
    stem = _readable(name).rpartition("/")[2].rpartition(".")[0] or _readable(name)
    place = Passage("Name of the file", None, name)
    given = {*_named(stem, words)[0]}
    tokens = [*_LETTERS.finditer(stem)]
    at = 0
    while at < len(tokens):
        for sequence, marking in words.sequences:
            run = tokens[at : at + len(sequence)]
            if tuple(token[0] for token in run) == sequence and _alone(stem, run):
                given.add(marking)
                at += len(sequence)
                break
        else:
            at += 1
    for marking in sorted(given):
        yield _found(marking, place, name, firm=True)


def _alone(stem: str, run: list[re.Match[str]]) -> bool:
    before = _CAPITALS_BEFORE.search(stem[: run[0].start()])
    after = _CAPITALS_AFTER.match(stem[run[-1].end() :])
    return before is None and after is None


def _in_passage(passage: Passage, seen_lines: int, words: _Words) -> Iterator[_Found]:
    lines = [line for line in passage.text.split("\n") if line.strip()]
    banner = passage.place.startswith(_BANNERS)
    for number, line in enumerate(lines):
        if not words.may_stand_in(line):
            continue
        front = seen_lines + number < _FRONT_LINES
        near_edge = min(number, len(lines) - 1 - number) < _EDGE_LINES
        edge = passage.page is not None and near_edge
        for marking, mention in _in_line(line, words, banner=banner, edge=edge or front):
            whole = banner or (front and not mention)
            found = _found(marking, passage, line, firm=whole, edge=edge and not mention)
            yield replace(found, marked=replace(found.marked, mention=mention))


def _in_line(
    line: str, words: _Words, *, banner: bool, edge: bool
) -> Iterator[tuple[Marking, bool]]:
    """Give the markings of a line, each with whether it is only mentioned in a sentence."""
    given, rest = _named(line, words)
    if given and not banner and not words.may_stand_in(rest):
        # A table with a marking in every row: nothing is left that could be another.
        yield from ((marking, False) for marking in dict.fromkeys(given))
        return
    given += _portion(line, words)
    if len(line) <= _LONGEST_LINE or banner:
        given += _as_banner(line, words, banner=banner, edge=edge)
    yield from ((marking, False) for marking in dict.fromkeys(given))
    schemes = {marking.scheme for marking in given}
    upper = fold(re.sub("[a-z]", ".", line))
    for text, marking in words.double.items():
        if text in upper and marking.scheme not in schemes:
            yield marking, not banner


def _portion(line: str, words: _Words) -> Iterator[Marking]:
    """Give the marking in brackets before a paragraph: `(RESTRICTED) The talks ...`."""
    found = _PORTION.match(line) if line.lstrip()[:1] in ("(", "[") else None
    inner = (found[1] or found[2]) if found else ""
    if _capital(inner) and (marking := words.exactly(inner)) is not None:
        yield marking


def _named(line: str, words: _Words) -> tuple[list[Marking], str]:
    """Give the markings in a line that name their scheme, and the line without them."""
    found, rest = [], line
    for pattern, marking in words.named:
        for match in pattern.finditer(rest):
            if _capital(match[2]) or (":" in match[1] and not match[1].endswith(" ")):
                found.append(marking)
                break
        rest = pattern.sub(" ", rest)
    return found, rest


def _as_banner(line: str, words: _Words, *, banner: bool, edge: bool) -> Iterator[Marking]:
    """Give the markings of a line that is a banner: of markings, caveats and page numbers only."""
    if _SPACED.fullmatch(line.strip()):
        line = " ".join(word.replace(" ", "") for word in re.split(r"  +", line.strip()))
    if not banner and _BULLET.match(line) and not line.rstrip().endswith(("-", "*")):
        return
    titled = _TITLE.sub("", line.strip())
    pieces = _BETWEEN.split(titled)
    found, others = _of_pieces(pieces, words)
    if not banner and not edge and any(not _BESIDE_MARKINGS.fullmatch(one) for one in others):
        return
    levels = [marking.scheme for marking, _ in found]
    if not banner and len(set(levels)) != len(levels):
        return  # a list of levels
    for marking, text in found:
        said = titled != line.strip() and not others and text[:1] == text[:1].upper()
        if _capital(text) or banner or said or (edge and not others):
            yield marking


def _of_pieces(pieces: list[str], words: _Words) -> tuple[list[tuple[Marking, str]], list[str]]:
    """Read a line's pieces, each run of them as the longest marking that it is."""
    found: list[tuple[Marking, str]] = []
    others: list[str] = []
    at = 0
    while at < len(pieces):
        for end in range(min(at + 5, len(pieces)), at, -1):
            text = "".join(pieces[at:end])
            marking = words.exactly(text) or words.exactly(_beside(pieces[at:end]))
            if marking is None:
                text = _PAGE.sub("", text)
                marking = words.exactly(text)
            if marking is not None:
                found.append((marking, text))
                at = end
                break
        else:
            others.append(pieces[at].strip())
            at += 1
    return found, [other for other in others if other]


def _beside(pieces: list[str]) -> str:
    """Join what stands on both sides of `//` as a level and the sensitivity beside it."""
    return "\\".join(piece.strip() for piece in pieces[::2]) if len(pieces) == 3 else ""


def _found(
    marking: Marking, passage: Passage, line: str, *, firm: bool, edge: bool = False
) -> _Found:
    excerpt = " ".join(line.split())[:_EXCERPT]
    marked = Marked(marking.key, passage.place, passage.page, excerpt)
    return _Found(marked, marking.scheme, firm, edge)


def _weighed(found: list[_Found]) -> Iterator[Marked]:
    """Set apart what only a text about markings tells of."""
    pages: dict[str, set[int]] = {}
    for one in found:
        if one.edge and one.marked.page is not None:
            pages.setdefault(one.marked.marking, set()).add(one.marked.page)
    levels: dict[str, set[str]] = {}
    judged = []
    for one in found:
        seen = pages.get(one.marked.marking, set())
        firm = one.firm or (one.edge and (len(seen) > 1 or 1 in seen))
        judged.append((one, firm))
        if not firm:
            levels.setdefault(one.scheme, set()).add(_level(one.marked.marking))
    for one, firm in judged:
        about = not firm and len(levels[one.scheme]) >= _ABOUT_MARKINGS
        yield replace(one.marked, mention=True) if about else one.marked


def _level(key: str) -> str:
    return key.split(":")[1]


def _kept(marked: Iterable[Marked]) -> tuple[Marked, ...]:
    kept: dict[tuple[str, bool], list[Marked]] = {}
    for one in sorted(marked, key=lambda one: one.mention):
        places = kept.setdefault((one.marking, one.mention), [])
        if len(places) < _KEPT_OF_EACH and (not one.mention or (one.marking, False) not in kept):
            places.append(one)
    return tuple(one for places in kept.values() for one in places)
