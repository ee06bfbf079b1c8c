"""The label of a portion: everything it carries that decides who may read it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.labels.changes import PlannedChange, one_per_scheme, rising
from app.labels.errors import UnfitLabel
from app.labels.moments import in_utc, parse_time, print_time
from app.labels.releasability import Entry, Releasability
from app.labels.scheme import Marking

_TERMS = re.compile(r"(?=.{1,63}\Z)[a-z0-9]+(-[a-z0-9]+)*")
# Control characters and the signs that reverse the direction of writing: with them a note
# could make a banner read differently from what it says.
_DISGUISES = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Label:
    """Markings, one per scheme and at least one, with caveats, releasability and times.

    However it is made, it is canonical: markings sorted, notes separated by `; `, time in UTC.
    An empty `releasability` releases to nobody beyond the owner and the originator. `terms` are
    the terms of use to accept before reading, by slug. `changes` are planned; what is shown or
    judged at a moment is the label in force then, `at`.

    Raises:
        UnfitLabel: no marking, two of one scheme, a `not_before` without a zone, a handling note
            with signs that would disguise it, terms that are no slug, or changes out of order or
            of other schemes.
    """

    markings: tuple[Marking, ...]
    orcon: bool = False
    eyes_only: bool = False
    view_only: bool = False
    handling: str = ""
    releasability: Releasability = frozenset()
    not_before: datetime | None = None
    terms: frozenset[str] = frozenset()
    changes: tuple[PlannedChange, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "markings", one_per_scheme(self.markings))
        object.__setattr__(self, "handling", "; ".join(notes(self.handling)))
        object.__setattr__(self, "releasability", frozenset(self.releasability))
        if self.not_before is not None:
            object.__setattr__(self, "not_before", in_utc(self.not_before))
        object.__setattr__(self, "terms", frozenset(map(_slug, self.terms)))
        object.__setattr__(self, "changes", tuple(self.changes))
        rising(self.markings, self.changes)

    def at(self, now: datetime) -> "Label":
        """The label in force at a moment: marked as the last change that has come, if one has."""
        passed = [change for change in self.changes if change.at <= now]
        if not passed:
            return self
        return replace(self, markings=passed[-1].markings, changes=self.changes[len(passed) :])

    def to_json(self) -> dict[str, str | bool | list[str]]:
        """The label as plain values in canonical order; markings by key, no embargo as "".

        Terms and changes stand in it only where there are some, so that a label without them is
        written, and hashed, as one was before there were any.
        """
        later = {
            "terms": sorted(self.terms),
            "changes": [change.to_text() for change in self.changes],
        }
        return {
            "markings": [marking.key for marking in self.markings],
            "orcon": self.orcon,
            "eyes_only": self.eyes_only,
            "view_only": self.view_only,
            "handling": self.handling,
            "releasability": [str(entry) for entry in sorted(self.releasability)],
            "not_before": print_time(self.not_before) if self.not_before else "",
            **{name: values for name, values in later.items() if values},
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
                terms=frozenset(_texts(fields.pop("terms", []))),
                changes=tuple(map(PlannedChange.from_text, _texts(fields.pop("changes", [])))),
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


def _slug(text: str) -> str:
    if not _TERMS.fullmatch(text):
        raise UnfitLabel(
            f"“{text[:80]}” names no terms of use. Write the short name of terms, like data-use-1."
        )
    return text


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
