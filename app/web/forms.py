"""Forms and addresses as they come in: text, parsed into what the domains ask for."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from app.core.errors import Invalid, Problem
from app.edge import invalid_input

Asked = TypeVar("Asked", bound=BaseModel)


def texts(form: FormData, *names: str) -> dict[str, str]:
    """Give the fields of these names, as they were typed; those that were not sent are empty."""
    found = ((name, form.get(name)) for name in names)
    return {name: value if isinstance(value, str) else "" for name, value in found}


def parse(kind: type[Asked], given: Mapping[str, object]) -> Asked:
    """Make of what was typed what a domain takes.

    Raises:
        Invalid: it cannot be; says field by field what to do.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise invalid_input(error) from error


def errors_of(
    problem: Problem | None, name: Callable[[str], str] = lambda one: one
) -> dict[str, str]:
    """Give what to do about a problem, by the field that it stands beside; "" is the whole form.

    `name` gives the page's name of a field that the domain calls otherwise.
    """
    if problem is None:
        return {}
    fields = problem.fields if isinstance(problem, Invalid) else {}
    told = {name(field): text for field, text in fields.items()}
    return told or {"": problem.detail or problem.title}


def local_path(address: str) -> str:
    """Give an address to go on to, if it is a page of this portal, else the home page.

    `//host` and `/\\host` would lead a browser to another site.
    """
    ours = address.startswith("/") and not address.startswith(("//", "/\\", "/sign-"))
    return address if ours and address.isprintable() else "/"
