"""What may be asked of a conversation; one class serves a JSON body and an HTML form."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from app.core.ids import PortionId

LONGEST_BODY: Final = 20_000
MOST_MENTIONS: Final = 20
Circle = Literal["audience", "private", "internal"]
ThreadKind = Literal["comment", "information-request"]


def _storable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("There is a sign in this text that cannot be kept.")
    return text.replace("\r\n", "\n")


Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_BODY),
    AfterValidator(_storable),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\r\n\t]*$"),
    AfterValidator(_storable),
]
Mentions = Annotated[list[Line], Field(max_length=MOST_MENTIONS)]


class Command(BaseModel):
    """Something that is asked for; frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _blank_is_absent(cls, given: object) -> object:
        """Take a form's empty field for one that was not sent."""
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if value != ""}


class Say(Command):
    """Something to say in a thread; `mentions` are e-mail addresses, in a form one a line.

    `answers`: it answers the request for information that began the thread.
    """

    body: Said
    mentions: Mentions = Field(default_factory=list)
    answers: bool = False

    @field_validator("mentions", mode="before")
    @classmethod
    def _lines(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        return [one.strip() for one in given.replace(",", "\n").splitlines() if one.strip()]


class StartThread(Say):
    """A comment, or a request for information, at a version or one of its portions.

    `circle` is who sees it: the `audience` of what it stands at; `private`, the writer and the
    owner's and originator's people; `internal`, those people only. Left out, it is internal on
    what is not released yet, else the audience. `markings` may raise it above what it stands at.
    """

    kind: ThreadKind = "comment"
    portion_id: PortionId | None = None
    circle: Circle | None = None
    markings: Line = ""
    addressee: Line = ""
    due_on: date | None = None
