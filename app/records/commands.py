"""What may be asked of records; one class serves a JSON body and an HTML form.

The fields of an error are named by their path: `title`, `marking.release_to`, `fields.licence`,
`sections.2.marking.markings`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from app.access import Area
from app.records.kinds import Kind

LARGEST_BODY_BYTES = 1024 * 1024
SECTIONS_COUNT_LIMIT = 200
TABLE_CELLS_LIMIT = 5_000


def _storable(text: str) -> str:
    """Refuse what PostgreSQL's text cannot hold."""
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("There is a sign in this text that cannot be kept.")
    return text


def _body(text: str) -> str:
    if len(text.encode()) > LARGEST_BODY_BYTES:
        raise ValueError("This has more than 1 MiB of text. Split it, or attach it as a file.")
    return text.replace("\r\n", "\n")


Text = Annotated[str, AfterValidator(_storable)]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\r\n\t]*$"),
    AfterValidator(_storable),
]
Body = Annotated[str, AfterValidator(_storable), AfterValidator(_body)]
FieldValue = Body | list[list[Text]]


class Command(BaseModel):
    """Something that is asked for; frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ChangeInput(Command):
    """A planned change: from `at` on it is marked `to`, "TLP:GREEN"; left empty, it is public.

    A scheme that `to` does not name stays as it is marked then.
    """

    at: AwareDatetime
    to: Line = ""


class MarkingInput(Command):
    """A marking as a person writes it: `markings` is "SENSITIVE; TLP:AMBER", `release_to`
    "party:SG; org:imda"; `rules.label_of` reads it. `terms` names terms of use by their slugs."""

    markings: Line = ""
    orcon: bool = False
    eyes_only: bool = False
    view_only: bool = False
    handling: Annotated[Line, Field(max_length=500)] = ""
    release_to: Annotated[Text, Field(max_length=10_000)] = ""
    not_before: AwareDatetime | None = None
    terms: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    changes: Annotated[tuple[ChangeInput, ...], Field(max_length=20)] = ()

    @field_validator("not_before", mode="before")
    @classmethod
    def _empty_is_none(cls, given: object) -> object:
        return given or None


class ChooseForm(Command):
    """Which of an attachment's two forms leaves: the file as uploaded, or its cleaned copy."""

    leaves: Literal["original", "cleaned"]


class PortionInput(Command):
    """How a part is marked: `marking` None: as the title (a table of the fields: as the fields).

    `gap`: who may not see this part may see that something is left out here.
    """

    marking: MarkingInput | None = None
    gap: bool = False


class SectionInput(PortionInput):
    """A section of Markdown; `source` is the link of one that quotes another record."""

    heading: Line = ""
    body: Body = ""
    source: UUID | None = None


class DraftInput(Command):
    """A whole draft. A part without a marking of its own is marked as the title.

    `originator` is a slug, empty for the actor's own organisation; it stays what it was when the
    record began. `review_by`: by when somebody is to look whether it still holds; access stays
    as it is. `fields` belong to the kind (see `kinds`); empty ones are left out. `tables` names
    those tables of the fields that are portions of their own, each with its own marking.
    """

    kind: Kind
    area: Area
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "en"
    originator: Line = ""
    title: Annotated[Line, Field(min_length=1)]
    marking: MarkingInput
    summary: Body = ""
    summary_marking: MarkingInput | None = None
    summary_gap: bool = False
    fields: dict[str, FieldValue] = Field(default_factory=dict, max_length=50)
    fields_marking: MarkingInput | None = None
    fields_gap: bool = False
    tables: dict[str, PortionInput] = Field(default_factory=dict, max_length=50)
    sections: Annotated[list[SectionInput], Field(max_length=SECTIONS_COUNT_LIMIT)] = Field(
        default_factory=list
    )
    change_note: Annotated[Text, Field(max_length=2_000)] = ""
    review_by: date | None = None


class Search(Command):
    """What to look for. `from_` and `to` are days of release, both inclusive, in UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    q: Annotated[Text, Field(max_length=400)] = ""
    kind: Kind | None = None
    area: Area | None = None
    originator: Line | None = None
    marking: Line | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None
    year: Annotated[int, Field(ge=1900, le=9999)] | None = None
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    order: Literal["newest", "relevance"] = "newest"
    cursor: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="before")
    @classmethod
    def _blank_is_absent(cls, given: object) -> object:
        """Take a form's empty field for one that was not sent."""
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if value != ""}
