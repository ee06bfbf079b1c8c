"""The fields of the editor: what stands in them, and the draft that they make.

A field has the name that the domain gives to what it holds (`title`, `sections.2.heading`), so that
whatever needs another look is told beside it. A marking at `path` is typed in several fields:
`path.own` ("yes": not as the title), `path.level.<scheme>`, `path.orcon`, `path.eyes_only`,
`path.view_only`, `path.handling`, `path.release_to` (a box for each entry), `path.people` (e-mail
addresses), `path.not_before` (in the writer's own zone), `path.changes` (one a line) and
`path.terms` (slugs). `path.gap`: who may not see the part may see that it is left out.
`tables.<field>.apart`: the table is a part of its own.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final
from uuid import UUID

from starlette.datastructures import FormData

from app.core.errors import Invalid
from app.core.ids import PersonId
from app.records import (
    KIND_FIELDS,
    ChangeInput,
    DraftInput,
    FieldType,
    Kind,
    MarkingInput,
    cell_lines,
)
from app.web.forms import parse

Values = Mapping[str, tuple[str, ...]]
FindPerson = Callable[[str], PersonId | None]

COMMON: Final = (
    "kind",
    "area",
    "language",
    "originator",
    "title",
    "summary",
    "change_note",
    "review_by",
)
ATTACHED: Final = "attached"
PERSON: Final = "person:"
DECLASSIFY: Final = "declassify"
NEEDED: Final = {
    "kind": "Choose what kind of record it is.",
    "area": "Choose an area of cooperation.",
    "title": "Give it a title.",
}
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CHANGE: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)\s+(\S.*)")
_SECTION: Final = re.compile(r"sections\.(\d{1,4})\.(.+)")


@dataclass(frozen=True)
class Typed:
    """What stands in the fields, by name; several values where boxes are ticked."""

    values: Values

    def text(self, name: str) -> str:
        """Give what was typed into a field; empty when it was not sent."""
        return next(iter(self.values.get(name, ())), "")

    def ticked(self, name: str) -> tuple[str, ...]:
        """Give all values that were chosen under a name."""
        return self.values.get(name, ())

    def levels(self, path: str) -> tuple[str, ...]:
        """Give the markings that were chosen for a part, at most one of each scheme."""
        names = sorted(name for name in self.values if name.startswith(f"{path}.level."))
        return tuple(text for name in names for text in self.values[name] if text)

    def own(self, path: str) -> bool:
        """Tell whether a part has a marking of its own."""
        return self.text(f"{path}.own") == "yes"

    def gap(self, path: str) -> bool:
        """Tell whether those who may not see a part with a marking of its own may see a gap."""
        return bool(self.text(f"{path}.gap"))

    @property
    def kind(self) -> Kind:
        """Give the kind of record; any, while none was chosen."""
        chosen = self.text("kind")
        return Kind(chosen) if chosen in set(Kind) else next(iter(Kind))

    @property
    def edition(self) -> int:
        """Give the edition that the writer saw; -1, which never was one, when it is damaged."""
        text = self.text("edition")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    @property
    def section_count(self) -> int:
        """Give the number of sections."""
        return 1 + max((index for index, _ in _sections(self.values)), default=-1)


def typed_of(form: FormData) -> Typed:
    """Take over what a form holds; its sections are numbered from 0, without gaps."""
    values: dict[str, tuple[str, ...]] = {}
    for name in form:
        values[name] = tuple(text for text in form.getlist(name) if isinstance(text, str))
    indices = sorted({index for index, _ in _sections(values)})
    return Typed(renumbered(values, {index: place for place, index in enumerate(indices)}))


def typed_from(draft: DraftInput, emails: Mapping[str, str], zone: tzinfo) -> Typed:
    """Put a draft into fields; a part marked as the title starts from the title's marking."""
    values: dict[str, tuple[str, ...]] = {
        name: (str(getattr(draft, name)),) for name in COMMON if getattr(draft, name)
    }
    for name, value in draft.fields.items():
        values[f"fields.{name}"] = (cell_lines(value),)

    def put(path: str, marking: MarkingInput | None) -> None:
        values.update(_marking_fields(path, marking or draft.marking, emails, zone))
        values[f"{path}.own"] = ("yes" if marking else "no",)

    put("marking", draft.marking)
    put("summary_marking", draft.summary_marking)
    values["summary_marking.gap"] = _yes(draft.summary_gap)
    put("fields_marking", draft.fields_marking)
    values["fields_marking.gap"] = _yes(draft.fields_gap)
    for name, table in draft.tables.items():
        values[f"tables.{name}.apart"] = ("yes",)
        put(f"tables.{name}.marking", table.marking)
        values[f"tables.{name}.marking.gap"] = _yes(table.gap)
    for number, section in enumerate(draft.sections):
        values[f"sections.{number}.heading"] = (section.heading,)
        values[f"sections.{number}.body"] = (section.body,)
        values[f"sections.{number}.source"] = (str(section.source),) if section.source else ()
        put(f"sections.{number}.marking", section.marking)
        values[f"sections.{number}.marking.gap"] = _yes(section.gap)
    return Typed(values)


