"""What may be asked for and answered."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from app.access import Area
from app.core.ids import PersonId, RecordId, RequestId
from app.parties import LINE

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=LINE)]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=5_000, pattern=r"^[^\x00]*$")
]
Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000, pattern=r"^[^\x00]*$"),
]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AskAccess(_Command):
    """Ask for a record by its reference, or describe what is sought; or for both.

    `people` are of one's own organisation and always include oneself; `terms` are the texts that
    are accepted with it, as "slug:version"; `markings` is the marking of the request itself.
    """

    reference: Line = ""
    sought: Text = ""
    purpose: Said
    project: Line = ""
    people: frozenset[PersonId] = frozenset()
    last_day: date
    area: Area | None = None
    markings: Annotated[Line, Field(min_length=1)] = "TLP:AMBER"
    terms: frozenset[str] = frozenset()
    renews: RequestId | None = None

    @field_validator("area", "renews", mode="before")
    @classmethod
    def _empty_is_none(cls, given: object) -> object:
        return given or None


class Say(_Command):
    """Say something about a request: a question, an answer, or a reason."""

    text: Said


class GrantAccess(_Command):
    """Grant what is asked for, to the last day; `record_id` where the request does not name one."""

    last_day: date
    text: Text = ""
    record_id: RecordId | None = None


class ListRecord(_Command):
    """Show a stub of a restricted record, under a marking of its own."""

    title: Annotated[Line, Field(min_length=1)]
    description: Text = ""
    markings: Annotated[Line, Field(min_length=1)] = "TLP:GREEN"
    release_to: Line = "community"
