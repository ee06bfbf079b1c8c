"""What an organisation administrator may ask for."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.access import Area, Role
from app.core.ids import PersonId
from app.parties.rules import normal_email

Email = Annotated[str, StringConstraints(max_length=320), AfterValidator(normal_email)]
# PostgreSQL's text holds no NUL, and no other control character belongs on one line.
LINE = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)
]
MarkingText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=LINE)]


Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=LINE)]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AdmitPerson(_Command):
    """Admit somebody to one's own organisation; without a clearance, `clearance` is empty."""

    email: Email
    name: Name
    roles: frozenset[Role] = frozenset()
    clearance: MarkingText = ""


class AssignRoles(_Command):
    """Give a person exactly these roles."""

    roles: frozenset[Role] = frozenset()


class ChangeAgreement(_Command):
    """Have an agreement cover this, from the begin of one day to the end of another, in UTC."""

    title: Name
    first_day: date
    last_day: date
    ceiling: MarkingText
    areas: frozenset[Area] = frozenset()


class ChangeGroup(_Command):
    """Have a group this name and, of one's own party, exactly these people and organisations."""

    name: Name
    people: Annotated[frozenset[Email], Field(max_length=500)] = frozenset()
    organisations: Annotated[frozenset[str], Field(max_length=500)] = frozenset()


class FormGroup(ChangeGroup):
    """Form a group, which markings then name by `slug`."""

    slug: Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class NameDeputy(_Command):
    """Have somebody stand in, from a day (None for at once) to the end of another, in UTC."""

    deputy: PersonId
    since: date | None = None
    until: date
    reason: Reason = ""


class SetClearance(_Command):
    """Give a person this clearance; empty takes it away."""

    clearance: MarkingText = ""
