"""What may be asked for of a proposal."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
Reason = Annotated[Text, StringConstraints(min_length=1)]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(StrEnum):
    """How far somebody goes with a change.

    `SHOW` shows what it would do. `LOOK` does too, and saves it where that is nothing. `SAVE` saves
    what nobody gains by, and shows the rest; `PROPOSE` saves that, and proposes the rest.
    """

    SHOW = "show"
    LOOK = "look"
    SAVE = "save"
    PROPOSE = "propose"


class Going(_Command):
    """How far to go with a change, and why, for whoever confirms it."""

    step: Step
    why: Text = ""


class Confirm(_Command):
    """Confirm what was shown: `seen_hash_hex` stands with it."""

    seen_hash_hex: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Decline(_Command):
    """Decline, with a reason for whoever proposed it."""

    reason: Reason
