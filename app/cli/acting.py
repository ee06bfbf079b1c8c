"""Who acts when a command is run, and where it is said."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console

from app import parties
from app.access import Actor, Assurance
from app.core.errors import NotFound
from app.core.ids import PersonId
from app.core.work import Origin, Work
from app.edge import Services

CLI = Origin(door="cli")
console = Console(highlight=False)

As = Annotated[str, typer.Option("--as", help="The e-mail address of the person who does this.")]


def acting(services: Services, email: str) -> Callable[[Work], Actor]:
    """Make somebody who acts at this machine: who holds it has shown more than a password."""
    schemes = services.gate.keeper.current.schemes

    def make(work: Work) -> Actor:
        return parties.actor_for(work, schemes, person(work, email), Assurance.MULTI_FACTOR)

    return make


def person(work: Work, email: str) -> PersonId:
    """Find the person with this e-mail address.

    Raises:
        NotFound: there is nobody with it.
    """
    found = parties.person_by_email(work.session, email)
    if found is None:
        raise NotFound(f"There is nobody with the e-mail address {email}.")
    return found
