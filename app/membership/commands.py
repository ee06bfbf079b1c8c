"""What may be asked for of somebody's membership."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.ids import PersonId

Reason = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EndAccess(_Command):
    """End all access of somebody, with a reason; `heir` sees to the drafts of theirs."""

    reason: Reason
    heir: PersonId | None = None


class AnswerReview(_Command):
    """Keep or remove people, each of whom was looked at."""

    people: Annotated[frozenset[PersonId], Field(min_length=1, max_length=500)]
    answer: Literal["kept", "removed"]
