"""What may be asked of a recall; one class serves a JSON body and an HTML form."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import StringConstraints, model_validator

from app.release.commands import Command
from app.release.recalls.views import Answer

Words = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2_000, pattern=r"^[^\x00]*$")
]


class AnswerRecall(Command):
    """What became of what one took: deleted, with one's own name typed below the statement, or why
    not. `confirmed` says yes to the statement that all of it is gone, copies of it too.
    """

    answer: Answer
    name: Words = ""
    confirmed: bool = False
    why: Words = ""

    @model_validator(mode="before")
    @classmethod
    def _blank_is_absent(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if value != ""}
