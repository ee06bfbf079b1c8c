"""Changes of who may do what, and what they would do, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from app.access import Area, Role
from app.core.zones import spell_day
from app.impact import Example, Impact, PersonImpact
from app.proposals import ChangeView, FieldChange, WorkedOut
from app.web.presenting import AREA_LABELS, ROLE_LABELS

FIELDS: Final = {
    "email": "E-mail address",
    "roles": "Roles",
    "clearance": "Clearance",
    "title": "Title",
    "valid_from": "First day",
    "valid_until": "Last day",
    "ceiling": "Ceiling",
    "areas": "Areas",
    "name": "Name",
    "people": "People",
    "organisations": "Organisations",
    "added": "Policies added",
    "removed": "Policies removed",
    "changed": "Policies reworded",
}
TITLES: Final = {
    ("person", "added"): "Admit {name} to {organisation}",
    ("person", "resumed"): "Let {name} take part again",
    ("person", "changed"): "Change what {name} may do",
    ("agreement", "added"): "Conclude an agreement with {name}",
    ("agreement", "changed"): "Change the agreement of {name}",
    ("group", "added"): "Form the group {name}",
    ("group", "changed"): "Change the group {name}",
    ("policies", "changed"): "Put other policies in force",
    ("policies", "added"): "Put other policies in force",
}
ACTS: Final = {
    "read-unreleased": "open drafts and submissions",
    "download": "download attachments",
    "take-original": "take original files",
    "take-unmarked": "take files without a mark of who took them",
    "amend": "write in drafts",
    "submit": "submit drafts",
    "approve": "approve releases",
    "return": "return submissions",
    "refuse": "refuse submissions",
    "consent": "consent to releases",
    "withdraw": "withdraw releases",
    "grant": "grant access",
}
OFFICES: Final = {
    "admit": "admit people",
    "suspend": "suspend people",
    "assign-roles": "assign roles",
    "create-organisation": "create organisations",
    "review-log": "review the log",
    "read-statements": "read statements of who opened records",
    "verify-log": "verify the whole log",
    "ask-destruction": "ask that keys be destroyed",
    "agree-destruction": "agree that keys be destroyed",
    "review-access": "review access",
    "issue-terms": "issue terms of use",
    "request-access": "ask for access",
    "answer-request": "answer requests",
    "name-deputy": "name a deputy",
    "change-agreement": "change agreements",
    "change-group": "change groups",
    "propose-policies": "propose policies",
    "confirm-change": "confirm changes",
}
STATES: Final = {
    "waiting": ("Waits", "yellow"),
    "confirmed": ("Confirmed", "green"),
    "declined": ("Declined", "red"),
    "taken-back": ("Taken back", "grey"),
    "lapsed": ("Lapsed", "grey"),
}


@dataclass(frozen=True)
class Row:
    """One fact that changes, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Gainer:
    """What one person would gain and lose, in words; examples as lines."""

    name: str
    organisation: str
    gains: str
    loses: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def title_of(change: ChangeView) -> str:
    """Say what a change is, in a few words."""
    said = TITLES.get((change.kind, change.act), "Change {name}")
    somebody = "somebody" if change.kind == "person" else "it"
    name = change.name or somebody
    return said.format(name=name, organisation=change.organisation)


def rows_of(change: ChangeView) -> list[Row]:
    """Say fact by fact what changes."""
    return [_row(change, field) for field in change.fields if field.field in FIELDS]


def gainers(worked: WorkedOut) -> list[Gainer]:
    """Say who would gain and lose what, those who gain first."""
    told = {one.person: one for one in worked.impact.people}
    people = [*told, *(person for person in worked.offices if person not in told)]
    found = []
    for person in people:
        one = told.get(person)
        known, loses = worked.names.get(person), person in worked.losing
        if not loses and person not in worked.gaining:
            continue
        roles = worked.offices.get(person, frozenset())
        offices = [*_offices(roles)] or _acts_of_office(one)
        found.append(
            Gainer(
                name=known.name if known else one.name if one else "",
                organisation=known.organisation if known else one.organisation if one else "",
                gains=_sentence([*_gains(one), *offices]),
                loses=_sentence(_loses(one) if loses else ()),
                gained=_examples(one, ("gained", "more")),
                lost=_examples(one, ("lost", "less") if loses else ()),
            )
        )
    return sorted(found, key=lambda one: (not one.gains, one.name))