def markings_in(draft: DraftInput) -> list[MarkingInput]:
    """Give the markings of a draft."""
    every = [draft.marking, draft.summary_marking, draft.fields_marking]
    every += [part.marking for part in (*draft.tables.values(), *draft.sections)]
    return [marking for marking in every if marking]


def people_in(markings: Iterable[MarkingInput]) -> set[PersonId]:
    """Name the people to whom something is released by name."""
    named = {text for marking in markings for text in _people(marking)}
    return {PersonId(UUID(text)) for text in named if _ID.fullmatch(text)}


def command_of(typed: Typed, zone: tzinfo, find_person: FindPerson) -> DraftInput:
    """Make the draft that the fields hold.

    Raises:
        Invalid: something needs another look; says beside which field.
    """
    reading = _Reading(typed, zone, find_person)
    command = {name: typed.text(name) for name in COMMON if typed.text(name)}
    fields = {
        field.name: typed.text(f"fields.{field.name}")
        for field in KIND_FIELDS[typed.kind]
        if typed.text(f"fields.{field.name}").strip()
    }
    reading.need(NEEDED)
    given = {
        **command,
        "fields": fields,
        "marking": reading.marking("marking"),
        "summary_marking": reading.own_marking("summary_marking"),
        "summary_gap": typed.gap("summary_marking"),
        "fields_marking": reading.own_marking("fields_marking"),
        "fields_gap": typed.gap("fields_marking"),
        "tables": {
            field.name: reading.portion(f"tables.{field.name}.marking")
            for field in KIND_FIELDS[typed.kind]
            if field.type is FieldType.TABLE and typed.text(f"tables.{field.name}.apart")
        },
        "sections": [
            {
                "heading": typed.text(f"sections.{number}.heading"),
                "body": typed.text(f"sections.{number}.body"),
                "source": typed.text(f"sections.{number}.source") or None,
                **reading.portion(f"sections.{number}.marking"),
            }
            for number in range(typed.section_count)
        ],
    }
    reading.check()
    try:
        return parse(DraftInput, given)
    except Invalid as problem:
        fields_told = {_field(name): text for name, text in problem.fields.items()}
        raise Invalid(problem.detail, fields=fields_told) from problem


def marking_of(typed: Typed, path: str, zone: tzinfo, find_person: FindPerson) -> MarkingInput:
    """Make the one marking that the fields at a path hold.

    Raises:
        Invalid: something needs another look; says beside which field.
    """
    reading = _Reading(typed, zone, find_person)
    given = reading.marking(path)
    reading.check()
    return parse(MarkingInput, given)


def of_attachment(marking: MarkingInput, emails: Mapping[str, str], zone: tzinfo) -> Typed:
    """Put the marking of an attachment into the fields that change it."""
    return Typed(_marking_fields(ATTACHED, marking, emails, zone))


