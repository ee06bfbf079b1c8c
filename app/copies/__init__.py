"""What is shown or leaves instead of a file: its pages as pictures, and marked copies.

`picture` and `words` show one page; `mark_copy` makes a copy that has the marking in its official
spelling above and below every page, and on every page who took it, when, and as which copy. All of
them run in the sandbox: the file is hostile. Nothing here decides who may have what.
"""

from app.copies.errors import NotMarked, NotShown
from app.copies.making import (
    MARKABLE,
    MOST_BYTES,
    WIDTHS,
    check_size,
    mark_copy,
    picture,
    words,
)
from app.copies.mark import Mark, Tag

__all__ = [
    "MARKABLE",
    "MOST_BYTES",
    "WIDTHS",
    "Mark",
    "NotMarked",
    "NotShown",
    "Tag",
    "check_size",
    "mark_copy",
    "picture",
    "words",
]
