"""Releasability: the set of those to whom information may be released, and its text form.

`party:SG; org:imda` names the authorities of a party and one organisation. The empty set releases
to nobody beyond the owner and the originator.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import total_ordering
from typing import Literal, get_args

from app.labels.errors import UnknownEntry

EntryKind = Literal["public", "community", "party", "partners", "org", "group", "person"]

_KINDS: tuple[EntryKind, ...] = get_args(EntryKind)
_CODE = re.compile(r"[A-Z][A-Z0-9-]{0,15}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_PERSON = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,127}")
_NOTHING = re.compile("")
_VALUES: dict[EntryKind, re.Pattern[str]] = {
    "public": _NOTHING,
    "community": _NOTHING,
    "party": _CODE,
    "partners": _CODE,
    "org": _SLUG,
    "group": _SLUG,
    "person": _PERSON,
}
_HOW = (
    "Write public, community, party:CODE, partners:CODE, org:name, group:name or person:id, "
    "separated by semicolons."
)


@total_ordering
@dataclass(frozen=True)
class Entry:
    """One who may be released to; entries sort from the widest kind to the narrowest.

    Raises:
        UnknownEntry: the value does not fit the kind.
    """

    kind: EntryKind
    value: str = ""

    def __post_init__(self) -> None:
        if self.kind not in _VALUES or not _VALUES[self.kind].fullmatch(self.value):
            raise UnknownEntry(f"“{str(self)[:80]}” names nobody to release to. {_HOW}")

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.value else self.kind

    def __lt__(self, other: "Entry") -> bool:
        return (_KINDS.index(self.kind), self.value) < (_KINDS.index(other.kind), other.value)

    @classmethod
    def parse(cls, text: str) -> "Entry":
        """The entry that a text means; case and spaces make no difference.

        Raises:
            UnknownEntry: the text is not an entry; the detail says what is.
        """
        folded, colon, value = (part.strip() for part in text.lower().partition(":"))
        kind = next((kind for kind in _KINDS if kind == folded), None)
        if kind is None or bool(colon) != bool(value):
            raise UnknownEntry(f"“{text.strip()[:80]}” names nobody to release to. {_HOW}")
        return cls(kind, value.upper() if kind in ("party", "partners") else value)


Releasability = frozenset[Entry]


def parse_releasability(text: str) -> Releasability:
    """The set that a text names: entries separated by semicolons, commas or line ends.

    Raises:
        UnknownEntry: one of them is not an entry.
    """
    parts = (part for part in re.split(r"[;,\n]", text) if part.strip())
    return frozenset(map(Entry.parse, parts))


def print_releasability(entries: Iterable[Entry]) -> str:
    """The text of a set, sorted, which `parse_releasability` reads back as the same set."""
    return "; ".join(str(entry) for entry in sorted(set(entries)))
