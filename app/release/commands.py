"""What may be asked of the procedure; one class serves a JSON body and an HTML form."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from app.core.ids import PortionId, VersionId

Comment = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4_000, pattern=r"^[^\x00]*$")
]
ContentHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Command(BaseModel):
    """Something that is asked for; frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Remark(Command):
    """What goes with a submission: a word to whoever decides, if there is one.

    `override` says why what was found in its files does not hold it back, where something does.
    `needed_by` is the day at whose end the decision is due, in UTC; `needed_why` says why.
    """

    comment: Comment = ""
    override: Comment = ""
    needed_by: date | None = None
    needed_why: Comment = ""


class Reason(Command):
    """What goes with a return, a refusal or a withdrawal: why."""

    comment: Annotated[Comment, StringConstraints(min_length=1)]


class Withdrawal(Reason):
    """What goes with a withdrawal: why, what took its place, and whether copies are called back.

    `successor` is the reference number of a record that its readers are led to. With `recall`,
    everybody who took a copy is asked to confirm by `due_on` (UTC) that they deleted it.
    """

    successor: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    recall: bool = False
    due_on: date | None = None

    @field_validator("due_on", mode="before")
    @classmethod
    def _empty_is_none(cls, given: object) -> object:
        return given or None


class Assent(Command):
    """What goes with a consent: the hash of the content that was looked at."""

    seen_hash: ContentHash
    comment: Comment = ""


class ApproveSeen(Command):
    """Approve several: of each version the hash of the content that was looked at."""

    seen: Mapping[VersionId, ContentHash] = Field(min_length=1, max_length=20)


class Returning(Reason):
    """What goes with a return: why, and what there is to say of single portions."""

    at_portions: Mapping[PortionId, Comment] = Field(default={}, max_length=100)


class Approval(Assent):
    """What goes with an approval; `override` as in a submission, in the approver's own words."""

    override: Comment = ""
