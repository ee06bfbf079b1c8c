"""Decisions about drafts that need no database: markings, fields of a kind, the order of parts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from app.core.errors import Invalid
from app.labels import (
    Label,
    PlannedChange,
    Schemes,
    UnknownEntry,
    parse_label,
    parse_releasability,
    planned,
    print_releasability,
)
from app.records.commands import (
    TABLE_CELLS_LIMIT,
    ChangeInput,
    DraftInput,
    FieldValue,
    MarkingInput,
)
from app.records.kinds import KIND_FIELDS, Field, FieldType, Kind, field_of
from app.records.markdown import plain
from app.records.views import Role

FieldValues = Mapping[str, str | list[list[str]]]
Place = tuple[str, int]  # the role and the position of a portion in its version
FIRST_SECTION: Final = 3  # after title, summary and fields
FIRST_TABLE: Final = 1000  # where a table of the fields stands that is a portion of its own
_WEB_ADDRESS: Final = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A portion that is to be: what it says, and the label that it carries."""

    role: Role
    position: int
    heading: str
    body: str
    fields: FieldValues
    label: Label
    gap: bool = False
    source_id: UUID | None = None

    @property
    def path(self) -> str:
        """Name the input that this part's marking comes from."""
        if self.role == "section":
            return f"sections.{self.position - FIRST_SECTION}.marking"
        if self.position >= FIRST_TABLE:
            return f"tables.{next(iter(self.fields))}.marking"
        return "marking" if self.role == "title" else f"{self.role}_marking"

    @property
    def place(self) -> Place:
        """Say which part of a version this is."""
        return self.role, self.position

    @property
    def words(self) -> str:
        """Give the text that search looks at, without markup."""
        cells = [
            value if isinstance(value, str) else "\n".join(" ".join(row) for row in value)
            for value in self.fields.values()
        ]
        return "\n".join(filter(None, (self.heading, plain(self.body), *cells)))


def order_of(place: Place) -> tuple[int, int]:
    """Say where a portion stands among the others: tables of the fields follow the fields."""
    role, position = place
    return (2 if role == "fields" else position), position


def label_of(schemes: Schemes, marking: MarkingInput, *, path: str = "marking") -> Label:
    """Read a marking as a person wrote it.

    Raises:
        Invalid: it means nothing here, or this instance is not accredited for it; `fields` says
            beside which field, by its path.
    """
    try:
        releasability = parse_releasability(marking.release_to)
    except UnknownEntry as error:
        raise Invalid(error.detail, fields={f"{path}.release_to": error.detail}) from error
    try:
        read = parse_label(schemes, marking.markings, releasability=releasability)
        times = [time for time in (read.not_before, marking.not_before) if time]
        label = Label(
            markings=read.markings,
            terms=read.terms | frozenset(marking.terms),
            changes=_changes(schemes, read, marking, f"{path}.changes"),
            orcon=read.orcon or marking.orcon,
            eyes_only=read.eyes_only or marking.eyes_only,
            view_only=read.view_only or marking.view_only,
            handling=";".join((read.handling, marking.handling)),
            releasability=releasability,
            not_before=max(times, default=None),
        )
        schemes.check_ceiling(label)
    except Invalid as error:
        fields = error.fields or {f"{path}.markings": error.detail}
        raise Invalid(error.detail, fields=fields) from error
    return label


def _changes(
    schemes: Schemes, read: Label, marking: MarkingInput, path: str
) -> tuple[PlannedChange, ...]:
    """Read the planned changes, those written beside the markings among them."""
    written = [(one.at, "; ".join(map(schemes.text, one.markings))) for one in read.changes]
    asked = [(one.at, one.to) for one in marking.changes]
    try:
        return planned(schemes, read.markings, [*written, *asked])
    except Invalid as error:
        raise Invalid(error.detail, fields={path: error.detail}) from error


def marking_input_of(schemes: Schemes, label: Label) -> MarkingInput:
    """Give the input that `label_of` reads back as this label."""
    return MarkingInput(
        markings="; ".join(map(schemes.text, label.markings)),
        orcon=label.orcon,
        eyes_only=label.eyes_only,
        view_only=label.view_only,
        handling=label.handling,
        release_to=print_releasability(label.releasability),
        not_before=label.not_before,
        terms=tuple(sorted(label.terms)),
        changes=tuple(
            ChangeInput(at=one.at, to="; ".join(map(schemes.text, one.markings)))
            for one in label.changes
        ),
    )


