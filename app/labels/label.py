"""The label of a portion: everything it carries that decides who may read it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.labels.errors import UnfitLabel
from app.labels.releasability import Entry, Releasability
from app.labels.scheme import Marking

# Control characters and the signs that reverse the direction of writing: with them a note
# could make a banner read differently from what it says.
_DISGUISES = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Label:
    """Markings, one per scheme and at least one, with caveats, releasability and embargo.

    However it is made, it is canonical: markings sorted, notes separated by `; `, time in UTC.
    An empty `releasability` releases to nobody beyond the owner and the originator.

    Raises:
        UnfitLabel: no marking, two of one scheme, a `not_before` without a zone, or a handling
            note with signs that would disguise it.
    """

    markings: tuple[Marking, ...]
    orcon: bool = False
    eyes_only: bool = False
    view_only: bool = False
    handling: str = ""
    releasability: Releasability = frozenset()
    not_before: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "markings", _one_per_scheme(self.markings))
        object.__setattr__(self, "handling", "; ".join(notes(self.handling)))
        object.__setattr__(self, "releasability", frozenset(self.releasability))
        if self.not_before is not None:
            object.__setattr__(self, "not_before", _in_utc(self.not_before))

    def to_json(self) -> dict[str, str | bool | list[str]]:
        """The label as plain values in canonical order; markings by key, no embargo as ""."""
        return {
            "markings": [marking.key for marking in self.markings],
            "orcon": self.orcon,
            "eyes_only": self.eyes_only,
            "view_only": self.view_only,
            "handling": self.handling,
            "releasability": [str(entry) for entry in sorted(self.releasability)],
            "not_before": print_time(self.not_before) if self.not_before else "",
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "Label":
        """Read back what `to_json` wrote.

        Raises:
            UnfitLabel, UnknownMarking, UnknownEntry: it is not what `to_json` writes.
        """
        fields = dict(data)
        try:
            label = cls(
                markings=tuple(map(Marking.from_key, _texts(fields.pop("markings")))),
                orcon=fields.pop("orcon") is True,
                eyes_only=fields.pop("eyes_only") is True,
                view_only=fields.pop("view_only") is True,
                handling=_text(fields.pop("handling")),
                releasability=frozenset(map(Entry.parse, _texts(fields.pop("releasability")))),
                not_before=_maybe_time(_text(fields.pop("not_before"))),
            )
        except KeyError as missing:
            raise UnfitLabel(f"The label has no {missing}.") from None
        # A stored label that is not canonical was not written by us, and may hide a caveat.
        if fields or label.to_json() != data:
            raise UnfitLabel("The stored label is not in its canonical form.")
        return label


def notes(handling: str) -> tuple[str, ...]:
    """The single notes of a handling text, each once, in the order in which they stand.

    Raises:
        UnfitLabel: a note has signs that would disguise it.
    """
    single = (" ".join(note.split()) for note in handling.split(";"))
    kept = tuple(dict.fromkeys(note for note in single if note))
    if any(map(_DISGUISES.search, kept)):
        raise UnfitLabel("Handling notes are plain text, without control characters.")
    return kept


def print_time(moment: datetime) -> str:
    """A time in UTC, no more precise than needed: `2026-03-01T00:00Z`."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    exact = "minutes" if not (utc.second or utc.microsecond) else "auto"
    return f"{utc.isoformat(timespec=exact)}Z"


def parse_time(text: str) -> datetime:
    """The moment that a text with a time zone means, in UTC.

    Raises:
        UnfitLabel: it is not a time, or its zone is missing.

    Source: ISO 8601, as `datetime.fromisoformat` reads it.
    """
    try:
        return _in_utc(datetime.fromisoformat(text.strip().upper()))
    except ValueError:
        raise UnfitLabel(_HOW_TIME.format(text[:40])) from None


_HOW_TIME = "“{}” is not a time with a zone. Write it like 2026-03-01T00:00Z."


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise UnfitLabel(_HOW_TIME.format(moment.isoformat()))
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise UnfitLabel(_HOW_TIME.format(moment.isoformat())) from None


def _one_per_scheme(markings: tuple[Marking, ...]) -> tuple[Marking, ...]:
    schemes = [marking.scheme for marking in markings]
    if not schemes:
        raise UnfitLabel("A label needs at least one marking.")
    if len(set(schemes)) != len(schemes):
        raise UnfitLabel("A label has one marking of each scheme; here is one scheme twice.")
    return tuple(sorted(markings))


def _maybe_time(text: str) -> datetime | None:
    return parse_time(text) if text else None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise UnfitLabel("The stored label has a value of another kind than text.")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise UnfitLabel("The stored label has a value of another kind than a list.")
    return [_text(item) for item in value]
