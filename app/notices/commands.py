"""What may be asked of notices; one class serves a JSON body and an HTML form."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.notices.kinds import Channel, Kind
from app.notices.rhythm import Rhythm


class Command(BaseModel):
    """Something that is asked for; frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Choose(Command):
    """How a person wants to be told; a kind that is not named stays as it was."""

    rhythm: Rhythm
    channels: Mapping[Kind, Channel] = Field(default_factory=dict)


class Follow(Command):
    """What to follow: `value` is a record's id, an organisation's slug, an area, or the query of a
    search's address. `name` is what the follower calls it; empty: it is named by what it is."""

    subject: Literal["search", "record", "organisation", "area"]
    value: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
