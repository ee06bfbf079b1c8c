"""What an auditor may ask of the journal."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Word = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00]*$")
]


class LogFilter(BaseModel):
    """Which entries; empty means any. `from_` and `to` are UTC days, both inclusive.

    `record` is an identifier or what stands after `record:`, `version:` or `attachment:` in an
    entry; `person` is an identifier or an e-mail address. `action` is one of those that
    `questions.ACTIONS` names; `at` a size of the log (`2.18204`), the newest signed one if empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    type: Word = ""
    decision: Literal["", "allow", "deny"] = ""
    person: Word = ""
    organisation: Word = ""
    record: Word = ""
    marking: Word = ""
    action: Word = ""
    at: Word = ""
    cursor: Word = ""


class QuestionFilter(LogFilter):
    """What is asked of a question; `day` is the UTC day for which it is asked who could read."""

    day: date | None = None
