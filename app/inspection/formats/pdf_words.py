"""The words that were covered on the pages of a PDF and that no page shows."""

import re
from collections import Counter

_WORD = re.compile(r"[^\W_]{3,}")


class Secrets:
    """Words that stand under a box, and nowhere else on the pages.

    A word that is also shown somewhere is no secret: of such a one a bookmark may speak.
    """

    def __init__(self) -> None:
        self._all: Counter[str] = Counter()
        self._covered: Counter[str] = Counter()

    def shown(self, text: str) -> None:
        """Count the words of a page, covered ones included."""
        self._all.update(_words(text))

    def covered(self, text: str) -> None:
        """Count words that are covered."""
        self._covered.update(_words(text))

    def repeated_in(self, text: str) -> bool:
        """Tell whether a text says a word that the pages cover everywhere."""
        return any(0 < self._covered[word] >= self._all[word] for word in _words(text))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
