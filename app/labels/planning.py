"""Planned changes as people ask for them and read them, checked against the order of markings."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from app.labels.changes import PlannedChange, one_per_scheme, rising
from app.labels.errors import UnfitLabel
from app.labels.label import Label
from app.labels.moments import in_utc, print_time
from app.labels.scheme import Marking, SchemeId
from app.labels.schemes import Schemes


def check_changes(
    schemes: Schemes, markings: tuple[Marking, ...], changes: Iterable[PlannedChange]
) -> None:
    """Check that every change lowers: each marking is covered by the one that it follows.

    Raises:
        UnfitLabel: one raises; what must be raised is marked anew and released anew.
    """
    now = {marking.scheme: marking for marking in markings}
    for change in changes:
        for marking in change.markings:
            if not schemes.scheme(marking.scheme).covers(now[marking.scheme], marking):
                raise UnfitLabel(
                    f"{schemes.text(marking)} is not lower than "
                    f"{schemes.text(now[marking.scheme])}. A planned change only lowers a marking."
                )
            now[marking.scheme] = marking


def planned(
    schemes: Schemes, markings: tuple[Marking, ...], asked: Iterable[tuple[datetime, str]]
) -> tuple[PlannedChange, ...]:
    """The changes that were asked for, each with its text: markings, or empty to declassify.

    A scheme that a text does not name stays as it is marked then.

    Raises:
        UnknownMarking: a text names no marking.
        UnfitLabel: a change raises a marking, changes none, or cannot declassify.
    """
    by_time: dict[datetime, list[str]] = {}
    for at, text in asked:
        by_time.setdefault(in_utc(at), []).append(text)
    now = {marking.scheme: marking for marking in markings}
    changes = []
    for at, texts in sorted(by_time.items()):
        for marking in (one for text in texts for one in _meant(schemes, now, text)):
            if marking.scheme not in now:
                raise UnfitLabel(
                    f"{schemes.text(marking)} is of a scheme that this label is not marked in."
                )
            now[marking.scheme] = marking
        changes.append(PlannedChange(at, tuple(now.values())))
    rising(markings, changes)
    check_changes(schemes, markings, changes)
    return tuple(changes)


def planned_lines(schemes: Schemes, label: Label) -> Iterator[str]:
    """The planned changes as a line tells them: `DOWNGRADE ON 2027-01-01T00:00Z TO TLP:GREEN`."""
    now = label.markings
    for change in label.changes:
        at = print_time(change.at)
        public = all(map(schemes.is_public, change.markings))
        if public and change.markings == _public(schemes, now):
            yield f"DECLASSIFY ON {at}"
        else:
            lower = (one for one in change.markings if one not in now)
            yield from (f"DOWNGRADE ON {at} TO {schemes.text(one)}" for one in lower)
        now = change.markings


def _meant(schemes: Schemes, now: dict[SchemeId, Marking], text: str) -> tuple[Marking, ...]:
    if not text.strip():
        return _public(schemes, tuple(now.values()))
    return tuple(schemes.parse(part) for part in text.split(";") if part.strip())


def _public(schemes: Schemes, markings: tuple[Marking, ...]) -> tuple[Marking, ...]:
    """The highest public marking of each scheme that is not above what is marked now.

    Raises:
        UnfitLabel: a scheme has none.
    """
    found = []
    for marking in markings:
        scheme = schemes.scheme(marking.scheme)
        below = [
            one for one in scheme.markings if schemes.is_public(one) and scheme.covers(marking, one)
        ]
        if not below:
            raise UnfitLabel(f"{scheme.title} has no public marking to declassify to.")
        found.append(below[-1])
    return one_per_scheme(tuple(found))
