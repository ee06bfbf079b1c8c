"""From a row of a manifest and its document to the draft of a record."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from babel.localedata import exists
from pydantic import ValidationError

from app.access import Area
from app.core.errors import Invalid
from app.core.ids import PersonId
from app.interop.document import Document, Section
from app.interop.manifest import Row
from app.interop.writing import literal
from app.labels import Entry, parse_releasability, print_releasability
from app.records import DraftInput, Kind, MarkingInput, SectionInput

MOST_SECTIONS: Final = 200
_REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+")
_ADDRESS: Final = re.compile(r"https?://\S+")
_Words = TypeVar("_Words", bound=StrEnum)

FindPerson = Callable[[str], PersonId | None]  # by e-mail address


@dataclass(frozen=True)
class ImportOptions:
    """What holds for the rows that do not say it themselves; None: they have to.

    `originator` is a slug, empty for the importing organisation itself.
    """

    originator: str = ""
    marking: str | None = None
    release_to: str | None = None
    submit: bool = False


def draft_of(
    row: Row, document: Document, options: ImportOptions, find_person: FindPerson
) -> DraftInput:
    """Give the draft that a row and its document make.

    In `release_to` a person may be written by their e-mail address.

    Raises:
        Invalid: a cell of the row means nothing here; says which, and what to write.
    """
    kind = _one_of(Kind, row["kind"], "kind")
    given: dict[str, Any] = {
        "kind": kind,
        "area": _one_of(Area, row["area"], "area"),
        "language": _language(row["language"]),
        "originator": row["originator"] or options.originator,
        "title": document.title,
        "marking": _marking(row, options, find_person),
        "summary": literal(document.summary),
        "fields": _fields(row, kind),
        "sections": [
            SectionInput(heading=one.heading, body=one.markdown) for one in _sections(row, document)
        ],
    }
    try:
        return DraftInput(**given)
    except ValidationError as error:
        raise Invalid(_told(error)) from error


def attachment_paths(row: Row) -> list[str]:
    """Give the paths of the files that a row attaches."""
    return [path.strip() for path in row["attachments"].split(";") if path.strip()]


def _marking(row: Row, options: ImportOptions, find_person: FindPerson) -> MarkingInput:
    marking = row["marking"] or options.marking or ""
    if not marking:
        raise Invalid("This row has no marking. Fill the column “marking”, or give a default.")
    release_to = parse_releasability(row["release_to"] or options.release_to or "")
    named = (_by_id(entry, find_person) for entry in release_to)
    return MarkingInput(markings=marking, release_to=print_releasability(named))


def _by_id(entry: Entry, find_person: FindPerson) -> Entry:
    if entry.kind != "person" or "@" not in entry.value:
        return entry
    person = find_person(entry.value)
    if person is None:
        raise Invalid(f"There is nobody with the e-mail address “{entry.value}” to release to.")
    return Entry("person", str(person))


def _one_of(words: type[_Words], word: str, column: str) -> _Words:
    try:
        return words(word)
    except ValueError:
        raise Invalid(
            f"“{word}” is not one of the values of “{column}”. Write one of: {', '.join(words)}."
        ) from None


def _language(code: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", code) or not exists(code):
        raise Invalid(f"“{code}” is not a language. Write a code like en, fr, zh or el.")
    return code


def _fields(row: Row, kind: Kind) -> dict[str, Any]:
    """The fields of the kind: from the columns that mean one, then as the row writes them."""
    fields: dict[str, Any] = {"licence": row["licence"]}
    if kind is Kind.TOOL_WRITEUP:
        fields["repository"] = _address(row["source_repo"])
    if row["fields"]:
        try:
            written = json.loads(row["fields"])
        except ValueError:
            written = None
        if not isinstance(written, dict):
            raise Invalid('The column “fields” holds a JSON object, like {"maturity": "pilot"}.')
        fields |= written
    return {name: value for name, value in fields.items() if value}


def _sections(row: Row, document: Document) -> list[Section]:
    """The document's sections and where it came from, without a summary that stands twice."""
    sections = list(document.sections)
    if sections and not sections[0].heading and _same(sections[0].markdown, document.summary):
        del sections[0]
    source = _source(row)
    if not source:
        return sections
    if len(sections) < MOST_SECTIONS:
        return [*sections, Section("Source", source)]
    last = sections[-1]
    return [*sections[:-1], Section(last.heading, f"{last.markdown}\n\n---\n\n{source}")]


def _same(markdown: str, summary: str) -> bool:
    return " ".join(markdown.split()) == summary


def _source(row: Row) -> str:
    if not row["source_repo"] and not row["commit"]:
        return ""
    address = _address(row["source_repo"])
    lines = [
        f"- Repository: {f'<{address}>' if address else literal(row['source_repo'])}",
        f"- File: {literal(row['path'])}",
    ]
    lines += [f"- Commit: {literal(row['commit'])}"] if row["commit"] else []
    lines += [f"- Licence: {literal(row['licence'])}"] if row["licence"] else []
    return "\n".join(lines)


def _address(repository: str) -> str:
    """The address of a repository; `owner/name` alone is one on GitHub."""
    if _ADDRESS.fullmatch(repository):
        return repository
    return f"https://github.com/{repository}" if _REPOSITORY.fullmatch(repository) else ""


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"“{place}” cannot be taken: {first['msg']}."
