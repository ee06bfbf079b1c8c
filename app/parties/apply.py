"""Brings the store to what a file declares: idempotent, and each change told in plain words.

Declared and kept things are compared as plain facts; what differs is a change, what is equal is
left alone. Who is no longer in the file is told, and suspended only on demand: a file that was cut
off must not end everybody's access.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.work import Work
from app.labels import Schemes
from app.parties.declaration import Declaration, read_declaration
from app.parties.standings import note_standings
from app.parties.stock import ORDER, Facts, Key, Kind, Stock, kept, write

# Held to the end of the transaction: two files are applied one after the other.
APPLY_LOCK = 0x456E7402

Verb = Literal["added", "changed", "ended", "missing"]


@dataclass(frozen=True)
class Change:
    """One difference between the file and the store; `missing` is told but not made.

    `text` is the line that people read.
    """

    verb: Verb
    kind: Kind
    key: str
    text: str
    before: Facts | None
    after: Facts | None


def apply_file(
    work: Work, schemes: Schemes, source: Path | bytes, *, prune: bool = False
) -> list[Change]:
    """Bring the store to what the file declares, and give what was changed.

    With `prune`, people and organisations that are no longer in the file are suspended, and such
    groups dissolved; otherwise they are only told.

    Raises:
        Invalid: the file has faults; each names its place, and nothing was changed.
    """
    work.session.execute(select(func.pg_advisory_xact_lock(APPLY_LOCK)))
    changes = plan_file(work.session, schemes, source, prune=prune)
    for change in changes:
        if change.verb != "missing":
            work.record(write(work, change.kind, change.key, change.before, change.after))
    note_standings(work, schemes)
    return changes


def plan_file(
    session: Session, schemes: Schemes, source: Path | bytes, *, prune: bool = False
) -> list[Change]:
    """Give what applying the file would change, without changing it.

    Raises:
        Invalid: the file has faults; each names its place.
    """
    text = source.read_bytes() if isinstance(source, Path) else source
    declaration = read_declaration(schemes, text)
    before = kept(session)
    after = _declared(declaration, schemes, before)
    changes = [*_differences(before, after), *_absences(before, after, prune=prune)]
    return sorted(changes, key=lambda change: ORDER.index(change.kind))


def _declared(declaration: Declaration, schemes: Schemes, before: Stock) -> Stock:
    """What the file declares, in the plain facts that the store keeps."""

    def active(key: Key, declared: bool | None) -> bool:
        return bool(before.get(key, {}).get("active", True)) if declared is None else declared

    stock: Stock = {}
    for code, party in declaration.parties.items():
        stock["party", code] = {"name": party.name, "scheme": party.scheme}
    for slug, organisation in declaration.organisations.items():
        stock["organisation", slug] = {
            "name": organisation.name,
            "kind": organisation.kind,
            "party": organisation.party,
            "active": active(("organisation", slug), organisation.active),
        }
        agreement = organisation.agreement
        stock["agreement", slug] = {
            "title": agreement.title,
            "valid_from": agreement.valid_from,
            "valid_until": agreement.valid_until,
            "ceiling": schemes.text(schemes.parse(agreement.ceiling)),
            "areas": sorted(agreement.areas),
        }
    for person in declaration.people:
        clearance = person.clearance and schemes.text(schemes.parse(person.clearance))
        stock["person", person.email] = {
            "name": person.name,
            "organisation": person.organisation,
            "roles": sorted(person.roles),
            "clearance": clearance or None,
            "active": active(("person", person.email), person.active),
        }
    for slug, group in declaration.groups.items():
        stock["group", slug] = {
            "name": group.name,
            "people": sorted(group.people),
            "organisations": sorted(group.organisations),
        }
    return stock


def _differences(before: Stock, after: Stock) -> Iterator[Change]:
    for (kind, key), facts in after.items():
        if before.get((kind, key)) != facts:
            yield difference(kind, key, before.get((kind, key)), facts)


def difference(kind: Kind, key: str, before: Facts | None, after: Facts) -> Change:
    """Make the change of one thing from these facts, None where it is not there, to others."""
    if before is None:
        return Change("added", kind, key, f"added {kind} {key}: {_all(after)}", None, after)
    text = f"changed {kind} {key}: {_changes(before, after)}"
    return Change("changed", kind, key, text, before, after)


def _absences(before: Stock, after: Stock, *, prune: bool) -> Iterator[Change]:
    for kind, key in before.keys() - after.keys():
        facts = before[kind, key]
        if kind in ("party", "agreement") or not facts.get("active", True):
            continue
        left, done = ("group", "dissolved") if kind == "group" else (kind, "suspended")
        if not prune:
            text = f"missing {left} {key}: not in the file; {done} only with --prune"
            yield Change("missing", kind, key, text, facts, facts)
            continue
        text = f"ended {left} {key}: not in the file, so {done}"
        yield Change(
            "ended", kind, key, text, facts, None if kind == "group" else {**facts, "active": False}
        )


def _all(facts: Facts) -> str:
    return ", ".join(f"{_word(name)} {_say(value)}" for name, value in facts.items() if value)


def _changes(before: Facts, after: Facts) -> str:
    return ", ".join(
        f"{_word(name)} {_say(before[name])} becomes {_say(value)}"
        for name, value in after.items()
        if before[name] != value
    )


def _word(name: str) -> str:
    return name.replace("_", " ")


def _say(value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " + ".join(value)
    return str(value)
