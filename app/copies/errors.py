"""What may go wrong when a page is shown or a copy marked; the words say what to do instead.

Problem
  Conflict
    NotShown    the page cannot be made; nothing left
      NotMarked the file cannot carry the mark on every page; nothing left
"""

from typing import Final

from app.core.errors import Conflict

WORDS: Final = {
    "encrypted": "it is locked with a password",
    "damaged": "it is damaged",
    "empty": "it has no pages",
    "too-large": "it is too large for that",
    "several-pictures": "it holds several pictures in one file",
    "kind": "it is of another kind than was inspected",
    "unmarked-page": "one of its pages would have left without its mark",
    "no-such-page": "it has no such page",
}
WHAT_TO_DO: Final = "Ask the organisation that shared it for another file."


class NotShown(Conflict):
    """The page cannot be made; `reason` is one of `WORDS`."""

    title = "This page cannot be shown"
    said = "This page cannot be shown"

    def __init__(self, reason: str) -> None:
        self.reason = reason if reason in WORDS else "damaged"
        super().__init__(f"{self.said}: {WORDS[self.reason]}. {WHAT_TO_DO}")


class NotMarked(NotShown):
    """The file cannot carry the mark on every page, and so it does not leave."""

    title = "This file cannot leave"
    said = "This file cannot be marked, so it does not leave"
