"""The languages that a portion may have: their names, how PostgreSQL reads their words, and how
Chinese, Japanese and Korean, which it cannot split into words, are cut so that it finds them.

A run of such characters is indexed as its overlapping pairs; a search for a run asks for its pairs
as a phrase. Whatever of two characters or more stands in the text is thereby found.
"""

import re
from itertools import pairwise
from unicodedata import normalize

from babel import Locale

SIMPLE = "simple"

# The official languages of the European Union and of Singapore, and those of likely partners; each
# with the configuration of PostgreSQL 15 and later that knows its word forms.
LANGUAGES: dict[str, str] = {
    "ar": "arabic",
    "bg": SIMPLE,
    "ca": "catalan",
    "cs": SIMPLE,
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": SIMPLE,
    "eu": "basque",
    "fa": SIMPLE,
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "he": SIMPLE,
    "hi": "hindi",
    "hr": SIMPLE,
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "is": SIMPLE,
    "it": "italian",
    "ja": SIMPLE,
    "ko": SIMPLE,
    "lt": "lithuanian",
    "lv": SIMPLE,
    "ms": SIMPLE,
    "mt": SIMPLE,
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "pl": SIMPLE,
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sk": SIMPLE,
    "sl": SIMPLE,
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "th": SIMPLE,
    "tr": "turkish",
    "uk": SIMPLE,
    "vi": SIMPLE,
    "zh": SIMPLE,
}

# Han, kana and hangul, the iteration and length marks among them. Marks that only punctuate (the
# middle dot) are left out: they end a run.
CJK = (
    "々〇ぁ-ゖゝゞァ-ヺー-ヿㇰ-ㇿ㐀-䶿一-鿿가-힣豈-﫿"
    "\u1100-\u11ff\u3131-\u318e\U00020000-\U0003ffff"
)
"""The inside of a character class: what is cut into pairs."""

_RUN = re.compile(f"[{CJK}]+")
_QUERY_PART = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))|\s+')


def configuration(language: str) -> str:
    """Give the name of the text search configuration for a language, `simple` for unknown ones."""
    return LANGUAGES.get(language, SIMPLE)


def display_name(language: str, *, locale: str = "en") -> str:
    """Give a language's name as it stands in a list, in the language of `locale`."""
    name = Locale(locale).languages.get(language)
    return name[:1].upper() + name[1:] if name else language


def segment(text: str) -> str:
    """Give the text with every run of Chinese, Japanese or Korean as its overlapping pairs.

    `AI安全性` becomes ` AI 安全 全性 ` (but for the outer spaces): pairs stand apart from what
    surrounds them. A run of one character stays. The text is NFKC-normalised, so that full-width
    and half-width forms are found by each other.
    """
    return _RUN.sub(lambda run: f" {_pairs(run[0])} ", normalize("NFKC", text))


def segment_query(query: str) -> str:
    """Give the query, in the syntax of `websearch_to_tsquery`, that finds segmented text.

    Outside quotes every run becomes a phrase of its pairs; within quotes, and after a minus, it
    stays a part of the one phrase.
    """
    return _QUERY_PART.sub(_segmented_part, normalize("NFKC", query))


def _segmented_part(part: re.Match[str]) -> str:
    minus, phrase, word = part["minus"] or "", part["phrase"], part["word"]
    if phrase is not None:
        return f'{minus}"{_spaced(segment(phrase))}"'
    if word is None or not _RUN.search(word):
        return part[0]
    if minus:
        return f'-"{_spaced(segment(word))}"'
    return _spaced(_RUN.sub(lambda run: f' "{_pairs(run[0])}" ', word))


def query_terms(query: str) -> list[str]:
    """Give the words and phrases that a websearch query asks for, without what it excludes."""
    terms = []
    for part in _QUERY_PART.finditer(normalize("NFKC", query)):
        term = _spaced(part["phrase"] or part["word"] or "")
        if term and not part["minus"] and not (part["word"] and term.lower() == "or"):
            terms.append(term)
    return list(dict.fromkeys(terms))


def _pairs(run: str) -> str:
    return " ".join(left + right for left, right in pairwise(run)) or run


def _spaced(text: str) -> str:
    return " ".join(text.split())