class _Reading:
    """Reads markings out of the fields, and collects what is wrong with them."""

    def __init__(self, typed: Typed, zone: tzinfo, find_person: FindPerson) -> None:
        self._typed, self._zone, self._find_person = typed, zone, find_person
        self._wrong: dict[str, str] = {}

    def own_marking(self, path: str) -> dict[str, object] | None:
        return self.marking(path) if self._typed.own(path) else None

    def portion(self, path: str) -> dict[str, object]:
        return {"marking": self.own_marking(path), "gap": self._typed.gap(path)}

    def marking(self, path: str) -> dict[str, object]:
        typed = self._typed
        markings = typed.levels(path)
        if not markings:
            self._wrong[f"{path}.markings"] = "Choose at least one marking."
        entries = [*typed.ticked(f"{path}.release_to"), *self._named(f"{path}.people")]
        return {
            "markings": "; ".join(markings),
            "orcon": bool(typed.text(f"{path}.orcon")),
            "eyes_only": bool(typed.text(f"{path}.eyes_only")),
            "view_only": bool(typed.text(f"{path}.view_only")),
            "handling": typed.text(f"{path}.handling"),
            "release_to": "; ".join(entries),
            "not_before": self._moment(f"{path}.not_before"),
            "terms": typed.ticked(f"{path}.terms"),
            "changes": list(self._changes(f"{path}.changes")),
        }

    def need(self, names: Mapping[str, str]) -> None:
        """Ask for the fields without which there is no draft."""
        self._wrong |= {
            name: text for name, text in names.items() if not self._typed.text(name).strip()
        }

    def check(self) -> None:
        """Raise what was found wrong."""
        if self._wrong:
            raise Invalid("Some of this needs another look.", fields=self._wrong)

    def _named(self, name: str) -> Iterator[str]:
        for email in re.split(r"[\s,;]+", self._typed.text(name).strip()):
            person = self._find_person(email) if email else None
            if person is not None:
                yield f"{PERSON}{person}"
            elif email:
                self._wrong[name] = f"Nobody has been admitted under {email[:100]}."

    def _changes(self, name: str) -> Iterator[dict[str, object]]:
        """Read planned changes, one a line: a day, a time, and what it is marked from then on."""
        for line in filter(str.strip, self._typed.text(name).splitlines()):
            match = _CHANGE.fullmatch(line.strip())
            try:
                at = datetime.fromisoformat(f"{match[1]}T{match[2]}") if match else None
            except ValueError:
                at = None
            if match is None or at is None:
                self._wrong[name] = (
                    f"Write each change like 2027-03-01 09:30 TLP:GREEN: {line[:80]}"
                )
                return
            to = "" if match[3].casefold() == DECLASSIFY else match[3]
            yield {"at": at.replace(tzinfo=self._zone), "to": to}

    def _moment(self, name: str) -> datetime | None:
        text = self._typed.text(name).strip()
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self._zone)
        except ValueError:
            self._wrong[name] = "Write a day and a time, like 2026-03-01 09:30."
            return None


def _marking_fields(
    path: str, marking: MarkingInput, emails: Mapping[str, str], zone: tzinfo
) -> dict[str, tuple[str, ...]]:
    entries = [entry.strip() for entry in marking.release_to.split(";") if entry.strip()]
    levels = [text.strip() for text in marking.markings.split(";") if text.strip()]
    not_before = marking.not_before.astimezone(zone) if marking.not_before else None
    return {
        f"{path}.level.": tuple(levels),
        f"{path}.orcon": ("yes",) if marking.orcon else (),
        f"{path}.eyes_only": ("yes",) if marking.eyes_only else (),
        f"{path}.view_only": ("yes",) if marking.view_only else (),
        f"{path}.handling": (marking.handling,),
        f"{path}.release_to": tuple(one for one in entries if not one.startswith(PERSON)),
        f"{path}.people": ("\n".join(emails.get(one, one) for one in _people(marking)),),
        f"{path}.not_before": (_local(not_before),) if not_before else (),
        f"{path}.terms": tuple(marking.terms),
        f"{path}.changes": tuple(
            filter(None, ["\n".join(_change(one, zone) for one in marking.changes)])
        ),
    }


def _change(change: ChangeInput, zone: tzinfo) -> str:
    at = _local(change.at.astimezone(zone)).replace("T", " ")
    return f"{at} {change.to or DECLASSIFY}"


def _yes(chosen: bool) -> tuple[str, ...]:
    return ("yes",) if chosen else ()


def _local(moment: datetime) -> str:
    """Write a moment as a browser's field holds it: without its zone, seconds only if there are."""
    precision = "seconds" if moment.second else "minutes"
    return moment.replace(tzinfo=None).isoformat(timespec=precision)


def _people(marking: MarkingInput) -> Iterator[str]:
    for entry in marking.release_to.split(";"):
        if entry.strip().startswith(PERSON):
            yield entry.strip().removeprefix(PERSON)


def _sections(values: Values) -> Iterator[tuple[int, str]]:
    for name in values:
        if match := _SECTION.fullmatch(name):
            yield int(match[1]), match[2]


def renumbered(values: Values, places: Mapping[int, int]) -> Values:
    """Give the fields with their sections in other places; those without a place go."""
    moved: dict[str, tuple[str, ...]] = {}
    for name, value in values.items():
        match = _SECTION.fullmatch(name)
        if match is None:
            moved[name] = value
        elif int(match[1]) in places:
            moved[f"sections.{places[int(match[1])]}.{match[2]}"] = value
    return moved


def _field(path: str) -> str:
    """Give the field that an error of the parser belongs to; it adds what it tried to parse."""
    return ".".join(path.split(".")[:2]) if path.startswith("fields.") else path
