"""Labels as people write and read them: one line of text, and the banner above a page."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from app.labels.changes import PlannedChange
from app.labels.errors import UnfitLabel
from app.labels.label import Label, notes
from app.labels.moments import parse_time, print_time
from app.labels.planning import planned, planned_lines
from app.labels.releasability import Releasability
from app.labels.scheme import Marking
from app.labels.schemes import Schemes

_PART = re.compile(
    r"(?P<orcon>ORCON)|(?P<eyes_only>EYES ONLY)|(?P<view_only>VIEW ONLY)"
    r"|NOT BEFORE (?P<not_before>.+)|TERMS (?P<terms>\S+)"
    r"|DOWNGRADE ON (?P<downgrade>\S+ TO .+)|DECLASSIFY ON (?P<declassify>\S+)"
    r"|HANDLING ?: ?(?P<handling>.+)|(?P<rel_to>REL TO\b.*)",
    re.IGNORECASE,
)


def combine(schemes: Schemes, labels: Iterable[Label]) -> Label:
    """The least label that is at least as strict as each of its parts: that of the whole.

    The high-water mark in each scheme, now and after each planned change; every caveat, note and
    term of use, the latest embargo; releasability only as far as every part has the entry.

    Raises:
        UnfitLabel: there are no parts.
    """
    parts = tuple(labels)
    if not parts:
        raise UnfitLabel("Nothing was given whose labels could be combined.")
    embargoes = [part.not_before for part in parts if part.not_before]
    return Label(
        markings=schemes.high_water(marking for part in parts for marking in part.markings),
        orcon=any(part.orcon for part in parts),
        eyes_only=any(part.eyes_only for part in parts),
        view_only=any(part.view_only for part in parts),
        handling=";".join(part.handling for part in parts),
        releasability=frozenset.intersection(*(part.releasability for part in parts)),
        not_before=max(embargoes, default=None),
        terms=frozenset(slug for part in parts for slug in part.terms),
        changes=tuple(_falling(schemes, parts)),
    )


def _falling(schemes: Schemes, parts: tuple[Label, ...]) -> Iterator[PlannedChange]:
    """The changes of the whole: at each change of a part, the high-water mark where it falls."""
    known = schemes.high_water(marking for part in parts for marking in part.markings)
    for at in sorted({change.at for part in parts for change in part.changes}):
        then = schemes.high_water(marking for part in parts for marking in part.at(at).markings)
        if then != known:
            yield PlannedChange(at, then)
            known = then


def banner(schemes: Schemes, label: Label) -> str:
    """The line at head and foot of a page: `SENSITIVE // TLP:AMBER // ORCON // REL TO party:SG`.

    Entries of the releasability set stand as they are stored, sorted from wide to narrow.
    """
    parts = [*_parts(schemes, label)]
    if label.releasability:
        parts.append("REL TO " + ", ".join(str(entry) for entry in sorted(label.releasability)))
    return " // ".join(parts)


def print_label(schemes: Schemes, label: Label) -> str:
    """The label in one line, without its releasability, as `parse_label` reads it."""
    return "; ".join(_parts(schemes, label))


def parse_label(
    schemes: Schemes, text: str, *, releasability: Releasability = frozenset()
) -> Label:
    """The label that a line means: `SENSITIVE; TLP:AMBER; ORCON; NOT BEFORE 2026-03-01T00:00Z`.

    `TERMS data-use-1` names terms of use; `DOWNGRADE ON 2027-01-01T00:00Z TO TLP:GREEN` and
    `DECLASSIFY ON 2028-01-01T00:00Z` plan a change. Releasability is a field of its own and comes
    as an argument.

    Raises:
        UnknownMarking: a part is neither a caveat nor a marking.
        UnfitLabel: no marking, two of one scheme, two embargoes, a time without a zone, or a
            planned change that lowers nothing.
    """
    markings: list[Marking] = []
    caveats: dict[str, list[str]] = {}
    for part in filter(None, (" ".join(part.split()) for part in text.split(";"))):
        caveat = _PART.fullmatch(part)
        if caveat is None:
            markings.append(schemes.parse(part))
        elif caveat.lastgroup:
            caveats.setdefault(caveat.lastgroup, []).append(caveat[caveat.lastgroup])
    if "rel_to" in caveats:
        raise UnfitLabel("Releasability (REL TO) is a field of its own; leave it out here.")
    return Label(
        markings=tuple(markings),
        changes=planned(schemes, tuple(markings), _asked(caveats)),
        terms=frozenset(slug.lower() for slug in caveats.get("terms", ())),
        orcon="orcon" in caveats,
        eyes_only="eyes_only" in caveats,
        view_only="view_only" in caveats,
        handling=";".join(caveats.get("handling", ())),
        releasability=releasability,
        not_before=_only_time(caveats.get("not_before", [])),
    )


def _asked(caveats: Mapping[str, list[str]]) -> Iterator[tuple[datetime, str]]:
    for text in caveats.get("downgrade", ()):
        at, to = re.split(r" TO ", text, maxsplit=1, flags=re.IGNORECASE)
        yield parse_time(at), to
    yield from ((parse_time(at), "") for at in caveats.get("declassify", ()))


def _only_time(texts: list[str]) -> datetime | None:
    if len(texts) > 1:
        raise UnfitLabel("A label has one NOT BEFORE; here are several.")
    return parse_time(texts[0]) if texts else None


def _parts(schemes: Schemes, label: Label) -> Iterable[str]:
    yield from (schemes.text(marking) for marking in label.markings)
    if label.orcon:
        yield "ORCON"
    if label.eyes_only:
        yield "EYES ONLY"
    if label.view_only:
        yield "VIEW ONLY"
    if label.not_before:
        yield f"NOT BEFORE {print_time(label.not_before)}"
    yield from (f"TERMS {slug}" for slug in sorted(label.terms))
    yield from planned_lines(schemes, label)
    yield from (f"HANDLING: {note}" for note in notes(label.handling))
