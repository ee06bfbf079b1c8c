"""What an auditor asks for when reviewing a sample."""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
)

from app.audit.commands import LogFilter
from app.audit.reviews.sampling import MAX_SAMPLE

NUMBER = f"Write a whole number from 1 to {MAX_SAMPLE}."

Mark = Literal["checked", "exception"]
Line = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$"
    ),
]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00]*$")
]


def _number(given: object) -> object:
    """Take a number as it is typed; the parser's own words for what is none are for programs."""
    typed = given.strip() if isinstance(given, str) else given
    text = str(typed)
    if isinstance(typed, bool) or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(NUMBER)
    if not 1 <= int(text) <= MAX_SAMPLE:
        raise ValueError(NUMBER)
    return int(text)


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewReview(_Command):
    """A review of `count` entries, drawn from those that a filter of the log selects."""

    name: Line
    count: Annotated[int, Field(ge=1, le=MAX_SAMPLE), BeforeValidator(_number)]
    selection: LogFilter = LogFilter()

    @field_validator("selection")
    @classmethod
    def _whole(cls, selection: LogFilter) -> LogFilter:
        if selection.cursor:
            raise ValueError("A sample is drawn from all that is selected, not from one page.")
        return selection


class MarkItem(_Command):
    """How an entry was found; an exception says what it is."""

    mark: Mark
    note: Text = ""

    @property
    def lacks_note(self) -> bool:
        """Tell whether it is an exception that nobody could follow up."""
        return self.mark == "exception" and not self.note


class SignOff(_Command):
    """What the review came to."""

    conclusion: Annotated[Text, Field(min_length=1)]