def lead_of(worked: WorkedOut) -> str:
    """Say in a sentence or two what changes would do over the whole store."""
    impact = worked.impact
    gaining, losing = len(worked.gaining), len(worked.losing)
    if not worked.needs_second_person and not losing:
        return "Nobody gains or loses anything by this."
    said = []
    if gaining:
        said.append(f"{_people(gaining)} gain{'s' if gaining == 1 else ''} by this")
    if losing:
        said.append(f"{_people(losing)} lose{'s' if losing == 1 else ''} by it")
    counts = _records_in_all(impact, told_lost=bool(losing))
    sentence = " and ".join(said) or "Only the public gains or loses by this"
    return f"{sentence}.{f' {counts}' if counts else ''}"


def _records_in_all(impact: Impact, *, told_lost: bool) -> str:
    parts = []
    if impact.records_gained_count:
        parts.append(f"{_records(impact.records_gained_count)} can be read by more people")
    if impact.records_lost_count and told_lost:
        verb = "" if parts else " can be read"
        people = "" if parts else " people"
        parts.append(f"{_records(impact.records_lost_count)}{verb} by fewer{people}")
    return f"{' and '.join(parts)}." if parts else ""


def _row(change: ChangeView, field: FieldChange) -> Row:
    name = FIELDS[field.field]
    if field.added or field.removed or field.field in ("roles", "areas", "people", "organisations"):
        return Row(name, *_lists(change, field))
    before, after = (_value(field.field, text) for text in (field.before, field.after))
    return Row(name, "" if change.act == "added" else before, after)


def _lists(change: ChangeView, field: FieldChange) -> tuple[str, str]:
    added, removed = (_listed(field.field, values) for values in (field.added, field.removed))
    if change.act == "added":
        return "", _capital(added or "None")
    return (f"Without {removed}" if removed else ""), (f"With {added}" if added else "")


def _listed(field: str, values: Iterable[str]) -> str:
    if field == "roles":
        return ", ".join(_inside(ROLE_LABELS[Role(one)]) for one in values)
    if field == "areas":
        return ", ".join(_inside(AREA_LABELS[Area(one)]) for one in values)
    return ", ".join(one or "somebody who was erased" for one in values)


def _value(field: str, text: str) -> str:
    if not text:
        return "None"
    if field == "valid_from":
        return spell_day(datetime.fromisoformat(text).astimezone(UTC).date())
    if field == "valid_until":
        last = datetime.fromisoformat(text).astimezone(UTC) - timedelta(microseconds=1)
        return spell_day(last.date())
    return text


def _gains(one: PersonImpact | None) -> Iterable[str]:
    if one is None:
        return
    if one.gained_count:
        yield f"{_records(one.gained_count)} to read"
    if one.more_count:
        yield f"more of {_records(one.more_count)}"
    if one.later_count:
        yield f"{_records(one.later_count)} later on"
    yield from (f"may {ACTS[act]}" for act in one.acts_gained if act in ACTS)


def _acts_of_office(one: PersonImpact | None) -> list[str]:
    acts = one.acts_gained if one else ()
    return [f"may {OFFICES[act]}" for act in acts if act in OFFICES]


def _act(act: str) -> str:
    return ACTS.get(act) or OFFICES.get(act, "")


def _loses(one: PersonImpact | None) -> Iterable[str]:
    if one is None:
        return
    if one.lost_count:
        yield f"{_records(one.lost_count)}"
    if one.less_count:
        yield f"some of {_records(one.less_count)}"
    yield from (f"may no longer {words}" for act in one.acts_lost if (words := _act(act)))


def _offices(roles: Iterable[Role]) -> Iterable[str]:
    if labels := ", ".join(sorted(ROLE_LABELS[role].lower() for role in roles)):
        yield f"decides on others as {labels}"


def _examples(one: PersonImpact | None, changes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_example(each) for each in (one.examples if one else ()) if each.change in changes)


def _example(one: Example) -> str:
    return f"{one.reference} ({one.marking}, of {one.originator})"


def _sentence(parts: Iterable[str]) -> str:
    return _capital("; ".join(parts))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _inside(label: str) -> str:
    """Write a label inside a sentence; what is written in capitals stays so."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _people(count: int) -> str:
    return "One person" if count == 1 else f"{count} people"


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def proposal_words(changes: Iterable[ChangeView]) -> str:
    """Say what a proposal is about: its first change, and how many more there are."""
    titles = [title_of(one) for one in changes]
    more = f" and {len(titles) - 1} more" if len(titles) > 1 else ""
    return f"{titles[0]}{more}" if titles else ""