def parts_of(schemes: Schemes, draft: DraftInput) -> tuple[Part, ...]:
    """Give the portions of a draft in order, each with its label.

    Raises:
        Invalid: with every field that needs another look, by its path.
    """
    wrong: dict[str, str] = {}

    def read(marking: MarkingInput | None, path: str, otherwise: Label | None) -> Label | None:
        if marking is None or (otherwise and not marking.markings.strip()):
            return otherwise
        try:
            return label_of(schemes, marking, path=path)
        except Invalid as error:
            wrong.update(error.fields)
            return otherwise

    title = read(draft.marking, "marking", None)
    summary = read(draft.summary_marking, "summary_marking", title)
    for_fields = read(draft.fields_marking, "fields_marking", title)
    sections = [
        read(section.marking, f"sections.{number}.marking", title)
        for number, section in enumerate(draft.sections)
    ]
    tables = {
        name: read(table.marking, f"tables.{name}.marking", for_fields)
        for name, table in draft.tables.items()
    }
    wrong |= {
        f"tables.{name}": "This kind of record has no such table."
        for name in tables
        if not is_table(draft.kind, name)
    }
    try:
        fields = checked_fields(draft.kind, draft.fields)
    except Invalid as error:
        wrong.update(error.fields)
    if wrong:
        raise Invalid("Some of this needs another look.", fields=wrong)
    labels = [title, summary, for_fields, *sections]
    apart = {name: label for name, label in tables.items() if label and name in fields}
    return tuple(_in_order(draft, fields, [label for label in labels if label], apart))


def is_table(kind: Kind, name: str) -> bool:
    """Tell whether a kind has a table of this name."""
    field = field_of(kind, name)
    return field is not None and field.type is FieldType.TABLE


def _in_order(
    draft: DraftInput, fields: FieldValues, labels: list[Label], tables: Mapping[str, Label]
) -> Iterator[Part]:
    title, summary, for_fields, *sections = labels
    yield Part("title", 0, draft.title, "", {}, title)
    if draft.summary.strip():
        yield Part("summary", 1, "", draft.summary, {}, summary, draft.summary_gap)
    together = {name: value for name, value in fields.items() if name not in tables}
    if together:
        yield Part("fields", 2, "", "", together, for_fields, draft.fields_gap)
    for place, field in enumerate(KIND_FIELDS[draft.kind], FIRST_TABLE):
        if field.name in tables:
            cells, gap = {field.name: fields[field.name]}, draft.tables[field.name].gap
            yield Part("fields", place, field.label, "", cells, tables[field.name], gap)
    for number, (one, label) in enumerate(zip(draft.sections, sections, strict=True)):
        if one.heading or one.body.strip():
            place = FIRST_SECTION + number
            yield Part("section", place, one.heading, one.body, {}, label, one.gap, one.source)


def checked_fields(kind: Kind, given: Mapping[str, FieldValue]) -> FieldValues:
    """Give the fields of a kind in its order, checked, without the empty ones.

    Raises:
        Invalid: a field that the kind does not have, or a value that does not fit its field.
    """
    wrong = {
        f"fields.{name}": "This kind of record has no such field."
        for name in given
        if field_of(kind, name) is None
    }
    values: dict[str, str | list[list[str]]] = {}
    for field in KIND_FIELDS[kind]:
        try:
            value = _value(field, given.get(field.name, ""))
        except ValueError as error:
            wrong[f"fields.{field.name}"] = str(error)
        else:
            if value:
                values[field.name] = value
    if wrong:
        raise Invalid("Some of this needs another look.", fields=wrong)
    return values


def missing_fields(kind: Kind, fields: Mapping[str, object]) -> dict[str, str]:
    """Say what a version of this kind still needs before it is submitted, by path."""
    return {
        f"fields.{field.name}": f"{field.label} is needed before you submit."
        for field in KIND_FIELDS[kind]
        if field.required and not fields.get(field.name)
    }


def _value(field: Field, given: FieldValue) -> str | list[list[str]]:
    if field.type is FieldType.TABLE:
        return _table(given)
    if not isinstance(given, str):
        raise ValueError("This field takes text, not a table.")
    text = given.strip()
    if not text:
        return ""
    match field.type:
        case FieldType.URL if not _WEB_ADDRESS.fullmatch(text):
            raise ValueError("Write an address that begins with https:// or http://.")
        case FieldType.CHOICE if text not in dict(field.choices):
            raise ValueError("Choose one of those offered.")
        case FieldType.DATE:
            return _day(text)
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("Write a day like 2026-03-01.") from None


def _table(given: FieldValue) -> list[list[str]]:
    rows = [_cells(line) for line in given.splitlines()] if isinstance(given, str) else given
    rows = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    width = max(map(len, rows), default=0)
    if width * len(rows) > TABLE_CELLS_LIMIT:
        raise ValueError("This table is too large. Attach it as a file.")
    return [row + [""] * (width - len(row)) for row in rows]


def _cells(line: str) -> list[str]:
    return line.strip().strip("|").split("|" if "|" in line else "\t")
