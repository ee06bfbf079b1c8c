"""What an auditor may do with an alert."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Acknowledge(BaseModel):
    """What was found out, or done, about an alert."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    note: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00]*$"
        ),
    ]
