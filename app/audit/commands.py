"""What an auditor may ask of the journal."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.types import AwareDatetime

Word = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00]*$")
]


def _in_utc(given: Any) -> Any:
    """Take a moment without a zone, as a form sends it, to be in UTC."""
    if not isinstance(given, str) or not given.strip():
        return given or None
    try:
        moment = datetime.fromisoformat(given.strip())
    except ValueError:
        return given
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(_in_utc)]


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
    """What is asked of a question; `day` is the UTC day for which it is asked who could read.

    `moment` is the one at which it is asked what somebody could read, the newest signed if empty.
    """

    day: date | None = None
    moment: Moment | None = None


class ExplainAccess(BaseModel):
    """Whose access to which record is explained: now, or at a moment, which is UTC without a zone.

    `person` is an e-mail address, an identifier, or `public` for whoever is not signed in; `record`
    a number or an identifier.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: Word = ""
    record: Word = ""
    moment: Moment | None = None
    action: Literal["read", "download"] = "read"
