"""What may be asked of identity; one class for a JSON body and an HTML form."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.identity.passwords import MAX_LENGTH
from app.parties import LINE, normal_email

# Nothing is trimmed, so that what was typed is what is checked (ASVS 5.0, 6.2.8).
PasswordText = Annotated[str, Field(max_length=MAX_LENGTH, repr=False)]


def _without_spaces(code: str) -> str:
    return "".join(code.split())


Code = Annotated[
    str, AfterValidator(_without_spaces), StringConstraints(max_length=20), Field(repr=False)
]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignIn(_Command):
    """Sign in with an e-mail address and a password."""

    email: Annotated[str, StringConstraints(max_length=320), AfterValidator(normal_email)]
    password: PasswordText


class SecondStep(_Command):
    """Give a code of the second factor."""

    code: Code


class ChoosePassword(_Command):
    """Choose a password in the place of one that was given."""

    password: PasswordText


class ChangePassword(_Command):
    """Change one's own password."""

    current: PasswordText
    password: PasswordText


class EnrolSecondFactor(_Command):
    """Set up a second factor; the password shows that it is still its owner who asks."""

    password: PasswordText


class NewApiClient(_Command):
    """Ask for an API client of one's own."""

    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=LINE)
    ]


class ClientCredentials(_Command):
    """Ask for an access token (OAuth 2.0 client credentials grant, RFC 6749, section 4.4)."""

    client_id: Annotated[str, StringConstraints(max_length=100, pattern=LINE)]
    client_secret: Annotated[str, StringConstraints(max_length=200), Field(repr=False)]
